#include "store/sqlite/ledger.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/profile.hpp"
#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {

Ledger::Ledger(Connection& connection, Kinds& kinds, Digests& digests)
    : kinds_(kinds),
      digests_(digests),
      consents_(connection, "SELECT " CHAPAR_CONSENT_COLUMNS
                            " FROM consent WHERE application = ?1 AND recipient = ?2 ORDER BY number"),
      suppressions_(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                                " FROM suppression WHERE channel IN (?1, '*') AND address = ?2"),
      event_(connection, "SELECT at, sum FROM person_event WHERE application = ?1 AND recipient = ?2 AND event = ?3"),
      owners_(connection, "SELECT id FROM recipient_address WHERE application = ?1 AND address = ?2"),
      profile_(connection, "SELECT profile FROM recipient WHERE application = ?1 AND id = ?2"),
      state_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      group_(connection,
             "SELECT g.rank, g.key, g.sum FROM group_member AS g JOIN progress AS p ON p.key = g.key AND p.state = 0 "
             "WHERE g.scope = ?1 ORDER BY g.rank DESC, g.key"),
      message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      carried_(connection, "SELECT key, sum FROM collected WHERE leader = ?1 ORDER BY key") {}

const model::Kind& Ledger::kind(model::KindId id) {
    static const model::Kind none;
    if (const auto* known = kinds_.find(id)) return *known;
    if (id != 0) note("a kind");  // 0 was never given to one
    return none;
}

std::vector<model::Consent> Ledger::consents(std::string_view application, std::string_view recipient) {
    std::vector<model::Consent> words;
    const auto name = address::key(recipient);
    auto rows = consents_.query(application, name);
    while (rows.next()) {
        if (auto word = read_consent(rows)) {
            words.push_back(std::move(*word));
        } else {
            note("a consent");
        }
    }
    return in_force(std::move(words));
}

std::vector<model::Suppression> Ledger::suppressions(std::string_view channel, std::string_view address) {
    std::vector<model::Suppression> out;
    const auto look = [&](std::string_view where, std::string_view what) {
        auto rows = suppressions_.query(where, what);
        while (rows.next()) {
            if (auto row = read_suppression(rows)) {
                out.push_back(std::move(*row));
            } else {
                note("a suppression");
            }
        }
    };
    const auto look_erased = [&](std::string_view what) {
        const auto erased = digests_.find(channel, what);
        if (!erased) return;
        look(channel, *erased);
        if (const auto anywhere = digests_.find("*", what)) look("*", *anywhere);
    };
    const auto key = address::key(address);
    look(channel, key);
    look_erased(key);
    if (key != address) look_erased(address);  // as an earlier version made it
    return out;
}

std::optional<Timestamp> Ledger::last_event(std::string_view application, std::string_view recipient,
                                            std::string_view event) {
    const auto name = address::key(recipient);
    auto rows = event_.query(application, name, event);
    if (!rows.next()) return std::nullopt;
    if (sum_of(application, std::string_view(name), event, rows.integer(0)) == rows.integer(1))
        return from_ms(rows.integer(0));
    note("an event");
    return std::nullopt;
}

std::string Ledger::profile(std::string_view application, std::string_view recipient) {
    const auto name = address::key(recipient);
    auto rows = profile_.query(application, name);
    return rows.next() ? std::string(rows.bytes(0)) : std::string();
}

std::vector<std::string> Ledger::owners(std::string_view application, std::string_view address) {
    const auto key = address::key(address);
    std::vector<std::string> out;
    {
        auto rows = owners_.query(application, key);
        while (rows.next())
            out.emplace_back(rows.bytes(0));
    }
    std::erase_if(out, [&](const std::string& id) {
        const auto held = addresses_of(profile(application, id));
        return std::ranges::find(held, key) == held.end();
    });
    return out;
}

std::vector<std::string> Ledger::names(std::string_view application, std::string_view recipient,
                                       const std::vector<std::string>& addresses) {
    std::vector<std::string> out;
    const auto add = [&out](std::string name) {
        if (!name.empty() && std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
    };
    const auto name = address::key(recipient);
    add(name);
    for (const auto& address : addresses) {
        auto key = address::key(address);
        const bool is_nobodys = name.empty() || name == key;
        add(std::move(key));
        for (auto& owner : is_nobodys ? owners(application, address) : std::vector<std::string>())
            add(std::move(owner));
    }
    // Those of the profiles that were found; what is added behind them is an address and has none of its own to add.
    for (std::size_t i = 0, count = out.size(); i < count; ++i) {
        for (auto& address : addresses_of(profile(application, out[i])))
            add(std::move(address));
    }
    return out;
}

std::optional<model::State> Ledger::state_of(MessageKey key) {
    auto rows = state_.query(key.value);
    if (!rows.next()) return std::nullopt;
    const auto row = read_progress(rows);
    if (row) return static_cast<model::State>(row->state);
    note("a message's state");
    return std::nullopt;
}

std::vector<model::Member> Ledger::group(model::Scope scope) {
    std::vector<model::Member> out;
    auto rows = group_.query(scope);
    while (rows.next()) {
        const model::Member member{scope, MessageKey{rows.integer(1)}, rows.integer(0)};
        if (sum_of(scope, member.rank, member.key.value) == rows.integer(2)) {
            out.push_back(member);
        } else {
            log::error("store.row_damaged", "message key {} has a damaged place in a group; it goes by itself",
                       log::Field("key", member.key.value));
        }
    }
    return out;
}

/// A damaged one is left where it is: it is found when it is read to be sent.
bool Ledger::kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) {
    int step = 0;
    std::optional<model::Message> message;
    {
        auto rows = state_.query(key.value);
        if (!rows.next()) return false;
        const auto row = read_progress(rows);
        if (!row) return false;
        const auto state = static_cast<model::State>(row->state);
        if (state != model::State::waiting && state != model::State::collected) return false;
        step = static_cast<int>(row->step);
    }
    {
        auto rows = message_.query(key.value);
        if (!rows.next()) return false;
        if (const auto row = read_message(rows); row && row->key == key.value) message = to_message(*row);
    }
    if (message) look(*message, step);
    return message.has_value();
}

