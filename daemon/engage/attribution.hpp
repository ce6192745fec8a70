#pragma once
// Which messages a conversion is credited to. Raw touches are kept, so this can be asked again at any time with other
// rules. Pure; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/money.hpp"
#include "engage/score.hpp"

namespace chapar::engage {

/// A hit, or a delivery, of a message to the person who converted.
struct Touch {
    enum class Kind : std::uint8_t { delivery, open, click };
    MessageKey message;
    Kind kind = Kind::delivery;
    Verdict by = Verdict::unknown;  // of an open or a click
    Timestamp at{};
};

enum class Credit : std::uint8_t {
    last_click,  // the last click that is not a machine's; of people first, else of unknown
    last_touch,  // the last open or click that is not a machine's
    linear,      // all of those alike
};
std::optional<Credit> parse_credit(std::string_view text);

enum class OncePer : std::uint8_t {
    event,   // each; as with the others a repeated key is the same conversion again
    person,  // a person's first
    day,     // a person's first of a day (UTC)
};
std::optional<OncePer> parse_once_per(std::string_view text);

struct Goal {
    std::string event;
    Milliseconds window = std::chrono::days(7);
    Credit credit = Credit::last_click;
    OncePer once_per = OncePer::event;
};

struct Conversion {
    std::int64_t id = 0;
    std::string person, event, key, currency;  // `key`: "order-88"; a refund's: that, or "order-88/..."
    Money value{};                             // below zero: a refund
    Timestamp at{};
};

/// "order-88" of "order-88/refund-1".
std::string_view key_family(std::string_view key);

struct CreditShare {
    MessageKey message;
    /// Parts of `whole`: of conversions, so that a linear third stays exact.
    std::int64_t parts = 0, whole = 1;
    Money value{};
    bool operator==(const CreditShare&) const = default;
};

struct Attributed {
    std::int64_t id = 0;  // of the conversion
    enum class Outcome : std::uint8_t {
        credited,
        unattributed,  // no touch in the window
        repeated,      // counted already, as once_per says
        refund,        // takes back from whom the first was credited
        orphan,        // a refund of nothing that is known, in another currency, or of more than there was
        other_event,   // not this goal's
    } outcome = Outcome::unattributed;
    std::vector<CreditShare> shares;  // their values together are the conversion's; of one message once
    bool operator==(const Attributed&) const = default;
};

/// Splits `value` by the goal's rule among the touches in the window before `at`; empty: there are none.
std::vector<CreditShare> credit(const Goal& goal, Timestamp at, Money value, std::span<const Touch> touches);

/// Credit that was given once and stands: by the conversion's id. No shares: it was credited to nobody.
struct Given {
    std::int64_t id = 0;
    std::vector<CreditShare> shares;
};

/// One person's conversions in the order of their times with the touches that led there. Refunds give back in the
/// shares that their first gave. What is `given` is not worked out anew where it still counts.
std::vector<Attributed> attribute(const Goal& goal, std::span<const Conversion> conversions,
                                  std::span<const Touch> touches, std::span<const Given> given = {});

}  // namespace chapar::engage
