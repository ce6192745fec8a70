#pragma once
// Numbers as bytes, seven bits each. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar {

void put_number(std::string& out, std::uint64_t value);
void put_signed(std::string& out, std::int64_t value);
/// Takes from the front; nothing when the bytes end first.
std::optional<std::uint64_t> take_number(std::string_view& in);
std::optional<std::int64_t> take_signed(std::string_view& in);

}  // namespace chapar
