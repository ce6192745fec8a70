#pragma once
// The checksum of a row: XXH3-64 over its columns. Pure.

#include <xxhash.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string_view>

namespace chapar::store {

/// Fields go in with their lengths, so that moving a byte from one column to the next changes the sum. A short row is
/// hashed at once, which takes half the time of a stream and gives the same sum. The stream of a long one is on the
/// heap: it wants 64 bytes' alignment, which not every stack gives (one that AddressSanitizer keeps does not).
class Sum {
  public:
    Sum() {}  // NOLINT(cppcoreguidelines-pro-type-member-init): the buffer is written before it is read
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
        return static_cast<std::int64_t>(stream_ ? XXH3_64bits_digest(stream_.get()) : XXH3_64bits(short_, size_));
    }

  private:
    Sum& add(const void* bytes, std::size_t size) {
        if (!stream_ && size <= sizeof short_ - size_) {
            std::memcpy(short_ + size_, bytes, size);
            size_ += size;
            return *this;
        }
        if (!stream_) {
            stream_.reset(XXH3_createState());
            if (!stream_) throw std::bad_alloc();
            XXH3_64bits_reset(stream_.get());
            XXH3_64bits_update(stream_.get(), short_, size_);
        }
        XXH3_64bits_update(stream_.get(), bytes, size);
        return *this;
    }
    struct FreeState {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };

    char short_[1024];
    std::size_t size_ = 0;
    std::unique_ptr<XXH3_state_t, FreeState> stream_;
};

/// Of a row given column by column.
template <class... Columns>
std::int64_t sum_of(const Columns&... columns) {
    Sum sum;
    (sum.add(columns), ...);
    return sum.value();
}

}  // namespace chapar::store
