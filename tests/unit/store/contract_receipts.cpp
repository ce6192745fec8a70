#include <algorithm>

#include "contract.hpp"

namespace chapar::store {
namespace {

using model::Effect;
using model::Event;
using model::State;
using model::Verdict;
using model::Word;

class Receipts : public Contract {
  protected:
    static constexpr const char* person = "+989120000000";  // as Driver::make has it

    void lease(MessageId id, int number, const std::string& route = "op") {
        const auto answers = wait_for<std::vector<model::Leased>>(
            [&](auto done) { store->lease({{id.key(), number, "sms", route, clock.now()}}, nullptr, done); });
        ASSERT_TRUE(answers && answers->front().granted);
    }
    bool settle(MessageId id, int number, const std::string& ids, Event event = Event::attempt_accepted,
                Verdict verdict = Verdict::accepted, const std::string& route = "op") {
        Settlement settlement;
        settlement.key = id.key();
        settlement.number = number;
        settlement.event = event;
        settlement.outcome.verdict = verdict;
        settlement.outcome.provider_id = ids;
        settlement.at = settlement.due = clock.now();
        settlement.step = store->find(id)->progress.step;
        settlement.tracked = Tracked{route, person};
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        return flags && flags->front();
    }
    /// Of one channel: there is nothing to fall back to.
    NewMessage single(const std::string& application = "shop") {
        auto item = driver.make(application);
        item.message.plan = {{"sms", person, "", "", ""}};
        return item;
    }
    MessageId sent(const std::string& ids, const std::string& application = "shop") {
        return sent(ids, single(application));
    }
    MessageId sent(const std::string& ids, NewMessage item) {
        const auto id = driver.accept_one(*store, std::move(item));
        lease(id, 1);
        EXPECT_TRUE(settle(id, 1, ids));
        return id;
    }
    static model::Report report(Word word, const std::string& id) {
        model::Report out;
        out.route = "op";
        out.channel = "sms";
        out.provider_id = id;
        out.word = word;
        out.kind = word == Word::delivered ? "delivered" : "failed";
        if (word == Word::part_delivered) out.kind = "segment_delivered";
        if (word == Word::part_failed) out.kind = "segment_failed";
        out.address = person;
        out.code = out.kind == "delivered" ? "DELIVRD" : "UNDELIV";
        out.at = from_ms(1'790'000'000'500);
        return out;
    }
    static model::Report named(Word word, MessageId id, int number, const std::string& provider_id = "") {
        auto out = report(word, provider_id);
        out.attempt = AttemptId{id, number};
        return out;
    }
    Effect tell(const model::Report& report) {
        const auto done = wait_for<Reported>([&](auto told) { store->report(report, told); });
        EXPECT_TRUE(done.has_value());
        return done ? done->effect : Effect::unknown;
    }
    std::vector<model::FeedEntry> feed(const std::string& application = "") {
        const auto page = store->feed(application, 0, 1'000);
        EXPECT_TRUE(page.has_value());
        return page ? page->entries : std::vector<model::FeedEntry>{};
    }
    std::vector<std::string> kinds() {
        std::vector<std::string> out;
        for (const auto& entry : feed())
            out.push_back(entry.kind + "/" + std::string(model::name(entry.effect)));
        return out;
    }
    using Kinds = std::vector<std::string>;
};

TEST_P(Receipts, an_id_finds_its_attempt_after_a_restart) {
    const auto id = sent("00AbC1");
    reopen();
    EXPECT_EQ(tell(report(Word::delivered, "0abc1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), Kinds{"delivered/applied"});
    EXPECT_EQ(feed().front().message, id);
    EXPECT_EQ(feed().front().attempt, 1);
}

TEST_P(Receipts, an_id_is_its_routes_own) {
    const auto id = sent("77");
    auto stranger = report(Word::delivered, "77");
    stranger.route = "other";
    EXPECT_EQ(tell(stranger), Effect::unknown);
    EXPECT_EQ(state(id), State::sent);
}

TEST_P(Receipts, another_base_is_believed_when_the_recipient_agrees) {
    const auto a = sent("255");
    auto other = report(Word::delivered, "FF");
    other.address = "+989121111111";
    EXPECT_EQ(tell(other), Effect::unknown);
    EXPECT_EQ(state(a), State::sent);
    EXPECT_EQ(tell(report(Word::delivered, "00ff")), Effect::applied);
    EXPECT_EQ(state(a), State::delivered);
}

TEST_P(Receipts, one_that_overtakes_its_outcome_waits_on_disk_and_is_applied_with_it) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    EXPECT_EQ(tell(named(Word::delivered, id, 1)), Effect::early);
    EXPECT_EQ(tell(named(Word::delivered, id, 1)), Effect::repeated);
    EXPECT_EQ(state(id), State::sending);
    place->crash(store);
    open();
    EXPECT_TRUE(settle(id, 1, "9"));
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), Kinds{"delivered/applied"});
}

TEST_P(Receipts, an_attempt_in_doubt_is_cleared_by_the_receipt_that_came_before) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    tell(named(Word::failed, id, 1));
    place->crash(store);
    open();
    EXPECT_TRUE(settle(id, 1, "", Event::attempt_unknown_hold, Verdict::unknown));
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, one_that_names_an_id_nobody_knows_yet_is_matched_when_an_answer_brings_it) {
    EXPECT_EQ(tell(report(Word::delivered, "0123")), Effect::unknown);
    EXPECT_EQ(tell(report(Word::delivered, "123")), Effect::repeated);
    reopen();
    const auto id = sent("123");
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"delivered/unknown", "delivered/applied"}));
}

