/* The script: `FUNCTION WHEN ACTION [ARGUMENT]` a line, read again whenever the file changed. */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults.h"

static const char *const action_names[] = {
    "return", "after", "hang", "abort", "exit", "sleep", "corrupt", "repeat",
    "invalidate", "permute", "logout", "drop", "gone", "print", "fork",
};
static struct script script;
static struct stat known;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static __thread unsigned int chance;

static int parse_when(const char *word, struct rule *rule) {
    char *end;
    if (!strcmp(word, "*")) {
        rule->when = '=', rule->from = 1, rule->to = ULONG_MAX;
        return 1;
    }
    if (*word == '%' || *word == '~') {
        rule->when = *word, rule->from = strtoul(word + 1, &end, 10);
        return rule->from > 0;
    }
    rule->when = '=', rule->from = rule->to = strtoul(word, &end, 10);
    if (*end == '+') rule->to = ULONG_MAX;
    if (*end == '-') rule->to = strtoul(end + 1, &end, 10);
    return rule->from > 0;
}

static void parse_line(const char *line, struct script *to) {
    char first[32] = "", when[32] = "", action[32] = "";
    struct rule rule = {0};
    int read = sscanf(line, "%31s %31s %31s %79[^\n]", first, when, action, rule.text);
    if (read < 1 || *first == '#') return;
    if (read == 2 && !strcmp(first, "sessions")) to->sessions = strtoul(when, NULL, 0);
    else if (read == 2 && !strcmp(first, "tries")) to->tries = strtoul(when, NULL, 0);
    else if (read == 2 && !strcmp(first, "pad")) strcpy(to->typed, when);
    else if (read == 2 && !strcmp(first, "hide") && to->hidden < 16) to->hide[to->hidden++] = strtoul(when, NULL, 0);
    else if (read == 1 && !strcmp(first, "hashing")) to->hashing = 1;
    else if (read == 1 && !strcmp(first, "always")) to->always = 1;
    else if (read >= 3 && parse_when(when, &rule) && to->rules < (int)(sizeof to->rule / sizeof *to->rule)) {
        for (size_t index = 0; index < sizeof action_names / sizeof *action_names; index++) {
            if (strcmp(action, action_names[index])) continue;
            strcpy(rule.function, first);
            rule.action = (enum action)index;
            rule.argument = strtoul(rule.text, NULL, 0);
            to->rule[to->rules++] = rule;
            return;
        }
        fprintf(stderr, "fault module: no such action: %s\n", action), abort();
    } else fprintf(stderr, "fault module: cannot read: %s\n", line), abort();
}

static int is_known(const struct stat *now) {
    return now->st_ino == known.st_ino && now->st_size == known.st_size &&
           now->st_mtim.tv_sec == known.st_mtim.tv_sec && now->st_mtim.tv_nsec == known.st_mtim.tv_nsec;
}

static void read_again(void) {
    const char *folder = getenv("IKI_FAULTS");
    char path[PATH_MAX], line[256];
    struct stat now;
    if (!folder) return;
    snprintf(path, sizeof path, "%s/script", folder);
    if (stat(path, &now)) return;
    pthread_rwlock_rdlock(&lock);
    int same = is_known(&now);
    pthread_rwlock_unlock(&lock);
    if (same) return;
    pthread_rwlock_wrlock(&lock);
    FILE *file = is_known(&now) ? NULL : fopen(path, "re");
    if (file) {
        memset(&script, 0, sizeof script);
        while (fgets(line, sizeof line, file)) parse_line(line, &script);
        fclose(file);
        known = now;
    }
    pthread_rwlock_unlock(&lock);
}

static int fires(const struct rule *rule, const char *name, CK_ULONG call) {
    if (strcmp(rule->function, "*") && strcmp(rule->function, name)) return 0;
    if (rule->when == '%') return call % rule->from == 0;
    if (rule->when == '=') return call >= rule->from && call <= rule->to;
    if (!chance) chance = (unsigned int)(getpid() * 7919) ^ (unsigned int)(size_t)&chance;
    return (CK_ULONG)rand_r(&chance) % rule->from == 0;
}

int list_faults(int function, CK_ULONG call, struct rule *found, int most) {
    int count = 0;
    read_again();
    pthread_rwlock_rdlock(&lock);
    for (int index = 0; index < script.rules && count < most; index++)
        if (fires(&script.rule[index], function_names[function], call)) found[count++] = script.rule[index];
    pthread_rwlock_unlock(&lock);
    return count;
}

CK_ULONG setting_sessions(void) { return __atomic_load_n(&script.sessions, __ATOMIC_RELAXED); }

CK_ULONG setting_tries(void) { return __atomic_load_n(&script.tries, __ATOMIC_RELAXED); }

int setting_always(void) { return __atomic_load_n(&script.always, __ATOMIC_RELAXED); }

int setting_hashing(void) { return __atomic_load_n(&script.hashing, __ATOMIC_RELAXED); }

int setting_pad(char typed[64]) {
    pthread_rwlock_rdlock(&lock);
    strcpy(typed, script.typed);
    pthread_rwlock_unlock(&lock);
    return *typed != 0;
}

int is_hidden(CK_ULONG mechanism) {
    int found = 0;
    pthread_rwlock_rdlock(&lock);
    for (int index = 0; index < script.hidden; index++) found |= script.hide[index] == mechanism;
    pthread_rwlock_unlock(&lock);
    return found;
}
