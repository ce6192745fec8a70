#pragma once
// Strong identifiers. No conversions; comparison, hash and text form are provided once.

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar {

template <class Tag, class Rep = std::int64_t>
struct StrongId {
    Rep value{};
    auto operator<=>(const StrongId&) const = default;
};

/// The row key of a message: the 48-bit millisecond and the 15 ordering bits of its UUIDv7, so the keys of a node grow
/// in order of acceptance and looking up an id needs no index of its own. The ordering bits are the node and a number;
/// in the keys of earlier versions all of them are the number.
using MessageKey = StrongId<struct MessageKeyTag>;
/// A waiting line in the store: one (class, application, campaign).
using PoolId = StrongId<struct PoolIdTag>;
/// One of the daemons that work on one store: below `most_nodes`.
using NodeId = StrongId<struct NodeIdTag>;

/// Public id of a message: a UUIDv7 (RFC 9562, section 5.7).
class MessageId {
  public:
    MessageId() = default;
    /// `tail` is the 59 random bits that `key` does not hold.
    MessageId(MessageKey key, std::uint64_t tail) : key_(key), tail_(tail & tail_mask) {}
    /// Parses the canonical 36-character form (either case). nullopt: not a UUIDv7.
    static std::optional<MessageId> parse(std::string_view text);

    MessageKey key() const { return key_; }
    std::uint64_t tail() const { return tail_; }
    std::string text() const;
    auto operator<=>(const MessageId&) const = default;

    static constexpr std::uint64_t tail_mask = (std::uint64_t{1} << 59) - 1;
    static constexpr int order_bits = 15;
    static constexpr int number_bits = 10;  // the lower ones of them; the upper ones are the node's

  private:
    MessageKey key_{};
    std::uint64_t tail_ = 0;
};

constexpr std::int64_t most_nodes = std::int64_t{1} << (MessageId::order_bits - MessageId::number_bits);

/// Makes ids that never repeat and never go backwards, even when the wall clock does; two nodes never make the same
/// key. Where more than 1,024 are asked for in a millisecond, the keys run ahead of the clock. Callable from any
/// thread.
class IdGenerator {
  public:
    /// The first id is of a later millisecond than `after`; `seed` 0 takes the system's randomness.
    IdGenerator(const Clock& clock, MessageKey after, std::uint64_t seed = 0, NodeId node = {});
    MessageId next();

  private:
    const Clock& clock_;
    const std::int64_t node_;
    std::mutex mutex_;  // guards what follows
    std::int64_t last_ms_, last_number_;
    std::mt19937_64 random_;
};

/// One handing-over of a message to a plugin. `number` counts from 1.
struct AttemptId {
    MessageId message;
    int number = 0;
    /// Correlation id given to providers: "UUID.N". Known before the bytes leave.
    std::string text() const { return message.text() + "." + std::to_string(number); }
    static std::optional<AttemptId> parse(std::string_view text);
    auto operator<=>(const AttemptId&) const = default;
};

}  // namespace chapar

template <class Tag, class Rep>
struct std::hash<chapar::StrongId<Tag, Rep>> {
    std::size_t operator()(const chapar::StrongId<Tag, Rep>& id) const noexcept {
        // Keys are nearly sequential: spread them (Fibonacci hashing).
        return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value) * 0x9E3779B97F4A7C15ULL);
    }
};
