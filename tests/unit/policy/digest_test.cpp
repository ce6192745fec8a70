// Digests: who waits for one, who goes along, and what it takes.
#include "world.hpp"

namespace chapar::policy::test {
namespace {

using model::Event;
using model::Reason;

class Digest : public World {
  protected:
    Digest() {
        auto news = marketing();
        news.name = "news";
        settings.classes["news"] = news;
        auto& cap = settings.caps.emplace_back(rolling_cap("one", 1, 24h));
        cap.over = config::CapSettings::Over::digest;
        cap.digest_key = "news";
        cap.digest_template = "digest";
    }
    /// One goes, the others wait for its slot; answers them in their order.
    std::vector<Message*> waiting(std::initializer_list<std::string_view> classes) {
        EXPECT_TRUE(goes(message()));
        std::vector<Message*> out;
        for (const auto cls : classes) {
            out.push_back(&message(cls));
            EXPECT_EQ(run(*out.back()).ruling.action, Action::wait);
        }
        now += 24h;
        return out;
    }
    void says_no_to(const std::string& topic, const std::string& channel = "*") {
        ledger.said.push_back({"shop", "ali", channel, topic, model::ConsentState::unsubscribed, "form", "", now});
    }
    static std::vector<MessageKey> keys(std::initializer_list<const Message*> list) {
        std::vector<MessageKey> out;
        for (const auto* each : list)
            out.push_back(each->subject.key);
        return out;
    }
};

TEST_F(Digest, what_is_over_the_cap_goes_as_one_when_there_is_room) {
    EXPECT_TRUE(goes(message()));
    const auto first_went = now;
    now += 1h;
    std::vector<const Message*> late;
    for (int i = 0; i < 3; ++i) {
        const auto decision = run(*late.emplace_back(&message()));
        EXPECT_EQ(decision.ruling.action, Action::wait);
        EXPECT_EQ(reason_of(decision), Reason::digest_waits);
        EXPECT_EQ(decision.ruling.due, first_went + 24h);
    }
    now = first_went + 24h;
    const auto decision = run(*late[1]);
    ASSERT_EQ(decision.ruling.action, Action::go);
    EXPECT_EQ(decision.ruling.collect.size(), 2U);
    EXPECT_EQ(decision.digest_template, "digest");
    EXPECT_EQ(decision.ruling.reserve.size(), 1U) << "one message, one slot";
    EXPECT_TRUE(ledger.members.empty());
}

TEST_F(Digest, one_takes_so_many_along_and_the_others_wait_for_the_next) {
    EXPECT_TRUE(goes(message()));
    std::vector<Message*> late;
    for (int i = 0; i < 700; ++i)
        run(*late.emplace_back(&message()));
    now += 24h;
    const auto decision = run(*late[0]);
    ASSERT_EQ(decision.ruling.collect.size(), 500U);
    EXPECT_EQ(decision.ruling.collect.front(), late[1]->subject.key) << "the oldest go first";
    EXPECT_EQ(decision.ruling.collect.back(), late[500]->subject.key);
    now += 24h;
    EXPECT_EQ(run(*late[501]).ruling.collect.size(), 198U);
    EXPECT_TRUE(ledger.members.empty());
}

TEST_F(Digest, large_ones_fill_it_by_their_bytes) {
    EXPECT_TRUE(goes(message()));
    std::vector<Message*> late;
    for (int i = 0; i < 12; ++i) {
        late.push_back(&message());
        late.back()->subject.body_bytes = 1 << 20;
        run(*late.back());
    }
    now += 24h;
    EXPECT_EQ(run(*late[0]).ruling.collect.size(), 4U);
    now += 24h;
    EXPECT_EQ(run(*late[5]).ruling.collect.size(), 4U);
}

TEST_F(Digest, one_alone_goes_as_itself) {
    EXPECT_TRUE(goes(message()));
    auto& alone = message();
    run(alone);
    now += 24h;
    const auto decision = run(alone);
    EXPECT_EQ(decision.ruling.action, Action::go);
    EXPECT_TRUE(decision.ruling.collect.empty());
    EXPECT_TRUE(decision.digest_template.empty());
}

TEST_F(Digest, it_collects_for_its_time_and_a_newcomer_joins) {
    settings.caps[0].digest_every = 30h;
    EXPECT_TRUE(goes(message()));
    auto& first = message();
    EXPECT_EQ(run(first).ruling.due, now + 30h);
    now += 25h;
    auto& newcomer = message();
    const auto joins = run(newcomer);
    EXPECT_EQ(joins.ruling.action, Action::wait) << "there is room, but others wait for their digest";
    EXPECT_TRUE(joins.ruling.join.has_value());
    now += 5h;
    EXPECT_EQ(run(first).ruling.collect, std::vector{newcomer.subject.key});
}

TEST_F(Digest, another_try_does_not_wait_for_the_digest) {
    settings.caps[0].digest_every = 1h;
    auto& first = message();
    EXPECT_TRUE(goes(first));
    EXPECT_EQ(run(message()).ruling.action, Action::wait);
    now += 1min;
    const auto again = run(first);
    EXPECT_EQ(again.ruling.action, Action::go);
    EXPECT_TRUE(again.ruling.collect.empty());
}

TEST_F(Digest, a_slot_of_an_earlier_window_is_none_whatever_other_rules_look_back_on) {
    for (const bool other_rule : {false, true}) {
        if (other_rule) settings.caps.push_back(rolling_cap("ten-a-week", 10, 24h * 7));
        rules.reset();
        auto& first = message();
        EXPECT_TRUE(goes(first));
        auto& second = message();
        EXPECT_EQ(run(second).ruling.action, Action::wait);
        now += 24h;
        EXPECT_EQ(run(first).ruling.collect, std::vector{second.subject.key});
        now += 24h;
    }
}

TEST_F(Digest, a_digest_that_comes_too_late_is_not_waited_for) {
    EXPECT_TRUE(goes(message()));
    auto& m = message();
    m.subject.expires_at = now + 24h;
    EXPECT_EQ(ask(m).ruling.action, Action::end);
    auto& other = message();
    other.subject.recipient = "zahra";
    EXPECT_TRUE(goes(other)) << "each person has digests of their own";
}

// ---- each of those that go along is asked for itself ----------------------------------------------------------------

TEST_F(Digest, a_no_to_the_class_of_one_leaves_that_one_out) {
    const auto late = waiting({"news", "marketing", "news"});
    says_no_to("marketing");
    const auto decision = run(*late[0]);
    ASSERT_EQ(decision.ruling.action, Action::go);
    EXPECT_EQ(decision.ruling.collect, keys({late[2]}));
    ASSERT_EQ(decision.ruling.leave_out.size(), 1U);
    const auto& left = decision.ruling.leave_out[0];
    EXPECT_EQ(left.key, late[1]->subject.key);
    EXPECT_EQ(left.event, Event::suppress);
    ASSERT_EQ(left.trace.size(), 1U);
    EXPECT_EQ(left.trace[0].reason, Reason::no_consent);
    EXPECT_NE(left.trace[0].detail.find("marketing"), std::string::npos) << left.trace[0].detail;
}

TEST_F(Digest, a_no_to_one_category_leaves_out_what_is_of_it) {
    const auto late = waiting({"news", "news", "news"});
    late[1]->subject.category = "offers";
    says_no_to("offers");
    EXPECT_EQ(run(*late[0]).ruling.collect, keys({late[2]}));
}

TEST_F(Digest, whose_time_is_over_is_left_out_as_expired) {
    const auto late = waiting({"news", "news", "news"});
    late[2]->subject.expires_at = now;
    const auto decision = run(*late[0]);
    EXPECT_EQ(decision.ruling.collect, keys({late[1]}));
    ASSERT_EQ(decision.ruling.leave_out.size(), 1U);
    EXPECT_EQ(decision.ruling.leave_out[0].event, Event::expire);
    EXPECT_EQ(decision.ruling.leave_out[0].trace.at(0).reason, Reason::expired);
}

TEST_F(Digest, a_row_of_reach_marketing_leaves_out_the_classes_that_it_is_about) {
    settings.classes["news"].requires_ = config::Requires::none;
    const auto late = waiting({"news", "marketing", "news"});
    ledger.suppressed.push_back(
        {"sms", "+989120000001", model::SuppressionReach::marketing, "unsubscribed", "STOP", now, {}});
    const auto decision = run(*late[0]);
    EXPECT_EQ(decision.ruling.collect, keys({late[2]}));
    ASSERT_EQ(decision.ruling.leave_out.size(), 1U);
    EXPECT_EQ(decision.ruling.leave_out[0].trace.at(0).reason, Reason::suppressed);
}

TEST_F(Digest, when_nobody_is_left_to_go_along_it_goes_as_itself) {
    const auto late = waiting({"news", "marketing"});
    says_no_to("marketing");
    const auto decision = run(*late[0]);
    ASSERT_EQ(decision.ruling.action, Action::go);
    EXPECT_TRUE(decision.ruling.collect.empty());
    EXPECT_EQ(decision.digest_template, "");
    EXPECT_EQ(decision.ruling.leave_out.size(), 1U);
}

TEST_F(Digest, when_the_one_that_would_carry_may_not_go_nothing_is_carried) {
    const auto late = waiting({"marketing", "news"});
    says_no_to("marketing");
    const auto decision = run(*late[0]);
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_TRUE(decision.ruling.collect.empty());
    EXPECT_TRUE(goes(*late[1])) << "the slot is still free";
}

TEST_F(Digest, one_that_may_go_by_another_channel_waits_for_its_own_turn) {
    const auto late = waiting({"news", "marketing"});
    set_plan(*late[1], {{"sms", "+989120000001", {}, {}, {}}, {"email", "ali@example.com", {}, {}, {}}});
    says_no_to("marketing", "sms");
    const auto decision = run(*late[0]);
    EXPECT_TRUE(decision.ruling.collect.empty());
    EXPECT_TRUE(decision.ruling.leave_out.empty());
    const auto own = run(*late[1]);
    EXPECT_EQ(own.ruling.action, Action::step);
    EXPECT_EQ(own.ruling.step, 1);
}

TEST_F(Digest, nobody_is_taken_along_by_a_channel_that_the_person_refused_for_it) {
    const auto late = waiting({"news", "marketing"});
    set_plan(*late[1], {{"email", "ali@example.com", {}, {}, {}}});
    says_no_to("marketing", "sms");  // the digest goes by SMS
    const auto decision = run(*late[0]);
    ASSERT_EQ(decision.ruling.action, Action::go);
    EXPECT_TRUE(decision.ruling.collect.empty());
    EXPECT_TRUE(decision.ruling.leave_out.empty());
    EXPECT_TRUE(ledger.members.contains(late[1]->subject.key)) << "by email it may go";
}

TEST_F(Digest, the_same_content_goes_once_in_it_and_is_remembered) {
    const auto late = waiting({"news", "news", "news"});
    for (auto* each : {late[1], late[2]}) {
        each->subject.dedupe_key = "sale";
        each->subject.dedupe_window = 48h;
    }
    const auto decision = run(*late[0]);
    EXPECT_EQ(decision.ruling.collect, keys({late[1]}));
    ASSERT_EQ(decision.ruling.leave_out.size(), 1U);
    EXPECT_EQ(decision.ruling.leave_out[0].trace.at(0).reason, Reason::duplicate_content);
    now += 25h;
    auto& again = message("news");
    again.subject.dedupe_key = "sale";
    again.subject.dedupe_window = 48h;
    EXPECT_EQ(reason_of(run(again)), Reason::duplicate_content) << "the digest carried it";
}

TEST_F(Digest, a_no_between_two_tries_leaves_out_what_was_carried) {
    auto late = waiting({"news", "marketing", "news"});
    late[2]->subject.dedupe_key = "sale";
    late[2]->subject.dedupe_window = 48h;
    ASSERT_EQ(run(*late[0]).ruling.collect.size(), 2U);
    late[0]->subject.carries = true;
    says_no_to("marketing");
    now += 1min;
    const auto again = run(*late[0]);
    ASSERT_EQ(again.ruling.action, Action::go);
    ASSERT_EQ(again.ruling.leave_out.size(), 1U);
    EXPECT_EQ(again.ruling.leave_out[0].key, late[1]->subject.key);
    EXPECT_EQ(again.ruling.leave_out[0].trace.at(0).reason, Reason::no_consent);
    EXPECT_EQ(again.ruling.reserve.size(), 2U) << "its own slot, and the content that it still carries";
    now += 1min;
    late[2]->subject.expires_at = now;
    const auto last = run(*late[0]);
    ASSERT_EQ(last.ruling.leave_out.size(), 1U);
    EXPECT_EQ(last.ruling.leave_out[0].event, Event::expire);
    EXPECT_EQ(last.ruling.reserve.size(), 1U);
}

// ---- what it takes ------------------------------------------------------------------------------------------------

TEST_F(Digest, it_takes_one_slot_as_what_the_one_is_that_goes) {
    auto news_only = rolling_cap("news-only", 2, 24h);
    news_only.match.classes = {"news"};
    settings.caps.push_back(news_only);
    const auto late = waiting({"news", "marketing", "marketing"});
    ASSERT_EQ(run(*late[0]).ruling.collect.size(), 2U);
    std::size_t uses = 0;
    for (const auto& [scope, all] : ledger.by_scope)
        for (const auto& use : all) {
            if (use.at < now) continue;
            ++uses;
            EXPECT_EQ(use.key, late[0]->subject.key);
            EXPECT_EQ(ledger.kind(use.kind).class_name, "news");
        }
    EXPECT_EQ(uses, 1U);
}

}  // namespace
}  // namespace chapar::policy::test
