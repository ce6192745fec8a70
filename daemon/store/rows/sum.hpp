#pragma once
// The checksum of a row: XXH3-64 over its columns. Pure.

#define XXH_STATIC_LINKING_ONLY  // the state lives on the stack
#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace chapar::store {

/// Fields go in with their lengths, so that moving a byte from one column to the next changes the sum. A short row is
/// hashed at once, which takes half the time of a stream and gives the same sum.
class Sum {
  public:
    Sum() {
    }  // NOLINT(cppcoreguidelines-pro-type-member-init): the buffer and the state are written before they are read
    Sum& add(std::int64_t value) { return add(&value, sizeof value); }
    Sum& add(std::string_view text) {
        add(static_cast<std::int64_t>(text.size()));
        return text.empty() ? *this : add(text.data(), text.size());
    }
    Sum& add(const std::optional<std::int64_t>& value) {
        add(std::int64_t{value.has_value()});
        return add(value.value_or(0));
    }
    std::int64_t value() const {
        return static_cast<std::int64_t>(is_stream_ ? XXH3_64bits_digest(&state_) : XXH3_64bits(short_, size_));
    }

  private:
    Sum& add(const void* bytes, std::size_t size) {
        if (!is_stream_ && size <= sizeof short_ - size_) {
            std::memcpy(short_ + size_, bytes, size);
            size_ += size;
            return *this;
        }
        if (!is_stream_) {
            XXH3_INITSTATE(&state_);  // a reset reads the seed that stood there before
            XXH3_64bits_reset(&state_);
            XXH3_64bits_update(&state_, short_, size_);
            is_stream_ = true;
        }
        XXH3_64bits_update(&state_, bytes, size);
        return *this;
    }

    XXH3_state_t state_;
    char short_[1024];
    std::size_t size_ = 0;
    bool is_stream_ = false;
};

/// Of a row given column by column.
template <class... Columns>
std::int64_t sum_of(const Columns&... columns) {
    Sum sum;
    (sum.add(columns), ...);
    return sum.value();
}

}  // namespace chapar::store
