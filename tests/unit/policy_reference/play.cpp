#include "play.hpp"

#include "story.hpp"

namespace chapar::reference {

void Story::move_time() {
    const auto how = dice_.below(10);
    if (how < 2) return;
    if (how < 4) now_ += Milliseconds(dice_.below(60'000));
    if (how >= 4 && how < 6) now_ += Milliseconds(dice_.below(day_ms / 4));
    if (how == 6) now_ += Milliseconds(dice_.below(2 * day_ms));
    if (how < 7) return;
    std::erase_if(moments_, [this](Timestamp at) { return at <= now_; });
    if (moments_.empty()) return;
    const auto next = *std::min_element(moments_.begin(), moments_.end());
    if (next < now_ + 24h * (dice_.one_in(4) ? 60 : 4)) now_ = dice_.one_in(3) ? next - 1ms : next;
}

Live& Story::somebody() {
    if (dice_.one_in(2)) {
        const auto start = dice_.below(static_cast<std::int64_t>(all_.size()) + 1);
        for (std::size_t i = 0; i < all_.size(); ++i) {
            auto& live = all_[(i + static_cast<std::size_t>(start)) % all_.size()];
            if (live.state == State::waiting) return live;
        }
    }
    auto& live = all_.emplace_back();
    live.message = make_message(dice_, crowd_, MessageKey{++last_key_}, now_);
    facts_.states[live.message.key] = State::waiting;
    facts_.everybody[live.message.key] = &live.message;
    replace_older(live);
    real_->accept(live.message);
    return live;
}

/// The one before with its collapse key is replaced if it still waits; one that is on its way is when it comes back.
void Story::replace_older(const Live& live) {
    const auto name = collapse_name(live.message);
    if (name.empty()) return;
    const auto before = newest_.find(name);
    if (before != newest_.end()) {
        for (auto& older : all_)
            if (older.message.key == before->second) {
                before->second = live.message.key;
                yield_to_newer(older);
            }
    }
    newest_[name] = live.message.key;
}

void Story::yield_to_newer(Live& live) {
    const auto name = collapse_name(live.message);
    if (live.state != State::waiting || name.empty() || newest_[name] == live.message.key) return;
    if (plan_.mistake == "a newer one replaces nobody") return;
    live.state = facts_.states[live.message.key] = State::cancelled;
    facts_.waiting.erase(live.message.key);
    facts_.give_back(live.message.key);
    ++facts_.seen["superseded"];
}

void Story::something_else() {
    if (dice_.one_in(crowd_ ? 8 : 20)) {
        const auto consent = make_consent(dice_, crowd_, now_);
        facts_.words.push_back(consent);
        real_->say(consent);
    }
    if (dice_.one_in(40)) {
        const auto row = make_suppression(dice_, now_);
        const auto same = [&](const auto& old) { return old.channel == row.channel && old.address == row.address; };
        std::erase_if(facts_.suppressed, same);
        facts_.suppressed.push_back(row);
        real_->unsuppress(row.channel, row.address);
        real_->suppress(row);
    }
    if (!facts_.suppressed.empty() && dice_.one_in(20)) {
        const auto row = facts_.suppressed.front();
        facts_.suppressed.erase(facts_.suppressed.begin());
        real_->unsuppress(row.channel, row.address);
    }
    if (dice_.one_in(15)) {
        const auto application = dice_.pick(applications), recipient = dice_.pick(people);
        facts_.purchases[{application, recipient}] = now_;
        real_->purchase(application, recipient, now_);
    }
    if (dice_.one_in(40)) reload();
    if (plan_.checks_uses && dice_.one_in(60)) restart();
    for (auto& live : all_) {
        if (live.state == State::sending && dice_.one_in(2)) settle(live);
        if (live.state == State::sent && dice_.one_in(6)) late_word(live);
        if (live.state == State::waiting && dice_.one_in(40))
            move(live, dice_.one_in(2) ? Event::cancel : Event::expire);
        if (live.state == State::held && dice_.one_in(10)) move(live, dice_.one_in(2) ? Event::cancel : Event::retry);
    }
}

void Story::apply_settlement(Live& live, Event event, Slots slots, model::Verdict verdict) {
    real_->settle(live.message, event, slots, verdict, now_);
    live.state = facts_.states[live.message.key] = model::next(State::sending, event).value();
    const auto key = live.message.key;
    switch (slots) {
        case Slots::keep:
            break;
        case Slots::give_back:
            facts_.give_back(key);
            break;
        case Slots::handed_off:
            facts_.set_state(key, UseState::handed_off);
            break;
        case Slots::delivered:
            facts_.set_state(key, UseState::delivered);
            break;
        case Slots::rejected:
            facts_.set_state(key, UseState::rejected);
            break;
        case Slots::undelivered:
            facts_.set_state(key, UseState::undelivered);
            break;
    }
    yield_to_newer(live);
}

void Story::settle(Live& live) {
    using model::Verdict;
    switch (dice_.below(10)) {
        case 0:
            return apply_settlement(live, Event::attempt_delivered, Slots::delivered, Verdict::delivered);
        case 1:
        case 2:
            return apply_settlement(live, Event::attempt_retry, Slots::keep, Verdict::retry);
        case 3:
            return apply_settlement(live, Event::attempt_retry, Slots::give_back, Verdict::retry);
        case 4:
            return apply_settlement(live, Event::attempt_rejected, Slots::rejected, Verdict::rejected);
        case 5:
            return apply_settlement(live, Event::attempt_unknown_hold, Slots::handed_off, Verdict::unknown);
        case 6:
            return apply_settlement(live, Event::attempt_unknown_retry, Slots::handed_off, Verdict::unknown);
        case 7:
            return apply_settlement(live, Event::give_back, Slots::give_back, Verdict::retry);
        default:
            return apply_settlement(live, Event::attempt_accepted, Slots::handed_off, Verdict::accepted);
    }
}

void Story::late_word(Live& live) {
    // The word is about the last hand-over; an earlier one, in doubt or by another channel, stays as it is.
    const auto restate = [&](UseState state) {
        for (auto use = facts_.history.rbegin(); use != facts_.history.rend(); ++use) {
            if (use->key != live.message.key) continue;
            if (use->state == UseState::handed_off) use->state = state;
            return;
        }
    };
    if (dice_.one_in(3) && live.message.step + 1 < static_cast<int>(live.message.plan.size())) {
        ++live.message.step;
        move(live, Event::fall_back);
        return yield_to_newer(live);
    }
    if (dice_.one_in(2)) {
        move(live, Event::receipt_delivered, Slots::delivered);
        return restate(UseState::delivered);
    }
    move(live, Event::receipt_failed, Slots::undelivered);
    restate(UseState::undelivered);
}

void Story::move(Live& live, Event event, Slots slots) {
    const auto before = live.state;
    real_->move(live.message, event, slots, now_);
    live.state = facts_.states[live.message.key] = model::next(before, event).value();
    if (before != State::waiting) return;
    facts_.waiting.erase(live.message.key);
    facts_.give_back(live.message.key);
}

void Story::decide() {
    std::vector<Live*> batch;
    std::vector<const Envelope*> envelopes;
    for (auto n = dice_.one_in(3) ? dice_.between(1, 4) : 1; n > 0; --n) {
        auto* live = &somebody();
        if (std::count(batch.begin(), batch.end(), live) == 0) batch.push_back(live);
        if (live->leased_at == now_) now_ += 1ms;  // no two attempts of a message begin within a millisecond
    }
    envelopes.reserve(batch.size());
    for (const auto* live : batch)
        envelopes.push_back(&live->message);
    const auto decisions = real_->lease(*rules_, envelopes, now_);
    for (std::size_t i = 0; i < batch.size() && told_.difference.empty(); ++i) {
        if (batch[i]->state == State::waiting) compare(*batch[i], decisions[i]);
    }
}

void Story::follow(Live& live, const Answer& answer) {
    const auto key = live.message.key;
    facts_.waiting.erase(key);
    facts_.give_back(key);  // whatever it held for another try: it goes and takes new ones, or it is kept back
    switch (answer.action) {
        case Action::go:
            facts_.handed_over(live.message, answer, now_);
            count_by_the_list(live);
            live.leased_at = now_;
            live.state = facts_.states[key] = State::sending;
            for (auto& other : all_)
                if (answer.displaced.contains(other.message.key))
                    other.state = facts_.states[other.message.key] = State::cancelled;
            for (auto& other : all_) {
                const auto left = answer.left_out.find(other.message.key);
                if (left == answer.left_out.end()) continue;
                const bool late = left->second == model::Reason::expired;
                other.state = facts_.states[left->first] = late ? State::expired : State::suppressed;
            }
            for (auto& other : all_)
                if (answer.collected.contains(other.message.key))
                    other.state = facts_.states[other.message.key] =
                        model::next(State::waiting, Event::collect).value();
            break;
        case Action::step:
            live.message.step = answer.step;
            [[fallthrough]];
        case Action::wait:
            moments_.push_back(answer.due);
            if (!answer.joins.empty())
                facts_.waiting[key] = {answer.joins, facts_.priority_of(live.message), live.message.value, key};
            break;
        case Action::end:
            live.state = facts_.states[key] = model::next(State::waiting, answer.event).value();
            break;
    }
}

void Story::restart() {
    const bool kill = dice_.one_in(2);
    ++(kill ? told_.kills : told_.restarts);
    const auto in_doubt = real_->reopen(kill);
    std::set<MessageKey> expected;
    for (const auto& live : all_)
        if (live.state == State::sending) expected.insert(live.message.key);
    if (in_doubt != expected) return differ("others are in doubt after a restart");
    for (auto& live : all_) {
        if (live.state != State::sending) continue;
        const auto event = dice_.one_in(2) ? Event::attempt_unknown_hold : Event::attempt_unknown_retry;
        apply_settlement(live, event, Slots::handed_off, model::Verdict::unknown);
    }
}

void Story::end_all() {
    for (auto& live : all_) {
        if (live.state == State::sending) settle(live);
        if (live.state == State::waiting || live.state == State::held) move(live, Event::cancel);
    }
}

Told play(const Plan& plan, const MakeReal& make) { return Story(plan, make).tell(); }

std::string minimised(Plan plan, const MakeReal& make) {
    auto difference = play(plan, make).difference;
    const char* const rules[] = {"cap-0", "cap-1", "cap-2", "cap-3", "quiet-0", "quiet-1"};
    for (const auto* rule : rules) {
        plan.without.insert(rule);
        const auto again = play(plan, make).difference;
        if (again.empty()) plan.without.erase(rule);
        if (!again.empty()) difference = again;
    }
    return difference;
}

}  // namespace chapar::reference
