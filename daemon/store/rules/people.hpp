#pragma once
// What people said and what is known of their addresses: profiles, consents, events, the suppression list.

#include <string>
#include <utility>
#include <vector>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// True: it is new.
bool put_recipient(Unit& unit, const Recipient& recipient);
/// True: it existed.
bool delete_recipient(Unit& unit, std::string_view application, std::string_view id);

/// True: it changes what is in force.
bool put_consent(Unit& unit, const model::Consent& consent);
/// How many words change what is in force.
std::int64_t say(Unit& unit, const Saying& saying);
void put_event(Unit& unit, std::string_view application, std::string_view person, std::string_view event, Timestamp at);
/// How many were not in force before. A row is never made weaker: that takes an `unsuppress` first.
std::int64_t suppress(Unit& unit, const std::vector<model::Suppression>& batch);
/// Both reaches, and what is kept of an erased person's address.
bool unsuppress(Unit& unit, std::string_view channel, std::string_view address);

/// The address stays suppressed as a hash, and only so.
struct KeptSuppressed {
    bool is_fresh = false;   // it was not so before
    std::int64_t clear = 0;  // rows that named the address
};
KeptSuppressed suppress_erased(Unit& unit, const std::string& channel, const std::string& address);

}  // namespace chapar::store::rules
