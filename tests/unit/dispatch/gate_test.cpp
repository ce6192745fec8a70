// The policy's gate by itself: planned when it is made, asked when the writer comes to it.
#include "dispatch/gate.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "policy/zones.hpp"

namespace chapar::dispatch {
namespace {

using namespace std::chrono_literals;
using Action = model::Ruling::Action;

/// Nobody was ever written to, and nobody said anything.
class EmptyLedger final : public model::Ledger {
  public:
    void uses(model::Scope, Timestamp, const std::function<bool(const model::Use&)>&) override {}
    const model::Kind& kind(model::KindId) override { return none_; }
    model::KindId kind_id(const model::Kind&) override { return 0; }
    std::vector<model::Consent> consents(std::string_view, std::string_view) override { return {}; }
    std::vector<model::Suppression> suppressions(std::string_view, std::string_view) override { return {}; }
    std::optional<Timestamp> last_event(std::string_view, std::string_view, std::string_view) override { return {}; }
    std::string profile(std::string_view, std::string_view) override { return {}; }
    std::optional<model::State> state_of(MessageKey) override { return {}; }
    std::vector<model::Member> group(model::Scope) override { return {}; }

  private:
    model::Kind none_;
};

class GateTest : public testing::Test {
  protected:
    GateTest() {
        auto& cls = settings.classes["marketing"];
        cls.name = "marketing";
        config::QuietSettings quiet;
        quiet.name = "nights";
        for (auto& day : quiet.weekly)
            day = {{22 * 60, 7 * 60}};
        quiet.zone = {"UTC"};
        settings.quiet = {quiet};
        message.application = "shop";
        message.class_name = "marketing";
        message.plan = {{"email", "sara@shop.example", {}, {}, {}}};
        message.accepted_at = message.send_at = clock.now();
        message.expires_at = clock.now() + 48h;
        message.body = "{}";
    }
    std::shared_ptr<PolicyGate> gate() {
        const auto rules = policy::compile(settings);
        EXPECT_TRUE(rules.has_value());
        return std::make_shared<PolicyGate>(*rules, clock, clock.now(),
                                            std::vector<Facts>{read_facts(message, 0, "IR")});
    }

    /// As the store asks: over what was planned, and again over what was missed.
    model::Ruling ask(PolicyGate& gate) {
        model::ReadSet set;
        model::ReadPlan more;
        set.fetch(*gate.plan(), ledger);
        for (;;) {
            if (auto ruling = gate.rule(0, set, more)) return std::move(*ruling);
            set.fetch(more, ledger);
            more.clear();
        }
    }

    ManualClock clock{policy::zone("UTC")->at(20'000, 21 * 60 + 59) + 59'500ms};  // half a second before the night
    config::Settings settings;
    model::Message message;
    EmptyLedger ledger;
};

TEST_F(GateTest, a_plan_is_asked_with_the_time_at_which_it_was_made) {
    const auto made = gate();
    clock.set_wall(clock.now() + 900ms);
    EXPECT_EQ(ask(*made).action, Action::go);
}

TEST_F(GateTest, a_plan_that_the_writer_gets_late_is_made_anew) {
    const auto made = gate();
    clock.set_wall(clock.now() + 1'001ms);
    const auto ruling = ask(*made);
    EXPECT_EQ(ruling.action, Action::wait);
    EXPECT_EQ(made->reason(0), model::Reason::quiet_hours);
}

TEST_F(GateTest, a_clock_that_went_back_makes_it_anew_too) {
    clock.set_wall(clock.now() + 1min);
    const auto made = gate();
    clock.set_wall(clock.now() - 1min);
    EXPECT_EQ(ask(*made).action, Action::go);
}

TEST_F(GateTest, a_transaction_that_is_tried_again_asks_again) {
    const auto made = gate();
    EXPECT_EQ(ask(*made).action, Action::go);
    const auto again = ask(*made);
    EXPECT_EQ(again.action, Action::go);
    EXPECT_EQ(again.reserve.size(), 1U);
}

}  // namespace
}  // namespace chapar::dispatch