std::vector<MessageKey> Ledger::carried(MessageKey leader) {
    std::vector<MessageKey> out;
    auto rows = carried_.query(leader.value);
    while (rows.next()) {
        if (sum_of(leader.value, rows.integer(0)) == rows.integer(1)) {
            out.push_back(MessageKey{rows.integer(0)});
        } else {
            note("what a digest carries");
        }
    }
    return out;
}

WritingLedger::WritingLedger(Connection& connection, Usage& usage, KindWriter& kinds, Digests& digests,
                             const Clock& clock)
    : Ledger(connection, kinds, digests), usage_(usage), kinds_(kinds), clock_(clock) {}

void WritingLedger::uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    if (!usage_.visit(scope, from, visit)) note("the sending history");
}

void WritingLedger::summed(model::Scope scope, std::span<const Timestamp> edges,
                           const std::function<bool(const model::Use&)>& visit,
                           const std::function<void(const model::Total&)>& add) {
    if (!edges.empty() && !usage_.summed(scope, edges, visit, add)) note("the sending history");
}

model::KindId WritingLedger::kind_id(const model::Kind& kind) { return kinds_.intern(kind, clock_.now()); }

ReadingLedger::ReadingLedger(Connection& connection)
    : Ledger(connection, own_kinds_, own_digests_),
      own_kinds_(connection),
      own_digests_(connection),
      uses_(connection, "SELECT first, entries, sum FROM usage WHERE scope = ?1 ORDER BY first DESC") {}

void ReadingLedger::uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    std::vector<Chunk> chunks;
    auto rows = uses_.query(scope);
    while (rows.next()) {
        chunks.push_back(read_chunk(rows, scope, Timestamp::max()));
        const Chunk& chunk = chunks.back();
        if (chunk.lost_until && *chunk.lost_until >= from) note("the sending history");
        if (chunk_start(chunk.name) < from) break;
    }
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
        for (const auto& use : chunk->uses) {
            if (use.at >= from && !visit(use)) return;
        }
    }
}

model::KindId ReadingLedger::kind_id(const model::Kind& kind) { return own_kinds_.find(kind); }

std::int64_t checksum(const model::Consent& consent, std::int64_t number) {
    using View = std::string_view;
    return sum_of(View(consent.application), View(consent.recipient), number, View(consent.channel),
                  View(consent.topic), static_cast<std::int64_t>(consent.state), View(consent.source),
                  View(consent.proof), to_ms(consent.at));
}

std::int64_t checksum(const model::Suppression& row) {
    using View = std::string_view;
    const auto until = row.until ? std::optional<std::int64_t>(to_ms(*row.until)) : std::nullopt;
    return sum_of(View(row.channel), View(row.address), static_cast<std::int64_t>(row.reach), View(row.reason),
                  View(row.source), to_ms(row.at), until);
}

std::optional<model::Consent> read_consent(const Rows& rows) {
    model::Consent out;
    out.application = rows.bytes(0);
    out.recipient = rows.bytes(1);
    out.channel = rows.bytes(3);
    out.topic = rows.bytes(4);
    out.state = static_cast<model::ConsentState>(rows.integer(5));
    out.source = rows.bytes(6);
    out.proof = rows.bytes(7);
    out.at = from_ms(rows.integer(8));
    if (checksum(out, rows.integer(2)) != rows.integer(9)) return std::nullopt;
    return out;
}

std::optional<model::Suppression> read_suppression(const Rows& rows) {
    model::Suppression out;
    out.channel = rows.bytes(0);
    out.address = rows.bytes(1);
    out.reach = static_cast<model::SuppressionReach>(rows.integer(2));
    out.reason = rows.bytes(3);
    out.source = rows.bytes(4);
    out.at = from_ms(rows.integer(5));
    if (!rows.is_null(6)) out.until = from_ms(rows.integer(6));
    if (checksum(out) != rows.integer(7)) return std::nullopt;
    return out;
}

std::vector<model::Consent> in_force(std::vector<model::Consent> words) {
    const auto newest = [&words](bool with_pending) {
        std::vector<model::Consent> out;
        for (const auto& word : words) {
            if (word.state == model::ConsentState::pending && !with_pending) continue;
            const auto before = std::find_if(out.begin(), out.end(), [&](const model::Consent& other) {
                return other.channel == word.channel && other.topic == word.topic;
            });
            if (before == out.end()) {
                out.push_back(word);
            } else if (before->at <= word.at) {
                *before = word;
            }
        }
        return out;
    };
    auto out = newest(true);
    // Neither hides the other: should another word lift the no, it is still not confirmed.
    std::vector<model::Consent> noes;
    for (auto& answer : newest(false)) {
        if (answer.state != model::ConsentState::unsubscribed) continue;
        const bool is_asked_again = std::any_of(out.begin(), out.end(), [&answer](const model::Consent& word) {
            return word.channel == answer.channel && word.topic == answer.topic &&
                   word.state == model::ConsentState::pending;
        });
        if (is_asked_again) noes.push_back(std::move(answer));
    }
    out.insert(out.begin(), noes.begin(), noes.end());
    return out;
}

}  // namespace chapar::store::sqlite
