#include "store/rules/people.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/rows/erased_address.hpp"
#include "store/rules/counting.hpp"

namespace chapar::store::rules {
namespace {

/// What was said just now is the newest word, even where the wall clock was set back meanwhile.
constexpr auto just_now = std::chrono::minutes(1);

bool is_same_topic(const model::Consent& a, const model::Consent& b) {
    return a.channel == b.channel && a.topic == b.topic;
}

/// A pause, and a no to being tracked, are none.
bool is_unsubscribing(const model::Consent& word) {
    return word.state == model::ConsentState::unsubscribed && word.topic != model::pause_topic &&
           word.topic != model::tracking_topic;
}

/// The line of the feed about a word: what it is about stands in `code`, the channel or "*" in `channel`. Where the
/// message is gone, only an address names the person: what belongs to no message is found by it when they are
/// forgotten.
void tell(Unit& unit, const model::Consent& word, std::optional<MessageKey> about) {
    model::FeedEntry entry;
    entry.application = word.application;
    if (about) entry.message = unit.tables.messages().id(*about);
    const auto person = address::key(word.recipient);
    if (address::is_address(person))
        entry.address = person;
    else if (entry.message)
        entry.recipient = person;
    entry.kind = model::name(word.state);
    entry.channel = word.channel;
    entry.code = word.topic;
    entry.detail = word.source;
    entry.at = word.at;
    entry.noted_at = unit.now;
    unit.tables.feed().append(entry, {});
}

bool suppress_one(Unit& unit, model::Suppression row) {
    row.address = address::key(row.address);
    const auto before = unit.tables.people().suppression(row.channel, row.address, row.reach);
    const auto& until = before.value.until;
    const bool was_in_force = before.is_sound() && (!until || *until > unit.now);
    if (was_in_force && (!until || (row.until && *row.until <= *until))) return false;
    unit.tables.people().put_suppression(row);
    return !was_in_force;
}

model::Suppression erased(Unit& unit, const std::string& channel, const std::string& address) {
    return {.channel = channel,
            .address = erased_address(unit.tables.people().need_salt(), channel, address),
            .reach = model::SuppressionReach::all,
            .reason = "erased",
            .source = "erasure",
            .at = unit.now,
            .until = std::nullopt};
}

}  // namespace

bool put_recipient(Unit& unit, const Recipient& recipient) {
    Recipient kept = recipient;
    kept.id = address::key(recipient.id);
    auto& people = unit.tables.people();
    const auto before = people.profile(kept.application, kept.id);
    return people.put_profile(kept, before.value_or(std::string()));
}

bool delete_recipient(Unit& unit, std::string_view application, std::string_view id) {
    const auto name = address::key(id);
    auto& people = unit.tables.people();
    const auto before = people.profile(application, name);
    return people.drop_profile(application, name, before.value_or(std::string()));
}

bool put_consent(Unit& unit, const model::Consent& consent) {
    model::Consent fresh = consent;
    fresh.recipient = address::key(consent.recipient);
    std::int64_t number = 1;
    std::optional<model::Consent> newest;
    const auto look = [&](std::int64_t said_as, Stored<model::Consent> said) {
        number = said_as + 1;
        if (said.is_sound() && is_same_topic(said.value, consent) && (!newest || newest->at <= said.value.at))
            newest = std::move(said.value);
    };
    unit.tables.people().words(fresh.application, fresh.recipient, look);
    if (newest && fresh.at + just_now >= unit.now) fresh.at = std::max(fresh.at, newest->at);
    unit.tables.people().put_word(fresh, number);
    if (!newest) return true;
    return fresh.at >= newest->at && fresh.state != newest->state;
}

std::int64_t say(Unit& unit, const Saying& saying) {
    std::int64_t changed = 0;
    const model::Consent* no = nullptr;
    for (const auto& word : saying.words) {
        if (!put_consent(unit, word)) continue;
        ++changed;
        if (no == nullptr && is_unsubscribing(word)) no = &word;
        if (saying.is_told) tell(unit, word, saying.about);
    }
    // A message that somebody unsubscribed by is one, however much they said no to.
    if (no != nullptr && saying.about) count_said(unit, *saying.about, no->channel, model::Tallied::unsubscribed);
    return changed;
}

void put_event(Unit& unit, std::string_view application, std::string_view person, std::string_view event,
               Timestamp at) {
    const auto recipient = address::key(person);
    const auto before = unit.tables.people().event(application, recipient, event);
    if (before.is != Stored<Timestamp>::Is::absent) at = std::max(at, before.value);
    unit.tables.people().put_event(application, recipient, event, at);
}

std::int64_t suppress(Unit& unit, const std::vector<model::Suppression>& batch) {
    return std::ranges::count_if(batch, [&unit](const auto& row) { return suppress_one(unit, row); });
}

bool unsuppress(Unit& unit, std::string_view channel, std::string_view address) {
    auto& people = unit.tables.people();
    const auto key = address::key(address);
    std::int64_t gone = people.drop_suppressions(channel, key);
    const auto& salt = people.salt();
    if (!salt.empty()) gone += people.drop_suppressions(channel, erased_address(salt, channel, key));
    // As an earlier version made it, of the address as it was written.
    if (!salt.empty() && key != address)
        gone += people.drop_suppressions(channel, erased_address(salt, channel, address));
    return gone != 0;
}

KeptSuppressed suppress_erased(Unit& unit, const std::string& channel, const std::string& address) {
    const auto key = address::key(address);
    KeptSuppressed kept;
    kept.is_fresh = suppress_one(unit, erased(unit, channel, key));
    kept.clear = unit.tables.people().drop_suppressions(channel, key);
    if (const auto anywhere = unit.tables.people().drop_suppressions("*", key); anywhere != 0) {
        suppress_one(unit, erased(unit, "*", key));
        kept.clear += anywhere;
    }
    return kept;
}

}  // namespace chapar::store::rules
