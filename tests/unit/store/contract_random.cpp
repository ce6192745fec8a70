// Random sequences of everything that touches slots, against a model that is a list of uses and nothing more: after any
// sequence both hold the same uses, no cap is passed and no slot is left behind.

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "gates.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::Ruling;
using model::Scope;
using model::State;
using model::UseState;

constexpr auto window = std::chrono::minutes(30);
constexpr int scopes = 6;
std::size_t limit_of(Scope scope) { return scope == 1 ? 12 : 3; }
bool counts(UseState state) { return state != UseState::rejected && state != UseState::undelivered; }

struct PlainUse {
    Timestamp at;
    MessageKey key;
    UseState state;
    auto operator<=>(const PlainUse&) const = default;
};

/// The model's idea of a message.
struct Plain {
    State state = State::waiting;
    int attempts = 0;
    std::vector<Scope> scopes;
    Scope collapse = 0;
    std::vector<Scope> held;  // of the newest attempt
    Timestamp held_at{};
};

struct Model {
    std::map<MessageKey, Plain> messages;
    std::map<Scope, std::vector<PlainUse>> uses;
    std::map<Scope, MessageKey> collapse;

    PlainUse* find(Scope scope, Timestamp at, MessageKey key) {
        PlainUse* best = nullptr;
        for (auto& use : uses[scope]) {
            if (use.at == at && use.key == key && (best == nullptr || use.state < best->state)) best = &use;
        }
        return best;
    }
    void give_back(MessageKey key) {
        auto& message = messages[key];
        std::erase_if(message.held, [&](Scope scope) {
            auto* use = find(scope, message.held_at, key);
            if (use == nullptr || use->state != UseState::reserved) return false;
            uses[scope].erase(uses[scope].begin() + (use - uses[scope].data()));
            return true;
        });
    }
    void restate(MessageKey key, UseState state) {
        auto& message = messages[key];
        for (const Scope scope : message.held) {
            if (auto* use = find(scope, message.held_at, key)) use->state = state;
        }
    }
    void become(MessageKey key, State state) {
        messages[key].state = state;
        if (state != State::waiting && state != State::sending) give_back(key);
        if (state == State::delivered) messages[key].held.clear();
    }
};

class RandomSlots : public Contract {
  protected:
    int roll(int sides) { return std::uniform_int_distribution(0, sides - 1)(dice); }
    MessageKey any() {
        auto found = plain.messages.begin();
        std::advance(found, roll(static_cast<int>(plain.messages.size())));
        return found->first;
    }

    void accept() {
        auto item = driver.make();
        Plain message;
        std::set<Scope> taken;
        for (int i = 0; i <= roll(3); ++i)
            taken.insert(1 + roll(scopes));
        message.scopes.assign(taken.begin(), taken.end());
        if (roll(5) == 0) item.collapse = message.collapse = 100 + roll(3);
        const auto key = item.message.id.key();
        ids[key] = item.message.id;
        plain.messages[key] = message;
        driver.accept_one(*store, item);
        if (message.collapse == 0) return;
        const auto before = plain.collapse.find(message.collapse);
        if (before != plain.collapse.end() && plain.messages[before->second].state == State::waiting)
            plain.become(before->second, State::cancelled);
        plain.collapse[message.collapse] = key;
    }

    /// Everything that decides, from whatever tells the uses.
    template <class Uses, class IsWaiting>
    Ruling decide(MessageKey key, Uses uses, IsWaiting is_waiting) {
        const auto& message = plain.messages[key];
        Ruling ruling;
        bool fits = true;
        for (const Scope scope : message.scopes) {
            std::size_t count = 0;
            std::optional<MessageKey> weaker;
            for (const PlainUse& use : uses(scope)) {
                if (use.at <= clock.now() - window || !counts(use.state)) continue;
                if (use.key == key && use.state == UseState::reserved) continue;
                ++count;
                if (use.state == UseState::reserved && use.key != key && !weaker && is_waiting(use.key))
                    weaker = use.key;
            }
            if (count >= limit_of(scope)) {
                fits = fits && weaker && count == limit_of(scope) && key.value % 3 == 0;
                if (weaker) ruling.displace.push_back(*weaker);
            }
            ruling.reserve.push_back({scope, {}});
        }
        if (fits) return ruling;
        ruling.reserve.clear();
        ruling.displace.clear();
        ruling.action = key.value % 2 == 0 ? Ruling::Action::wait : Ruling::Action::end;
        ruling.event = Event::suppress;
        ruling.due = clock.now();
        return ruling;
    }

