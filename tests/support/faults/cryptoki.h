/* The part of PKCS#11 v2.40 that the fault module speaks of, written from the standard's sections 3 and 5. */
#ifndef CRYPTOKI_H
#define CRYPTOKI_H

typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef CK_ULONG CK_FLAGS;
typedef void (*CK_FUNCTION)(void);

typedef struct {
    unsigned char major, minor;
} CK_VERSION;

/* Section 5.2: a version and then the functions, in an order that is fixed since v2.0 (see functions.h). */
enum { CK_FUNCTIONS = 68 };
typedef struct {
    CK_VERSION version;
    CK_FUNCTION functions[CK_FUNCTIONS];
} CK_FUNCTION_LIST;

typedef struct {
    void *mutexes[4];
    CK_FLAGS flags;
    void *reserved;
} CK_C_INITIALIZE_ARGS;

typedef struct {
    unsigned char label[32], manufacturer[32], model[16], serial[16];
    CK_FLAGS flags;
    CK_ULONG max_session_count, session_count;
    /* what follows is passed through untouched */
} CK_TOKEN_INFO;

typedef struct {
    CK_ULONG type;
    void *parameter;
    CK_ULONG length;
} CK_MECHANISM;

typedef struct {
    CK_ULONG type;
    void *value;
    CK_ULONG length;
} CK_ATTRIBUTE;

#define CKF_OS_LOCKING_OK 0x2UL
#define CKF_PROTECTED_AUTHENTICATION_PATH 0x100UL
#define CKF_USER_PIN_COUNT_LOW 0x10000UL
#define CKF_USER_PIN_FINAL_TRY 0x20000UL
#define CKF_USER_PIN_LOCKED 0x40000UL
#define CKU_SO 0UL
#define CKU_USER 1UL
#define CKU_CONTEXT_SPECIFIC 2UL
#define CKA_CLASS 0UL
#define CKA_KEY_TYPE 0x100UL
#define CKA_ALWAYS_AUTHENTICATE 0x202UL
#define CKO_PRIVATE_KEY 3UL

#define CKM_RSA_PKCS 0x1UL
#define CKM_RSA_PKCS_PSS 0xDUL
#define CKM_SHA256 0x250UL
#define CKM_SHA384 0x260UL
#define CKM_SHA512 0x270UL
#define CKM_ECDSA 0x1041UL
#define CKM_ECDSA_SHA256 0x1044UL
#define CKM_ECDSA_SHA512 0x1046UL

#define CKR_OK 0UL
#define CKR_GENERAL_ERROR 0x5UL
#define CKR_ARGUMENTS_BAD 0x7UL
#define CKR_FUNCTION_CANCELED 0x50UL
#define CKR_KEY_HANDLE_INVALID 0x60UL
#define CKR_MECHANISM_INVALID 0x70UL
#define CKR_OBJECT_HANDLE_INVALID 0x82UL
#define CKR_PIN_INCORRECT 0xA0UL
#define CKR_PIN_LOCKED 0xA4UL
#define CKR_USER_NOT_LOGGED_IN 0x101UL
#define CKR_SESSION_COUNT 0xB1UL
#define CKR_TOKEN_NOT_PRESENT 0xE0UL

#endif
