/* Object handles as the program sees them: the real one and an age. An old one is refused, or names another key. */
#include "faults.h"

#define AGE_SHIFT 48 /* above addresses, which OpenSC uses as handles */
static CK_ULONG age;
static int permuting;

CK_ULONG show_handle(CK_ULONG handle) {
    return handle | (__atomic_load_n(&age, __ATOMIC_RELAXED) << AGE_SHIFT);
}

void age_handles(int permuted) {
    permuting = permuted;
    __atomic_add_fetch(&age, 1, __ATOMIC_RELAXED);
}

static CK_ULONG type_of(CK_ULONG session, CK_ULONG handle) {
    CK_ULONG type = ~0UL;
    CK_ATTRIBUTE template = {CKA_KEY_TYPE, &type, sizeof type};
    REAL(4, C_GetAttributeValue)(session, handle, (CK_ULONG)&template, 1);
    return type;
}

/* Another private key of the same type, or the same: what a handle may name after the token came back. */
static CK_ULONG next_key(CK_ULONG session, CK_ULONG handle) {
    CK_ULONG class = CKO_PRIVATE_KEY, found[64], count = 0;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
    if (REAL(3, C_FindObjectsInit)(session, (CK_ULONG)&template, 1)) return handle;
    REAL(4, C_FindObjects)(session, (CK_ULONG)found, 64, (CK_ULONG)&count);
    REAL(1, C_FindObjectsFinal)(session);
    CK_ULONG type = type_of(session, handle);
    for (CK_ULONG index = 0; index < count; index++)
        if (found[index] != handle && type_of(session, found[index]) == type) return found[index];
    return handle;
}

CK_RV take_handle(CK_ULONG session, CK_ULONG *handle, CK_RV stale) {
    int old = (*handle >> AGE_SHIFT) != __atomic_load_n(&age, __ATOMIC_RELAXED);
    *handle &= (1UL << AGE_SHIFT) - 1;
    if (!old) return CKR_OK;
    if (!permuting) return stale;
    *handle = next_key(session, *handle);
    return CKR_OK;
}
