#pragma once
// Addresses of erased people: only a salted hash of them is kept. Pure, but for the randomness of a new salt.

#include <optional>
#include <string>
#include <string_view>

namespace chapar::store {

/// The setting that holds the salt; not shown with the others. It is made with the first erasure and never changes.
inline constexpr std::string_view salt_setting = "erasure.salt";

/// Nothing: the system gives no randomness.
std::optional<std::string> make_salt();
/// What stands for (channel, address) in the suppression list.
std::string erased_address(std::string_view salt, std::string_view channel, std::string_view address);

}  // namespace chapar::store
