/* Built for another major and too careless to look at the host's. */
#include <chapar/plugin.h>

static const chapar_plugin table = {.struct_size = sizeof(chapar_plugin), .abi_major = 9, .name = "future", .version = "9"};
CHAPAR_EXPORT const chapar_plugin *chapar_plugin_entry(uint16_t host_major, uint16_t host_minor) {
    (void)host_major, (void)host_minor;
    return &table;
}
