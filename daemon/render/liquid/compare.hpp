#pragma once
// Equality and order of values, as the reference's language has them. Internal to the library.

#include <optional>
#include <string>

#include "render/liquid/value.hpp"

namespace chapar::liquid {

class Context;

bool equal(Value a, Value b, int depth = 0);
/// As `equal`, but a whole number never equals a float (for uniq).
bool same(Value a, Value b, int depth = 0);
std::uint64_t hash_of(Value value, int depth = 0);
/// <0, 0, >0; nothing when the two don't compare.
std::optional<int> order(Value a, Value b, int depth = 0);
bool contains(Context& context, Value left, Value right);
/// How a failed comparison names the value: its class, or the value itself when it is a small one.
std::string class_name(Value value);
bool is_number(Value value);

}  // namespace chapar::liquid
