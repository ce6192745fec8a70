/* For LD_PRELOAD: "good.test" is 127.0.0.2. "rebind.test" is that for the first who asks and 127.0.0.1 from then on;
   "both.test" is 127.0.0.1 and then 127.0.0.2. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <string.h>

typedef int (*lookup)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out) {
    static atomic_int asked;
    lookup real = (lookup)dlsym(RTLD_NEXT, "getaddrinfo");
    struct addrinfo *second = NULL, *last;
    int failed;
    if (node == NULL) return real(node, service, hints, out);
    if (strcmp(node, "good.test") == 0) return real("127.0.0.2", service, hints, out);
    if (strcmp(node, "rebind.test") == 0)
        return real(atomic_fetch_add(&asked, 1) == 0 ? "127.0.0.2" : "127.0.0.1", service, hints, out);
    if (strcmp(node, "both.test") != 0) return real(node, service, hints, out);
    failed = real("127.0.0.1", service, hints, out);
    if (failed || real("127.0.0.2", service, hints, &second)) return failed;
    for (last = *out; last->ai_next != NULL; last = last->ai_next) {}
    last->ai_next = second;
    return 0;
}