    void lease_in_model(const Lease& lease) {
        auto& message = plain.messages[lease.key];
        if (message.state != State::waiting || message.attempts != lease.number - 1) return;
        const auto uses = [&](Scope scope) { return plain.uses[scope]; };
        const auto waits = [&](MessageKey key) { return plain.messages[key].state == State::waiting; };
        const auto ruling = decide(lease.key, uses, waits);
        plain.give_back(lease.key);
        if (ruling.action != Ruling::Action::go) {
            if (ruling.action == Ruling::Action::end) plain.become(lease.key, State::suppressed);
            return;
        }
        message.state = State::sending;
        message.attempts = lease.number;
        message.held.clear();
        message.held_at = lease.at;
        for (const auto& slot : ruling.reserve) {
            plain.uses[slot.scope].push_back({lease.at, lease.key, UseState::reserved});
            message.held.push_back(slot.scope);
        }
        for (const MessageKey other : ruling.displace) {
            if (waits(other)) plain.become(other, State::cancelled);
        }
    }

    void lease() {
        std::vector<Lease> batch;
        for (int i = 0; i <= roll(8); ++i) {
            const auto key = any();
            batch.push_back({key, plain.messages[key].attempts + (roll(10) == 0 ? 2 : 1), "email", "r", clock.now()});
        }
        const auto rule = gate([&](std::size_t index, model::Ledger& ledger) {
            const auto uses = [&](Scope scope) {
                std::vector<PlainUse> out;
                ledger.uses(scope, clock.now() - window, [&](const model::Use& use) {
                    out.push_back({use.at, use.key, use.state});
                    return true;
                });
                return out;
            };
            const auto waits = [&](MessageKey key) { return ledger.state_of(key) == State::waiting; };
            return decide(batch[index].key, uses, waits);
        });
        ASSERT_TRUE(wait_for<std::vector<model::Leased>>([&](auto done) { store->lease(batch, rule, done); }));
        for (const auto& item : batch)
            lease_in_model(item);
    }

    /// After an outcome that sends it back among the waiting.
    void yield_in_model(MessageKey key) {
        const auto& message = plain.messages[key];
        if (message.collapse != 0 && plain.collapse[message.collapse] != key) plain.become(key, State::cancelled);
    }

    void settle() {
        struct Case {
            Event event;
            Slots slots;
            std::optional<UseState> becomes;  // nothing: given back, or kept where it still waits
        };
        static const Case cases[] = {
            {Event::attempt_accepted, Slots::handed_off, UseState::handed_off},
            {Event::attempt_delivered, Slots::delivered, UseState::delivered},
            {Event::attempt_retry, Slots::keep, std::nullopt},
            {Event::attempt_retry, Slots::give_back, std::nullopt},
            {Event::attempt_rejected, Slots::rejected, UseState::rejected},
            {Event::attempt_rejected, Slots::give_back, std::nullopt},
            {Event::attempt_unknown_hold, Slots::handed_off, UseState::handed_off},
            {Event::attempt_unknown_retry, Slots::keep, UseState::handed_off},
            {Event::give_back, Slots::give_back, std::nullopt},
            {Event::stop, Slots::keep, std::nullopt},
        };
        const auto key = any();
        const auto& c = cases[roll(static_cast<int>(std::size(cases)))];
        Settlement settlement;
        settlement.key = key;
        settlement.number = plain.messages[key].attempts;
        settlement.event = c.event;
        settlement.slots = c.slots;
        settlement.at = settlement.due = clock.now();
        settlement.orphan_of = orphan_owner(*store, key);
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        ASSERT_TRUE(flags.has_value());
        ASSERT_EQ(flags->front(), plain.messages[key].state == State::sending);
        if (!flags->front()) return;
        if (c.becomes) plain.restate(key, *c.becomes);
        if (c.slots == Slots::give_back) plain.give_back(key);
        plain.become(key, *model::next(State::sending, c.event));
        if (plain.messages[key].state == State::waiting) yield_in_model(key);
    }

