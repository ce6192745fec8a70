#include "store/sqlite/erasure.hpp"

#include <tuple>

#include "address/key.hpp"
#include "store/members.hpp"
#include "store/person.hpp"
#include "store/profile.hpp"

namespace chapar::store::sqlite {
const Forgotten* name_in(const ForgottenNames& names, std::string_view application, std::string_view recipient,
                         std::string_view plan, std::string_view country) {
    const auto find = [&](std::string name) -> const Forgotten* {
        const auto found = names.find({std::string(application), std::move(name)});
        return found == names.end() ? nullptr : &*found;
    };
    if (!recipient.empty()) {
        if (const auto* found = find(std::string(recipient))) return found;
        if (const auto* found = find(address::name_of(recipient, country))) return found;
    }
    for (const auto& step : model::decode_plan(plan)) {
        if (step.address.empty()) continue;
        const auto key = address::key(step.address);
        if (const auto* found = find(key)) return found;
        // With somebody else's id it is somebody else's.
        const bool is_nobodys = recipient.empty() || recipient == key;
        if (const auto* found = is_nobodys ? find(joined_mark + key) : nullptr) return found;
    }
    return nullptr;
}

/// The name of `names` that has this address; nullptr: none.
static const Forgotten* owner_of(const ForgottenNames& names, std::string_view application, const model::Copy& copy) {
    const auto key = address::key(copy.address);
    for (auto name : {key, joined_mark + key}) {
        const auto found = names.find({std::string(application), std::move(name)});
        if (found != names.end()) return &*found;
    }
    return nullptr;
}

const Forgotten* copy_in(const ForgottenNames& names, std::string_view application, std::string_view plan) {
    for (const auto& step : model::decode_plan(plan)) {
        for (const auto& copy : step.copies) {
            if (const auto* name = owner_of(names, application, copy)) return name;
        }
    }
    return nullptr;
}

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
    return *this;
}

Erasure::Erasure(Connection& connection, Life& life, People& people, Shelf& shelf, Traces traces,
                 const std::string& country)
    : connection_(connection),
      life_(life),
      people_(people),
      shelf_(shelf),
      traces_(traces),
      country_(country),
      select_profile_(connection, "SELECT profile FROM recipient WHERE application = ?1 AND id = ?2"),
      put_person_(connection, "INSERT OR IGNORE INTO erasure (application, recipient) VALUES (?1, ?2)"),
      drop_person_(connection, "DELETE FROM erasure WHERE application = ?1 AND recipient = ?2"),
      put_waits_(connection, "INSERT OR IGNORE INTO erasure_waits (key) VALUES (?1)"),
      drop_waits_(connection, "DELETE FROM erasure_waits WHERE key = ?1"),
      owner_(connection, "SELECT application, recipient, plan FROM message WHERE key = ?1"),
      select_message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      blank_message_(connection,
                     "UPDATE message SET recipient = '', idempotency_key = '', plan = ?2, body = ?3, sum = ?4 "
                     "WHERE key = ?1"),
      drop_message_(connection, "DELETE FROM message WHERE key = ?1"),
      drop_key_(connection, "DELETE FROM idempotency WHERE application = ?1 AND idempotency_key = ?2 AND key = ?3"),
      select_attempts_(connection, "SELECT " CHAPAR_ATTEMPT_COLUMNS " FROM attempt WHERE key = ?1 ORDER BY number"),
      blank_attempt_(connection, "UPDATE attempt SET detail = '', sum = ?3 WHERE key = ?1 AND number = ?2"),
      put_copies_(connection, "UPDATE message SET plan = ?2, body = ?3, sum = ?4 WHERE key = ?1"),
      persons_(connection, "SELECT application, recipient FROM erasure"),
      waits_select_(connection, "SELECT key FROM erasure_waits") {}

void Erasure::load() {
    if (std::exchange(is_loaded_, true)) return;
    under_way_.clear();
    waits_.clear();
    {
        auto rows = persons_.query();
        while (rows.next())
            under_way_.insert({std::string(rows.bytes(0)), std::string(rows.bytes(1))});
    }
    auto rows = waits_select_.query();
    while (rows.next())
        waits_.insert(MessageKey{rows.integer(0)});
}

Erased Erasure::begin(const Forgotten& named) {
    load();
    auto person = named;
    if (person.name.starts_with(joined_mark)) person.name.erase(0, 1);
    Erased done;
    std::string profile;
    {
        auto rows = select_profile_.query(person.application, person.name);
        if (rows.next()) profile = rows.bytes(0);
    }
    for (const auto& address : addresses_of(profile))
        keep_suppressed(address, done);
    if (address::is_address(person.name)) keep_suppressed(person.name, done);
    done.profiles = shelf_.delete_recipient(person.application, person.name) ? 1 : 0;
    std::tie(done.consents, done.events) = people_.erase(person.application, person.name);
    if (address::is_address(person.name)) {
        traces_.feed.drop_address(person.name);
        traces_.strays.drop_address(person.name);
    }
    put_person_.run(named.application, named.name);
    under_way_.insert(named);
    return done;
}

Erased Erasure::messages(const std::vector<MessageKey>& keys) {
    load();
    Erased done;
    for (const MessageKey key : keys)
        done += message(key);
    return done;
}

void Erasure::end(const Forgotten& person) {
    load();
    drop_person_.run(person.application, person.name);
    under_way_.erase(person);
}

