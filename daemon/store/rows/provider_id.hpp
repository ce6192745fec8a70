#pragma once
// Which attempt a provider's id stands for, part by part, with the final word on it; and under what the last message to
// an address is remembered. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/report.hpp"

namespace chapar::store {

struct ProviderId {
    enum class Fate : std::uint8_t { open = 0, delivered = 1, failed = 2 };
    std::string route, id;  // in normal form
    MessageKey key{};
    int number = 0;
    int part = 1, parts = 1;
    Fate fate = Fate::open;
    bool contradicted = false;
    Timestamp at{};
    std::string code;
};

/// Fate and contradiction as one number, and back.
std::int64_t packed_fate(const ProviderId& id);
void unpack_fate(std::int64_t packed, ProviderId& id);
std::int64_t checksum(const ProviderId& id);
model::PartReceipt to_receipt(const ProviderId& id);

/// What the last message to `address` on `route` is kept under.
std::int64_t last_sent_scope(std::string_view route, std::string_view address);
std::int64_t last_sent_sum(std::int64_t scope, std::int64_t key);

}  // namespace chapar::store
