/* Counters shared by all processes of one test, and a journal of what happened. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults.h"

struct state {
    CK_ULONG counters[COUNTERS];
    CK_ULONG calls[CK_FUNCTIONS];
};
static struct state *state;
static struct state nothing;

static const char *place(const char *name) {
    static __thread char path[PATH_MAX];
    const char *folder = getenv("IKI_FAULTS");
    if (!folder) return NULL;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct state *shared(void) {
    struct state *known = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
    if (known) return known;
    const char *path = place("state");
    int file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof *state)) return &nothing;
    known = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (known == MAP_FAILED) known = &nothing;
    __atomic_store_n(&state, known, __ATOMIC_RELEASE); /* a race maps it twice, which is harmless */
    return known;
}

CK_ULONG add_to(enum counter which, long amount) {
    return __atomic_add_fetch(&shared()->counters[which], (CK_ULONG)amount, __ATOMIC_RELAXED);
}

CK_ULONG value_of(enum counter which) { return __atomic_load_n(&shared()->counters[which], __ATOMIC_RELAXED); }

void set_value(enum counter which, CK_ULONG value) {
    __atomic_store_n(&shared()->counters[which], value, __ATOMIC_RELAXED);
}

CK_ULONG count_call(int function) {
    return __atomic_add_fetch(&shared()->calls[function], 1, __ATOMIC_RELAXED);
}

/* One line, one write: lines of several processes do not mix. */
void journal(const char *event, const char *detail, CK_ULONG number) {
    const char *path = place("journal");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (file < 0) return;
    char line[256];
    int length = snprintf(line, sizeof line, "%d %s %s %#lx\n", getpid(), event, detail, number);
    if (write(file, line, (size_t)length) < 0) { /* a full disk loses a line, nothing else */
    }
    close(file);
}
