/* Does not know the host's major and says so. */
#include <chapar/plugin.h>

CHAPAR_EXPORT const chapar_plugin *chapar_plugin_entry(uint16_t host_major, uint16_t host_minor) {
    (void)host_major, (void)host_minor;
    return 0;
}
