// The ledger as plain vectors.
#include <algorithm>
#include <map>

#include "policy/question.hpp"
#include "real.hpp"

namespace chapar::reference {
namespace {

using model::UseState;

class Memory final : public Real, public model::Ledger {
  public:
    // model::Ledger
    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override {
        for (const auto& use : by_scope_[scope])
            if (use.at >= from && !visit(use)) return;
    }
    /// As a store may: three neighbours as one wherever that is allowed.
    void summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override {
        const auto from = *std::min_element(edges.begin(), edges.end());
        const auto& uses = by_scope_[scope];
        for (std::size_t i = 0; i < uses.size();) {
            const auto end = std::min(i + 3, uses.size());
            model::Total total{uses[i].kind, uses[i].state, 0, 0, 0, uses[i].at, uses[end - 1].at};
            bool is_even = uses[i].at >= from && total.state != UseState::reserved;
            for (const auto edge : edges)
                is_even = is_even && !(total.first < edge && edge <= total.last);
            for (auto j = i; j < end; ++j) {
                is_even = is_even && uses[j].kind == total.kind && uses[j].state == total.state;
                ++total.uses;
                total.segments += uses[j].segments;
                total.cost += uses[j].cost;
            }
            if (is_even) add(total);
            for (; i < end; ++i)
                if (!is_even && uses[i].at >= from) visit(uses[i]);
        }
    }
    const model::Kind& kind(model::KindId id) override { return *kinds_.at(static_cast<std::size_t>(id)); }
    model::KindId kind_id(const model::Kind& kind) override {
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            if (*kinds_[i] == kind) return static_cast<model::KindId>(i);
        kinds_.push_back(std::make_unique<model::Kind>(kind));
        return static_cast<model::KindId>(kinds_.size() - 1);
    }
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override {
        std::vector<model::Consent> out;
        for (const auto& word : said_) {
            if (word.application != application || word.recipient != recipient) continue;
            std::erase_if(out, [&word](const model::Consent& older) {
                const bool stays =
                    older.state == model::ConsentState::unsubscribed && word.state == model::ConsentState::pending;
                return older.channel == word.channel && older.topic == word.topic && !stays;
            });
            out.push_back(word);
        }
        return out;
    }
    std::vector<model::Suppression> suppressions(std::string_view channel, std::string_view address) override {
        std::vector<model::Suppression> out;
        for (const auto& row : suppressed_)
            if ((row.channel == channel || row.channel == "*") && row.address == address) out.push_back(row);
        return out;
    }
    std::optional<Timestamp> last_event(std::string_view application, std::string_view recipient,
                                        std::string_view) override {
        const auto found = purchases_.find({std::string(application), std::string(recipient)});
        return found == purchases_.end() ? std::nullopt : std::optional(found->second);
    }
    std::string profile(std::string_view, std::string_view) override { return {}; }
    std::optional<model::State> state_of(MessageKey key) override {
        const auto found = states_.find(key);
        return found == states_.end() ? std::nullopt : std::optional(found->second);
    }
    std::vector<model::Member> group(model::Scope scope) override {
        std::vector<model::Member> out;
        for (const auto& [key, member] : members_)
            if (member.scope == scope) out.push_back(member);
        std::sort(out.begin(), out.end(),
                  [](const auto& a, const auto& b) { return a.rank != b.rank ? a.rank > b.rank : a.key < b.key; });
        return out;
    }
    bool kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) override {
        if (states_[key] != model::State::waiting && states_[key] != model::State::collected) return false;
        model::Message message;
        message.id = MessageId(key, 7);
        look(message, steps_[key]);
        return true;
    }
    std::vector<MessageKey> carried(MessageKey leader) override {
        return {carried_[leader].begin(), carried_[leader].end()};
    }