    void move() {
        static const Event events[] = {
            Event::cancel, Event::expire,         Event::suppress,  Event::collect, Event::quarantine,
            Event::retry,  Event::receipt_failed, Event::fall_back, Event::stop,    Event::receipt_delivered};
        const auto key = any();
        const auto event = events[roll(static_cast<int>(std::size(events)))];
        const auto before = plain.messages[key].state;
        const auto to = model::next(before, event);
        const auto moved = Driver::move(*store, ids[key], event);
        ASSERT_EQ(moved.has_value(), to.has_value());
        if (!to) return;
        if (event == Event::receipt_delivered) plain.restate(key, UseState::delivered);
        if (event == Event::receipt_failed) plain.restate(key, UseState::undelivered);
        if (before == State::sending && event != Event::stop) plain.restate(key, UseState::handed_off);
        plain.become(key, *to);
        if (event == Event::fall_back) yield_in_model(key);
    }

    void compare() {
        for (Scope scope = 1; scope <= scopes; ++scope) {
            std::vector<PlainUse> real, expected;
            for (const auto& use : uses_of(*store, scope, pruned))
                real.push_back({use.at, use.key, use.state});
            for (const auto& use : plain.uses[scope]) {
                if (use.at >= pruned) expected.push_back(use);
            }
            std::sort(real.begin(), real.end());
            std::sort(expected.begin(), expected.end());
            ASSERT_TRUE(real == expected) << "scope " << scope;
            for (const auto& use : real) {
                const auto held_by = plain.messages[use.key].state;
                ASSERT_TRUE(use.state != UseState::reserved || held_by == State::waiting || held_by == State::sending);
                const auto in_window = [&](const PlainUse& other) {
                    return counts(other.state) && other.at <= use.at && other.at > use.at - window;
                };
                ASSERT_LE(static_cast<std::size_t>(std::count_if(real.begin(), real.end(), in_window)),
                          limit_of(scope));
            }
        }
        for (const auto& [key, message] : plain.messages)
            ASSERT_EQ(state(ids[key]), message.state);
    }

    void step() {
        switch (roll(20)) {
            case 0:
            case 1:
            case 2:
            case 3:
                return accept();
            case 4:
            case 5:
            case 6:
            case 7:
            case 8:
                return lease();
            case 9:
            case 10:
            case 11:
            case 12:
            case 13:
            case 14:
                return settle();
            case 15:
            case 16:
                return move();
            case 17:
                return clock.advance(Milliseconds(roll(600'000)));
            case 18: {
                if (roll(8) != 0) return;
                const auto before = clock.now() - 2 * window;
                ASSERT_TRUE(wait_for<std::int64_t>([&](auto done) { store->prune_uses(before, 3, done); }));
                pruned = std::max(pruned, before);
                return;
            }
            default:
                if (roll(10) == 0) return roll(2) == 0 ? reopen() : crash();
        }
    }
    void crash() {
        place->crash(store);
        open();
    }

    std::mt19937 dice;
    Model plain;
    std::map<MessageKey, MessageId> ids;
    Timestamp pruned{};
};

TEST_P(RandomSlots, both_hold_the_same_uses_after_any_sequence) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        dice.seed(seed);
        plain = {};
        ids.clear();
        store.reset();
        place = GetParam().make();
        open();
        pruned = {};
        accept();
        for (int i = 0; i < 1200; ++i) {
            step();
            if (i % 60 == 0) compare();
            if (HasFatalFailure()) FAIL() << "step " << i;
        }
        compare();
        std::size_t all = 0;
        for (const auto& [scope, uses] : plain.uses)
            all += uses.size();
        EXPECT_GT(all, 100U) << "the sequences must have had something to lose";
    }
}

INSTANTIATE_TEST_SUITE_P(Backends, RandomSlots, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
