/* CKA_ALWAYS_AUTHENTICATE for every private key: the PIN of the last good login is wanted for each signature. */
#include "faults.h"

enum { SESSIONS = 1 << 16 };

static CK_ULONG right_pin; /* its digest */
static unsigned char consented[SESSIONS];

void note_login(CK_ULONG pin) { __atomic_store_n(&right_pin, pin, __ATOMIC_RELAXED); }

int check_consent(CK_ULONG session, CK_ULONG pin, CK_RV *answer) {
    if (!setting_always()) return PASS;
    *answer = pin == __atomic_load_n(&right_pin, __ATOMIC_RELAXED) ? CKR_OK : CKR_PIN_INCORRECT;
    if (*answer == CKR_OK) consented[session % SESSIONS] = 1;
    return ANSWERED;
}

void forget_consent(CK_ULONG session) { consented[session % SESSIONS] = 0; }

int take_consent(CK_ULONG session, CK_RV *answer) {
    int given = consented[session % SESSIONS];
    forget_consent(session);
    *answer = CKR_USER_NOT_LOGGED_IN;
    return !setting_always() || given ? PASS : ANSWERED;
}

void show_always(CK_ATTRIBUTE *attributes, CK_ULONG count) {
    if (!setting_always()) return;
    for (CK_ULONG index = 0; index < count; index++)
        if (attributes[index].type == CKA_ALWAYS_AUTHENTICATE && attributes[index].value && attributes[index].length == 1)
            *(unsigned char *)attributes[index].value = 1;
}
