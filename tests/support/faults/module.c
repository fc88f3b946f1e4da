/* A PKCS#11 module that hands every call on to a real one, watches over its use and misbehaves as told.
 *
 * IKI_FAULT_MODULE names the real module, IKI_FAULTS the folder with `script`, `state` and `journal`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

enum { SESSIONS = 1 << 16, MOST_FAULTS = 8 };
CK_FUNCTION_LIST *real;
static pid_t initialised_by;
static CK_ULONG user_of[SESSIONS]; /* the thread that is inside a session; handles are counted upwards */

#define P(name, count) #name,
#define S(name, count) #name,
const char *const function_names[CK_FUNCTIONS] = {
#include "functions.h"
};
#undef P
#undef S

static int enter_session(CK_ULONG session) {
    CK_ULONG nobody = 0, self = (CK_ULONG)syscall(SYS_gettid), *user = &user_of[session % SESSIONS];
    if (__atomic_compare_exchange_n(user, &nobody, self, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return 1;
    add_to(TWO_THREADS, 1);
    journal("violation", "two-threads", session);
    return 0;
}

static void leave_session(CK_ULONG session) { __atomic_store_n(&user_of[session % SESSIONS], 0, __ATOMIC_RELEASE); }

static void watch_process(int function) {
    pid_t self = getpid();
    if (function == I_C_Initialize) initialised_by = self, journal("initialised", "", 0);
    else if (initialised_by && initialised_by != self) {
        add_to(AFTER_FORK, 1);
        journal("violation", function_names[function], (CK_ULONG)self);
    }
}

static CK_RV run(int function, int count, CK_ULONG *arguments) {
    struct rule faults[MOST_FAULTS];
    CK_RV answer = CKR_OK;
    int answered = 0;
    int most = list_faults(function, count_call(function), faults, MOST_FAULTS);
    for (int index = 0; index < most && !answered; index++)
        answer = misbehave(function, &faults[index], arguments, &answered);
    if (!answered) answer = check_gone(function, &answered);
    if (!answered) answered = before(function, arguments, &answer) == ANSWERED;
    if (!answered) answer = call_real(function, count, arguments);
    answer = after(function, arguments, answer);
    for (int index = 0; index < most; index++)
        if (function == I_C_Sign || faults[index].action == AFTER) spoil(&faults[index], arguments, &answer);
    return answer;
}

static CK_RV call(int function, int count, int in_session, CK_ULONG *arguments) {
    CK_ULONG session = arguments[0];
    watch_process(function);
    int entered = in_session && enter_session(session);
    CK_RV answer = run(function, count, arguments);
    if (entered) leave_session(session);
    return answer;
}

#define W CK_ULONG
#define TAKE1 W a
#define TAKE2 TAKE1, W b
#define TAKE3 TAKE2, W c
#define TAKE4 TAKE3, W d
#define TAKE5 TAKE4, W e
#define TAKE6 TAKE5, W f
#define TAKE8 TAKE6, W g, W h
#define GIVE1 a
#define GIVE2 GIVE1, b
#define GIVE3 GIVE2, c
#define GIVE4 GIVE3, d
#define GIVE5 GIVE4, e
#define GIVE6 GIVE5, f
#define GIVE8 GIVE6, g, h
#define WRAP(name, count, in_session)                     \
    static CK_RV fault_##name(TAKE##count) {              \
        W arguments[] = {GIVE##count, 0};                 \
        return call(I_##name, count, in_session, arguments); \
    }
#define P(name, count) WRAP(name, count, 0)
#define S(name, count) WRAP(name, count, 1)
#include "functions.h"
#undef P
#undef S

#define P(name, count) (CK_FUNCTION)fault_##name,
#define S(name, count) (CK_FUNCTION)fault_##name,
static CK_FUNCTION_LIST list = {{2, 40}, {
#include "functions.h"
}};

static CK_RV load(void) {
    const char *path = getenv("IKI_FAULT_MODULE");
    void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    if (library) *(void **)&get = dlsym(library, "C_GetFunctionList");
    return get ? get(&real) : CKR_GENERAL_ERROR;
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **given) {
    if (!real && load() != CKR_OK) {
        fprintf(stderr, "fault module: IKI_FAULT_MODULE cannot be loaded\n");
        return CKR_GENERAL_ERROR;
    }
    count_call(I_C_GetFunctionList);
    *given = &list;
    return CKR_OK;
}
