// What holds whatever happens: the invariants of a day of the sending side. `CHAPAR_SEEDS=1000 CHAPAR_FIRST_SEED=1` in
// the environment plays that many, CHAPAR_DISK_SEEDS of them over SQLite.

#include <gtest/gtest-spi.h>

#include <algorithm>
#include <cstdlib>

#include "simulation.hpp"

namespace chapar::dispatch {

using model::State;
using model::Verdict;

void Simulation::check_on_disk(const plugin::Outgoing& sent) {
    const auto known = record(sent.attempt.message);
    EXPECT_EQ(known.progress.state, State::sending) << sent.attempt.text() << " left, and nobody would know";
    EXPECT_EQ(known.progress.attempts, sent.attempt.number);
    EXPECT_EQ(known.attempts.size(), static_cast<std::size_t>(sent.attempt.number));
    if (!known.attempts.empty()) {
        EXPECT_FALSE(known.attempts.back().finished_at.has_value());
    }
}

void Simulation::check_consent(const plugin::Outgoing& sent) {
    if (sent.class_name != "marketing") return;
    EXPECT_FALSE(said_no_.contains(sent.address)) << sent.attempt.text() << " left after an acknowledged opt-out";
}

void Simulation::check_nothing_stuck() {
    if (clock.monotonic() < unwell_until_) return;
    const auto stuck = store->overdue(clock.now() - patience, 10);
    ASSERT_TRUE(stuck.has_value());
    if (!plan_.jumps) {
        EXPECT_TRUE(stuck->empty()) << stuck->size() << " messages outlived their expiry by a minute";
    }
}

void Simulation::check_all_over() {
    for (const auto& [key, message] : accepted_) {
        const auto found = record(message.id);
        const auto state = found.progress.state;
        EXPECT_FALSE(state == State::waiting || state == State::sending)
            << message.id.text() << " of " << message.class_name << " is " << model::name(state) << ", due "
            << to_ms(found.progress.due) << ", expired " << to_ms(message.expires_at) << ", now " << to_ms(clock.now());
        int number = 0;
        for (const auto& attempt : found.attempts) {
            EXPECT_EQ(attempt.number, ++number) << "attempts are numbered without a gap";
            EXPECT_TRUE(attempt.finished_at.has_value()) << message.id.text();
        }
    }
}

void Simulation::check_copies() {
    std::map<MessageId, int> copies;
    for (const auto& sent : provider_->sent)
        copies[sent.id] += sent.is_accepted ? 1 : 0;
    for (const auto& [id, count] : copies) {
        const auto attempts = record(id).attempts;
        const auto in_doubt = std::ranges::count_if(
            attempts, [](const auto& attempt) { return attempt.outcome.verdict == Verdict::unknown; });
        EXPECT_LE(count, 1 + in_doubt) << id.text() << " was sent twice without a doubt on record";
    }
}

void Simulation::check_caps() {
    std::map<std::string, std::vector<Timestamp>> marketing;  // of each person, when its messages' attempts began
    for (const auto& [key, message] : accepted_) {
        if (message.class_name != "marketing") continue;
        const auto attempts = record(message.id).attempts;
        const auto taken = std::ranges::find_if(attempts, [](const auto& attempt) {
            return attempt.outcome.verdict == Verdict::accepted || attempt.outcome.verdict == Verdict::delivered;
        });
        if (taken != attempts.end()) marketing[message.recipient].push_back(taken->started_at);
    }
    for (auto& [who, times] : marketing) {
        std::ranges::sort(times);
        for (std::size_t i = cap_limit; i < times.size(); ++i)
            EXPECT_GE(times[i] - times[i - cap_limit], cap_window) << who << " got more than the cap in a window";
    }
}

void Simulation::check_rates() {
    std::vector<std::pair<int, Monotonic>> slow;  // by life: a new one knows nothing of what the last one sent
    for (const auto& sent : provider_->sent)
        if (sent.route == "second") slow.emplace_back(sent.life, sent.at);
    // A message takes its part of the rate when it is picked: what the store is late with comes closer to the next.
    const Milliseconds late = plan_.in_memory ? longest_rest : Milliseconds{0};
    for (const int seconds : {1, 10}) {
        const auto many = static_cast<std::size_t>(slow_rate * seconds);
        for (std::size_t i = many; i < slow.size(); ++i) {
            if (slow[i].first != slow[i - many].first) continue;
            EXPECT_GE(slow[i].second - slow[i - many].second, std::chrono::seconds(seconds) - late)
                << "more than its rate in " << seconds << " s";
        }
    }
}

namespace {

int number_of(const char* name, int otherwise) {
    const char* const given = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return given == nullptr ? otherwise : std::atoi(given);
}

class SeededDay : public Simulation, public testing::WithParamInterface<int> {
  protected:
    void play_seed(bool in_memory) {
        const auto seed = static_cast<std::uint64_t>(number_of("CHAPAR_FIRST_SEED", 1) + GetParam());
        SCOPED_TRACE("seed " + std::to_string(seed));
        play({.seed = seed, .in_memory = in_memory, .jumps = seed % 4 == 0});
    }
};
/// Over the store in memory, out of order.
class Day : public SeededDay {};
class DayOnDisk : public SeededDay {};

TEST_P(Day, ends_with_every_invariant_kept) { play_seed(true); }
TEST_P(DayOnDisk, ends_with_every_invariant_kept) { play_seed(false); }

/// The negative control: an invariant that nothing can break says nothing.
class BadDay : public Simulation, public testing::WithParamInterface<Wrong> {};

TEST_P(BadDay, is_noticed) {
    testing::TestPartResultArray noticed;
    {
        const testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &noticed);
        const auto seed = static_cast<std::uint64_t>(number_of("CHAPAR_FIRST_SEED", 1));
        play({.seed = seed, .length = std::chrono::hours(2), .messages = 1'600, .wrong = GetParam()});
    }
    EXPECT_GT(noticed.size(), 0);
}

INSTANTIATE_TEST_SUITE_P(OfEachKind, BadDay,
                         testing::Values(Wrong::sends_twice, Wrong::forgets_an_opt_out, Wrong::counts_too_far,
                                         Wrong::hurries, Wrong::ends_nothing, Wrong::loses, Wrong::passes_the_fence,
                                         Wrong::hides_orphans));
INSTANTIATE_TEST_SUITE_P(OfSeed, Day, testing::Range(0, number_of("CHAPAR_SEEDS", 6)));
INSTANTIATE_TEST_SUITE_P(OfSeed, DayOnDisk, testing::Range(0, number_of("CHAPAR_DISK_SEEDS", 1)));

}  // namespace
}  // namespace chapar::dispatch
