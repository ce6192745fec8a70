#include "model/message.hpp"

#include <algorithm>
#include <charconv>

namespace chapar::model {
namespace {

/// The last field of a test's steps, behind the copies; others have none, as those of earlier versions.
constexpr std::string_view test_field = "\ttest";
constexpr std::string_view hidden_list = "bcc";
std::string_view list_of(const Copy& copy) { return copy.is_hidden ? hidden_list : "cc"; }

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

/// "cc:0:a@b" or "bcc:0:a@b".
std::string encode_copy(const Copy& copy) {
    return std::string(list_of(copy)) + ':' + std::to_string(copy.place) + ':' + copy.address;
}

std::optional<Copy> decode_copy(std::string_view field) {
    const auto first = field.find(':');
    const auto second = first == std::string_view::npos ? first : field.find(':', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    Copy copy{std::string(field.substr(second + 1)), field.substr(0, first) == hidden_list, 0};
    const auto place = field.substr(first + 1, second - first - 1);
    std::from_chars(place.data(), place.data() + place.size(), copy.place);
    return copy;
}

}  // namespace

std::string pointer_of(const Copy& copy) { return '/' + std::string(list_of(copy)) + '/' + std::to_string(copy.place); }

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
        for (const Copy& copy : step.copies)
            out += '\t' + encode_copy(copy);
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
            if (at < std::size(fields))
                *fields[at++] = field;
            else if (auto copy = decode_copy(field))
                step.copies.push_back(std::move(*copy));
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
