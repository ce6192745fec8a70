// Counts for reports.
#include <gmock/gmock.h>

#include "contract_receipts.hpp"
#include "model/cost.hpp"
#include "tallies.hpp"

namespace chapar::store {
namespace {

using model::Engaged;
using model::Event;
using model::HitBy;
using model::Named;
using model::Reason;
using model::Tallied;
using model::Verdict;
using testing::Pair;
using testing::UnorderedElementsAre;

class Tallies : public ReceiptContract {
  protected:
    std::int64_t of(Tallied count) { return total(*store).of(count); }
    std::int64_t of(Named what, const std::string& name) {
        const auto all = total(*store);
        const auto found = all.named.find({what, name});
        return found == all.named.end() ? 0 : found->second;
    }
    bool end(MessageId id, int number, Event event, const model::Outcome& told,
             std::vector<model::TraceEntry> trace = {}) {
        Settlement settlement;
        settlement.key = id.key();
        settlement.number = number;
        settlement.event = event;
        settlement.outcome = told;
        settlement.at = settlement.due = clock.now();
        settlement.step = store->find(id)->progress.step;
        settlement.trace = std::move(trace);
        settlement.tracked = Tracked{"op", person};
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        return flags && flags->front();
    }
    bool judge(MessageId id, std::vector<model::CountedHit> hits) {
        const auto done = wait_for<bool>([&](auto told) { store->judge_hits(id.key(), std::move(hits), told); });
        EXPECT_TRUE(done.has_value());
        return done && *done;
    }
    model::CountedHit hit(Engaged kind, HitBy by, Milliseconds later = Milliseconds{0}) const {
        return {kind, by, clock.now() + later, 0};
    }
};

TEST_P(Tallies, what_is_accepted_and_sent_is_counted_by_what_it_was) {
    auto item = driver.make();
    item.variant = "B";
    const auto id = driver.accept_one(*store, item);
    driver.accept_one(*store, "bank");
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_accepted, outcome(Verdict::accepted)));
    const auto day = static_cast<std::int32_t>(to_ms(clock.now()) / 86'400'000);
    const auto all = lines(*store);
    ASSERT_EQ(all.size(), 2U);
    const auto& own = all.at({"shop", "spring", "transactional", "email", "welcome", "B", day});
    EXPECT_EQ(own.of(Tallied::accepted), 1);
    EXPECT_EQ(own.of(Tallied::sent), 1);
    EXPECT_EQ(all.at({"bank", "spring", "transactional", "email", "welcome", "", day}).of(Tallied::accepted), 1);
    EXPECT_EQ(total(*store, {.application = "shop"}).of(Tallied::accepted), 1);
    EXPECT_EQ(total(*store, {.campaign = "autumn"}).of(Tallied::accepted), 0);
    reopen();
    EXPECT_EQ(lines(*store), all);
}

TEST_P(Tallies, a_duplicate_is_not_counted_again) {
    driver.accept_one(*store, "shop", "order-1");
    driver.accept_one(*store, "shop", "order-1");
    EXPECT_EQ(of(Tallied::accepted), 1);
}

TEST_P(Tallies, tests_are_not_counted) {
    auto item = driver.make();
    for (auto& step : item.message.plan)
        step.is_test = true;
    const auto id = driver.accept_one(*store, item);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_accepted, outcome(Verdict::accepted)));
    EXPECT_FALSE(judge(id, {hit(Engaged::opened, HitBy::human)}));
    EXPECT_TRUE(lines(*store).empty());
}

TEST_P(Tallies, a_day_ends_when_the_clocks_of_the_site_say_so) {
    store->use_zone("Asia/Tehran");
    clock.set_wall(from_ms(1'790'018'999'999));  // a moment before 23:00 in Tehran
    driver.accept_one(*store);
    const auto before = lines(*store);
    ASSERT_EQ(before.size(), 1U);
    const auto day = std::get<6>(before.begin()->first);
    clock.advance(std::chrono::hours(1));
    driver.accept_one(*store);
    EXPECT_EQ(lines(*store).size(), 1U) << "a moment before midnight";
    clock.advance(Milliseconds{1});
    driver.accept_one(*store);
    const auto after = lines(*store);
    ASSERT_EQ(after.size(), 2U);
    EXPECT_EQ(std::get<6>(after.rbegin()->first), day + 1);
    store->use_zone("America/New_York");
    driver.accept_one(*store);
    EXPECT_EQ(lines(*store).begin()->second.of(Tallied::accepted), 3) << "there it is still the day before";
    EXPECT_EQ(total(*store, {.since_day = day + 1}).of(Tallied::accepted), 1);
    EXPECT_EQ(total(*store, {.until_day = day}).of(Tallied::accepted), 3);
}

