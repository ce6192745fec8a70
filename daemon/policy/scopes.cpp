#include <xxhash.h>

#include <cstring>
#include <initializer_list>

#include "address/key.hpp"
#include "policy/decide.hpp"

namespace chapar::policy {
namespace {

/// XXH3-64 over a tag and the parts, each with its length before it, so that no two lists of parts read the same.
/// Stored with every use: must never change.
model::Scope hash(char tag, std::initializer_list<std::string_view> parts) {
    static thread_local std::string bytes;
    bytes.assign(1, tag);
    for (const auto part : parts) {
        const auto size = static_cast<std::uint32_t>(part.size());
        for (unsigned shift = 0; shift < 32; shift += 8)
            bytes.push_back(static_cast<char>((size >> shift) & 0xFFU));
        bytes.append(part);
    }
    const auto value = static_cast<model::Scope>(XXH3_64bits(bytes.data(), bytes.size()));
    return value == 0 ? 1 : value;  // 0 says "none" elsewhere
}

}  // namespace

model::Scope person_scope(bool site_wide, std::string_view application, std::string_view recipient,
                          std::string_view channel, std::string_view address) {
    const auto owner = site_wide ? std::string_view() : application;
    if (!recipient.empty()) return hash('p', {owner, recipient});
    return hash('a', {owner, channel, address::key(address)});
}

model::Scope endpoint_scope(std::string_view channel, std::string_view address) {
    return hash('e', {channel, address::key(address)});
}

model::Scope named_scope(std::string_view what, std::string_view application, std::string_view value) {
    return hash('n', {what, application, value});
}

}  // namespace chapar::policy
