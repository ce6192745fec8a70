#include "store/rules/ledger.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/profile.hpp"
#include "store/rows/erased_address.hpp"

namespace chapar::store::rules {

void TableLedger::uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    if (!tables_.uses.visit(scope, from, visit)) note_damage("the sending history");
}

void TableLedger::summed(model::Scope scope, std::span<const Timestamp> edges,
                         const std::function<bool(const model::Use&)>& visit,
                         const std::function<void(const model::Total&)>& add) {
    if (!edges.empty() && !tables_.uses.summed(scope, edges, visit, add)) note_damage("the sending history");
}

const model::Kind& TableLedger::kind(model::KindId id) {
    static const model::Kind none;
    if (const auto* known = tables_.kinds.find(id)) return *known;
    if (id != 0) note_damage("a kind");  // 0 was never given to one
    return none;
}

std::vector<model::Consent> TableLedger::consents(std::string_view application, std::string_view recipient) {
    std::vector<model::Consent> words;
    tables_.people.words(application, address::key(recipient), [&](std::int64_t, Stored<model::Consent> word) {
        if (word.is_sound())
            words.push_back(std::move(word.value));
        else
            note_damage("a consent");
    });
    if (words.empty()) return words;
    return in_force(words);
}

void TableLedger::add_suppressions(std::string_view channel, std::string_view address,
                                   std::vector<model::Suppression>& out) {
    tables_.people.suppressions(channel, address, [&](Stored<model::Suppression> row) {
        if (row.is_sound())
            out.push_back(std::move(row.value));
        else
            note_damage("a suppression");
    });
}

std::vector<model::Suppression> TableLedger::suppressions(std::string_view channel, std::string_view address) {
    std::vector<model::Suppression> out;
    const auto& salt = tables_.people.salt();
    const auto look_erased = [&](std::string_view what) {
        if (salt.empty()) return;
        add_suppressions(channel, erased_address(salt, channel, what), out);
        add_suppressions("*", erased_address(salt, "*", what), out);
    };
    const auto key = address::key(address);
    add_suppressions(channel, key, out);
    look_erased(key);
    if (key != address) look_erased(address);  // as an earlier version made it
    return out;
}

std::optional<Timestamp> TableLedger::last_event(std::string_view application, std::string_view recipient,
                                                 std::string_view event) {
    const auto found = tables_.people.event(application, address::key(recipient), event);
    if (found.is_sound()) return found.value;
    if (found.is == Stored<Timestamp>::Is::damaged) note_damage("an event");
    return std::nullopt;
}

std::string TableLedger::profile(std::string_view application, std::string_view recipient) {
    return tables_.people.profile(application, address::key(recipient)).value_or(std::string());
}

std::vector<std::string> TableLedger::owners(std::string_view application, std::string_view address) {
    const auto key = address::key(address);
    auto out = tables_.people.owners(application, key);
    std::erase_if(out, [&](const std::string& id) {
        const auto held = addresses_of(profile(application, id));
        return std::ranges::find(held, key) == held.end();
    });
    return out;
}

std::vector<std::string> TableLedger::names(std::string_view application, std::string_view recipient,
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

std::optional<model::State> TableLedger::state_of(MessageKey key) {
    Stored<StateRow> row;
    tables_.states.load({&key, 1}, {&row, 1});
    if (row.is_sound()) return row.value.progress.state;
    if (row.is == Stored<StateRow>::Is::damaged) note_damage("a message's state");
    return std::nullopt;
}

/// A damaged one is left where it is: it is found when it is read to be sent.
bool TableLedger::kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) {
    Stored<StateRow> row;
    tables_.states.load({&key, 1}, {&row, 1});
    if (!row.is_sound()) return false;
    const auto state = row.value.progress.state;
    if (state != model::State::waiting && state != model::State::collected) return false;
    const auto message = tables_.messages.load(key);
    if (!message.is_sound()) return false;
    look(message.value.message, row.value.progress.step);
    return true;
}

std::vector<MessageKey> TableLedger::carried(MessageKey leader) {
    auto keys = tables_.relations.carried(leader);
    if (keys) return std::move(*keys);
    note_damage("what a digest carries");
    return {};
}

LedgerTables ledger_tables(Tables& tables) {
    return {tables.uses(), tables.kinds(), tables.people(), tables.states(), tables.messages(), tables.relations()};
}

std::vector<model::Consent> in_force(const std::vector<model::Consent>& words) {
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

}  // namespace chapar::store::rules