TEST_P(Tallies, a_refusal_is_counted_by_whose_fault_it_is) {
    using model::Blame;
    for (const auto blame : {Blame::gone, Blame::recipient, Blame::message, Blame::lane, Blame::provider}) {
        const auto id = driver.accept_one(*store, single());
        lease(id, 1);
        ASSERT_TRUE(end(id, 1, Event::attempt_rejected, outcome(Verdict::rejected, blame, "550"),
                        {{clock.now(), Reason::rejected, "550"}}));
    }
    EXPECT_EQ(of(Tallied::bounced_hard), 1);
    EXPECT_EQ(of(Tallied::bounced_soft), 1);
    EXPECT_EQ(of(Tallied::bounced_content), 1);
    EXPECT_EQ(of(Tallied::bounced_blocked), 2);
    EXPECT_TRUE(total(*store).named.empty()) << "nobody kept them back";
}

TEST_P(Tallies, what_came_back_later_is_counted_by_its_status) {
    int number = 0;
    for (const std::string code : {"5.1.1", "5.2.2", "5.7.1 spam", "5.3.4", "UNDELIV", "5.1.10", "5.1.100"}) {
        const auto provider_id = "id-" + std::to_string(++number);
        sent(provider_id);
        auto told = report(model::Word::failed, provider_id);
        told.code = code;
        EXPECT_EQ(tell(told), model::Effect::applied);
        EXPECT_NE(tell(told), model::Effect::applied);
    }
    EXPECT_EQ(of(Tallied::sent), 7);
    EXPECT_EQ(of(Tallied::bounced_hard), 2);
    EXPECT_EQ(of(Tallied::bounced_soft), 3);
    EXPECT_EQ(of(Tallied::bounced_blocked), 1);
    EXPECT_EQ(of(Tallied::bounced_content), 1);
}

TEST_P(Tallies, a_delivery_is_counted_once_and_with_the_sending_that_was_in_doubt) {
    sent("one");
    EXPECT_EQ(tell(report(model::Word::delivered, "one")), model::Effect::applied);
    tell(report(model::Word::delivered, "one"));
    const auto doubtful = driver.accept_one(*store, single());
    lease(doubtful, 1);
    ASSERT_TRUE(end(doubtful, 1, Event::attempt_unknown_hold, outcome(Verdict::unknown, model::Blame::none, "", "two"),
                    {{clock.now(), Reason::in_doubt_held, ""}}));
    EXPECT_EQ(of(Tallied::sent), 1);
    EXPECT_EQ(tell(named(model::Word::delivered, doubtful, 1)), model::Effect::applied);
    EXPECT_EQ(of(Tallied::sent), 2);
    EXPECT_EQ(of(Tallied::delivered), 2);
}

TEST_P(Tallies, each_channel_counts_its_own_way) {
    auto item = driver.make();
    const auto id = driver.accept_one(*store, item);
    ASSERT_TRUE(driver.lease(*store, id, 1));  // by email
    Settlement first;
    first.key = id.key();
    first.outcome.verdict = Verdict::accepted;
    first.at = clock.now();
    ASSERT_TRUE(wait_for<std::vector<bool>>([&](auto done) { store->settle({first}, done); })->front());
    Transition on;
    on.key = id.key();
    on.event = Event::fall_back;
    on.step = 1;
    on.due = clock.now();
    on.trace = {{clock.now(), Reason::fallback_due, "email"}, {clock.now(), Reason::next_channel, "sms"}};
    ASSERT_TRUE(driver.move(*store, on).has_value());
    // Only now the mail server says that it arrived.
    auto late = named(model::Word::delivered, id, 1);
    late.channel = "email";
    late.route = "smtp-a";
    EXPECT_EQ(tell(late), model::Effect::applied);
    const auto all = lines(*store);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(std::get<3>(all.begin()->first), "email");
    EXPECT_EQ(all.begin()->second.of(Tallied::sent), 1);
    EXPECT_EQ(all.begin()->second.of(Tallied::delivered), 1);
}

