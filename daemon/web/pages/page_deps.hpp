#pragma once
// What the pages of people work with, and what they have in common.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "dispatch/control.hpp"
#include "engage/one_click.hpp"
#include "engage/person_seal.hpp"
#include "store/store.hpp"
#include "web/pages/page_answers.hpp"

namespace chapar::web {

/// Everything is borrowed and outlives whoever holds this.
struct PageDeps {
    const Clock& clock;
    store::Store& store;
    dispatch::Control& control;
    const PageBook& book;
    const engage::PersonSeals& seals;
    /// The configuration of now. Any thread, cheap.
    std::function<std::shared_ptr<const config::Settings>()> settings;
    /// Runs what takes a while or blocks on the store, on a thread of its own.
    std::function<void(std::function<void()>)> run;
};

/// What a topic is called on a page: its category's title, else words for a class, else its name.
std::string topic_title(const config::Settings& settings, std::string_view topic, bool is_persian);
PageSpeech speech_of(const PageDeps& deps, const config::Settings& settings, bool is_persian);
/// The same person's page of preferences, as a path.
std::string preferences_path(const engage::PersonSeals& seals, const engage::PersonSeal& whom);

/// The first field of that name; empty: there is none.
std::string field_of(const engage::PostedForm& form, std::string_view name);
WebAnswer plain_answer(int status, std::string body);

}  // namespace chapar::web
