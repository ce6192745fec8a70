// Consents, events, the suppression list, and forgetting a person.

#include <algorithm>
#include <fstream>

#include "gates.hpp"
#include "store/person.hpp"

namespace chapar::store {
namespace {

using model::ConsentState;
using model::Event;
using model::State;
using model::SuppressionReach;

class People : public Contract {
  protected:
    bool say(ConsentState state, Timestamp at, const std::string& channel = "*", const std::string& topic = "*") {
        model::Consent consent{"shop", "customer-1", channel, topic, state, "form", "203.0.113.9", at};
        const auto changed = wait_for<bool>([&](auto done) { store->put_consent(consent, done); });
        EXPECT_TRUE(changed.has_value());
        return changed.value_or(false);
    }
    std::vector<model::Consent> in_force() {
        std::vector<model::Consent> out;
        EXPECT_TRUE(
            store->peek([&](model::Ledger& ledger) { out = ledger.consents("shop", "customer-1"); }).has_value());
        return out;
    }
    std::int64_t suppress(const std::string& channel, const std::string& address,
                          SuppressionReach reach = SuppressionReach::all, std::optional<Timestamp> until = {}) {
        const model::Suppression row{channel, address, reach, "manual", "operator", clock.now(), until};
        return wait_for<std::int64_t>([&](auto done) { store->suppress({row}, done); }).value_or(-1);
    }
    bool unsuppress(const std::string& channel, const std::string& address) {
        return wait_for<bool>([&](auto done) { store->unsuppress(channel, address, done); }).value_or(false);
    }
    std::vector<model::Suppression> found(const std::string& channel, const std::string& address) {
        std::vector<model::Suppression> out;
        EXPECT_TRUE(
            store->peek([&](model::Ledger& ledger) { out = ledger.suppressions(channel, address); }).has_value());
        return out;
    }
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    std::int64_t count(const Counts& counts, const std::string& name) {
        for (const auto& [what, number] : counts) {
            if (what == name) return number;
        }
        return -1;
    }
    Counts erase(const std::string& id) {
        const auto counts =
            wait_for<Counts>([&](auto done) { store->erase_person("shop", *person_of(*store, "shop", id), done); });
        EXPECT_TRUE(counts.has_value());
        return counts.value_or(Counts{});
    }
    bool stands_in_the_file(const std::string& text) {
        bool found = false;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(place->directory())) {
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
            found = found || bytes.find(text) != std::string::npos;
        }
        return found;
    }
};

TEST_P(People, what_is_said_in_one_go_is_one_commit_and_its_changes_are_told_once) {
    const auto word = [&](const std::string& topic, ConsentState state) {
        return model::Consent{"shop", "Sara@Example.com", "email", topic, state, "page", "link", clock.now()};
    };
    const Saying both{{word("offers", ConsentState::unsubscribed), word("news", ConsentState::subscribed)}, true, {}};
    const auto say = [&](const Saying& saying) {
        return wait_for<std::int64_t>([&](auto done) { store->say(saying, done); }).value_or(-1);
    };
    EXPECT_EQ(say(both), 2);
    EXPECT_EQ(say(both), 0);
    const auto told = store->feed({}, {}, 10).value().entries;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].kind, "unsubscribed");
    EXPECT_EQ(told[0].code, "offers");
    EXPECT_EQ(told[0].channel, "email");
    EXPECT_EQ(told[0].application, "shop");
    EXPECT_EQ(told[0].address, "sara@example.com");
    EXPECT_FALSE(told[0].message);
    EXPECT_EQ(told[1].kind, "subscribed");
    EXPECT_EQ(told[1].code, "news");
    auto silent = both;
    silent.is_told = false;
    for (auto& each : silent.words)
        each.topic += "-later";
    EXPECT_EQ(say(silent), 2);
    EXPECT_EQ(store->feed({}, {}, 10).value().entries.size(), 2U);
    EXPECT_EQ(store->consent_history("shop", "sara@example.com").value().size(), 6U);
}

