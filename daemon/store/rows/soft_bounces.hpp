#pragma once
// What is known of an address at which mails don't arrive: the row of one. Pure.

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace chapar::store {

struct SoftBounces {
    std::string channel, address;  // address: as address::key makes it
    int count = 0;                 // since something arrived, or since it was suppressed
    Timestamp first{}, last{};     // of these
    int times = 0;                 // that it was suppressed
    Timestamp rests_until{};       // suppressed: nothing is counted before
    MessageKey taken{};            // a mail that a server took after the last one came back; it may come back too
    Timestamp taken_at{};
    bool operator==(const SoftBounces&) const = default;
};

std::int64_t checksum(const SoftBounces& row);

}  // namespace chapar::store
