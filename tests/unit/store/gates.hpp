#pragma once
// Gates for tests: a function as a gate, and a cap of `limit` uses per scope within a rolling window.

#include <utility>

#include "contract.hpp"

namespace chapar::store {

class TestGate final : public model::Gate {
  public:
    using Rule = std::function<model::Ruling(std::size_t, model::Ledger&)>;
    explicit TestGate(Rule rule) : rule_(std::move(rule)) {}
    model::Ruling rule(std::size_t index, model::Ledger& ledger) override {
        ++asked;
        return rule_(index, ledger);
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
    return gate([scopes = std::move(scopes)](std::size_t, model::Ledger& ledger) {
        model::Ruling ruling;
        for (const auto scope : scopes) {
            model::Use use;
            use.kind = ledger.kind_id(email_kind());
            ruling.reserve.push_back({scope, use});
        }
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