TEST_P(Receipts, in_another_base_too_and_only_for_its_recipient) {
    auto other = report(Word::failed, "ff");
    other.address = "+989121111111";
    tell(other);
    const auto a = sent("255");
    EXPECT_EQ(state(a), State::sent);
    tell(report(Word::delivered, "fe"));
    const auto b = sent("254");
    EXPECT_EQ(state(b), State::delivered);
}

TEST_P(Receipts, repeats_change_nothing_and_the_first_final_word_stands) {
    const auto id = sent("5");
    tell(report(Word::delivered, "5"));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(tell(report(Word::delivered, "5")), Effect::repeated);
    EXPECT_EQ(tell(report(Word::failed, "5")), Effect::contradicted);
    EXPECT_EQ(tell(report(Word::failed, "5")), Effect::repeated);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"delivered/applied", "failed/contradicted"}));
    const auto record = store->find(id);
    ASSERT_EQ(record->attempts[0].receipts.size(), 1U);
    EXPECT_EQ(record->attempts[0].receipts[0].delivered, true);
    EXPECT_TRUE(record->attempts[0].receipts[0].contradicted);
}

TEST_P(Receipts, a_failed_message_stays_failed) {
    const auto id = sent("6");
    tell(report(Word::failed, "6"));
    EXPECT_EQ(tell(report(Word::delivered, "6")), Effect::contradicted);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_message_of_parts_is_delivered_when_all_are_in_any_order_over_a_restart) {
    const auto id = sent("a b c");
    EXPECT_EQ(tell(report(Word::delivered, "c")), Effect::applied);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::applied);
    reopen();
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::repeated);
    EXPECT_EQ(tell(report(Word::delivered, "b")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"segment_delivered/applied", "segment_delivered/applied", "segment_delivered/applied",
                              "delivered/applied"}));
    EXPECT_EQ(feed()[0].part, 3);
    EXPECT_EQ(feed()[0].parts, 3);
    EXPECT_EQ(feed()[3].part, 0);
    EXPECT_EQ(tell(named(Word::delivered, id, 1, "a b c")), Effect::repeated);
    EXPECT_EQ(store->find(id)->attempts[0].receipts.size(), 3U);
}

TEST_P(Receipts, one_failed_part_fails_the_whole_once_all_are_known) {
    const auto id = sent("a b");
    EXPECT_EQ(tell(named(Word::part_failed, id, 1, "b")), Effect::applied);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
    EXPECT_EQ(feed().back().detail, "segment 2 of 2");
    EXPECT_EQ(feed().back().code, "UNDELIV");
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "b")), Effect::contradicted);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_failure_of_an_older_attempt_does_not_end_the_newer_one) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    settle(id, 1, "1", Event::attempt_unknown_retry, Verdict::unknown);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::kept);
    EXPECT_EQ(state(id), State::waiting);
    lease(id, 2);
    settle(id, 2, "2");
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::repeated);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(report(Word::failed, "2")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_delivery_of_an_older_attempt_ends_the_waiting) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    settle(id, 1, "1", Event::attempt_unknown_retry, Verdict::unknown);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
}

TEST_P(Receipts, an_answer_belongs_to_the_persons_latest_message_on_the_route) {
    sent("1");
    const auto latest = sent("2", "bank");
    auto word = report(Word::person, "");
    word.kind = "inbound";
    word.detail = "yes please";
    word.dedupe_key = "ref-1";
    EXPECT_EQ(tell(word), Effect::kept);
    EXPECT_EQ(tell(word), Effect::repeated);
    auto stranger = word;
    stranger.address = "+989129999999";
    stranger.dedupe_key = "";
    EXPECT_EQ(tell(stranger), Effect::kept);
    EXPECT_EQ(feed().size(), 2U);
    EXPECT_EQ(feed("bank").size(), 1U);
    EXPECT_EQ(feed("bank")[0].message, latest);
    EXPECT_EQ(feed("bank")[0].detail, "yes please");
    EXPECT_EQ(feed("bank")[0].recipient, "customer-1");
    EXPECT_TRUE(feed("shop").empty());
}

