/* What the files of the fault module know of each other. */
#ifndef FAULTS_H
#define FAULTS_H

#include "cryptoki.h"

#define P(name, count) I_##name,
#define S(name, count) I_##name,
enum function_index {
#include "functions.h"
};
#undef P
#undef S
extern const char *const function_names[CK_FUNCTIONS];

/* state.c: 64-bit counters in a file that all processes of a test share and that Python reads. */
enum counter {
    OPENED, CLOSED, MOST_OPEN, WRONG_PINS, LOCKED, LOGINS, FIRED,
    TWO_THREADS, AFTER_FORK, WITHOUT_LOCKING, PROMPTS, PIN_DESPITE_PAD, COUNTERS
};
CK_ULONG add_to(enum counter which, long amount); /* returns the new value */
CK_ULONG value_of(enum counter which);
void set_value(enum counter which, CK_ULONG value);
CK_ULONG count_call(int function); /* returns which call this is, from 1, over all processes */
void journal(const char *event, const char *detail, CK_ULONG number);

/* script.c: what is to go wrong. */
enum action {
    RETURN, AFTER, HANG, ABORT, LEAVE, SLEEP, CORRUPT, REPEAT, INVALIDATE, PERMUTE, LOGOUT, DROP, GONE, PRINT, FORK
};
struct rule {
    char function[32];
    char when;         /* '=' from..to, '%' every from-th, '~' one in from by chance */
    CK_ULONG from, to;
    enum action action;
    CK_ULONG argument;
    char text[80];
};
struct script {
    int rules;
    struct rule rule[64];
    CK_ULONG sessions; /* most sessions a process may open; 0: no limit */
    CK_ULONG tries;    /* wrong PINs that lock the token; 0: never */
    char typed[64];    /* what a person enters at the PIN pad; empty: there is no pad */
    int hashing;       /* whether the token signs messages, and no digests */
    int always;        /* whether every private key wants a login for each signature */
    int hidden;
    CK_ULONG hide[16]; /* mechanisms that are not offered */
};
/* Read the script again if it changed. Returns the number of actions that this call is to suffer. */
int list_faults(int function, CK_ULONG call, struct rule *found, int most);
CK_ULONG setting_sessions(void);
CK_ULONG setting_tries(void);
int setting_pad(char typed[64]); /* whether there is a pad */
int setting_hashing(void);
int setting_always(void);
int is_hidden(CK_ULONG mechanism);

/* consent.c: keys that want a login for each signature, over a module that has none. */
void note_login(CK_ULONG pin);
int check_consent(CK_ULONG session, CK_ULONG pin, CK_RV *answer);
void forget_consent(CK_ULONG session);
int take_consent(CK_ULONG session, CK_RV *answer);
void show_always(CK_ATTRIBUTE *attributes, CK_ULONG count);

/* mechanisms.c: what is offered, and signatures over messages. */
void show_mechanisms(CK_ULONG *list, CK_ULONG *count);
int begin_signature(CK_ULONG *arguments, CK_RV *answer);
int hash_message(CK_ULONG *arguments, CK_RV *answer);

/* handles.c: object handles that can go stale. */
CK_ULONG show_handle(CK_ULONG real);
CK_RV take_handle(CK_ULONG session, CK_ULONG *handle, CK_RV stale);
void age_handles(int permuted);

/* module.c */
extern CK_FUNCTION_LIST *real;
typedef CK_RV (*F1)(CK_ULONG);
typedef CK_RV (*F2)(CK_ULONG, CK_ULONG);
typedef CK_RV (*F3)(CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F4)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F5)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F6)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);
typedef CK_RV (*F8)(CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG, CK_ULONG);
#define REAL(count, name) ((F##count)real->functions[I_##name])

/* calls.c: functions that do more than pass through; `before` may answer in the module's place. */
#define ANSWERED 1
#define PASS 0
int before(int function, CK_ULONG *arguments, CK_RV *answer);
CK_RV after(int function, CK_ULONG *arguments, CK_RV answer);
CK_RV misbehave(int function, const struct rule *fault, CK_ULONG *arguments, int *answered);
void spoil(const struct rule *fault, CK_ULONG *arguments, CK_RV *answer);
CK_RV call_real(int function, int count, CK_ULONG *arguments);
CK_RV check_gone(int function, int *answered);

#endif