TEST_P(People, the_newest_word_of_each_topic_counts_and_the_others_stay_as_proof) {
    const auto t = clock.now();
    EXPECT_TRUE(say(ConsentState::subscribed, t));
    EXPECT_FALSE(say(ConsentState::subscribed, t + Milliseconds(1)));
    EXPECT_TRUE(say(ConsentState::unsubscribed, t + Milliseconds(2)));
    EXPECT_TRUE(say(ConsentState::subscribed, t + Milliseconds(3), "email", "marketing"));
    EXPECT_FALSE(say(ConsentState::subscribed, t - std::chrono::hours(9))) << "an older word, imported later";
    reopen();
    const auto words = in_force();
    ASSERT_EQ(words.size(), 2U);
    EXPECT_EQ(words[0].state, ConsentState::unsubscribed);
    EXPECT_EQ(words[1].channel, "email");
    EXPECT_EQ(words[1].topic, "marketing");
    const auto history = store->consent_history("shop", "customer-1");
    ASSERT_EQ(history->size(), 5U);
    EXPECT_EQ(history->front().source, "form");
    EXPECT_EQ(history->front().proof, "203.0.113.9");
    EXPECT_EQ(history->front().at, t);
    EXPECT_TRUE(store->consent_history("bank", "customer-1")->empty());
}

TEST_P(People, to_be_asked_again_takes_no_no_back) {
    const auto t = clock.now();
    say(ConsentState::unsubscribed, t);
    say(ConsentState::pending, t + Milliseconds(1));
    ASSERT_EQ(in_force().size(), 2U) << "should a word on something else lift the no, it is still not confirmed";
    EXPECT_EQ(in_force()[0].state, ConsentState::unsubscribed);
    EXPECT_EQ(in_force()[1].state, ConsentState::pending);
    say(ConsentState::subscribed, t + Milliseconds(2));
    ASSERT_EQ(in_force().size(), 1U);
    say(ConsentState::pending, t + Milliseconds(3));
    EXPECT_EQ(in_force()[0].state, ConsentState::pending);
}

TEST_P(People, an_opt_out_counts_even_after_the_clock_was_set_back) {
    say(ConsentState::subscribed, clock.now());
    clock.set_wall(clock.now() - std::chrono::hours(1));
    EXPECT_TRUE(say(ConsentState::unsubscribed, clock.now()));
    EXPECT_EQ(in_force().at(0).state, ConsentState::unsubscribed);
}

TEST_P(People, the_last_event_of_each_name_is_known) {
    const auto put = [&](const std::string& event, Timestamp at) {
        ASSERT_TRUE(
            wait_for<bool>([&](auto done) { store->put_event("shop", "customer-1", event, at, done); }).has_value());
    };
    put("order", clock.now());
    put("order", clock.now() + std::chrono::hours(2));
    put("order", clock.now() + std::chrono::hours(1));
    put("login", clock.now());
    reopen();
    std::optional<Timestamp> order, login, never;
    ASSERT_TRUE(store
                    ->peek([&](model::Ledger& ledger) {
                        order = ledger.last_event("shop", "customer-1", "order");
                        login = ledger.last_event("shop", "customer-1", "login");
                        never = ledger.last_event("shop", "customer-2", "order");
                    })
                    .has_value());
    EXPECT_EQ(order, clock.now() + std::chrono::hours(2));
    EXPECT_EQ(login, clock.now());
    EXPECT_FALSE(never.has_value());
}