    // Real
    void accept(const Envelope& message) override {
        states_[message.key] = model::State::waiting;
        steps_[message.key] = message.step;
        everybody_[message.key] = &message;
        if (const auto name = collapse_name(message); !name.empty()) {
            const auto before = std::exchange(newest_[name], message.key);
            if (before.value != 0 && states_[before] == model::State::waiting) end(before, model::Event::supersede);
        }
    }
    std::vector<policy::Decision> lease(const policy::Rules& rules, const std::vector<const Envelope*>& batch,
                                        Timestamp now) override {
        std::vector<policy::Decision> out;
        for (const auto* message : batch) {
            if (states_[message->key] != model::State::waiting) {
                out.emplace_back();
                continue;
            }
            policy::Question question(rules, subject_of(*message, everybody_), now);
            out.push_back(question.answer(*this));
            ++rounds[question.rounds()];
            apply(out.back().ruling, *message, now);
        }
        return out;
    }
    void settle(const Envelope& message, model::Event event, store::Slots slots, model::Verdict verdict,
                Timestamp) override;
    void move(const Envelope& message, model::Event event, store::Slots slots, Timestamp) override;
    void say(const model::Consent& consent) override { said_.push_back(consent); }
    void suppress(const model::Suppression& row) override {
        unsuppress(row.channel, row.address);
        suppressed_.push_back(row);
    }
    void unsuppress(const std::string& channel, const std::string& address) override {
        std::erase_if(suppressed_, [&](const auto& row) { return row.channel == channel && row.address == address; });
    }
    void purchase(const std::string& application, const std::string& recipient, Timestamp at) override {
        purchases_[{application, recipient}] = at;
    }
    std::vector<std::vector<RealUse>> uses(const std::vector<model::Scope>& scopes) override {
        std::vector<std::vector<RealUse>> out(scopes.size());
        for (std::size_t i = 0; i < scopes.size(); ++i)
            for (const auto& use : by_scope_[scopes[i]])
                out[i].push_back({use, kind(use.kind)});
        return out;
    }
    std::set<MessageKey> reopen(bool) override { return {}; }

  private:
    void apply(const model::Ruling& ruling, const Envelope& message, Timestamp now) {
        using Action = model::Ruling::Action;
        members_.erase(message.key);
        release(message.key);
        if ((ruling.action == Action::wait || ruling.action == Action::step) && ruling.join)
            members_[message.key] = *ruling.join;
        if (ruling.action == Action::step) steps_[message.key] = ruling.step;
        if (ruling.action == Action::end) end(message.key, ruling.event);
        if (ruling.action != Action::go) return;
        for (const auto key : ruling.displace)
            end(key, model::Event::supersede);
        for (const auto key : ruling.collect) {
            end(key, model::Event::collect);
            carried_[message.key].insert(key);
        }
        for (const auto& left : ruling.leave_out) {
            end(left.key, left.event);
            carried_[message.key].erase(left.key);
        }
        states_[message.key] = model::State::sending;
        leased_at_[message.key] = now;
        for (auto slot : ruling.reserve) {
            if (forgets_every > 0 && ++kept_ % forgets_every == 0) continue;
            if (ruling.kind) slot.use.kind = kind_id(*ruling.kind);
            auto& uses = by_scope_[slot.scope];
            const auto after = [](Timestamp at, const model::Use& use) { return at < use.at; };
            uses.insert(std::upper_bound(uses.begin(), uses.end(), slot.use.at, after), slot.use);
        }
    }
    void end(MessageKey key, model::Event event) {
        states_[key] = model::next(states_[key], event).value();
        members_.erase(key);
        release(key);
    }
    void release(MessageKey key) {
        for (auto& [scope, uses] : by_scope_)
            std::erase_if(uses, [key](const auto& use) { return use.key == key && use.state == UseState::reserved; });
    }
    void yield(const Envelope& message) {
        const auto name = collapse_name(message);
        if (states_[message.key] != model::State::waiting || name.empty() || newest_[name] == message.key) return;
        end(message.key, model::Event::supersede);
    }
    void restate(MessageKey key, UseState from, UseState to) {
        for (auto& [scope, uses] : by_scope_)
            for (auto& use : uses)
                if (use.key == key && use.state == from) use.state = to;
    }

