/* Which mechanisms are offered, and a token that signs messages: SoftHSM knows no CKM_ECDSA_SHA256. */
#include "faults.h"

enum { SESSIONS = 1 << 16, LONGEST_DIGEST = 64 };

static struct {
    CK_ULONG mechanism, key;
} begun[SESSIONS]; /* signatures over a message that have begun, by session */

static const CK_ULONG digests[] = {CKM_SHA256, CKM_SHA384, CKM_SHA512};

static int takes_digest(CK_ULONG mechanism) {
    return mechanism == CKM_ECDSA || mechanism == CKM_RSA_PKCS || mechanism == CKM_RSA_PKCS_PSS;
}

static int is_refused(CK_ULONG mechanism) {
    return is_hidden(mechanism) || (setting_hashing() && takes_digest(mechanism));
}

/* In a token that hashes, three take the place of those three, so that the length stays what it was. */
void show_mechanisms(CK_ULONG *list, CK_ULONG *count) {
    CK_ULONG kept = 0, next = CKM_ECDSA_SHA256;
    if (!list) return;
    for (CK_ULONG index = 0; index < *count; index++) {
        CK_ULONG mechanism = list[index];
        if (setting_hashing() && takes_digest(mechanism)) mechanism = next++;
        if (!is_hidden(mechanism)) list[kept++] = mechanism;
    }
    *count = kept;
}

int begin_signature(CK_ULONG *arguments, CK_RV *answer) {
    const CK_MECHANISM *mechanism = (const CK_MECHANISM *)arguments[1];
    CK_ULONG place = arguments[0] % SESSIONS;
    begun[place].mechanism = 0;
    *answer = CKR_MECHANISM_INVALID;
    if (is_refused(mechanism->type)) return ANSWERED;
    if (!setting_hashing() || mechanism->type < CKM_ECDSA_SHA256 || mechanism->type > CKM_ECDSA_SHA512) return PASS;
    begun[place].mechanism = mechanism->type;
    begun[place].key = arguments[2];
    *answer = CKR_OK;
    return ANSWERED;
}

int hash_message(CK_ULONG *arguments, CK_RV *answer) {
    static __thread unsigned char digest[LONGEST_DIGEST];
    CK_ULONG place = arguments[0] % SESSIONS, length = LONGEST_DIGEST;
    if (!begun[place].mechanism) return PASS;
    CK_MECHANISM hash = {digests[begun[place].mechanism - CKM_ECDSA_SHA256], 0, 0}, sign = {CKM_ECDSA, 0, 0};
    begun[place].mechanism = 0;
    *answer = REAL(2, C_DigestInit)(arguments[0], (CK_ULONG)&hash);
    if (!*answer)
        *answer = REAL(5, C_Digest)(arguments[0], arguments[1], arguments[2], (CK_ULONG)digest, (CK_ULONG)&length);
    if (!*answer) *answer = REAL(3, C_SignInit)(arguments[0], (CK_ULONG)&sign, begun[place].key);
    arguments[1] = (CK_ULONG)digest, arguments[2] = length;
    return *answer ? ANSWERED : PASS;
}
