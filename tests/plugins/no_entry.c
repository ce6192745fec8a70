/* A table, but no entry point of the right name. */
#include <chapar/plugin.h>

static const chapar_plugin table = {.struct_size = sizeof(chapar_plugin), .abi_major = 1, .name = "nameless", .version = "1"};
CHAPAR_EXPORT const chapar_plugin *chapar_entry(uint16_t host_major, uint16_t host_minor);
CHAPAR_EXPORT const chapar_plugin *chapar_entry(uint16_t host_major, uint16_t host_minor) {
    (void)host_major, (void)host_minor;
    return &table;
}
