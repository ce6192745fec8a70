#pragma once
// Conversions as they are kept, and who says which messages they are credited to. The rules of credit are not the
// store's: it asks for them inside of the transaction that writes a conversion, and keeps the answer with it.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.hpp"
#include "model/counted_hit.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// A message's part of a conversion.
struct KeptShare {
    MessageKey message;
    // Filled by the store: the step of its plan by whose channel the person came, and as what it is counted.
    int step = 0;
    std::int64_t series = 0;
    std::int64_t parts = 0, whole = 1;  // of a linear credit
    Money value{};
    bool operator==(const KeptShare&) const = default;
};
/// What one goal says of a conversion.
struct Credited {
    std::string goal;
    enum class Outcome : std::uint8_t {
        credited = 0,
        unattributed = 1,  // no message led there
        repeated = 2,      // counted already, as once_per says
        refund = 3,        // takes back from whom the first was credited
        orphan = 4,        // a refund of nothing that is known
    } outcome = Outcome::unattributed;
    std::vector<KeptShare> shares;
    bool operator==(const Credited&) const = default;
};
std::string_view name(Credited::Outcome outcome);

/// Something that a person did, with what it was worth.
struct KeptConversion {
    std::int64_t number = 0;           // of the person's, from 1
    std::string event, key, currency;  // `key`: "order-88"; empty: it has none
    Money value{};                     // below zero: a refund
    Timestamp at{}, noted_at{};
    std::vector<Credited> credits{};  // as it was counted; of goals that look at its event
    bool operator==(const KeptConversion&) const = default;
};

/// A message that the person opened or clicked.
struct TouchedMessage {
    MessageKey key;
    std::vector<model::CountedHit> hits;
    // What it was, where it is known.
    std::string campaign{}, class_name{};
    struct Step {
        std::string channel, template_name, variant;
    };
    std::vector<Step> steps{};
};
/// By whose channel the person came last until `at`: a step of the message's plan. Machines never count; 0: nobody
/// came.
int step_that_led(const TouchedMessage& message, Timestamp at);

class Attributor {
  public:
    virtual ~Attributor() = default;
    /// What the goals say of each of one person's conversions, in their order. Shares that were given once stay. Pure.
    virtual std::vector<std::vector<Credited>> attribute(std::span<const KeptConversion> conversions,
                                                         std::span<const TouchedMessage> touches) const = 0;
};

/// What became of a conversion.
struct Converted {
    bool is_repeated = false;  // its key is known: nothing was written
    bool is_conflict = false;  // its key is known, of another value
    KeptConversion conversion;
};

/// All of one person, as one name has it.
struct PersonConversions {
    std::string application, person;
    std::vector<KeptConversion> conversions;  // by number
    std::vector<TouchedMessage> touches;
};

class Conversions {
  public:
    virtual ~Conversions() = default;

    /// Also notes when the event happened last, as People::put_event. `goals` may be null.
    virtual void convert(std::string application, std::string recipient, KeptConversion conversion,
                         std::shared_ptr<const Attributor> goals, Done<Converted> done) = 0;
    /// Of people behind (application, person), in order; at most `limit` of them. Empty `only`: of all applications.
    virtual Result<std::vector<PersonConversions>> conversions(std::string_view only,
                                                               const std::pair<std::string, std::string>& after,
                                                               int limit) = 0;
    /// Of one name.
    virtual Result<PersonConversions> conversions_of(std::string_view application, std::string_view person) = 0;
    /// Drops conversions, opens and clicks from before `before`, at most `limit` rows of each; answers how many.
    virtual void prune_conversions(Timestamp before, int limit, Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
