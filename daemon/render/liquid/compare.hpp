#pragma once
// Equality and order of values, as the reference's language has them. Internal to the library.

#include <optional>
#include <string>

#include "render/liquid/value.hpp"

namespace chapar::liquid {

class Context;

/// `work` counts what was compared, one for each member or 64 bytes.
bool equal(Value a, Value b, std::uint64_t& work, int depth = 0);
/// For small values only: literals, keys.
inline bool equal(Value a, Value b) {
    std::uint64_t work = 0;
    return equal(a, b, work);
}
/// As `equal`, but a whole number never equals a float (for uniq).
bool same(Value a, Value b, std::uint64_t& work, int depth = 0);
inline bool same(Value a, Value b) {
    std::uint64_t work = 0;
    return same(a, b, work);
}
std::uint64_t hash_of(Value value, int depth = 0);
/// <0, 0, >0; nothing when the two don't compare.
std::optional<int> order(Value a, Value b, int depth = 0);
bool contains(Context& context, Value left, Value right);
/// How a failed comparison names the value: its class, or the value itself when it is a small one.
std::string class_name(Value value);
bool is_number(Value value);

}  // namespace chapar::liquid
