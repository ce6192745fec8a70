#pragma once
// The checksum of a row: XXH3-64 over its columns. Pure.

#define XXH_STATIC_LINKING_ONLY  // the state lives on the stack
#include <xxhash.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace chapar::store {

/// Fields go in with their lengths, so that moving a byte from one column to the next changes the sum.
class Sum {
  public:
    Sum() {
        XXH3_INITSTATE(&state_);  // a reset reads the seed that stood there before
        XXH3_64bits_reset(&state_);
    }
    Sum& add(std::int64_t value) {
        XXH3_64bits_update(&state_, &value, sizeof value);
        return *this;
    }
    Sum& add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        if (!text.empty()) XXH3_64bits_update(&state_, text.data(), text.size());
        return *this;
    }
    Sum& add(const std::optional<std::int64_t>& value) {
        add(std::int64_t{value.has_value()});
        return add(value.value_or(0));
    }
    std::int64_t value() const { return static_cast<std::int64_t>(XXH3_64bits_digest(&state_)); }

  private:
    XXH3_state_t state_;
};

/// Of a row given column by column.
template <class... Columns>
std::int64_t sum_of(const Columns&... columns) {
    Sum sum;
    (sum.add(columns), ...);
    return sum.value();
}

}  // namespace chapar::store