TEST_P(People, a_suppressed_address_is_found_on_its_channel_or_on_all) {
    EXPECT_EQ(suppress("email", "a@example.org"), 1);
    EXPECT_EQ(suppress("email", "a@example.org"), 0);
    EXPECT_EQ(suppress("*", "+989120000000", SuppressionReach::marketing), 1);
    reopen();
    ASSERT_EQ(found("email", "a@example.org").size(), 1U);
    EXPECT_EQ(found("email", "a@example.org")[0].reason, "manual");
    EXPECT_TRUE(found("sms", "a@example.org").empty());
    EXPECT_EQ(found("sms", "+989120000000").at(0).reach, SuppressionReach::marketing);
    EXPECT_TRUE(unsuppress("email", "a@example.org"));
    EXPECT_FALSE(unsuppress("email", "a@example.org"));
    EXPECT_TRUE(found("email", "a@example.org").empty());
}

TEST_P(People, a_suppression_is_never_made_weaker_by_another_one) {
    const auto tomorrow = clock.now() + std::chrono::hours(24);
    suppress("email", "a@example.org");
    EXPECT_EQ(suppress("email", "a@example.org", SuppressionReach::all, tomorrow), 0);
    EXPECT_FALSE(found("email", "a@example.org").at(0).until.has_value());
    suppress("email", "a@example.org", SuppressionReach::marketing, tomorrow);
    EXPECT_EQ(found("email", "a@example.org").size(), 2U) << "each reach for itself";
    EXPECT_EQ(suppress("sms", "+1", SuppressionReach::all, tomorrow), 1);
    EXPECT_EQ(suppress("sms", "+1", SuppressionReach::all, tomorrow + std::chrono::hours(1)), 0);
    EXPECT_EQ(found("sms", "+1").at(0).until, tomorrow + std::chrono::hours(1));
    clock.advance(std::chrono::hours(48));
    EXPECT_EQ(suppress("sms", "+1"), 1) << "the first one was over";
}

