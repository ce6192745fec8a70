// Random stories of messages, whose counts are compared with a plain list of what happened.

#include <random>

#include "contract_receipts.hpp"
#include "tallies.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::Named;
using model::Reason;
using model::State;
using model::Tallied;
using model::Verdict;

class RandomTallies : public ReceiptContract {
  protected:
    int roll(int sides) { return std::uniform_int_distribution(0, sides - 1)(dice); }
    std::int32_t today() const { return static_cast<std::int32_t>(to_ms(clock.now()) / 86'400'000); }
    static std::int32_t day_of(Timestamp at) { return static_cast<std::int32_t>(to_ms(at) / 86'400'000); }

    model::Tally& expected(const NewMessage& item, int step, std::int32_t day) {
        const auto& of = item.message.plan[static_cast<std::size_t>(step)];
        return plain[{item.message.application, item.message.campaign, item.message.class_name, of.channel,
                      of.template_name, item.variant, day}];
    }

    void accept() {
        auto item = driver.make(roll(4) == 0 ? "bank" : "shop");
        item.message.campaign = std::array{"", "spring", "autumn"}[static_cast<std::size_t>(roll(3))];
        item.variant = roll(3) == 0 ? "B" : "";
        item.message.plan[0].template_name = roll(2) == 0 ? "welcome" : "sale";
        if (roll(3) == 0) item.message.plan.pop_back();
        const auto id = driver.accept_one(*store, item);
        expected(item, 0, today()).add(Tallied::accepted, 1);
        stories.push_back({id, item, {}});
    }

    struct Story {
        MessageId id;
        NewMessage item;
        std::vector<model::CountedHit> hits;
    };

    void end_attempt(Story& story, const Record& record) {
        const int step = record.progress.step, number = record.progress.attempts + 1;
        const bool has_next = step + 1 < static_cast<int>(story.item.message.plan.size());
        const auto leased = wait_for<std::vector<model::Leased>>([&](auto done) {
            store->lease({{story.id.key(), number, story.item.message.plan[static_cast<std::size_t>(step)].channel,
                           "op", clock.now()}},
                         nullptr, done);
        });
        ASSERT_TRUE(leased->front().granted);
        Settlement settlement;
        settlement.key = story.id.key();
        settlement.number = number;
        settlement.step = step;
        settlement.at = settlement.due = clock.now();
        auto& tally = expected(story.item, step, today());
        switch (roll(6)) {
            case 0:
                settlement.event = Event::attempt_delivered;
                settlement.outcome.verdict = Verdict::delivered;
                tally.add(Tallied::sent, 1);
                tally.add(Tallied::delivered, 1);
                break;
            case 1:
                settlement.event = Event::attempt_retry;
                settlement.outcome.verdict = Verdict::retry;
                break;
            case 2:
                settlement.event = has_next ? Event::attempt_retry : Event::attempt_rejected;
                settlement.step = has_next ? step + 1 : step;
                settlement.outcome.verdict = Verdict::rejected;
                settlement.outcome.blame = roll(2) == 0 ? model::Blame::gone : model::Blame::recipient;
                settlement.trace = {{clock.now(), Reason::rejected, ""}};
                tally.add(
                    settlement.outcome.blame == model::Blame::gone ? Tallied::bounced_hard : Tallied::bounced_soft, 1);
                break;
            case 3:
                settlement.event = Event::attempt_unknown_hold;
                settlement.outcome.verdict = Verdict::unknown;
                settlement.trace = {{clock.now(), Reason::in_doubt_held, ""}};
                break;
            default:
                settlement.event = Event::attempt_accepted;
                settlement.outcome.verdict = Verdict::accepted;
                tally.add(Tallied::sent, 1);
        }
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        ASSERT_TRUE(flags->front());
    }

    void move(Story& story, const Record& record, Event event, Reason reason, int step) {
        Transition transition;
        transition.key = story.id.key();
        transition.event = event;
        transition.step = step;
        transition.due = clock.now();
        transition.trace = {{clock.now(), reason, ""}};
        ASSERT_TRUE(driver.move(*store, transition).has_value());
        if (event == Event::retry || event == Event::fall_back) return;
        expected(story.item, record.progress.step, today()).add(Named::kept_back, model::name(reason), 1);
    }

