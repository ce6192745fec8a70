#pragma once
// What a person may choose on the page of preferences: from their words to the switches, and from the posted switches
// back to the words that are new. Pure; any thread.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "engage/one_click.hpp"
#include "engage/person_seal.hpp"
#include "model/ledger.hpp"

namespace chapar::web {

/// One switch: a topic by a channel.
struct ChoiceCell {
    std::string channel;
    /// What the policy would say to such a message; below "no marketing at all", what it would say without that.
    bool is_on = false;
};
struct ChoiceTopic {
    std::string topic, class_name;
    bool is_chosen_only = false;
    std::vector<ChoiceCell> cells;
};
struct Choices {
    std::vector<ChoiceTopic> topics;
    bool takes_none = false;  // no marketing at all: said so, and nothing of it was chosen since
    bool is_untracked = false;
    std::optional<Timestamp> paused_until;
};

/// `channels`: by which the person can be reached. The topics are the site's categories, and the one that the seal is
/// about where it is none of them and its class asks for consent.
Choices choices_of(const config::Settings& settings, const engage::PersonSeal& whom,
                   std::span<const std::string> channels, std::span<const model::Consent> words, Timestamp now);

/// "email:offers"
std::string cell_name(std::string_view channel, std::string_view topic);

/// What of a posted form changes: words without application, recipient, source and proof. While "no marketing at all"
/// is asked for, the switches of topics say nothing: they stay as they were. What the form did not show, or what is no
/// switch any more, is left alone.
std::vector<model::Consent> new_words(const config::Settings& settings, const Choices& now_chosen,
                                      std::span<const model::Consent> words, const engage::PostedForm& form,
                                      Timestamp now);

/// As a person may be shown it without being told to others: "s•••@e•••.com", "+98 912 ••• ••67".
std::string masked_address(std::string_view address);

}  // namespace chapar::web