    void restate_last(MessageKey key, UseState to) {
        for (auto& [scope, uses] : by_scope_) {
            for (auto use = uses.rbegin(); use != uses.rend(); ++use) {
                if (use->key != key || use->at != leased_at_[key]) continue;
                if (use->state == UseState::handed_off) use->state = to;
                break;
            }
        }
    }

    std::map<model::Scope, std::vector<model::Use>> by_scope_;
    std::map<MessageKey, Timestamp> leased_at_;
    std::vector<std::unique_ptr<model::Kind>> kinds_;
    std::vector<model::Consent> said_;
    std::vector<model::Suppression> suppressed_;
    std::map<std::pair<std::string, std::string>, Timestamp> purchases_;
    std::map<MessageKey, model::State> states_;
    std::map<MessageKey, model::Member> members_;
    std::map<MessageKey, int> steps_;
    std::map<std::string, MessageKey> newest_;
    std::map<MessageKey, std::set<MessageKey>> carried_;
    Everybody everybody_;
    int kept_ = 0;
};

void Memory::settle(const Envelope& message, model::Event event, store::Slots slots, model::Verdict, Timestamp) {
    states_[message.key] = model::next(model::State::sending, event).value();
    steps_[message.key] = message.step;
    switch (slots) {
        case store::Slots::keep:
            break;
        case store::Slots::give_back:
            release(message.key);
            break;
        case store::Slots::handed_off:
            restate(message.key, UseState::reserved, UseState::handed_off);
            break;
        case store::Slots::delivered:
            restate(message.key, UseState::reserved, UseState::delivered);
            break;
        case store::Slots::rejected:
            restate(message.key, UseState::reserved, UseState::rejected);
            break;
        case store::Slots::undelivered:
            restate(message.key, UseState::reserved, UseState::undelivered);
            break;
    }
    yield(message);
}

void Memory::move(const Envelope& message, model::Event event, store::Slots slots, Timestamp) {
    auto& state = states_[message.key];
    const bool waited = state == model::State::waiting;
    state = model::next(state, event).value();
    steps_[message.key] = message.step;
    if (waited) {
        members_.erase(message.key);
        release(message.key);
    }
    if (slots == store::Slots::delivered) restate_last(message.key, UseState::delivered);
    if (slots == store::Slots::undelivered) restate_last(message.key, UseState::undelivered);
    if (event == model::Event::fall_back) yield(message);
}

}  // namespace

std::unique_ptr<Real> make_memory() { return std::make_unique<Memory>(); }

policy::Subject subject_of(const Envelope& message, const Everybody& everybody) {
    policy::Subject subject;
    subject.key = message.key;
    subject.application = message.application;
    subject.class_name = message.class_name;
    subject.category = message.category;
    subject.campaign = message.campaign;
    subject.sender = message.sender;
    subject.recipient = message.recipient;
    subject.household = message.household;
    subject.tags = message.tags;
    subject.plan = message.plan;
    subject.step = message.step;
    subject.value = message.value;
    subject.is_test = message.is_test;
    subject.carries = true;  // if it does: the ledger knows
    subject.accepted_at = message.accepted_at;
    subject.send_at = message.send_at;
    subject.expires_at = message.expires_at;
    subject.device_zone = message.device_zone;
    subject.person_zone = message.person_zone;
    subject.phone = message.phone;
    subject.dedupe_key = message.dedupe_key;
    subject.dedupe_window = message.dedupe_window;
    subject.own_quiet = message.own_quiet_json;
    subject.amount = [&message](int step) {
        const auto& amount = message.amounts[static_cast<std::size_t>(step)];
        return policy::Amount{amount.segments, amount.cost};
    };
    subject.data = [&message](std::string_view) { return message.data_value; };
    subject.other = [&everybody](const model::Message& kept, int step) -> std::shared_ptr<const policy::Subject> {
        struct Whole {
            Envelope envelope;
            policy::Subject subject;
        };
        auto whole = std::make_shared<Whole>();
        whole->envelope = *everybody.at(kept.id.key());
        whole->envelope.step = step;
        whole->subject = subject_of(whole->envelope, everybody);
        return {whole, &whole->subject};
    };
    return subject;
}

}  // namespace chapar::reference
