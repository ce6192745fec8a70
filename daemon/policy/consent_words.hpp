#pragma once
// What a person's words mean for one kind of message. Pure; any thread.

#include <optional>
#include <span>
#include <string_view>

#include "config/settings.hpp"
#include "model/ledger.hpp"

namespace chapar::policy {

/// The kind of message that is asked about.
struct AskedTopic {
    std::string_view class_name, category, channel;
};

/// Which words decide; they live in the list that was weighed.
struct ConsentAnswer {
    const model::Consent* no = nullptr;    // the newest no that stands
    const model::Consent* best = nullptr;  // else the closest, then newest, of the other words

    bool says_yes() const { return best != nullptr && best->state == model::ConsentState::subscribed; }
    bool allows(config::Requires required) const;
};
ConsentAnswer weigh(std::span<const model::Consent> words, const AskedTopic& about);

/// Until when all that asks for consent is paused at `now`; nothing: it is not.
std::optional<Timestamp> paused_until(std::span<const model::Consent> words, Timestamp now);

/// What a message of this class asks of the person. `is_chosen_only`: its category goes only to who chose it.
config::Requires required_of(const config::ClassSettings& cls, bool is_chosen_only);

}  // namespace chapar::policy
