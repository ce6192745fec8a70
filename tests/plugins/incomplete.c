/* A table without its most important function. */
#include <chapar/plugin.h>

static const chapar_traits traits = {.struct_size = sizeof(chapar_traits), .max_batch = 1, .max_in_flight = 1};
static const chapar_plugin table = {
    .struct_size = sizeof(chapar_plugin), .abi_major = 1, .name = "incomplete", .version = "1", .traits = &traits};
CHAPAR_EXPORT const chapar_plugin *chapar_plugin_entry(uint16_t host_major, uint16_t host_minor) {
    (void)host_major, (void)host_minor;
    return &table;
}
