// How often the rules read: what a batch or a group of reports asks for is read in a few calls, however many they are.
#include <gmock/gmock.h>

#include <future>

#include "contract_receipts.hpp"
#include "store/engine/writes.hpp"

namespace chapar::store {
namespace {

using model::Effect;
using model::Event;
using model::State;
using model::Word;
using testing::Each;
using testing::ElementsAre;

/// The states and the attempts.
constexpr std::int64_t most_fetches_of_a_settle = 2;
/// The feed, ids, ids in other bases, states, owners, names of attempts, ids of the other parts.
constexpr std::int64_t most_fetches_of_reports = 7;

class RowReads : public ReceiptContract {
  protected:
    rules::RowReads reads() { return static_cast<engine::Writes&>(*store).row_reads(); }
    /// Since `before`, in the same order.
    std::pair<std::int64_t, std::int64_t> since(const rules::RowReads& before) {
        const auto now = reads();
        return {now.fetches - before.fetches, now.singles - before.singles};
    }
    bool keeps_order() { return GetParam().name != "memory_lanes"; }

    std::vector<Settlement> leased(std::size_t many) {
        std::vector<NewMessage> batch;
        for (std::size_t i = 0; i < many; ++i)
            batch.push_back(single());
        std::vector<Lease> leases;
        std::vector<Settlement> out(many);
        for (std::size_t i = 0; i < many; ++i) {
            const auto id = batch[i].message.id;
            leases.push_back({id.key(), 1, "sms", "op", clock.now()});
            out[i].key = id.key();
            out[i].id = id;
            out[i].event = Event::attempt_accepted;
            out[i].outcome.verdict = model::Verdict::accepted;
            out[i].outcome.provider_id = provider_ids(i);
            out[i].at = out[i].due = clock.now();
            out[i].tracked = Tracked{"op", person};
        }
        EXPECT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
        const auto granted =
            wait_for<std::vector<model::Leased>>([&](auto done) { store->lease(leases, nullptr, done); });
        EXPECT_TRUE(granted.has_value());
        for (const auto& each : granted ? *granted : std::vector<model::Leased>{})
            EXPECT_TRUE(each.granted);
        return out;
    }
    std::vector<bool> settle_all(const std::vector<Settlement>& batch) {
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle(batch, done); });
        EXPECT_TRUE(flags.has_value());
        return flags.value_or(std::vector<bool>{});
    }
    static std::string part_id(std::size_t message, std::size_t part) {
        return std::to_string(1'000'000 + message * 10 + part);
    }
    std::string provider_ids(std::size_t message) const {
        std::string out;
        for (std::size_t part = 0; part < parts; ++part)
            out += (part == 0 ? "" : " ") + part_id(message, part);
        return out;
    }
    /// What `write` submits waits until all of it is there, and shares its commit as far as the store lets it.
    template <class Write>
    void at_once(Write write) {
        std::promise<void> is_held, is_there;
        store->settle({}, [&](const Result<std::vector<bool>>&) {
            is_held.set_value();
            is_there.get_future().wait();
        });
        is_held.get_future().wait();
        write();
        is_there.set_value();
        Driver::drain(*store);
    }
    std::vector<Effect> tell_all(const std::vector<model::Report>& reports) {
        std::vector<Effect> out(reports.size());
        std::vector<std::promise<void>> promises(reports.size());
        at_once([&] {
            for (std::size_t i = 0; i < reports.size(); ++i) {
                store->report(reports[i], [&out, &promises, i](const Result<Reported>& done) {
                    if (done) out[i] = done->effect;
                    promises[i].set_value();
                });
            }
        });
        for (auto& promise : promises)
            promise.get_future().wait();
        return out;
    }

    std::size_t parts = 1;
};

TEST_P(RowReads, a_settle_reads_as_often_for_ten_as_for_two_hundred) {
    for (const std::size_t many : {10, 200}) {
        const auto batch = leased(many);
        (void)settle_all({});
        const auto before = reads();
        EXPECT_THAT(settle_all(batch), Each(true));
        const auto [fetches, singles] = since(before);
        EXPECT_LE(fetches, most_fetches_of_a_settle) << many;
        EXPECT_EQ(singles, 0) << many;
    }
}

