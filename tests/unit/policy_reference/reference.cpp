// The walk along the plan, and what hand-overs leave behind.
#include "reference.hpp"

#include <algorithm>

namespace chapar::reference {

using Action = model::Ruling::Action;

model::Kind kind_of(const Envelope& message, int step) {
    model::Kind kind{
        message.application, message.class_name, message.category, message.plan[static_cast<std::size_t>(step)].channel,
        message.campaign,    message.sender,     message.tags};
    std::sort(kind.tags.begin(), kind.tags.end());
    return kind;
}

bool matches(const config::Match& match, const model::Kind& kind) {
    const auto fits = [](const std::vector<std::string>& list, const std::string& value) {
        return list.empty() || std::count(list.begin(), list.end(), value) > 0;
    };
    bool tagged = match.tags.empty();
    for (const auto& tag : kind.tags)
        tagged = tagged || fits(match.tags, tag);
    return tagged && fits(match.channels, kind.channel) && fits(match.classes, kind.class_name) &&
           fits(match.categories, kind.category) && fits(match.campaigns, kind.campaign) &&
           fits(match.senders, kind.sender) && fits(match.applications, kind.application);
}

Word shut_for(model::Reason reason) {
    Word word;
    word.kind = Word::Kind::shut;
    word.reason = reason;
    return word;
}

Word ended(model::Reason reason, model::Event event) {
    Word word;
    word.kind = Word::Kind::over;
    word.reason = reason;
    word.event = event;
    return word;
}

/// A rule of `step` wants it to go elsewhere: to a later step that is on the list of every rule that says so.
Answer Reference::switched(const Envelope& message, Timestamp now, int step, const Word& word, Answer answer) const {
    std::optional<Timestamp> soonest;
    std::optional<int> first;
    auto lists = word.switch_lists;
    const auto may_wait = [&](int at, const Word& there) {
        if (there.kind != Word::Kind::wait) return;
        if (!first) first = at;
        if (soonest && *soonest <= there.due) return;
        soonest = there.due;
        answer.joins = there.joins;
    };
    may_wait(step, word);
    for (int other = step + 1; other < static_cast<int>(message.plan.size()); ++other) {
        const auto& channel = message.plan[static_cast<std::size_t>(other)].channel;
        bool listed = true;
        for (const auto& list : lists)
            listed = listed && std::count(list.begin(), list.end(), channel) > 0;
        if (!listed) continue;
        const auto there = Look(*this, message, other, now).word();
        answer.action = Action::step;
        answer.step = other;
        answer.due = now;
        if (there.kind == Word::Kind::free) {
            answer.joins.clear();
            return answer;
        }
        lists.insert(lists.end(), there.switch_lists.begin(), there.switch_lists.end());
        may_wait(other, there);
    }
    answer.action = Action::end;
    if (!first) return answer;
    answer.action = *first == message.step ? Action::wait : Action::step;
    answer.step = *first;
    answer.due = *soonest;
    return answer;
}

Answer Reference::judge(const Envelope& message, Timestamp now) const {
    Answer answer;
    bool first = true;  // nothing kept it so far
    const auto keep_reason = [&](model::Reason reason) {
        if (first) answer.reason = reason;
        first = false;
    };
    const auto go_on_with = [&](int step, Timestamp due) {
        answer.action = step == message.step ? Action::wait : Action::step;
        answer.step = step;
        answer.due = due;
        return answer;
    };
    const int steps = static_cast<int>(message.plan.size());
    for (int step = message.step; step < steps; ++step) {
        const Look look(*this, message, step, now);
        const auto word = look.word();
        if (word.kind == Word::Kind::free) {
            if (step != message.step) return go_on_with(step, now);
            answer.action = Action::go;
            answer.step = step;
            answer.scopes = look.scopes();
            answer.displaced = word.displaced;
            answer.collected = word.collected;
            answer.left_out = word.left_out;
            answer.scopes.insert(word.contents.begin(), word.contents.end());
            return answer;
        }
        // These two are about the message and not about a channel.
        if (word.reason == model::Reason::expired || word.reason == model::Reason::duplicate_content) first = true;
        keep_reason(word.reason);
        if (!word.switch_lists.empty()) return switched(message, now, step, word, answer);
        if (word.kind == Word::Kind::wait) {
            answer.joins = word.joins;
            return go_on_with(step, word.due);
        }
        if (word.kind == Word::Kind::over) {
            answer.event = word.event;
            break;
        }
    }
    answer.action = Action::end;
    return answer;
}

void Reference::handed_over(const Envelope& message, const Answer& answer, Timestamp now) {
    for (const auto key : answer.displaced)
        give_back(key);
    give_back(message.key);  // what it held for an earlier try
    for (const auto key : answer.collected) {
        waiting.erase(key);
        give_back(key);
    }
    carried[message.key].insert(answer.collected.begin(), answer.collected.end());
    for (const auto& [key, why] : answer.left_out) {
        carried[message.key].erase(key);
        waiting.erase(key);
        give_back(key);
    }
    waiting.erase(message.key);
    HandOver made;
    made.at = now;
    made.key = message.key;
    made.kind = kind_of(message, answer.step);
    // Of its tags only those are remembered that some cap asks about now.
    std::erase_if(made.kind.tags, [&](const std::string& tag) {
        return std::ranges::none_of(settings.caps, [&](const config::CapSettings& cap) {
            return std::ranges::count(cap.match.tags, tag) != 0;
        });
    });
    made.amount = message.amounts[static_cast<std::size_t>(answer.step)];
    made.scopes = answer.scopes;
    history.push_back(made);
}

void Reference::set_state(MessageKey key, model::UseState state, bool reserved_only) {
    for (auto& use : history)
        if (use.key == key && (!reserved_only || use.state == model::UseState::reserved)) use.state = state;
}

void Reference::give_back(MessageKey key) {
    std::erase_if(history,
                  [key](const HandOver& use) { return use.key == key && use.state == model::UseState::reserved; });
}

}  // namespace chapar::reference
