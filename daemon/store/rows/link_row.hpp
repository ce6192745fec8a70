#pragma once
// The row of a short link. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/short_link.hpp"

namespace chapar::store {

struct LinkRow {
    model::ShortLink link;
    MessageKey message{};
    std::int64_t owner = 0;  // whom the message is for: link_owner
    Timestamp expires{};
    bool is_tracked = true;
};

std::int64_t checksum(const LinkRow& row);
model::FoundLink found_link(const LinkRow& row);

/// A person as the rows of their links name them, so that an erasure finds them when the message is gone: by the
/// recipient's id, or by the address where a message names none. `name`: any spelling of it.
std::int64_t link_owner(std::string_view application, std::string_view name);

}  // namespace chapar::store
