#include "model/message.hpp"

#include <algorithm>

namespace chapar::model {
namespace {

/// The sixth field of a test's steps; others have none, as those of earlier versions.
constexpr std::string_view test_field = "\ttest";

/// Calls `fn` with each piece of `text` between `separator`s.
template <class Fn>
void split(std::string_view text, char separator, Fn fn) {
    while (true) {
        const auto end = text.find(separator);
        fn(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<int> next_step(const std::vector<PlanStep>& plan, int step) {
    for (std::size_t i = static_cast<std::size_t>(step) + 1; i < plan.size(); ++i) {
        if (!plan[i].address.empty()) return static_cast<int>(i);
    }
    return std::nullopt;
}

bool is_test(const Message& message) {
    return std::ranges::any_of(message.plan, [](const PlanStep& step) { return step.is_test; });
}

std::string encode_plan(const std::vector<PlanStep>& plan) {
    std::string out;
    for (const PlanStep& step : plan) {
        for (const std::string* field : {&step.channel, &step.address, &step.template_name, &step.revision}) {
            out += *field;
            out += '\t';
        }
        out += step.locale;
        if (step.is_test) out += test_field;
        out += '\n';
    }
    return out;
}

std::vector<PlanStep> decode_plan(std::string_view text) {
    std::vector<PlanStep> plan;
    split(text, '\n', [&](std::string_view line) {
        if (line.empty()) return;
        PlanStep step;
        step.is_test = std::ranges::count(line, '\t') > 4 && line.ends_with(test_field);
        std::string* fields[] = {&step.channel, &step.address, &step.template_name, &step.revision, &step.locale};
        std::size_t at = 0;
        split(line, '\t', [&](std::string_view field) {
            if (at < std::size(fields)) *fields[at++] = field;
        });
        plan.push_back(std::move(step));
    });
    return plan;
}

std::string encode_tags(const std::vector<std::string>& tags) {
    std::string out;
    for (const auto& tag : tags)
        out += '\n' + tag;
    if (!out.empty()) out += '\n';
    return out;
}

std::vector<std::string> decode_tags(std::string_view text) {
    std::vector<std::string> tags;
    split(text, '\n', [&](std::string_view tag) {
        if (!tag.empty()) tags.emplace_back(tag);
    });
    return tags;
}

}  // namespace chapar::model