TEST_P(Receipts, what_the_operator_blocks_ends_in_a_state_of_its_own) {
    const auto a = sent("1");
    auto blocked = report(Word::blocked, "1");
    blocked.kind = "failed";
    blocked.code = "blocked_by_operator";
    EXPECT_EQ(tell(blocked), Effect::applied);
    EXPECT_EQ(state(a), State::blocked_by_operator);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::contradicted);
    EXPECT_FALSE(Driver::move(*store, a, Event::retry).has_value());
    const auto b = sent("x y");
    auto part = report(Word::part_failed, "y");
    part.code = "blocked_by_operator";
    tell(part);
    tell(report(Word::part_failed, "x"));
    EXPECT_EQ(state(b), State::blocked_by_operator) << "it says more than the other part's failure";
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::blocked_by_operator)], 2);
}

TEST_P(Receipts, what_a_receipt_says_of_the_price_stands_in_the_trace_once) {
    const auto bills = [&](MessageId id) {
        std::vector<std::string> out;
        for (const auto& entry : model::decode_trace(store->find(id)->progress.trace))
            if (entry.reason == model::Reason::billed) out.push_back(entry.detail);
        return out;
    };
    const auto priced = [](model::Report report, std::string_view price) {
        report.bill = model::read_bill(price);
        return report;
    };
    const auto parts = sent("1 2");
    tell(priced(report(Word::part_delivered, "1"), "0.0079 USD"));
    tell(priced(report(Word::part_delivered, "1"), "0.0079 USD"));
    tell(priced(report(Word::part_delivered, "2"), "0.008 USD"));
    EXPECT_EQ(state(parts), State::delivered);
    EXPECT_EQ(bills(parts), (std::vector<std::string>{"attempt 1: 0.0079 USD", "attempt 1: 0.008 USD"}));
    const auto early = driver.accept_one(*store, single());
    lease(early, 1);
    EXPECT_EQ(tell(priced(named(Word::delivered, early, 1), "120 IRR")), Effect::early);
    EXPECT_EQ(tell(priced(report(Word::delivered, "8"), "130 IRR")), Effect::unknown);
    place->crash(store);
    open();
    EXPECT_TRUE(settle(early, 1, "7"));
    EXPECT_EQ(bills(early), std::vector<std::string>{"attempt 1: 120 IRR"});
    EXPECT_EQ(bills(sent("8")), std::vector<std::string>{"attempt 1: 130 IRR"});
}

TEST_P(Receipts, what_comes_back_goes_on_to_the_next_channel) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"push", "", "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::applied);
    auto found = store->find(id);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->progress.state, State::waiting);
    EXPECT_EQ(found->progress.step, 2);
    EXPECT_LE(found->progress.due, clock.now());
    const auto trace = model::decode_trace(found->progress.trace);
    ASSERT_GE(trace.size(), 2U);
    EXPECT_EQ(trace[trace.size() - 2].reason, model::Reason::receipt);
    EXPECT_EQ(trace.back().reason, model::Reason::next_channel);
    EXPECT_EQ(trace.back().detail, "email");
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::repeated);
    EXPECT_EQ(store->find(id)->progress.step, 2);
    lease(id, 2);
    ASSERT_TRUE(settle(id, 2, "mail-1"));
    EXPECT_EQ(tell(report(Word::failed, "mail-1")), Effect::applied);
    EXPECT_EQ(state(id), State::failed) << "the plan is used up";
}

TEST_P(Receipts, what_comes_back_after_its_time_stays_failed) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    item.message.expires_at = clock.now();
    const auto id = sent("1", item);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_word_that_comes_before_its_outcome_goes_on_to_the_next_channel_with_it) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = driver.accept_one(*store, item);
    lease(id, 1);
    EXPECT_EQ(tell(named(Word::failed, id, 1, "1")), Effect::early);
    ASSERT_TRUE(settle(id, 1, "1"));
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(store->find(id)->progress.step, 1);
}

TEST_P(Receipts, a_late_delivery_stops_the_next_channel_that_has_not_left) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    Transition change;
    change.key = id.key();
    change.event = Event::fall_back;
    change.step = 1;
    change.due = clock.now();
    ASSERT_TRUE(wait_for<model::Progress>([&](auto done) { store->move(change, done); }).has_value());
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_FALSE(driver.lease(*store, id, 2)) << "nothing leaves any more";
}

