#pragma once
// Gates for tests: a function as a gate, and a cap of `limit` uses per scope within a rolling window.

#include <utility>

#include "contract.hpp"
#include "model/read_set.hpp"

namespace chapar::store {

/// What was read, as a ledger; what was not is asked for.
class SetLedger final : public model::Ledger {
  public:
    SetLedger(const model::ReadSet& set, model::ReadPlan& more) : set_(set), more_(more) {}
    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override {
        const model::ReadPlan::Uses asked{scope, {from}, true};
        const auto found = set_.uses(asked);
        if (!found) more_.uses.push_back(asked);
        if (!found) return;
        for (const auto& [use, kind] : found->uses)
            if (use.at >= from && !visit(use)) return;
    }
    const model::Kind& kind(model::KindId) override { return none_; }
    model::KindId kind_id(const model::Kind&) override { return 0; }
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override {
        const model::PersonRef who{std::string(application), std::string(recipient), {}};
        const auto* found = set_.said(who);
        if (found == nullptr) more_.people.push_back(who);
        return found != nullptr ? found->words : std::vector<model::Consent>();
    }
    std::vector<model::Suppression> suppressions(std::string_view channel, std::string_view address) override {
        const model::RowRef row{std::string(channel), std::string(address)};
        const auto* found = set_.suppressions(row);
        if (found == nullptr) more_.suppressions.push_back(row);
        return found != nullptr ? *found : std::vector<model::Suppression>();
    }
    std::optional<Timestamp> last_event(std::string_view application, std::string_view recipient,
                                        std::string_view event) override {
        const model::EventRef asked{{std::string(application), std::string(recipient), {}}, std::string(event)};
        const auto* found = set_.last_event(asked);
        if (found == nullptr) more_.events.push_back(asked);
        return found != nullptr ? *found : std::nullopt;
    }
    std::string profile(std::string_view, std::string_view) override { return {}; }
    std::optional<model::State> state_of(MessageKey key) override {
        const auto* found = set_.state_of(key);
        if (found == nullptr) more_.states.push_back(key);
        return found != nullptr ? *found : std::nullopt;
    }
    std::vector<model::Member> group(model::Scope scope) override {
        const auto* found = set_.group(scope);
        if (found == nullptr) more_.groups.push_back({scope, false});
        return found != nullptr ? *found : std::vector<model::Member>();
    }

  private:
    const model::ReadSet& set_;
    model::ReadPlan& more_;
    model::Kind none_;
};

class TestGate final : public model::Gate {
  public:
    using Rule = std::function<model::Ruling(std::size_t, model::Ledger&)>;
    explicit TestGate(Rule rule) : rule_(std::move(rule)) {}
    std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet& set, model::ReadPlan& more) override {
        SetLedger ledger(set, more);
        auto ruling = rule_(index, ledger);
        if (!more.is_empty()) return std::nullopt;
        ++asked;
        return ruling;
    }
    int asked = 0;

  private:
    Rule rule_;
};

inline std::shared_ptr<TestGate> gate(TestGate::Rule rule) { return std::make_shared<TestGate>(std::move(rule)); }
inline std::shared_ptr<TestGate> always(model::Ruling ruling) {
    return gate([ruling = std::move(ruling)](std::size_t, model::Ledger&) { return ruling; });
}
inline model::Kind email_kind() { return {"shop", "marketing", "news", "email", "spring", "", {"blue"}}; }

/// Takes a slot of each scope.
inline std::shared_ptr<TestGate> taking(std::vector<model::Scope> scopes) {
    return gate([scopes = std::move(scopes)](std::size_t, model::Ledger&) {
        model::Ruling ruling;
        for (const auto scope : scopes) {
            ruling.reserve.push_back({scope, {}});
        }
        ruling.kind = std::make_shared<const model::Kind>(email_kind());
        return ruling;
    });
}

/// At most `limit` in the scope, of other messages.
inline std::shared_ptr<TestGate> capped(model::Scope scope, std::size_t limit, MessageKey self = {}) {
    return gate([=](std::size_t, model::Ledger& ledger) {
        std::size_t count = 0;
        ledger.uses(scope, Timestamp{}, [&](const model::Use& use) {
            if (use.key != self) ++count;
            return true;
        });
        model::Ruling ruling;
        if (count < limit) {
            ruling.reserve.push_back({scope, {}});
        } else {
            ruling.action = model::Ruling::Action::end;
            ruling.event = model::Event::suppress;
        }
        return ruling;
    });
}

inline std::vector<model::Use> uses_of(Store& store, model::Scope scope, Timestamp from = {}) {
    std::vector<model::Use> out;
    const auto looked = store.peek([&](model::Ledger& ledger) {
        ledger.uses(scope, from, [&](const model::Use& use) {
            out.push_back(use);
            return true;
        });
    });
    EXPECT_TRUE(looked.has_value()) << looked.error().message();
    return out;
}

inline std::vector<model::Reason> reasons(Store& store, MessageId id) {
    std::vector<model::Reason> out;
    for (const auto& entry : model::decode_trace(store.find(id)->progress.trace))
        out.push_back(entry.reason);
    return out;
}

}  // namespace chapar::store
