#include "store/rows/link_row.hpp"

#include "address/key.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {

std::int64_t checksum(const LinkRow& row) {
    return sum_of(std::string_view(row.link.code), std::int64_t{row.link.link}, std::string_view(row.link.destination),
                  row.message.value, row.owner, to_ms(row.expires), std::int64_t{row.is_tracked});
}

model::FoundLink found_link(const LinkRow& row) {
    return {row.message, row.link.link, row.link.destination, row.expires, row.is_tracked};
}

std::int64_t link_owner(std::string_view application, std::string_view name) {
    const auto key = address::key(name);
    return sum_of(application, std::string_view(key));
}

}  // namespace chapar::store