TEST_P(People, the_suppression_list_is_read_in_pages) {
    for (int i = 0; i < 10; ++i) {
        suppress("email", "p" + std::to_string(i));
        suppress("email", "p" + std::to_string(i), SuppressionReach::marketing);
        suppress("sms", "+" + std::to_string(i));
    }
    std::string channel, address;
    std::vector<std::string> seen;
    for (;;) {
        const auto page = store->suppressions(channel, address, 3);
        ASSERT_TRUE(page.has_value());
        if (page->empty()) break;
        EXPECT_LE(page->size(), 4U);
        for (const auto& row : *page)
            seen.push_back(row.channel + " " + row.address);
        channel = page->back().channel;
        address = page->back().address;
    }
    EXPECT_EQ(seen.size(), 30U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_P(People, who_is_forgotten_leaves_no_trace_and_is_not_written_to_again) {
    const std::string profile = R"({"email":"secret@example.org","phone":"+989121111111"})";
    wait_for<bool>([&](auto done) { store->put_recipient({"shop", "customer-1", profile, clock.now()}, done); });
    say(ConsentState::subscribed, clock.now());
    wait_for<bool>([&](auto done) { store->put_event("shop", "customer-1", "order", clock.now(), done); });
    suppress("*", "other@example.org", SuppressionReach::marketing);
    auto finished = driver.make("shop", "key-of-customer-1");
    finished.message.plan[0].address = "other@example.org";
    finished.message.body = R"({"to":{"name":"Secret Name"}})";
    driver.accept_one(*store, finished);
    ASSERT_TRUE(driver.lease(*store, finished.message.id, 1));
    ASSERT_TRUE(driver.settle(*store, finished.message.id, 1, Event::attempt_rejected,
                              {model::Verdict::rejected, model::Blame::recipient, {}, "p", "550", "no Secret Name"}));
    const auto waiting = driver.accept_one(*store);
    auto foreign = driver.make();
    foreign.message.recipient = "customer-2";
    driver.accept_one(*store, foreign);
    const auto bank = driver.accept_one(*store, "bank");

    const auto counts = erase("customer-1");
    EXPECT_EQ(count(counts, "profile"), 1);
    EXPECT_EQ(count(counts, "consents"), 1);
    EXPECT_EQ(count(counts, "events"), 1);
    EXPECT_EQ(count(counts, "messages"), 2);
    EXPECT_EQ(count(counts, "cancelled"), 1);
    EXPECT_EQ(count(counts, "in_flight"), 0);

    EXPECT_EQ(state(waiting), State::cancelled);
    EXPECT_EQ(reasons(*store, waiting).back(), model::Reason::erased);
    const auto record = store->find(finished.message.id);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->progress.state, State::failed);
    EXPECT_TRUE(record->message.recipient.empty());
    EXPECT_TRUE(record->message.plan[0].address.empty());
    EXPECT_EQ(record->message.plan[0].channel, "email");
    EXPECT_EQ(record->message.body, "{}");
    EXPECT_EQ(record->message.campaign, "spring");
    EXPECT_TRUE(record->idempotency_key.empty());
    EXPECT_TRUE(record->attempts.at(0).outcome.detail.empty());
    EXPECT_EQ(record->attempts.at(0).outcome.code, "550");
    EXPECT_FALSE(store->recipient("shop", "customer-1").value().has_value());
    EXPECT_TRUE(store->consent_history("shop", "customer-1")->empty());
    EXPECT_EQ(store->find(foreign.message.id)->message.recipient, "customer-2");
    EXPECT_EQ(state(bank), State::waiting);

    for (const bool again : {false, true}) {
        if (again) reopen();
        for (const auto& [channel, address] : {std::pair<std::string, std::string>{"email", "secret@example.org"},
                                               {"sms", "+989121111111"},
                                               {"voice", "+989121111111"},
                                               {"email", "other@example.org"},
                                               {"email", "a@example.org"}}) {
            const auto rows = found(channel, address);
            ASSERT_FALSE(rows.empty()) << channel << ' ' << address;
            EXPECT_EQ(rows[0].reason, "erased");
            EXPECT_EQ(rows[0].reach, SuppressionReach::all);
            EXPECT_TRUE(rows[0].address.starts_with("h:"));
        }
        EXPECT_FALSE(found("push", "other@example.org").empty()) << "it was suppressed on all channels";
        EXPECT_TRUE(found("email", "third@example.org").empty());
        const auto settings = store->settings();
        EXPECT_TRUE(settings->empty()) << "the salt is nobody's business";
    }
    store->close();
    EXPECT_FALSE(stands_in_the_file("secret@example.org"));
    EXPECT_FALSE(stands_in_the_file("other@example.org"));
    EXPECT_FALSE(stands_in_the_file("Secret Name"));
    EXPECT_FALSE(stands_in_the_file("key-of-customer-1"));
}

TEST_P(People, who_is_erased_leaves_the_copies_of_other_peoples_mail_and_these_go_on) {
    auto mail = driver.make();
    mail.message.recipient = "customer-2";
    mail.message.plan = {{"email", "main@example.org", "welcome", "", ""}};
    mail.message.plan[0].copies = {{"hidden@example.org", true, 0}, {"boss@example.org", false, 0}};
    mail.message.body = R"({"to": {"email":"main@example.org"},"\u0063c":["boss@example.org"],)"
                        R"("bcc":["Hidden@example.org"], "data":{"price":1.10,"bcc":"stays, \"]} it is no list"}})";
    const auto waiting = driver.accept_one(*store, mail);
    auto other = mail;
    other.message.id = driver.make().message.id;
    const auto sending = driver.accept_one(*store, other);
    ASSERT_TRUE(driver.lease(*store, sending, 1));

    const auto counts = erase("hidden@example.org");
    EXPECT_EQ(count(counts, "copies"), 2);
    EXPECT_EQ(count(counts, "messages"), 0);
    EXPECT_EQ(count(counts, "cancelled"), 0);
    EXPECT_EQ(state(waiting), State::waiting);
    EXPECT_EQ(state(sending), State::sending);
    for (const auto id : {waiting, sending}) {
        const auto record = store->find(id);
        ASSERT_TRUE(record.has_value()) << record.error().message();
        EXPECT_EQ(record->message.recipient, "customer-2");
        const std::vector<model::Copy> left{{"boss@example.org", false, 0}};
        EXPECT_EQ(record->message.plan.at(0).copies, left);
        EXPECT_EQ(record->message.body,
                  R"({"to": {"email":"main@example.org"}, "data":{"price":1.10,"bcc":"stays, \"]} it is no list"}})");
    }
    EXPECT_FALSE(found("email", "hidden@example.org").empty()) << "nothing goes there any more";
    EXPECT_TRUE(found("email", "boss@example.org").empty());
    EXPECT_EQ(count(erase("hidden@example.org"), "copies"), 0);
    store->close();
    EXPECT_FALSE(stands_in_the_file("idden@example.org"));
}

