#include <algorithm>
#include <atomic>
#include <thread>

#include "contract.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;
class Keep : public Contract {
  protected:
    std::int64_t prune(Timestamp before, int limit = 100) {
        const auto gone = wait_for<std::int64_t>([&](auto done) { store->prune(before, limit, done); });
        EXPECT_TRUE(gone.has_value());
        return gone.value_or(-1);
    }
    bool put(const std::string& revision, const std::string& bundle) {
        return wait_for<bool>([&](auto done) { store->put_revision(revision, bundle, done); }).has_value();
    }
};

TEST_P(Keep, recipients_are_put_replaced_and_deleted_within_their_application) {
    const auto put = [&](const std::string& application, const std::string& profile) {
        return wait_for<bool>([&](auto done) { store->put_recipient({application, "r1", profile, clock.now()}, done); })
            .value();
    };
    EXPECT_TRUE(put("shop", "{\"a\":1}"));
    EXPECT_FALSE(put("shop", "{\"a\":2}"));
    EXPECT_TRUE(put("bank", "{\"b\":1}"));
    reopen();
    EXPECT_EQ(store->recipient("shop", "r1").value()->profile, "{\"a\":2}");
    EXPECT_EQ(store->recipient("bank", "r1").value()->profile, "{\"b\":1}");
    EXPECT_FALSE(store->recipient("shop", "r2").value().has_value());
    const auto drop = [&] {
        return wait_for<bool>([&](auto done) { store->delete_recipient("shop", "r1", done); }).value();
    };
    EXPECT_TRUE(drop());
    EXPECT_FALSE(drop());
    EXPECT_FALSE(store->recipient("shop", "r1").value().has_value());
    EXPECT_TRUE(store->recipient("bank", "r1").value().has_value());
}

TEST_P(Keep, settings_outlive_a_reopen_and_can_be_taken_back) {
    const auto put = [&](std::optional<std::string> value) {
        ASSERT_TRUE(wait_for<bool>([&](auto done) { store->put_setting("route.a.paused", value, done); }).has_value());
    };
    put("credentials");
    put("operator");
    reopen();
    const std::vector<std::pair<std::string, std::string>> expected{{"route.a.paused", "operator"}};
    EXPECT_EQ(store->settings().value(), expected);
    put(std::nullopt);
    EXPECT_TRUE(store->settings()->empty());
}

TEST_P(Keep, a_revision_lives_as_long_as_a_message_needs_it) {
    const std::string bundle("bundle\0with zero", 16);
    ASSERT_TRUE(put("rev-1", bundle));
    ASSERT_TRUE(put("rev-2", "unused"));
    const auto id = driver.accept_one(*store);  // pins rev-1
    const auto other = driver.accept_one(*store);
    EXPECT_EQ(store->revision("rev-1").value(), bundle);
    EXPECT_FALSE(store->revision("rev-3").value().has_value());
    reopen();  // another process: its catalogue has put nothing yet
    ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(prune(clock.now()), 1);
    prune(clock.now());
    EXPECT_EQ(store->revision("rev-1").value(), bundle) << "a waiting message still needs it";
    EXPECT_FALSE(store->revision("rev-2").value().has_value());
    ASSERT_TRUE(Driver::move(*store, other, Event::cancel).has_value());
    ASSERT_TRUE(put("rev-2", "in the catalogue"));
    EXPECT_EQ(prune(clock.now()), 1);
    prune(clock.now());
    EXPECT_FALSE(store->revision("rev-1").value().has_value());
    EXPECT_TRUE(store->revision("rev-2").value().has_value()) << "put by this process";
}