    void hear(Story& story, const Record& record) {
        const bool is_good = roll(2) == 0;
        const auto& attempt = record.attempts.back();
        auto told = named(is_good ? model::Word::delivered : model::Word::failed, story.id, attempt.number);
        told.channel = attempt.channel;
        told.code = roll(2) == 0 ? "5.1.1" : "5.2.2";
        if (tell(told) != model::Effect::applied) return;
        const auto& plan = story.item.message.plan;
        const int step = attempt.channel == plan[0].channel ? 0 : 1;
        auto& tally = expected(story.item, step, today());
        if (!is_good) return tally.add(told.code == "5.1.1" ? Tallied::bounced_hard : Tallied::bounced_soft, 1);
        tally.add(Tallied::delivered, 1);
        if (attempt.outcome.verdict == Verdict::unknown) tally.add(Tallied::sent, 1);
    }

    void add_hits(const Story& story, std::int64_t by) {
        for (std::size_t i = 0; i < story.hits.size(); ++i) {
            const auto& hit = story.hits[i];
            const bool is_open = hit.kind == model::Engaged::opened;
            auto& tally = expected(story.item, hit.step, day_of(hit.at));
            const auto first = static_cast<std::size_t>(is_open ? Tallied::opens_human : Tallied::clicks_human);
            tally.by[first + static_cast<std::size_t>(hit.by)] += by;
            const auto is_like = [&](const model::CountedHit& other, bool humans) {
                return other.kind == hit.kind && other.step == hit.step && (!humans || other.by == model::HitBy::human);
            };
            bool is_first = true, is_first_human = hit.by == model::HitBy::human;
            for (std::size_t other = 0; other < i; ++other) {
                is_first = is_first && !is_like(story.hits[other], false);
                is_first_human = is_first_human && !is_like(story.hits[other], true);
            }
            if (is_first) tally.add(is_open ? Tallied::opened : Tallied::clicked, by);
            if (is_first_human) tally.add(is_open ? Tallied::opened_human : Tallied::clicked_human, by);
        }
    }

    void touch(Story& story) {
        add_hits(story, -1);
        if (!story.hits.empty() && roll(3) == 0)
            story.hits[static_cast<std::size_t>(roll(static_cast<int>(story.hits.size())))].by =
                static_cast<model::HitBy>(roll(3));
        else
            story.hits.push_back({static_cast<model::Engaged>(roll(2)), static_cast<model::HitBy>(roll(3)), clock.now(),
                                  roll(static_cast<int>(story.item.message.plan.size()))});
        add_hits(story, 1);
        const auto done = wait_for<bool>([&](auto told) { store->judge_hits(story.id.key(), story.hits, told); });
        ASSERT_TRUE(done && *done);
    }

    void go_on() {
        Story& story = stories[static_cast<std::size_t>(roll(static_cast<int>(stories.size())))];
        const auto record = store->find(story.id);
        ASSERT_TRUE(record.has_value());
        const int last = static_cast<int>(story.item.message.plan.size()) - 1;
        switch (record->progress.state) {
            case State::waiting:
                if (roll(8) != 0) return end_attempt(story, *record);
                if (roll(2) == 0) return move(story, *record, Event::suppress, Reason::capped, record->progress.step);
                return move(story, *record, Event::expire, Reason::expired, record->progress.step);
            case State::sent:
                if (roll(3) == 0) return touch(story);
                if (roll(4) != 0) return hear(story, *record);
                if (record->progress.step == last) return;
                return move(story, *record, Event::fall_back, Reason::fallback_due, last);
            case State::held:
                if (roll(2) == 0) return hear(story, *record);
                return move(story, *record, Event::retry, Reason::operator_retry, record->progress.step);
            case State::failed:
            case State::expired:
                if (roll(3) == 0) return;
                return move(story, *record, Event::retry, Reason::operator_retry, record->progress.step);
            case State::delivered:
                return touch(story);
            case State::sending:
            case State::cancelled:
            case State::suppressed:
            case State::collected:
            case State::blocked_by_operator:
                return;
        }
    }

    void compare(int at) {
        std::erase_if(plain, [](const auto& each) { return each.second.is_zero(); });
        ASSERT_EQ(lines(*store), plain) << "after " << at;
    }

    std::mt19937 dice{20'261'130};
    std::vector<Story> stories;
    Lines plain;
};

TEST_P(RandomTallies, are_what_a_plain_recount_says) {
    for (int at = 0; at < 1'500; ++at) {
        if (roll(4) == 0 || stories.empty()) accept();
        ASSERT_NO_FATAL_FAILURE(go_on());
        if (roll(10) == 0) clock.advance(std::chrono::hours(roll(20)));
        if (at % 300 == 299) {
            ASSERT_NO_FATAL_FAILURE(compare(at));
        }
        if (at == 800) reopen();
    }
    EXPECT_GT(plain.size(), 30U);
}

INSTANTIATE_TEST_SUITE_P(Backends, RandomTallies, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