TEST_P(People, with_the_one_it_is_for_the_copies_of_a_mail_are_forgotten_too) {
    auto mail = driver.make();
    mail.message.recipient = "customer-1";
    mail.message.plan[0].copies = {{"boss@example.org", false, 0}};
    const auto id = driver.accept_one(*store, mail);
    erase("customer-1");
    EXPECT_TRUE(store->find(id)->message.plan.at(0).copies.empty());
    EXPECT_TRUE(found("email", "boss@example.org").empty()) << "that person was not erased";
    store->close();
    EXPECT_FALSE(stands_in_the_file("boss@example.org"));
}

TEST_P(People, a_re_import_does_not_write_to_who_was_forgotten_until_the_address_is_allowed_again) {
    driver.accept_one(*store);
    erase("customer-1");
    wait_for<bool>([&](auto done) {
        store->put_recipient({"shop", "customer-1", R"({"email":"a@example.org"})", clock.now()}, done);
    });
    say(ConsentState::subscribed, clock.now());
    EXPECT_EQ(found("email", "a@example.org").size(), 1U);
    EXPECT_TRUE(unsuppress("email", "a@example.org"));
    EXPECT_TRUE(found("email", "a@example.org").empty());
}

TEST_P(People, a_message_on_its_way_is_forgotten_when_it_is_done) {
    const auto sent = driver.accept_one(*store);
    const auto again = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, sent, 1, taking({5})).granted);
    ASSERT_TRUE(driver.lease(*store, again, 1));
    const auto counts = erase("customer-1");
    EXPECT_EQ(count(counts, "in_flight"), 2);
    EXPECT_EQ(store->find(sent)->message.recipient, "customer-1");
    reopen();
    ASSERT_TRUE(driver.settle(*store, sent, 1, Event::attempt_accepted, {}, orphan_owner(*store, sent.key())));
    EXPECT_EQ(state(sent), State::sent);
    EXPECT_TRUE(store->find(sent)->message.recipient.empty());
    ASSERT_TRUE(driver.settle(*store, again, 1, Event::attempt_retry, {}, orphan_owner(*store, again.key())));
    EXPECT_EQ(state(again), State::cancelled);
    EXPECT_TRUE(store->find(again)->message.recipient.empty());
    EXPECT_EQ(uses_of(*store, 5).size(), 1U) << "what was sent stays counted";
}

TEST_P(People, forgetting_many_messages_leaves_those_of_others_alone) {
    std::vector<NewMessage> batch;
    std::vector<MessageId> others;
    for (int i = 0; i < 5000; ++i) {
        auto item = driver.make();
        if (i % 3 != 0) {
            item.message.recipient = "customer-" + std::to_string(2 + i % 7);
            others.push_back(item.message.id);
        }
        batch.push_back(std::move(item));
    }
    ASSERT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
    EXPECT_EQ(count(erase("customer-1"), "cancelled"), 1667);
    for (const auto& id : others)
        EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(count(erase("customer-1"), "messages"), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, People, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
