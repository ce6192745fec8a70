// The ledger as plain vectors.
#include <algorithm>
#include <map>

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
    const model::Kind& kind(model::KindId id) override { return *kinds_.at(static_cast<std::size_t>(id)); }
    model::KindId kind_id(const model::Kind& kind) override {
        for (std::size_t i = 0; i < kinds_.size(); ++i)
            if (*kinds_[i] == kind) return static_cast<model::KindId>(i);
        kinds_.push_back(std::make_unique<model::Kind>(kind));
        return static_cast<model::KindId>(kinds_.size() - 1);
    }
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override {
        std::map<std::pair<std::string, std::string>, model::Consent> newest;
        for (const auto& word : said_) {
            if (word.application != application || word.recipient != recipient) continue;
            const auto before = newest.find({word.channel, word.topic});
            const bool hides_a_no = before != newest.end() && word.state == model::ConsentState::pending &&
                                    before->second.state == model::ConsentState::unsubscribed;
            if (!hides_a_no) newest[{word.channel, word.topic}] = word;
        }
        std::vector<model::Consent> out;
        for (const auto& [about, word] : newest)
            out.push_back(word);
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

    // Real
    void accept(const Envelope& message) override { states_[message.key] = model::State::waiting; }
    std::vector<policy::Decision> lease(const policy::Rules& rules, const std::vector<const Envelope*>& batch,
                                        Timestamp now) override {
        std::vector<policy::Decision> out;
        for (const auto* message : batch) {
            if (states_[message->key] != model::State::waiting) {
                out.emplace_back();
                continue;
            }
            out.push_back(policy::decide(rules, subject_of(*message), *this, now));
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
        if (ruling.action == Action::end) end(message.key, ruling.event);
        if (ruling.action != Action::go) return;
        for (const auto key : ruling.displace)
            end(key, model::Event::supersede);
        for (const auto key : ruling.collect)
            end(key, model::Event::collect);
        states_[message.key] = model::State::sending;
        leased_at_[message.key] = now;
        for (auto slot : ruling.reserve) {
            if (forgets_every > 0 && ++kept_ % forgets_every == 0) continue;
            auto& uses = by_scope_[slot.scope];
            const auto after = [](Timestamp at, const model::Use& use) { return at < use.at; };
            uses.insert(std::upper_bound(uses.begin(), uses.end(), slot.use.at, after), slot.use);
        }
    }
    void end(MessageKey key, model::Event event) {
        states_[key] = model::next(model::State::waiting, event).value();
        members_.erase(key);
        release(key);
    }
    void release(MessageKey key) {
        for (auto& [scope, uses] : by_scope_)
            std::erase_if(uses, [key](const auto& use) { return use.key == key && use.state == UseState::reserved; });
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
    int kept_ = 0;
};

void Memory::settle(const Envelope& message, model::Event event, store::Slots slots, model::Verdict, Timestamp) {
    states_[message.key] = model::next(model::State::sending, event).value();
    switch (slots) {
        case store::Slots::keep:
            return;
        case store::Slots::give_back:
            return release(message.key);
        case store::Slots::handed_off:
            return restate(message.key, UseState::reserved, UseState::handed_off);
        case store::Slots::delivered:
            return restate(message.key, UseState::reserved, UseState::delivered);
        case store::Slots::rejected:
            return restate(message.key, UseState::reserved, UseState::rejected);
        case store::Slots::undelivered:
            return restate(message.key, UseState::reserved, UseState::undelivered);
    }
}

void Memory::move(const Envelope& message, model::Event event, store::Slots slots, Timestamp) {
    auto& state = states_[message.key];
    const bool waited = state == model::State::waiting;
    state = model::next(state, event).value();
    if (waited) {
        members_.erase(message.key);
        release(message.key);
    }
    if (slots == store::Slots::delivered) restate_last(message.key, UseState::delivered);
    if (slots == store::Slots::undelivered) restate_last(message.key, UseState::undelivered);
}

}  // namespace

std::unique_ptr<Real> make_memory() { return std::make_unique<Memory>(); }

policy::Subject subject_of(const Envelope& message) {
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
    return subject;
}

}  // namespace chapar::reference