TEST_P(Tallies, what_nobody_took_is_counted_by_its_reason) {
    const auto end_by = [&](Event event, Reason reason) {
        Transition transition;
        transition.key = driver.accept_one(*store).key();
        transition.event = event;
        transition.trace = {{clock.now(), reason, ""}};
        ASSERT_TRUE(driver.move(*store, transition).has_value());
    };
    end_by(Event::expire, Reason::max_age_reached);
    end_by(Event::cancel, Reason::cancelled);
    end_by(Event::suppress, Reason::capped);
    end_by(Event::suppress, Reason::capped);
    end_by(Event::stop, Reason::render_failed);
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(end(id, 1, Event::attempt_rejected, outcome(Verdict::retry),
                    {{clock.now(), Reason::attempts_exhausted, "20 attempts"}, {clock.now(), Reason::billed, "x"}}));
    EXPECT_THAT(total(*store).named, UnorderedElementsAre(Pair(Pair(Named::kept_back, "max_age_reached"), 1),
                                                          Pair(Pair(Named::kept_back, "cancelled"), 1),
                                                          Pair(Pair(Named::kept_back, "capped"), 2),
                                                          Pair(Pair(Named::kept_back, "render_failed"), 1),
                                                          Pair(Pair(Named::kept_back, "attempts_exhausted"), 1)));
    EXPECT_EQ(of(Tallied::sent), 0);
}