TEST_P(Keep, prune_takes_only_finished_and_old_messages_in_steps) {
    std::vector<MessageId> finished;
    for (int i = 0; i < 5; ++i)
        finished.push_back(driver.accept_one(*store, "shop", "order-" + std::to_string(i)));
    for (const auto& id : finished)
        ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    const auto waiting = driver.accept_one(*store);
    const auto held = driver.accept_one(*store);
    ASSERT_TRUE(Driver::move(*store, held, Event::quarantine).has_value());
    const auto sent = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, sent, 1) && driver.settle(*store, sent, 1, Event::attempt_accepted));
    clock.advance(std::chrono::hours(1));
    const auto before = clock.now();
    const auto young = driver.accept_one(*store);
    ASSERT_TRUE(Driver::move(*store, young, Event::cancel).has_value());

    EXPECT_EQ(prune(before, 2), 2);
    EXPECT_EQ(prune(before, 100), 4);
    EXPECT_EQ(prune(before, 100), 0);
    for (const auto& id : finished)
        EXPECT_TRUE(store->find(id).error().is(Code::not_found));
    EXPECT_TRUE(store->find(sent).error().is(Code::not_found));
    EXPECT_TRUE(store->find(waiting).has_value());
    EXPECT_TRUE(store->find(held).has_value());
    EXPECT_TRUE(store->find(young).has_value());
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::cancelled)], 1);
    const auto again = Driver::accept(*store, {driver.make("shop", "order-1")});
    EXPECT_EQ(again->results[0].kind, AcceptResult::Kind::accepted) << "its key went with it";
}

TEST_P(Keep, a_prune_that_has_passed_a_message_comes_back_to_it) {
    const auto id = driver.accept_one(*store);
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(prune(clock.now()), 0);
    ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    EXPECT_EQ(prune(clock.now()), 1);
}

TEST_P(Keep, each_write_is_answered_once_and_the_last_word_stays) {
    std::vector<int> answered(200);
    for (int i = 0; i < 200; ++i) {
        auto& times = answered[static_cast<std::size_t>(i)];
        if (i % 2 == 0) {
            store->accept({driver.make()}, [&times](const Result<AcceptedBatch>&) { ++times; });
        } else {
            store->put_setting("n", std::to_string(i), [&times](const Result<bool>&) { ++times; });
        }
    }
    Driver::drain(*store);
    EXPECT_EQ(answered, std::vector<int>(200, 1));
    EXPECT_EQ(store->settings().value(), (std::vector<std::pair<std::string, std::string>>{{"n", "199"}}));
}

TEST_P(Keep, many_writers_and_readers_lose_nothing) {
    constexpr int threads = 4, each = 200;
    std::atomic<int> accepted{0};
    std::atomic<bool> stop{false};
    std::vector<std::vector<MessageId>> ids(threads);
    std::vector<std::thread> crew;
    std::mutex making;
    for (int t = 0; t < threads; ++t) {
        crew.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                NewMessage item;
                {
                    const std::lock_guard lock(making);
                    item = driver.make("app-" + std::to_string(t), std::to_string(i));
                }
                const auto result = Driver::accept(*store, {item});
                if (result && result->results[0].kind == AcceptResult::Kind::accepted) ++accepted;
                ids[static_cast<std::size_t>(t)].push_back(item.message.id);
                EXPECT_TRUE(store->find(item.message.id).has_value()) << "an answered write is seen at once";
            }
        });
    }
    std::thread reader([&] {
        while (!stop) {
            EXPECT_TRUE(store->list({}, std::nullopt, 20).has_value());
            EXPECT_TRUE(store->pools().has_value());
            EXPECT_TRUE(store->counts().has_value());
        }
    });
    for (auto& thread : crew)
        thread.join();
    stop = true;
    reader.join();
    EXPECT_EQ(accepted, threads * each);
    EXPECT_EQ(store->counts()->by_state[0], threads * each);
    reopen();
    for (const auto& of_thread : ids) {
        for (const auto& id : of_thread)
            EXPECT_TRUE(store->find(id).has_value());
    }
}

TEST_P(Keep, close_answers_everything_and_keeps_what_it_answered) {
    std::vector<MessageId> kept;
    int answered = 0;
    for (int i = 0; i < 300; ++i) {
        store->accept({driver.make()}, [&](Result<AcceptedBatch> result) {
            ++answered;
            if (result) kept.push_back(result->results[0].id);
        });
    }
    store->close();
    EXPECT_EQ(answered, 300);
    EXPECT_EQ(kept.size(), 300U) << "what waited is committed";
    bool closed = false;
    store->accept({driver.make()}, [&](Result<AcceptedBatch> result) { closed = result.error().is(Code::closed); });
    EXPECT_TRUE(closed);
    EXPECT_TRUE(store->find(kept[0]).error().is(Code::closed));
    store->close();
    store.reset();
    open();
    for (const auto& id : kept)
        EXPECT_TRUE(store->find(id).has_value());
}

INSTANTIATE_TEST_SUITE_P(Backends, Keep, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
