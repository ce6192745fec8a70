#pragma once
// What becomes known of something that left, or comes from a person: receipts, bounces, opt-outs, replies. Pure values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "model/cost.hpp"
#include "model/hit.hpp"
#include "model/ledger.hpp"
#include "model/state.hpp"

namespace chapar::model {

/// What a report says, whatever its provider calls it.
enum class Word : std::uint8_t {
    delivered = 1,
    failed = 2,
    part_delivered = 3,  // one segment of several
    part_failed = 4,
    person = 5,   // from the person: a reply, an opt-out, a complaint
    blocked = 7,  // failed: the operator lets no advertising through to this person
    note = 6,     // anything else: kept, changes nothing
};

struct Report {
    std::string route, channel;
    std::optional<AttemptId> attempt;  // when the provider gave our correlation id back
    std::string provider_id;           // else this; one or, separated by blanks, one for each part
    Word word = Word::note;
    std::string kind;  // "delivered", "segment_failed", "inbound", "unsubscribed", ...
    std::string address, code, detail;
    std::string dedupe_key;  // repeats on the same route change nothing; empty: none
    Timestamp at{};
    std::optional<Suppression> suppress;  // written together with it
    std::optional<Cost> bill;             // what the provider took for it
    bool is_soft = false;                 // a bounce for which the address is to blame, and that may end
};

/// What came of a report.
enum class Effect : std::uint8_t {
    applied = 1,       // the message or one of its parts moved
    kept = 2,          // noted; there was nothing to move
    repeated = 3,      // was known; nothing is written
    contradicted = 4,  // says otherwise than the first final word, which stands
    early = 5,         // its attempt has no outcome yet: applied together with that
    unknown = 6,       // nothing that we sent has this id; applied when an answer names it
};

/// One line of what applications read in order: a report, or a message that came to another state.
struct FeedEntry {
    std::int64_t number = 0;
    std::uint32_t mark = 0;            // tells it from an entry of another store that has the same number
    std::string application;           // empty: nobody's; the operator's alone
    std::optional<MessageId> message;  // the person's latest on the route, for what comes from a person
    int attempt = 0;
    int part = 0, parts = 0;  // of a segment; 0: the whole
    Effect effect = Effect::kept;
    std::string kind, route, channel, recipient, address, code, detail, provider_id;
    Timestamp at{};                // as the provider has it
    Timestamp noted_at{};          // as we have it
    std::optional<State> state{};  // that the message came to with it
    std::string reason{};          // why, as the trace names it; of a report: empty
    // Of the message, as long as it is kept; read when asked for, not stored with the entry.
    std::string class_name{}, campaign{}, idempotency_key{}, template_name{};
    std::vector<std::string> tags{};
    std::string metadata{};  // JSON text of an object, or empty
    bool is_test = false;
    std::optional<Hit> hit{};  // of kind opened and clicked
};

/// What is known of one part of an attempt.
struct PartReceipt {
    std::string id;  // normal form
    int part = 1, parts = 1;
    std::optional<bool> delivered;  // absent: no final word yet
    bool contradicted = false;
    std::string code, detail;
    Timestamp at{};
};

/// What is remembered of a person whom the operator lets no advertising through to: another channel is taken.
Suppression blocked_by_operator(std::string_view channel, std::string_view address, std::string_view route,
                                Timestamp at);

std::string_view name(Effect effect);
std::optional<Effect> effect_from(std::int64_t number);

/// How ids of providers compare: lower case, without blanks, control bytes and leading zeros.
std::string normal_provider_id(std::string_view id);
/// Stands for the id of a part that is not known.
inline constexpr std::string_view no_provider_id = "-";
/// "id" or "id id id": one for each part; at most 255.
std::vector<std::string_view> split_provider_ids(std::string_view ids);
/// The same number written in the other base: some receipts write decimal what answers wrote hexadecimal, or the other
/// way round. Of a normal form; itself is left out.
std::vector<std::string> other_bases(std::string_view normal);
/// One of both may lack the country's code or the plus.
bool is_same_number(std::string_view a, std::string_view b);

}  // namespace chapar::model
