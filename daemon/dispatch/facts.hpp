#pragma once
// What the policy needs of a message, read from its request. Pure; callable from any thread.

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "model/message.hpp"
#include "policy/subject.hpp"

namespace chapar::dispatch {

/// Owns what a policy::Subject points to, except the message itself, which must outlive it.
struct Facts {
    const model::Message* message = nullptr;
    int step = 0;
    std::string category, sender, household, device_zone, person_zone, phone, dedupe_key, own_quiet;
    Milliseconds dedupe_window{};
    double value = 0;
    bool is_test = false;
    std::vector<std::int32_t> segments;  // by plan step; a step beyond the end has one

    /// Views into this and the message. `settings` tells what a channel costs and must outlive the subject.
    policy::Subject subject(const config::Settings& settings) const;
};

/// A body that does not parse gives facts without any of its fields: rendering refuses that message later.
/// `country`: the site's, of a phone number that names none.
Facts read_facts(const model::Message& message, int step, std::string_view country);

/// The message's own `fallback_after`, or its class's; 0: it does not fall back by time.
Milliseconds fallback_after(const model::Message& message, const config::ClassSettings& cls);

}  // namespace chapar::dispatch
