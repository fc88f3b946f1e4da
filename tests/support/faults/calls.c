/* Functions that do more than pass through: the locking flag, sessions, PINs and handles. */
#include <string.h>

#include "faults.h"

static CK_ULONG open_here; /* sessions of this process */

static void note_session(void) {
    CK_ULONG now = __atomic_add_fetch(&open_here, 1, __ATOMIC_RELAXED);
    add_to(OPENED, 1);
    if (now > value_of(MOST_OPEN)) set_value(MOST_OPEN, now);
}

static CK_ULONG digest_of(const unsigned char *text, CK_ULONG length) { /* FNV-1a: tells PINs apart */
    CK_ULONG digest = 0xcbf29ce484222325UL;
    for (CK_ULONG index = 0; text && index < length; index++) digest = (digest ^ text[index]) * 0x100000001b3UL;
    return digest;
}

static __thread int at_pad; /* whether the PIN of this login was entered there: programs did not send it */

static int ask_at_pad(CK_ULONG *arguments, CK_RV *answer) {
    static __thread char typed[64];
    at_pad = arguments[1] != CKU_SO && setting_pad(typed);
    if (!at_pad) return PASS;
    if (arguments[2] || arguments[3]) {
        add_to(PIN_DESPITE_PAD, 1);
        *answer = CKR_ARGUMENTS_BAD;
        return ANSWERED;
    }
    add_to(PROMPTS, 1);
    journal("pad", "prompted", arguments[1]);
    *answer = CKR_FUNCTION_CANCELED;
    if (!strcmp(typed, "nothing")) return ANSWERED;
    arguments[2] = (CK_ULONG)typed, arguments[3] = strlen(typed);
    return PASS;
}

static int refuse_login(CK_ULONG *arguments, CK_RV *answer) {
    add_to(LOGINS, 1);
    if (ask_at_pad(arguments, answer) == ANSWERED) return ANSWERED;
    if (!at_pad) journal("pin", "sent", digest_of((const unsigned char *)arguments[2], arguments[3]));
    *answer = CKR_PIN_LOCKED;
    if (arguments[1] != CKU_SO && value_of(LOCKED)) return ANSWERED;
    if (arguments[1] != CKU_CONTEXT_SPECIFIC) return PASS;
    return check_consent(arguments[0], digest_of((const unsigned char *)arguments[2], arguments[3]), answer);
}

static void count_pin(CK_ULONG *arguments, CK_RV answer) {
    if (arguments[1] == CKU_SO) return;
    if (answer == CKR_OK) set_value(WRONG_PINS, 0);
    if (answer == CKR_OK && arguments[1] == CKU_USER)
        note_login(digest_of((const unsigned char *)arguments[2], arguments[3]));
    if (answer != CKR_PIN_INCORRECT) return;
    if (!at_pad) journal("pin", "rejected", digest_of((const unsigned char *)arguments[2], arguments[3]));
    CK_ULONG wrong = add_to(WRONG_PINS, 1);
    if (setting_tries() && wrong >= setting_tries()) set_value(LOCKED, 1);
}

static void show_pin_state(CK_TOKEN_INFO *token) {
    CK_ULONG wrong = value_of(WRONG_PINS), tries = setting_tries();
    char typed[64];
    if (setting_pad(typed)) token->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
    token->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    if (wrong) token->flags |= CKF_USER_PIN_COUNT_LOW;
    if (tries && wrong + 1 == tries) token->flags |= CKF_USER_PIN_FINAL_TRY;
    if (value_of(LOCKED)) token->flags |= CKF_USER_PIN_LOCKED;
    if (setting_sessions()) token->max_session_count = setting_sessions();
    token->session_count = __atomic_load_n(&open_here, __ATOMIC_RELAXED);
}

static int take(CK_ULONG *arguments, int position, CK_RV stale, CK_RV *answer) {
    *answer = take_handle(arguments[0], &arguments[position], stale);
    return *answer == CKR_OK ? PASS : ANSWERED;
}

int before(int function, CK_ULONG *arguments, CK_RV *answer) {
    CK_C_INITIALIZE_ARGS *given = (CK_C_INITIALIZE_ARGS *)arguments[0];
    switch (function) {
    case I_C_Initialize:
        if (!given || !(given->flags & CKF_OS_LOCKING_OK)) add_to(WITHOUT_LOCKING, 1);
        if (given && given->reserved) { /* a vendor's text: for this module, and not for the real one */
            journal("reserved", given->reserved, 0);
            given->reserved = NULL;
        }
        return PASS;
    case I_C_OpenSession:
        *answer = CKR_SESSION_COUNT;
        return setting_sessions() && open_here >= setting_sessions() ? ANSWERED : PASS;
    case I_C_Login: return refuse_login(arguments, answer);
    case I_C_SignInit:
        if (take(arguments, 2, CKR_KEY_HANDLE_INVALID, answer) == ANSWERED) return ANSWERED;
        forget_consent(arguments[0]);
        return begin_signature(arguments, answer);
    case I_C_Sign:
        if (take_consent(arguments[0], answer) == ANSWERED) return ANSWERED;
        return hash_message(arguments, answer);
    case I_C_GetAttributeValue:
    case I_C_SetAttributeValue:
    case I_C_DestroyObject:
    case I_C_CopyObject: return take(arguments, 1, CKR_OBJECT_HANDLE_INVALID, answer);
    default: return PASS;
    }
}

CK_RV after(int function, CK_ULONG *arguments, CK_RV answer) {
    if (function == I_C_Login) count_pin(arguments, answer);
    if (answer != CKR_OK) return answer;
    CK_ULONG *handles = (CK_ULONG *)arguments[1];
    switch (function) {
    case I_C_OpenSession: note_session(); break;
    case I_C_CloseSession: __atomic_sub_fetch(&open_here, 1, __ATOMIC_RELAXED), add_to(CLOSED, 1); break;
    case I_C_Finalize:
    case I_C_CloseAllSessions: add_to(CLOSED, (long)__atomic_exchange_n(&open_here, 0, __ATOMIC_RELAXED)); break;
    case I_C_GetMechanismList: show_mechanisms((CK_ULONG *)arguments[1], (CK_ULONG *)arguments[2]); break;
    case I_C_GetAttributeValue: show_always((CK_ATTRIBUTE *)arguments[2], arguments[3]); break;
    case I_C_GetTokenInfo: show_pin_state((CK_TOKEN_INFO *)arguments[1]); break;
    case I_C_FindObjects:
        for (CK_ULONG index = 0; index < *(CK_ULONG *)arguments[3]; index++)
            handles[index] = show_handle(handles[index]);
        break;
    case I_C_CreateObject: handles = (CK_ULONG *)arguments[3]; *handles = show_handle(*handles); break;
    case I_C_GenerateKeyPair:
        for (int position = 6; position < 8; position++) {
            handles = (CK_ULONG *)arguments[position];
            *handles = show_handle(*handles);
        }
        break;
    default: break;
    }
    return answer;
}