TEST_P(Tallies, a_bill_takes_the_place_of_an_estimate) {
    const auto priced = [&](Reason reason, int attempt, std::int64_t amount, const std::string& currency) {
        const model::Cost cost{attempt, 1, Money{amount}, currency};
        return model::TraceEntry{clock.now(), reason,
                                 reason == Reason::billed ? model::billed_detail(cost) : model::estimated_detail(cost)};
    };
    const auto leased = [&](const std::string& provider_id, Verdict verdict, Event event) {
        const auto id = driver.accept_one(*store, single());
        Transition note;
        note.key = id.key();
        note.trace = {priced(Reason::estimated, 1, 1'000'000, "IRR")};
        EXPECT_TRUE(driver.move(*store, note).has_value());
        lease(id, 1);
        EXPECT_TRUE(end(id, 1, event, outcome(verdict, model::Blame::none, "", provider_id)));
        return id;
    };
    leased("one", Verdict::accepted, Event::attempt_accepted);
    EXPECT_EQ(of(Named::cost, "IRR"), 1'000'000);
    leased("two", Verdict::retry, Event::attempt_retry);
    EXPECT_EQ(of(Named::cost, "IRR"), 1'000'000) << "it did not leave";
    auto told = report(model::Word::delivered, "one");
    told.bill = model::Cost{0, 0, Money{700'000}, "IRR"};
    tell(told);
    EXPECT_EQ(of(Named::cost, "IRR"), 700'000);
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    EXPECT_TRUE(
        end(id, 1, Event::attempt_accepted, outcome(Verdict::accepted), {priced(Reason::billed, 1, 7'900, "USD")}));
    EXPECT_EQ(of(Named::cost, "USD"), 7'900);
    EXPECT_EQ(of(Named::cost, "IRR"), 700'000);
}

TEST_P(Tallies, what_a_person_says_is_counted_for_the_message_that_they_answer) {
    sent("one");
    auto told = report(model::Word::person, "");
    told.kind = "unsubscribed";
    tell(told);
    told.kind = "complained";
    tell(told);
    told.kind = "inbound";
    tell(told);
    EXPECT_EQ(of(Tallied::unsubscribed), 1);
    EXPECT_EQ(of(Tallied::complained), 1);
}

// ---- opens and clicks ---------------------------------------------------------------------------------------------

TEST_P(Tallies, raw_and_human_opens_and_clicks_stand_side_by_side) {
    const auto one = sent("one"), two = sent("two");
    EXPECT_TRUE(judge(one, {hit(Engaged::opened, HitBy::machine), hit(Engaged::opened, HitBy::human),
                            hit(Engaged::clicked, HitBy::human), hit(Engaged::clicked, HitBy::human)}));
    EXPECT_TRUE(judge(two, {hit(Engaged::opened, HitBy::unknown), hit(Engaged::clicked, HitBy::machine)}));
    EXPECT_EQ(of(Tallied::opened), 2);
    EXPECT_EQ(of(Tallied::opened_human), 1);
    EXPECT_EQ(of(Tallied::opens_human), 1);
    EXPECT_EQ(of(Tallied::opens_machine), 1);
    EXPECT_EQ(of(Tallied::opens_unknown), 1);
    EXPECT_EQ(of(Tallied::clicked), 2);
    EXPECT_EQ(of(Tallied::clicked_human), 1);
    EXPECT_EQ(of(Tallied::clicks_human), 2);
    EXPECT_EQ(of(Tallied::clicks_machine), 1);
}

TEST_P(Tallies, hits_that_are_judged_anew_move_what_was_counted_of_them) {
    const auto id = sent("one");
    std::vector<model::CountedHit> hits = {hit(Engaged::clicked, HitBy::human), hit(Engaged::clicked, HitBy::human)};
    judge(id, hits);
    const auto before = lines(*store);
    judge(id, hits);
    EXPECT_EQ(lines(*store), before) << "twice the same changes nothing";
    hits[0].by = hits[1].by = HitBy::machine;
    judge(id, hits);
    EXPECT_EQ(of(Tallied::clicked), 1);
    EXPECT_EQ(of(Tallied::clicked_human), 0);
    EXPECT_EQ(of(Tallied::clicks_machine), 2);
    EXPECT_EQ(of(Tallied::clicks_human), 0);
    hits[1].by = HitBy::human;
    judge(id, hits);
    EXPECT_EQ(of(Tallied::clicked_human), 1);
    judge(id, {});
    EXPECT_EQ(of(Tallied::clicked), 0);
}

TEST_P(Tallies, a_message_is_opened_on_the_day_of_its_first_open) {
    const auto id = sent("one");
    const Milliseconds day = std::chrono::hours(24);
    judge(id, {hit(Engaged::opened, HitBy::human, 2 * day)});
    judge(id, {hit(Engaged::opened, HitBy::human, 2 * day), hit(Engaged::opened, HitBy::machine)});
    const auto all = lines(*store);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all.begin()->second.of(Tallied::opened), 1);
    EXPECT_EQ(all.begin()->second.of(Tallied::opened_human), 0);
    EXPECT_EQ(all.rbegin()->second.of(Tallied::opened), 0);
    EXPECT_EQ(all.rbegin()->second.of(Tallied::opened_human), 1);
    EXPECT_EQ(all.rbegin()->second.of(Tallied::opens_human), 1);
}

TEST_P(Tallies, hits_of_no_message_are_not_counted) {
    EXPECT_FALSE(judge(driver.make().message.id, {hit(Engaged::opened, HitBy::human)}));
    EXPECT_TRUE(lines(*store).empty());
}

TEST_P(Tallies, a_click_of_a_short_link_is_the_text_s) {
    auto item = driver.make();
    ASSERT_EQ(item.message.plan.size(), 2U);
    ASSERT_EQ(item.message.plan[1].channel, "sms");
    const auto id = driver.accept_one(*store, item);
    model::Hit click{.at = clock.now(), .kind = Engaged::clicked, .by = HitBy::human, .link = 1};
    auto of_text = click;
    of_text.is_short = true;
    ASSERT_TRUE(wait_for<std::vector<std::int64_t>>([&](auto done) {
        store->note_hits({.hits = {{id.key(), of_text}, {id.key(), of_text}, {id.key(), click}}}, done);
    }));
    reopen();
    std::map<std::string, std::int64_t> clicks;
    for (const auto& [line, tally] : lines(*store))
        clicks[std::get<3>(line)] += tally.of(Tallied::clicks_human);
    EXPECT_THAT(clicks, UnorderedElementsAre(Pair("sms", 2), Pair("email", 1)));
}

TEST_P(Tallies, a_no_to_every_channel_counts_where_the_message_stands) {
    const auto id = driver.accept_one(*store);  // by email, then by SMS
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(end(id, 1, Event::attempt_accepted, outcome(Verdict::accepted)));
    Transition on;
    on.key = id.key();
    on.event = Event::fall_back;
    on.step = 1;
    on.due = clock.now();
    on.trace = {{clock.now(), Reason::fallback_due, "email"}, {clock.now(), Reason::next_channel, "sms"}};
    ASSERT_TRUE(driver.move(*store, on).has_value());
    const model::Consent no{"shop", "customer-1", "*", "*", model::ConsentState::unsubscribed, "page", "", clock.now()};
    ASSERT_EQ(wait_for<std::int64_t>([&](auto done) { store->say({{no}, true, id.key()}, done); }).value_or(-1), 1);
    std::map<std::string, std::int64_t> left;
    for (const auto& [line, tally] : lines(*store))
        left[std::get<3>(line)] += tally.of(Tallied::unsubscribed);
    EXPECT_THAT(left, UnorderedElementsAre(Pair("email", 0), Pair("sms", 1)));
}

TEST_P(Tallies, who_unsubscribes_by_a_message_counts_for_it_once) {
    const auto id = sent("one");
    const auto word = [&](const std::string& topic, model::ConsentState state) {
        return model::Consent{"shop", "customer-1", "email", topic, state, "page", "link", clock.now()};
    };
    const auto say = [&](std::vector<model::Consent> words, std::optional<MessageKey> about) {
        const Saying saying{std::move(words), true, about};
        return wait_for<std::int64_t>([&](auto done) { store->say(saying, done); }).value_or(-1);
    };
    using model::ConsentState;
    EXPECT_EQ(say({word("offers", ConsentState::unsubscribed), word("news", ConsentState::unsubscribed)}, id.key()), 2);
    EXPECT_EQ(of(Tallied::unsubscribed), 1);
    EXPECT_EQ(say({word("offers", ConsentState::unsubscribed)}, id.key()), 0);
    EXPECT_EQ(say({word(std::string(model::tracking_topic), ConsentState::unsubscribed)}, id.key()), 1);
    EXPECT_EQ(say({word(std::string(model::pause_topic), ConsentState::unsubscribed)}, id.key()), 1);
    EXPECT_EQ(say({word("other", ConsentState::unsubscribed)}, std::nullopt), 1);
    EXPECT_EQ(say({word("offers", ConsentState::subscribed)}, id.key()), 1);
    EXPECT_EQ(of(Tallied::unsubscribed), 1);
}

// ---- what goes, and what stays ------------------------------------------------------------------------------------

TEST_P(Tallies, counts_stay_when_their_messages_go) {
    for (int i = 0; i < 5; ++i)
        judge(sent("id-" + std::to_string(i)), {hit(Engaged::clicked, HitBy::human)});
    const auto before = lines(*store);
    clock.advance(std::chrono::hours(1));
    const auto gone = wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 100, done); });
    EXPECT_EQ(*gone, 5);
    EXPECT_EQ(lines(*store), before);
    reopen();
    EXPECT_EQ(lines(*store), before);
}

TEST_P(Tallies, forgetting_a_person_keeps_the_counts_and_ends_what_waited) {
    const auto id = sent("one");
    judge(id, {hit(Engaged::clicked, HitBy::human)});
    driver.accept_one(*store, single());
    const auto before = total(*store);
    Person who;
    who.ids = {"customer-1"};
    wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
        [&](auto done) { store->erase_person("shop", who, done); });
    auto after = total(*store);
    EXPECT_EQ(after.named[std::pair(Named::kept_back, std::string("erased"))], 1);
    after.named.clear();
    EXPECT_EQ(after, before);
    EXPECT_FALSE(judge(id, {hit(Engaged::opened, HitBy::human)})) << "nothing is noted of them any more";
    EXPECT_EQ(of(Tallied::opened), 0);
}

TEST_P(Tallies, old_days_go_and_younger_ones_stay) {
    for (int day = 0; day < 10; ++day) {
        driver.accept_one(*store);
        clock.advance(std::chrono::hours(24));
    }
    const auto before = clock.now() - std::chrono::hours(24 * 4);
    const auto prune = [&](int limit) {
        return *wait_for<std::int64_t>([&](auto done) { store->prune_tallies(before, limit, done); });
    };
    EXPECT_EQ(prune(4), 4);
    EXPECT_EQ(of(Tallied::accepted), 6);
    EXPECT_EQ(prune(4), 2);
    EXPECT_EQ(prune(4), 0);
    EXPECT_EQ(of(Tallied::accepted), 4);
    driver.accept_one(*store);
    EXPECT_EQ(of(Tallied::accepted), 5);
}

TEST_P(Tallies, a_crash_keeps_the_counts_of_what_was_answered) {
    for (int i = 0; i < 20; ++i)
        sent("id-" + std::to_string(i));
    const auto before = lines(*store);
    place->crash(store);
    open();
    EXPECT_EQ(lines(*store), before);
    sent("more");
    EXPECT_EQ(of(Tallied::sent), 21);
}

INSTANTIATE_TEST_SUITE_P(Backends, Tallies, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
