/* Signatures a second of a PKCS#11 module without anything above it: one session a thread, one key, N seconds.
 *
 * loop MODULE PIN LABEL KEY-LABEL THREADS SECONDS rsa|ecdsa */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cryptoki.h"

#define CALL(index, type) ((type)list->functions[index])
typedef CK_RV (*F1)(CK_ULONG);
typedef CK_RV (*F2)(CK_ULONG, CK_ULONG);
typedef CK_RV (*F3)(CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F4)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F5)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);

static CK_FUNCTION_LIST *list;
static CK_ULONG slot, key;
static int rsa;
static double seconds;

static void check(CK_RV answer, const char *what) {
    if (answer) fprintf(stderr, "%s: %#lx\n", what, answer), exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static CK_ULONG open_session(void) {
    CK_ULONG session;
    check(CALL(12, F5)(slot, 4, 0, 0, (CK_ULONG)&session), "C_OpenSession");
    return session;
}

static void *sign(void *count) {
    CK_ULONG session = open_session();
    unsigned char data[64] = {0}, signature[512];
    CK_MECHANISM mechanism = {rsa ? 0x1 : 0x1041, NULL, 0}; /* CKM_RSA_PKCS, CKM_ECDSA */
    double end = now() + seconds;
    while (now() < end) {
        CK_ULONG length = sizeof signature;
        check(CALL(42, F3)(session, (CK_ULONG)&mechanism, key), "C_SignInit");
        check(CALL(43, F5)(session, (CK_ULONG)data, rsa ? 51 : 32, (CK_ULONG)signature, (CK_ULONG)&length), "C_Sign");
        ++*(unsigned long *)count;
    }
    return NULL;
}

static void find_slot(const char *label) {
    CK_ULONG slots[64], count = 64;
    check(((CK_RV(*)(unsigned char, CK_ULONG, CK_ULONG))list->functions[4])(1, (CK_ULONG)slots, (CK_ULONG)&count),
          "C_GetSlotList");
    for (CK_ULONG index = 0; index < count; index++) {
        union {
            CK_TOKEN_INFO token;
            char room[512];
        } given;
        if (CALL(6, F2)(slots[index], (CK_ULONG)&given)) continue;
        slot = slots[index];
        if (!strncmp((char *)given.token.label, label, strlen(label))) return;
    }
    check(1, "no such token");
}

int main(int count, char **given) {
    pthread_t thread[64];
    unsigned long made[64][8] = {{0}}, sum = 0; /* a cache line each */
    CK_C_INITIALIZE_ARGS locking = {{0}, CKF_OS_LOCKING_OK, NULL};
    CK_RV (*get)(CK_FUNCTION_LIST **);
    void *library = count == 8 ? dlopen(given[1], RTLD_NOW) : NULL;
    if (!library) check(1, count == 8 ? dlerror() : "usage");
    *(void **)&get = dlsym(library, "C_GetFunctionList");
    check(get(&list), "C_GetFunctionList");
    int threads = atoi(given[5]);
    seconds = atof(given[6]), rsa = !strcmp(given[7], "rsa");
    check(CALL(0, F1)((CK_ULONG)&locking), "C_Initialize");
    find_slot(given[3]);
    CK_ULONG session = open_session(), class = CKO_PRIVATE_KEY, found = 0;
    check(CALL(18, F4)(session, 1, (CK_ULONG)given[2], strlen(given[2])), "C_Login");
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {3, given[4], strlen(given[4])}};
    check(CALL(26, F3)(session, (CK_ULONG)template, 2), "C_FindObjectsInit");
    check(CALL(27, F4)(session, (CK_ULONG)&key, 1, (CK_ULONG)&found), "C_FindObjects");
    check(CALL(28, F1)(session) || !found, "C_FindObjectsFinal");
    for (int index = 0; index < threads; index++) pthread_create(&thread[index], NULL, sign, made[index]);
    for (int index = 0; index < threads; index++) pthread_join(thread[index], NULL), sum += made[index][0];
    printf("%f\n", (double)sum / seconds);
    return 0;
}
