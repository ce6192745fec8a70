// What counts under a cap: classes, scopes, states, amounts; and what other systems get wrong.
#include "caps_world.hpp"

namespace chapar::policy::test {
namespace {

using config::CapSettings;
using config::Window;
using model::Reason;
using model::UseState;

TEST_F(Caps, an_otp_is_never_throttled) {
    add(rolling_cap("one-a-day", 1, 24h));
    add(calendar_cap("never", 1, Window::Unit::day)).never = true;
    auto& apart = add(rolling_cap("apart", 0, 24h));
    apart.min_interval = 24h;
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(goes(message("otp")));
        EXPECT_TRUE(goes(message("transactional")));
    }
    EXPECT_TRUE(ledger.by_scope.empty()) << "and does not count";
    EXPECT_EQ(ledger.reads, 0);
    settings.classes["otp"].obeys_caps = settings.classes["otp"].counts = true;
    rules.reset();
    EXPECT_TRUE(goes(message("otp")));
    EXPECT_TRUE(goes(message("otp"))) << "whatever its bits say, a rule must name it";
}

TEST_F(Caps, an_otps_own_abuse_limit_only_drops_and_counts_apart) {
    auto& abuse = add(rolling_cap("otp-abuse", 5, 1h));
    abuse.match.classes = {"otp", "marketing"};
    add(rolling_cap("one-a-day", 1, 24h)).match.classes = {"marketing"};
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(goes(message("otp")));
    const auto sixth = ask(message("otp"));
    EXPECT_EQ(sixth.ruling.action, Action::end) << "though the rule says defer";
    EXPECT_EQ(reason_of(sixth), Reason::capped);
    EXPECT_TRUE(goes(message())) << "one-time passwords used nobody's marketing budget";
    now += 1h;
    EXPECT_TRUE(goes(message("otp")));
}

TEST_F(Caps, a_type_rule_never_raises_the_channel_rule) {
    add(rolling_cap("channel", 2, 24h)).match.channels = {"sms"};
    add(rolling_cap("news", 5, 24h)).match.categories = {"news"};
    for (int i = 0; i < 2; ++i) {
        auto& m = message();
        m.subject.category = "news";
        EXPECT_TRUE(goes(m));
    }
    auto& third = message();
    third.subject.category = "news";
    const auto decision = ask(third);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_NE(decision.ruling.trace[0].detail.find("\"channel\""), std::string::npos);
}

TEST_F(Caps, a_rule_overrides_only_where_it_says_so_and_matches) {
    add(rolling_cap("one", 1, 24h));
    auto& vip = add(rolling_cap("vip", 2, 24h));
    vip.match.tags = {"vip"};
    vip.override_ = true;
    const auto tagged = [this]() -> Message& {
        auto& m = message();
        m.tags = {"vip"};
        m.subject.tags = m.tags;
        return m;
    };
    EXPECT_TRUE(goes(tagged()));
    EXPECT_EQ(ask(message()).ruling.action, Action::wait);
    EXPECT_TRUE(goes(tagged())) << "only the overriding rule decides";
    EXPECT_EQ(ask(tagged()).ruling.action, Action::wait);
}

TEST_F(Caps, tags_count_as_they_were_when_the_message_took_its_slot) {
    add(rolling_cap("promo", 1, 24h)).match.tags = {"promo"};
    auto& first = message();
    first.tags = {"promo", "winter"};
    first.subject.tags = first.tags;
    EXPECT_TRUE(goes(first));
    first.tags = {"other"};
    auto& second = message();
    second.tags = {"promo"};
    second.subject.tags = second.tags;
    EXPECT_EQ(ask(second).ruling.action, Action::wait);
    EXPECT_TRUE(goes(message())) << "without the tag";
}

TEST_F(Caps, tags_that_no_cap_names_make_no_kinds) {
    add(rolling_cap("promo", 1'000, 24h)).match.tags = {"promo"};
    for (int i = 0; i < 50; ++i) {
        auto& each = message();
        each.tags = {"order-" + std::to_string(i)};
        if (i % 2 == 0) each.tags.emplace_back("promo");
        each.subject.tags = each.tags;
        EXPECT_TRUE(goes(each));
    }
    EXPECT_LE(ledger.kinds.size(), 2U) << "with the named tag and without it";
}

TEST_F(Caps, one_budget_counts_over_all_channels) {
    add(rolling_cap("any", 2, 24h));
    EXPECT_TRUE(goes(by("sms")));
    EXPECT_TRUE(goes(by("push")));
    EXPECT_EQ(ask(by("email")).ruling.action, Action::wait);
}

TEST_F(Caps, another_persons_messages_do_not_count) {
    add(rolling_cap("one", 1, 24h));
    EXPECT_TRUE(goes(message()));
    auto& other = message();
    other.subject.recipient = "zahra";
    EXPECT_TRUE(goes(other));
    auto& elsewhere = message();
    elsewhere.subject.application = "bank";
    EXPECT_TRUE(goes(elsewhere)) << "ids belong to their application";
    settings.policy.site_wide_people = true;
    rules.reset();
    EXPECT_TRUE(goes(message()));
    auto& shared = message();
    shared.subject.application = "bank";
    EXPECT_EQ(ask(shared).ruling.action, Action::wait);
}

TEST_F(Caps, zero_and_never_are_different_things) {
    // `limit = 0` is refused by the configuration; `limit = "never"` lets nothing through and reads no history.
    auto& cap = add(rolling_cap("closed", 0, 24h));
    cap.never = true;
    const auto decision = ask(message());
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(ledger.reads, 0);
    cap.match.categories = {"ads"};
    rules.reset();
    EXPECT_EQ(ask(message()).ruling.action, Action::go) << "a rule blocks what it matches, not everyone";
}

TEST_F(Caps, segments_and_cost_are_counted_as_they_are_taken) {
    auto& segments = add(rolling_cap("segments", 3, 24h));
    segments.count_by = CapSettings::CountBy::segments;
    const auto of = [this](int parts, std::int64_t cost) -> Message& {
        auto& m = message();
        m.subject.amount = [parts, cost](int) { return Amount{parts, cost}; };
        return m;
    };
    EXPECT_TRUE(goes(of(2, 0)));
    EXPECT_EQ(due(of(2, 0)), now + 24h);
    EXPECT_TRUE(goes(of(1, 0)));
    EXPECT_EQ(ask(of(4, 0)).ruling.action, Action::end) << "larger than the limit itself";
    settings.caps[0].count_by = CapSettings::CountBy::cost;
    settings.caps[0].limit = 0.3;
    ledger.by_scope.clear();
    rules.reset();
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(goes(of(1, 100'000))) << "three times 0.1 is 0.3";
    EXPECT_EQ(ask(of(1, 1)).ruling.action, Action::wait);
}

TEST_F(Caps, each_counts_bit_frees_what_it_says) {
    auto& cap = add(rolling_cap("one", 1, 24h));
    auto& sent = message();
    EXPECT_TRUE(goes(sent));
    const auto free_in = [&](CapSettings::Counts counts, UseState state) {
        cap.counts = counts;
        rules.reset();
        ledger.settle(sent.subject.key, state);
        return ask(message()).ruling.action == Action::go;
    };
    for (const auto state : {UseState::reserved, UseState::handed_off, UseState::delivered}) {
        EXPECT_FALSE(free_in(CapSettings::Counts::reserved, state));
        EXPECT_FALSE(free_in(CapSettings::Counts::handed_off, state));
        EXPECT_FALSE(free_in(CapSettings::Counts::delivered, state));
    }
    EXPECT_FALSE(free_in(CapSettings::Counts::reserved, UseState::rejected));
    EXPECT_TRUE(free_in(CapSettings::Counts::handed_off, UseState::rejected));
    EXPECT_TRUE(free_in(CapSettings::Counts::delivered, UseState::rejected));
    EXPECT_FALSE(free_in(CapSettings::Counts::handed_off, UseState::undelivered));
    EXPECT_TRUE(free_in(CapSettings::Counts::delivered, UseState::undelivered));
}

TEST_F(Caps, another_try_keeps_its_slot_but_another_channel_takes_one) {
    add(rolling_cap("one", 1, 24h));
    auto& m = message();
    EXPECT_TRUE(goes(m));
    now += 1min;
    EXPECT_TRUE(goes(m));
    EXPECT_EQ(ledger.by_scope.begin()->second.size(), 1U);
    ledger.settle(m.subject.key, UseState::handed_off);
    EXPECT_EQ(ask(m).ruling.action, Action::wait) << "it went once already";
}

TEST_F(Caps, a_class_may_obey_without_counting_and_count_without_obeying) {
    add(rolling_cap("one", 1, 24h));
    auto& quiet_one = settings.classes["silent"] = marketing();
    quiet_one.name = "silent";
    quiet_one.counts = false;
    auto& loud = settings.classes["loud"] = marketing();
    loud.name = "loud";
    loud.obeys_caps = false;
    EXPECT_TRUE(goes(message("silent")));
    EXPECT_TRUE(goes(message("silent")));
    EXPECT_TRUE(goes(message("loud")));
    EXPECT_TRUE(goes(message("loud")));
    EXPECT_EQ(ask(message("silent")).ruling.action, Action::wait);
    EXPECT_EQ(ask(message()).ruling.action, Action::wait);
}

TEST_F(Caps, a_test_neither_obeys_nor_counts) {
    add(rolling_cap("one", 1, 24h));
    for (int i = 0; i < 3; ++i) {
        auto& seed = message();
        seed.subject.is_test = true;
        EXPECT_TRUE(goes(seed));
    }
    EXPECT_TRUE(goes(message()));
    auto& seed = message();
    seed.subject.is_test = true;
    EXPECT_TRUE(goes(seed));
}

TEST_F(Caps, every_scope_counts_its_own) {
    const auto try_scope = [this](CapSettings::Scope scope, const std::function<void(Message&)>& same,
                                  const std::function<void(Message&)>& other) {
        settings.caps = {rolling_cap("one", 1, 24h)};
        settings.caps[0].scope = scope;
        settings.caps[0].data_path = "order.id";
        ledger.by_scope.clear();
        rules.reset();
        auto& first = message();
        same(first);
        EXPECT_TRUE(goes(first));
        auto& second = message();
        same(second);
        second.subject.recipient = "zahra";
        EXPECT_EQ(ask(second).ruling.action, Action::wait) << static_cast<int>(scope);
        auto& third = message();
        other(third);
        EXPECT_TRUE(goes(third)) << static_cast<int>(scope);
    };
    const auto nothing = [](Message&) {};
    try_scope(CapSettings::Scope::endpoint, nothing,
              [](Message& m) { set_plan(m, {{"sms", "+989120000002", {}, {}, {}}}); });
    try_scope(
        CapSettings::Scope::household, [](Message& m) { m.subject.household = "home"; },
        [](Message& m) { m.subject.household = "other home"; });
    try_scope(CapSettings::Scope::application, nothing, [](Message& m) { m.subject.application = "bank"; });
    try_scope(
        CapSettings::Scope::data,
        [](Message& m) { m.subject.data = [](std::string_view path) { return std::string(path) + "=1"; }; },
        [](Message& m) { m.subject.data = [](std::string_view path) { return std::string(path) + "=2"; }; });
}

TEST_F(Caps, a_value_of_the_data_belongs_to_its_application_though_people_are_the_sites) {
    settings.policy.site_wide_people = true;
    add(rolling_cap("one", 1, 24h)).scope = CapSettings::Scope::data;
    const auto order = [this](std::string_view application) -> Message& {
        auto& m = message();
        m.subject.application = application;
        m.subject.data = [](std::string_view) { return std::string("17"); };
        return m;
    };
    EXPECT_TRUE(goes(order("shop")));
    EXPECT_EQ(ask(order("shop")).ruling.action, Action::wait);
    EXPECT_TRUE(goes(order("bank"))) << "its order 17 is another one";
}

TEST_F(Caps, who_has_no_household_or_value_counts_alone) {
    for (const auto scope : {CapSettings::Scope::household, CapSettings::Scope::data}) {
        settings.caps = {rolling_cap("one", 1, 24h)};
        settings.caps[0].scope = scope;
        ledger.by_scope.clear();
        rules.reset();
        EXPECT_TRUE(goes(message()));
        EXPECT_EQ(ask(message()).ruling.action, Action::wait);
        auto& other = message();
        other.subject.recipient = "zahra";
        EXPECT_TRUE(goes(other));
    }
}

TEST_F(Caps, a_slot_is_taken_once_in_each_scope_that_a_matching_rule_counts) {
    add(rolling_cap("a", 9, 24h));
    add(rolling_cap("b", 9, 48h));
    add(rolling_cap("c", 9, 24h)).scope = CapSettings::Scope::endpoint;
    add(rolling_cap("d", 9, 24h)).match.channels = {"email"};
    const auto decision = ask(message());
    ASSERT_EQ(decision.ruling.reserve.size(), 2U);
    EXPECT_EQ(decision.ruling.reserve[1].scope, endpoint_scope("sms", "+989120000001"));
    EXPECT_EQ(ledger.reads, 2);
}

TEST_F(Caps, a_rule_added_later_sees_what_went_before) {
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(goes(message()));
    add(rolling_cap("three", 3, 24h));
    rules.reset();
    EXPECT_EQ(due(message()), now + 24h);
}

TEST_F(Caps, the_words_name_the_counter_the_window_and_the_next_time) {
    auto cap = calendar_cap("three-a-week", 3, Window::Unit::week);
    add(cap);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(goes(message()));
    const auto decision = ask(message(), true);
    const auto& finding = decision.findings.back();
    EXPECT_EQ(
        finding.words,
        "Cap \"three-a-week\": 3 of 3 messages used since Sat 2026-11-21 00:00 (Asia/Tehran); the next may go from "
        "Sat 2026-11-28 00:00 (Asia/Tehran) on.");
    EXPECT_EQ(finding.counter, 3);
    EXPECT_EQ(finding.limit, 3);
    EXPECT_EQ(finding.from, tehran(2026, 11, 21));
    EXPECT_EQ(finding.to, tehran(2026, 11, 28));
    EXPECT_EQ(decision.ruling.trace[0].detail, finding.words);
}

}  // namespace
}  // namespace chapar::policy::test
