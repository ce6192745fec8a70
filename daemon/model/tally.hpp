#pragma once
// What is counted of messages for reports: of one line of messages (a campaign's template on its channel) and one day.
// Pure values; any thread.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::model {

/// The numbers are the store's: new ones go to the end.
enum class Tallied : std::uint8_t {
    accepted = 0,
    sent = 1,  // a provider took it; once for each channel that it went by
    delivered = 2,
    bounced_hard = 3,     // nobody has the address
    bounced_soft = 4,     // not this time
    bounced_blocked = 5,  // the provider, or the operator's list, lets no such message through
    bounced_content = 6,  // the message's own fault
    opened = 7,           // messages that anybody or anything opened
    opened_human = 8,     // messages that a person opened
    opens_human = 9,      // all opens by whom they were made
    opens_unknown = 10,
    opens_machine = 11,
    clicked = 12,
    clicked_human = 13,
    clicks_human = 14,
    clicks_unknown = 15,
    clicks_machine = 16,
    unsubscribed = 17,
    complained = 18,
    damaged = 19,  // days of which earlier counts are lost: their row was damaged
};
inline constexpr int tally_counts = 20;
std::string_view name(Tallied count);

/// What is counted under a name.
enum class Named : std::uint8_t {
    kept_back = 0,  // ended before anybody took it, by reason
    converted = 1,  // millionths of a conversion, by goal: shares of one add up to it
    revenue = 2,    // millionths of the currency's unit, by "GOAL CURRENCY"
    cost = 3,       // millionths of the currency's unit, by currency
};

struct Tally {
    std::array<std::int64_t, tally_counts> by{};
    std::map<std::pair<Named, std::string>, std::int64_t> named{};

    std::int64_t of(Tallied count) const { return by[static_cast<std::size_t>(count)]; }
    void add(Tallied count, std::int64_t more) { by[static_cast<std::size_t>(count)] += more; }
    void add(Named what, std::string_view of, std::int64_t more);
    Tally& operator+=(const Tally& other);
    bool is_zero() const;
    bool operator==(const Tally&) const = default;
};

}  // namespace chapar::model
