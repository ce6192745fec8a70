#include "base/ids.hpp"

#include <algorithm>
#include <charconv>

namespace chapar {
namespace {

/// Of a node in one millisecond.
constexpr std::int64_t last_number = (std::int64_t{1} << MessageId::number_bits) - 1;

constexpr char hex_digits[] = "0123456789abcdef";

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<MessageId> MessageId::parse(std::string_view text) {
    if (text.size() != 36) return std::nullopt;
    std::uint64_t half[2] = {0, 0};
    int nibble = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash_place = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash_place) {
            if (text[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0) return std::nullopt;
        half[nibble / 16] = half[nibble / 16] << 4 | static_cast<std::uint64_t>(value);
        ++nibble;
    }
    if ((half[0] >> 12 & 0xF) != 7 || half[1] >> 62 != 2) return std::nullopt;
    const std::uint64_t ms = half[0] >> 16;
    const std::uint64_t order = (half[0] & 0xFFF) << 3 | (half[1] >> 59 & 0x7);
    return MessageId(MessageKey{static_cast<std::int64_t>(ms << order_bits | order)}, half[1] & tail_mask);
}

std::string MessageId::text() const {
    const auto key = static_cast<std::uint64_t>(key_.value);
    const std::uint64_t ms = key >> order_bits;
    const std::uint64_t order = key & ((1U << order_bits) - 1);
    const std::uint64_t half[2] = {ms << 16 | std::uint64_t{7} << 12 | order >> 3,
                                   std::uint64_t{2} << 62 | (order & 7) << 59 | tail_};
    std::string out(36, '-');
    std::size_t at = 0;
    for (int nibble = 0; nibble < 32; ++nibble) {
        if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
        out[at++] = hex_digits[half[nibble / 16] >> (60 - 4 * (nibble % 16)) & 0xF];
    }
    return out;
}

IdGenerator::IdGenerator(const Clock& clock, MessageKey after, std::uint64_t seed, NodeId node)
    : clock_(clock),
      node_(node.value & (most_nodes - 1)),
      last_ms_(after.value >> MessageId::order_bits),
      last_number_(last_number),
      random_(seed) {
    if (seed == 0) {
        std::random_device device;
        std::seed_seq seq{device(), device(), device(), device(), device(), device(), device(), device()};
        random_.seed(seq);
    }
}

MessageId IdGenerator::next() {
    const std::int64_t now = to_ms(clock_.now());
    const std::lock_guard lock(mutex_);
    if (now > last_ms_ || last_number_ == last_number) {
        last_ms_ = std::max(now, last_ms_ + 1);
        last_number_ = -1;
    }
    const auto key = last_ms_ << MessageId::order_bits | node_ << MessageId::number_bits | ++last_number_;
    return MessageId(MessageKey{key}, random_());
}

std::optional<AttemptId> AttemptId::parse(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto id = MessageId::parse(text.substr(0, dot));
    int number = 0;
    const auto digits = text.substr(dot + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!id || error != std::errc{} || end != digits.data() + digits.size() || number < 1) return std::nullopt;
    return AttemptId{*id, number};
}

}  // namespace chapar