TEST_P(Receipts, whom_the_operator_blocks_is_remembered_in_the_same_commit_and_the_plan_goes_on) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    auto blocked = report(Word::blocked, "1");
    blocked.kind = "failed";
    blocked.code = "blocked_by_operator";
    blocked.address = "9120000000";  // as this provider writes it
    EXPECT_EQ(tell(blocked), Effect::applied);
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(store->find(id)->progress.step, 1);
    const auto rows = store->suppressions("", "", 10);
    ASSERT_TRUE(rows && rows->size() == 1);
    EXPECT_EQ(rows->front().channel, "sms");
    EXPECT_EQ(rows->front().address, person);
    EXPECT_EQ(rows->front().reach, model::SuppressionReach::marketing);
    EXPECT_EQ(rows->front().reason, "blocked_by_operator");
    EXPECT_EQ(rows->front().source, "operator of route op");
}

TEST_P(Receipts, a_complaint_about_a_message_stands_in_its_trace) {
    const auto id = sent("1");
    sent("2");
    auto complaint = named(Word::person, id, 1);
    complaint.kind = "complained";
    EXPECT_EQ(tell(complaint), Effect::kept);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(feed().at(0).message, id);
    const auto trace = model::decode_trace(store->find(id)->progress.trace);
    ASSERT_FALSE(trace.empty());
    EXPECT_EQ(trace.back().reason, model::Reason::receipt);
    EXPECT_TRUE(trace.back().detail.starts_with("complained"));
}

TEST_P(Receipts, what_suppresses_is_durable_with_its_report) {
    auto stop = report(Word::person, "");
    stop.kind = "unsubscribed";
    stop.suppress = model::Suppression{.channel = "sms",
                                       .address = person,
                                       .reach = model::SuppressionReach::marketing,
                                       .reason = "unsubscribed",
                                       .source = "route op",
                                       .at = clock.now(),
                                       .until = {}};
    EXPECT_EQ(tell(stop), Effect::kept);
    place->crash(store);
    open();
    EXPECT_EQ(store->suppressions("", "", 10)->size(), 1U);
    EXPECT_EQ(kinds(), Kinds{"unsubscribed/kept"});
}

TEST_P(Receipts, the_feed_goes_on_where_a_reader_stopped_and_says_what_is_gone) {
    for (const char* id : {"1", "2", "3"}) {
        sent(id);
        tell(report(Word::delivered, id));
        clock.advance(std::chrono::hours(1));
    }
    const auto first = store->feed("shop", 0, 2);
    ASSERT_EQ(first->entries.size(), 2U);
    const auto rest = store->feed("shop", first->next, 2);
    ASSERT_EQ(rest->entries.size(), 1U);
    EXPECT_EQ(rest->entries[0].provider_id, "3");
    EXPECT_EQ(rest->oldest, 1);
    const auto gone =
        wait_for<std::int64_t>([&](auto done) { store->prune_feed(clock.now() - std::chrono::minutes(90), 10, done); });
    EXPECT_EQ(*gone, 2);
    EXPECT_EQ(store->feed("shop", 0, 10)->oldest, 3);
    (void)wait_for<std::int64_t>([&](auto done) { store->prune_feed(clock.now() + std::chrono::hours(9), 10, done); });
    reopen();
    EXPECT_EQ(store->feed("shop", 0, 10)->oldest, 4);
    sent("4");
    tell(report(Word::delivered, "4"));
    EXPECT_EQ(feed().at(0).number, 4);
}

TEST_P(Receipts, ids_go_with_their_message) {
    const auto id = sent("1");
    tell(report(Word::delivered, "1"));
    clock.advance(std::chrono::hours(48));
    const auto pruned = wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 10, done); });
    EXPECT_EQ(*pruned, 1);
    EXPECT_FALSE(store->find(id).has_value());
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::unknown);
    auto word = report(Word::person, "");
    word.kind = "inbound";
    tell(word);
    EXPECT_FALSE(feed().back().message.has_value());
}

TEST_P(Receipts, who_is_forgotten_is_forgotten_here_too) {
    sent("1");
    tell(report(Word::delivered, "1"));
    auto stray = report(Word::delivered, "999");
    tell(stray);
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    const auto erased = wait_for<Counts>([&](auto done) { store->erase_recipient("shop", "customer-1", done); });
    ASSERT_TRUE(erased.has_value());
    EXPECT_TRUE(feed().empty());
}

TEST_P(Receipts, an_id_that_the_provider_gives_again_means_the_newer_message) {
    const auto older = sent("1");
    const auto newer = sent("1");
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(older), State::sent);
    EXPECT_EQ(state(newer), State::delivered);
}

INSTANTIATE_TEST_SUITE_P(Backends, Receipts, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
