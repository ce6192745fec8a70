#include "store/rules/erase.hpp"

#include "address/key.hpp"
#include "model/policy_fields.hpp"
#include "store/members.hpp"
#include "store/person.hpp"
#include "store/profile.hpp"
#include "store/rules/links.hpp"
#include "store/rules/people.hpp"
#include "store/rules/receipts.hpp"
#include "store/rules/states.hpp"
#include "store/rules/unmatched.hpp"

namespace chapar::store::rules {
namespace {

ErasureIndex& erasures_of(Unit& unit) {
    ErasureIndex& index = unit.memory.erasures;
    if (std::exchange(index.is_loaded, true)) return index;
    for (auto& [application, name] : unit.tables.erasures().people())
        index.under_way.insert({std::move(application), std::move(name)});
    for (const MessageKey key : unit.tables.erasures().waits())
        index.waits.insert(key);
    return index;
}

void keep_suppressed(Unit& unit, std::string_view channel, const std::string& address, Erased& done) {
    if (address.empty()) return;
    const auto kept = suppress_erased(unit, std::string(channel), address);
    done.addresses += kept.is_fresh ? 1 : 0;
    done.suppressions += kept.clear;
    if (!address::is_number(address)) return;
    // A telephone is one address for all that reach it.
    for (const std::string other : {"sms", "voice", "whatsapp"})
        done.suppressions += suppress_erased(unit, other, address).clear;
}

void keep_suppressed(Unit& unit, const std::string& address, Erased& done) {
    keep_suppressed(unit, address::is_number(address) ? "sms" : "email", address, done);
}

/// What was reported from an address, and what its owner wrote.
void drop_reports_from(Unit& unit, const std::string& address) {
    unit.tables.feed().drop_from(address);
    drop_unmatched_from(unit, address);
}

void drop_reports_of(Unit& unit, const model::Message& message) {
    unit.tables.feed().drop(message.id.key());
    drop_last_sent(unit, message);
    for (const auto& step : message.plan) {
        if (!step.address.empty()) drop_reports_from(unit, step.address);
    }
}

/// What providers answered may quote the address.
void blank_attempts(Unit& unit, MessageKey key) {
    for (auto& attempt : unit.tables.attempts().all(key)) {
        attempt.outcome.detail.clear();
        unit.tables.attempts().blank(key, attempt);
    }
}

/// Of a damaged message nothing is kept.
void blank_message(Unit& unit, MessageKey key, Erased& done) {
    const auto kept = unit.tables.messages().load(key);
    if (kept.is == Stored<KeptMessage>::Is::absent) return;
    ++done.messages;
    unit.tables.engagements().drop(key);
    blank_attempts(unit, key);
    unit.tables.links().drop(key);
    unit.tables.touches().drop(key);
    if (!kept.is_sound()) return unit.tables.messages().drop(key);
    const auto& before = kept.value.message;
    const auto& name = kept.value.idempotency_key;
    if (!name.empty()) unit.tables.keys().drop(before.application, name, key);
    drop_reports_of(unit, before);
    model::Message after = before;
    for (auto& step : after.plan) {
        keep_suppressed(unit, step.channel, step.address, done);
        step.address.clear();
        step.copies.clear();
    }
    after.recipient.clear();
    after.body = "{}";
    after.fields = model::encode(model::PolicyFields{}, after.plan);
    unit.tables.messages().blank(kept.value, after);
}

Erased erase_message(Unit& unit, MessageKey key) {
    auto& waits = erasures_of(unit).waits;
    Erased done;
    const auto state = erase_state(unit, key);
    unit.wanted.forget();
    if (state == model::State::sending) {
        if (waits.insert(key).second) unit.tables.erasures().put_wait(key);
        done.in_flight = 1;
        return done;
    }
    if (state && model::next(*state, model::Event::cancel)) done.cancelled = 1;
    blank_message(unit, key, done);
    if (waits.erase(key) != 0) unit.tables.erasures().drop_wait(key);
    return done;
}

/// One that is on its way keeps the copies that it left with; what is stored of it forgets them.
bool drop_copies(Unit& unit, const ForgottenNames& names, MessageKey key, Erased& done) {
    const auto kept = unit.tables.messages().load(key);
    if (!kept.is_sound()) return false;
    const auto& before = kept.value.message;
    auto after = before;
    bool has_changed = false;
    for (auto& step : after.plan) {
        const auto is_forgotten = [&](const model::Copy& copy) {
            return owner_of(names, before.application, copy) != nullptr;
        };
        for (const auto& copy : step.copies)
            if (is_forgotten(copy)) keep_suppressed(unit, step.channel, copy.address, done);
        has_changed = std::erase_if(step.copies, is_forgotten) != 0 || has_changed;
    }
    if (!has_changed) return false;
    // As it was written it is a spelling of its own: the plan says who the others are.
    after.body = without_members(before.body, {"cc", "bcc"});
    unit.tables.messages().change(kept.value, after);
    return true;
}

}  // namespace

Erased& Erased::operator+=(const Erased& other) {
    profiles += other.profiles;
    consents += other.consents;
    events += other.events;
    messages += other.messages;
    cancelled += other.cancelled;
    in_flight += other.in_flight;
    copies += other.copies;
    addresses += other.addresses;
    suppressions += other.suppressions;
    conversions += other.conversions;
    return *this;
}

std::vector<std::pair<std::string, std::int64_t>> counts_of(const Erased& erased) {
    return {{"profile", erased.profiles},       {"consents", erased.consents},   {"events", erased.events},
            {"messages", erased.messages},      {"cancelled", erased.cancelled}, {"in_flight", erased.in_flight},
            {"copies", erased.copies},          {"addresses", erased.addresses}, {"suppressions", erased.suppressions},
            {"conversions", erased.conversions}};
}

Erased begin_erasure(Unit& unit, const Forgotten& named) {
    auto person = named;
    if (person.name.starts_with(joined_mark)) person.name.erase(0, 1);
    Erased done;
    auto& people = unit.tables.people();
    const bool is_address = address::is_address(person.name);
    for (const auto& address : addresses_of(people.profile(person.application, person.name).value_or(std::string()))) {
        keep_suppressed(unit, address, done);
        people.drop_soft_bounces(address::key(address));
    }
    if (is_address) keep_suppressed(unit, person.name, done);
    done.profiles = delete_recipient(unit, person.application, person.name) ? 1 : 0;
    done.consents = people.drop_words(person.application, person.name);
    done.events = people.drop_events(person.application, person.name);
    if (is_address) people.drop_soft_bounces(person.name);
    drop_links_of(unit, person);
    done.conversions = unit.tables.conversions().drop_of(person.application, person.name);
    unit.tables.touches().drop_of(person.application, person.name);
    if (is_address)
        drop_reports_from(unit, person.name);
    else
        unit.tables.feed().drop_from(person.name);
    auto& index = erasures_of(unit);
    unit.tables.erasures().put(named.application, named.name);
    index.under_way.insert(named);
    return done;
}

Erased erase_messages(Unit& unit, const std::vector<MessageKey>& keys) {
    Erased done;
    for (const MessageKey key : keys)
        done += erase_message(unit, key);
    return done;
}

Erased erase_copies(Unit& unit, const ForgottenNames& names, const std::vector<MessageKey>& keys) {
    Erased done;
    for (const MessageKey key : keys)
        if (drop_copies(unit, names, key, done)) ++done.copies;
    return done;
}

void end_erasure(Unit& unit, const Forgotten& person) {
    auto& index = erasures_of(unit);
    unit.tables.erasures().drop(person.application, person.name);
    index.under_way.erase(person);
}

void erase_before_lease(Unit& unit, const std::vector<Lease>& batch) {
    const auto& index = erasures_of(unit);
    if (index.under_way.empty()) return;
    for (const Lease& lease : batch) {
        const auto owner = unit.tables.messages().owner(lease.key);
        if (!owner) continue;
        if (name_in(index.under_way, owner->application, owner->recipient, owner->plan, unit.memory.country) != nullptr)
            erase_message(unit, lease.key);
    }
}

void erase_after_move(Unit& unit, MessageKey key) {
    const auto& waits = erasures_of(unit).waits;
    if (!waits.empty() && waits.contains(key)) erase_message(unit, key);
}

}  // namespace chapar::store::rules
