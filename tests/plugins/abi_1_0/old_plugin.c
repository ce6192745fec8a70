/* A plugin as somebody built it in the days of 1.0: C, the frozen header, nothing else. Accepts everything. */
#include "plugin.h"

#include <stdlib.h>

typedef struct {
    chapar_host *host;
    const chapar_host_api *api;
} old;

#define TEXT(literal) ((chapar_str){literal, sizeof literal - 1})

static chapar_status create(chapar_host *h, const chapar_host_api *a, chapar_str config, void **self) {
    (void)config;
    if (!CHAPAR_HAS(chapar_host_api, a, transfer_cancel)) return CHAPAR_UNSUPPORTED;
    old *me = malloc(sizeof *me);
    if (!me) return CHAPAR_INTERNAL;
    me->host = h;
    me->api = a;
    *self = me;
    return CHAPAR_OK;
}

static void destroy(void *self) { free(self); }

static chapar_status send(void *self, chapar_batch *batch, const chapar_message *const *messages, uint32_t count) {
    old *me = self;
    for (uint32_t i = 0; i < count; ++i) {
        chapar_result result = {0};
        result.struct_size = sizeof result;
        result.verdict = CHAPAR_ACCEPTED;
        result.provider_id = messages[i]->attempt;
        result.code = TEXT("250");
        me->api->complete(me->host, batch, i, &result);
    }
    return CHAPAR_OK;
}

static const chapar_str channels[] = {{"email", 5}};
static const chapar_traits traits = {sizeof(chapar_traits), channels, 1, 0, 10, 0, 100, {"{}", 2}};
static const chapar_plugin table = {sizeof(chapar_plugin), CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR, "old", "1.0", &traits,
                                    create, destroy, 0, send, 0, 0, 0};

CHAPAR_EXPORT const chapar_plugin *chapar_plugin_entry(uint16_t host_major, uint16_t host_minor) {
    (void)host_minor;
    return host_major == CHAPAR_ABI_MAJOR ? &table : 0;
}