TEST_P(RowReads, reports_that_come_together_are_matched_and_applied_out_of_a_few_reads) {
    for (const std::size_t many : {10, 200}) {
        const auto batch = leased(many);
        settle_all(batch);
        std::vector<model::Report> reports;
        for (std::size_t i = 0; i < many; ++i) {
            auto report = this->report(Word::delivered, part_id(i, 0));
            report.dedupe_key = std::to_string(many) + "/" + std::to_string(i);
            // Some name their attempt, and of some providers the ids come back in the other base.
            if (i % 3 == 0) report.attempt = AttemptId{*batch[i].id, 1};
            if (i % 5 == 1) report.provider_id = model::other_bases(report.provider_id).front();
            reports.push_back(std::move(report));
        }
        const auto before = reads();
        EXPECT_THAT(tell_all(reports), Each(Effect::applied));
        const auto [fetches, singles] = since(before);
        EXPECT_EQ(singles, 0) << many;
        if (keeps_order()) {
            EXPECT_LE(fetches, most_fetches_of_reports) << many;
        }
        for (const auto& each : batch)
            EXPECT_EQ(state(*each.id), State::delivered);
    }
}

TEST_P(RowReads, the_parts_of_messages_are_read_with_their_siblings) {
    parts = 3;
    const auto batch = leased(50);
    settle_all(batch);
    std::vector<model::Report> reports;
    for (std::size_t part = 0; part < parts; ++part)
        for (std::size_t i = 0; i < batch.size(); ++i)
            reports.push_back(report(Word::delivered, part_id(i, part)));
    const auto before = reads();
    EXPECT_THAT(tell_all(reports), Each(Effect::applied));
    const auto [fetches, singles] = since(before);
    EXPECT_EQ(singles, 0);
    if (keeps_order()) {
        EXPECT_LE(fetches, most_fetches_of_reports);
    }
    for (const auto& each : batch)
        EXPECT_EQ(state(*each.id), State::delivered);
}

TEST_P(RowReads, a_report_sees_what_another_one_of_its_group_did) {
    const auto batch = leased(3);
    settle_all(batch);
    auto billed = report(Word::delivered, part_id(2, 0));
    billed.bill = model::Cost{};
    EXPECT_THAT(tell_all({report(Word::delivered, part_id(0, 0)), report(Word::failed, part_id(0, 0)),
                          report(Word::delivered, part_id(0, 0)), report(Word::failed, part_id(1, 0)),
                          report(Word::failed, part_id(1, 0)), billed, report(Word::delivered, "unheard-of")}),
                ElementsAre(Effect::applied, Effect::contradicted, Effect::repeated, Effect::applied, Effect::repeated,
                            Effect::applied, Effect::unknown));
    EXPECT_EQ(state(*batch[0].id), State::delivered);
    EXPECT_EQ(state(*batch[1].id), State::failed);
    EXPECT_EQ(state(*batch[2].id), State::delivered);
    const auto trace = model::decode_trace(store->find(*batch[2].id)->progress.trace);
    EXPECT_TRUE(std::ranges::any_of(trace, [](const auto& each) { return each.reason == model::Reason::billed; }));
}

TEST_P(RowReads, what_was_read_for_reports_is_not_believed_behind_another_write) {
    const auto batch = leased(2);
    settle_all({batch[0]});
    std::promise<Effect> early, late;
    at_once([&] {
        const auto into = [](std::promise<Effect>& told) {
            return [&told](const Result<Reported>& done) { told.set_value(done ? done->effect : Effect::unknown); };
        };
        store->report(named(Word::delivered, *batch[1].id, 1, part_id(1, 0)), into(early));
        store->settle({batch[1]}, [](const auto&) {});
        store->report(named(Word::failed, *batch[1].id, 1, part_id(1, 0)), into(late));
    });
    EXPECT_EQ(early.get_future().get(), Effect::early) << "its attempt had not ended";
    EXPECT_EQ(late.get_future().get(), Effect::contradicted) << "by then the first had been applied";
    EXPECT_EQ(state(*batch[1].id), State::delivered);
}

INSTANTIATE_TEST_SUITE_P(Stores, RowReads, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