void Erasure::before_lease(const std::vector<Lease>& batch) {
    load();
    if (under_way_.empty()) return;
    for (const Lease& lease : batch) {
        bool is_forgotten = false;
        {
            auto rows = owner_.query(lease.key.value);
            if (!rows.next()) continue;
            is_forgotten = name_in(under_way_, rows.bytes(0), rows.bytes(1), rows.bytes(2), country_) != nullptr;
        }
        if (is_forgotten) message(lease.key);
    }
}

void Erasure::after_move(MessageKey key) {
    load();
    if (!waits_.empty() && waits_.contains(key)) message(key);
}

Erased Erasure::message(MessageKey key) {
    Erased done;
    const auto state = life_.erase(key);
    if (state == model::State::sending) {
        if (waits_.insert(key).second) put_waits_.run(key.value);
        done.in_flight = 1;
        return done;
    }
    if (state && model::next(*state, model::Event::cancel)) done.cancelled = 1;
    blank(key, done);
    if (waits_.erase(key) != 0) drop_waits_.run(key.value);
    return done;
}

Erased Erasure::copies(const ForgottenNames& names, const std::vector<MessageKey>& keys) {
    Erased done;
    for (const MessageKey key : keys)
        if (drop_copies(names, key, done)) ++done.copies;
    return done;
}

/// One that is on its way keeps the copies that it left with; what is stored of it forgets them.
bool Erasure::drop_copies(const ForgottenNames& names, MessageKey key, Erased& done) {
    model::Message before;
    std::string idempotency_key;
    {
        auto rows = select_message_.query(key.value);
        const auto row = rows.next() ? read_message(rows) : std::nullopt;
        if (!row) return false;
        before = to_message(*row);
        idempotency_key = row->idempotency_key;
    }
    auto after = before;
    bool has_changed = false;
    for (auto& step : after.plan) {
        const auto is_forgotten = [&](const model::Copy& copy) {
            return owner_of(names, before.application, copy) != nullptr;
        };
        for (const auto& copy : step.copies)
            if (is_forgotten(copy)) keep_suppressed(step.channel, copy.address, done);
        has_changed = std::erase_if(step.copies, is_forgotten) != 0 || has_changed;
    }
    if (!has_changed) return false;
    traces_.search.change(before, after);
    // As it was written it is a spelling of its own: the plan says who the others are.
    after.body = without_members(before.body, {"cc", "bcc"});
    const auto plan = model::encode_plan(after.plan);
    const auto tags = model::encode_tags(after.tags);
    const auto changed = to_row(after, plan, tags, idempotency_key);
    put_copies_.run(changed.key, changed.plan, Blob{changed.body}, checksum(changed));
    return true;
}

/// Of a damaged message nothing is kept.
void Erasure::blank(MessageKey key, Erased& done) {
    std::optional<model::Message> message;
    std::string idempotency_key;
    {
        auto rows = select_message_.query(key.value);
        if (!rows.next()) return;
        if (const auto row = read_message(rows)) {
            message = to_message(*row);
            idempotency_key = row->idempotency_key;
        }
    }
    ++done.messages;
    blank_attempts(key);
    if (!message) {
        drop_message_.run(key.value);
        return;
    }
    if (!idempotency_key.empty()) drop_key_.run(message->application, idempotency_key, key.value);
    traces_.search.blank(*message);
    drop_reports(*message);
    for (auto& step : message->plan) {
        keep_suppressed(step.channel, step.address, done);
        step.address.clear();
        step.copies.clear();
    }
    message->recipient.clear();
    message->body = "{}";
    const auto plan = model::encode_plan(message->plan);
    const auto tags = model::encode_tags(message->tags);
    const auto row = to_row(*message, plan, tags, "");
    blank_message_.run(row.key, row.plan, Blob{row.body}, checksum(row));
}

/// What was reported of them, and what they wrote.
void Erasure::drop_reports(const model::Message& message) {
    traces_.feed.drop(message.id.key());
    traces_.segments.drop_addresses(message.id.key(), message.plan);
    for (const auto& step : message.plan) {
        if (step.address.empty()) continue;
        traces_.feed.drop_address(step.address);
        traces_.strays.drop_address(step.address);
    }
}

/// What providers answered may quote the address.
void Erasure::blank_attempts(MessageKey key) {
    std::vector<model::Attempt> attempts;
    {
        auto rows = select_attempts_.query(key.value);
        while (rows.next()) {
            if (const auto row = read_attempt(rows)) attempts.push_back(to_attempt(*row));
        }
    }
    for (auto& attempt : attempts) {
        attempt.outcome.detail.clear();
        blank_attempt_.run(key.value, attempt.number, checksum(to_row(key, attempt)));
    }
}

void Erasure::keep_suppressed(std::string_view channel, const std::string& address, Erased& done) {
    if (address.empty()) return;
    const auto kept = people_.suppress_erased(std::string(channel), address);
    done.addresses += kept.is_fresh ? 1 : 0;
    done.suppressions += kept.clear;
    if (!address::is_number(address)) return;
    // A telephone is one address for all that reach it.
    for (const std::string other : {"sms", "voice", "whatsapp"})
        done.suppressions += people_.suppress_erased(other, address).clear;
}

void Erasure::keep_suppressed(const std::string& address, Erased& done) {
    keep_suppressed(address::is_number(address) ? "sms" : "email", address, done);
}

}  // namespace chapar::store::sqlite
