/* What goes wrong, one function for what happens before the real call and one for after it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

static CK_RV gone; /* what every session says until C_Initialize; 0: the token is there */
static __thread struct {
    unsigned char octets[1024];
    CK_ULONG length;
} last, before_last; /* signatures that this thread was given */

static void sleep_ms(CK_ULONG amount) {
    struct timespec time = {(time_t)(amount / 1000), (long)(amount % 1000) * 1000000};
    nanosleep(&time, NULL);
}

static int asks_for_length(int function, const CK_ULONG *arguments) {
    return function == I_C_Sign && !arguments[3]; /* not a signature yet: the first of C_Sign's two calls */
}

static void fork_once(void) { /* a vendor's library that starts a program of its own */
    pid_t child = fork();
    if (!child) sleep_ms(200), _exit(0);
    journal("forked", "child", (CK_ULONG)child);
}

CK_RV misbehave(int function, const struct rule *fault, CK_ULONG *arguments, int *answered) {
    if (fault->action == SLEEP && asks_for_length(function, arguments)) return CKR_OK;
    if (fault->action != SLEEP) {
        add_to(FIRED, 1);
        journal("fault", function_names[function], fault->action);
    }
    switch (fault->action) {
    case RETURN: *answered = 1; return fault->argument;
    case HANG: for (;;) sleep_ms(1000);
    case ABORT: abort();
    case LEAVE: _exit((int)fault->argument);
    case SLEEP: sleep_ms(fault->argument); break;
    case INVALIDATE: age_handles(0); break;
    case PERMUTE: age_handles(1); break;
    case LOGOUT: REAL(1, C_Logout)(arguments[0]); break;
    case DROP: after(I_C_CloseSession, arguments, REAL(1, C_CloseSession)(arguments[0])); break;
    case GONE: gone = fault->argument; break;
    case PRINT: fprintf(stderr, "%s\n", fault->text), printf("%s\n", fault->text), fflush(stdout); break;
    case FORK: fork_once(); break;
    default: break; /* afterwards */
    }
    return CKR_OK;
}

void spoil(const struct rule *fault, CK_ULONG *arguments, CK_RV *answer) {
    unsigned char *signature = (unsigned char *)arguments[3];
    CK_ULONG *length = (CK_ULONG *)arguments[4];
    if (fault->action == AFTER) *answer = fault->argument;
    if (*answer || (fault->action != CORRUPT && fault->action != REPEAT)) return;
    if (!signature) return;
    if (fault->action == CORRUPT) signature[*length / 2] ^= 1;
    else if (before_last.length == *length) memcpy(signature, before_last.octets, *length);
}

/* Kept so that `repeat` can return a signature that was right, for another digest. */
static void remember(int function, CK_ULONG *arguments, CK_RV answer) {
    if (function != I_C_Sign || answer || !arguments[3]) return;
    CK_ULONG length = *(CK_ULONG *)arguments[4];
    before_last = last;
    last.length = length > sizeof last.octets ? 0 : length;
    memcpy(last.octets, (void *)arguments[3], last.length);
}

CK_RV check_gone(int function, int *answered) {
    if (function == I_C_Initialize) gone = 0;
    if (!gone || function == I_C_Initialize || function == I_C_Finalize || function == I_C_GetSlotList) return CKR_OK;
    *answered = 1;
    return function < I_C_InitPIN || function == I_C_OpenSession ? CKR_TOKEN_NOT_PRESENT : gone;
}

CK_RV call_real(int function, int count, CK_ULONG *a) {
    CK_FUNCTION f = real->functions[function];
    CK_RV answer;
    if (function == I_C_GetSlotList) answer = ((CK_RV(*)(unsigned char, CK_ULONG, CK_ULONG))f)((unsigned char)a[0], a[1], a[2]);
    else if (count == 1) answer = ((F1)f)(a[0]);
    else if (count == 2) answer = ((F2)f)(a[0], a[1]);
    else if (count == 3) answer = ((F3)f)(a[0], a[1], a[2]);
    else if (count == 4) answer = ((F4)f)(a[0], a[1], a[2], a[3]);
    else if (count == 5) answer = ((F5)f)(a[0], a[1], a[2], a[3], a[4]);
    else if (count == 6) answer = ((F6)f)(a[0], a[1], a[2], a[3], a[4], a[5]);
    else answer = ((F8)f)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
    remember(function, a, answer);
    return answer;
}
