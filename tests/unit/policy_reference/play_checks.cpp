// What is compared, and what must hold whatever the reference says.
#include <tuple>

#include "story.hpp"

namespace chapar::reference {
namespace {

std::string_view word(Action action) {
    constexpr std::string_view words[] = {"go", "wait", "step", "end"};
    return words[static_cast<std::size_t>(action)];
}

}  // namespace

void Story::compare(Live& live, const policy::Decision& decision) {
    ++told_.decisions;
    const auto& is = decision.ruling;
    const auto expected = facts_.judge(live.message, now_);
    std::ostringstream out;
    if (is.action != expected.action)
        out << "action is " << word(is.action) << ", expected " << word(expected.action) << " ("
            << model::name(expected.reason) << ")";
    const auto first = is.trace.empty() ? model::Reason::handed_over : is.trace.front().reason;
    if (is.action != Action::go && first != expected.reason)
        out << "; reason is " << model::name(first) << ", expected " << model::name(expected.reason);
    const bool moves = is.action == Action::wait || is.action == Action::step;
    if (moves && is.due != expected.due)
        out << "; due is " << text_of(is.due) << ", expected " << text_of(expected.due);
    if (is.action == Action::step && is.step != expected.step)
        out << "; step is " << is.step << ", expected " << expected.step;
    if (is.action == Action::end && is.event != expected.event)
        out << "; event is " << model::name(is.event) << ", expected " << model::name(expected.event);
    if (moves && is.action == expected.action) {
        if (is.join.has_value() != !expected.joins.empty())
            out << "; joins " << (is.join ? "a group" : "none") << ", expected [" << expected.joins << "]";
        else if (is.join)
            if (const auto wrong = names_.learn({expected.joins}, {is.join->scope})) out << "; " << *wrong;
    }
    if (is.action == Action::go && expected.action == Action::go) {
        std::set<model::Scope> numbers;
        for (const auto& slot : is.reserve)
            numbers.insert(slot.scope);
        if (const auto wrong = names_.learn(expected.scopes, numbers)) out << "; " << *wrong;
        if (std::set(is.displace.begin(), is.displace.end()) != expected.displaced) out << "; displaces others";
        if (std::set(is.collect.begin(), is.collect.end()) != expected.collected) out << "; collects others";
        std::map<MessageKey, model::Reason> left_out;
        for (const auto& left : is.leave_out)
            left_out[left.key] = left.trace.at(0).reason;
        if (left_out != expected.left_out) out << "; leaves out others";
        for (const auto& left : is.leave_out)
            if ((left.event == Event::expire) != (left_out[left.key] == model::Reason::expired))
                out << "; ends wrongly";
        if (expected.collected.empty() != decision.digest_template.empty())
            out << "; template is " << decision.digest_template;
    }
    ++told_.seen[std::string(word(expected.action)) + " " + std::string(model::name(expected.reason))];
    if (!expected.displaced.empty()) ++told_.seen["displaces"];
    if (!expected.collected.empty()) ++told_.seen["collects"];
    if (!out.str().empty()) {
        out << "\n  first word: " << (is.trace.empty() ? "" : is.trace.front().detail) << "\n"
            << text_of(live.message) << text_of(facts_.settings);
        for (const auto& use : facts_.history)
            out << text_of(use);
        for (const auto& [key, member] : facts_.waiting)
            out << "  waits " << key.value << " in " << member.group << "\n";
        for (const auto& said : facts_.words)
            if (said.application == live.message.application && said.recipient == live.message.recipient)
                out << "  said " << said.channel << "/" << said.topic << " " << static_cast<int>(said.state) << " at "
                    << text_of(said.at) << "\n";
        for (const auto& row : facts_.suppressed)
            out << "  suppressed " << row.channel << "/" << row.address << " until "
                << text_of(row.until.value_or(from_ms(4'000'000'000'000))) << "\n";
        differ(out.str());
    }
    follow(live, expected);
}

/// Every scope whose number is known holds exactly what the reference has under its name.
void Story::check_uses() {
    using Row =
        std::tuple<Timestamp, MessageKey, UseState, std::int32_t, std::int64_t, std::string_view, std::string_view>;
    std::map<std::string_view, std::vector<Row>> by_name;
    for (const auto& use : facts_.history)
        for (const auto& name : use.scopes)
            by_name[name].emplace_back(use.at, use.key, use.state, use.amount.segments, use.amount.cost,
                                       use.kind.channel, use.kind.class_name);
    const auto known = names_.known();
    std::vector<model::Scope> numbers;
    numbers.reserve(known.size());
    for (const auto& [name, number] : known)
        numbers.push_back(number);
    const auto real = real_->uses(numbers);
    std::size_t i = 0;
    for (const auto& [name, number] : known) {
        auto& expected = by_name[name];
        std::vector<Row> is;
        for (const auto& [use, kind] : real[i++])
            is.emplace_back(use.at, use.key, use.state, use.segments, use.cost, kind.channel, kind.class_name);
        std::sort(is.begin(), is.end());
        std::sort(expected.begin(), expected.end());
        if (is == expected) continue;
        std::ostringstream out;
        out << "[" << name << "] holds other uses:";
        for (const auto& row : is)
            out << "\n  is       " << text_of(std::get<0>(row)) << " key " << std::get<1>(row).value << " state "
                << static_cast<int>(std::get<2>(row));
        for (const auto& row : expected)
            out << "\n  expected " << text_of(std::get<0>(row)) << " key " << std::get<1>(row).value << " state "
                << static_cast<int>(std::get<2>(row));
        return differ(out.str());
    }
}

/// A hand-over has just been written into the list: is there now one too many in a window that ends here?
void Story::count_by_the_list(const Live& live) {
    const auto& made = facts_.history.back();
    const auto& cls = facts_.settings.classes.at(live.message.class_name);
    if (!cls.obeys_caps || !cls.counts || live.message.is_test) return;
    for (const auto& cap : facts_.settings.caps)
        if (cap.override_) return;
    for (const auto& cap : facts_.settings.caps) {
        const bool plain = cap.scope == config::CapSettings::Scope::person && cap.min_interval.count() == 0 &&
                           cap.window.kind == config::Window::Kind::rolling &&
                           cap.count_by == config::CapSettings::CountBy::messages;
        if (!plain || cap.never || !matches(cap.match, made.kind)) continue;
        int count = 0;
        for (const auto& use : facts_.history) {
            const bool gone = use.state == UseState::rejected || use.state == UseState::undelivered;
            const bool same = use.kind.application == made.kind.application || facts_.settings.policy.site_wide_people;
            const bool person = !live.message.recipient.empty() && same &&
                                use.scopes.contains(*std::find_if(made.scopes.begin(), made.scopes.end(),
                                                                  [](auto& n) { return n.starts_with("person "); }));
            if (person && !gone && matches(cap.match, use.kind) &&
                use.at > made.at - cap.window.length + cap.window.grace)
                ++count;
        }
        if (count > cap.limit) ++told_.over_cap;
    }
}

/// When everything has ended, nothing is reserved any more, and what went is still there.
void Story::finish() {
    end_all();
    check_uses();
    const auto known = names_.known();
    std::vector<model::Scope> numbers;
    numbers.reserve(known.size());
    for (const auto& [name, number] : known)
        numbers.push_back(number);
    for (const auto& scope : real_->uses(numbers))
        for (const auto& [use, kind] : scope)
            if (use.state == UseState::reserved) ++told_.leaked;
}

}  // namespace chapar::reference
