#include "render/lint_source.hpp"

#include "render/liquid_spans.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::vector<std::string_view> words(std::string_view tag) {
    std::vector<std::string_view> found;
    for (std::size_t at = 0; at < tag.size();) {
        if (tag[at] == '"' || tag[at] == '\'') {
            at = std::min(tag.find(tag[at], at + 1), tag.size() - 1) + 1;
            continue;
        }
        std::size_t end = at;
        while (end < tag.size() && is_word(tag[end]))
            ++end;
        if (end > at) {
            // A key keeps its colon: "url:"
            found.push_back(tag.substr(at, end < tag.size() && tag[end] == ':' ? end - at + 1 : end - at));
        }
        at = std::max(end, at + 1);
    }
    return found;
}

}  // namespace

Place place_at(std::string_view source, std::size_t offset) {
    const std::string_view before = source.substr(0, offset);
    const std::size_t line_start = before.rfind('\n');
    return {static_cast<unsigned>(std::count(before.begin(), before.end(), '\n')) + 1,
            static_cast<unsigned>(offset - (line_start == std::string_view::npos ? 0 : line_start + 1)) + 1};
}

Place find_name(std::string_view source, std::string_view name) {
    for (const LiquidSpan& tag : liquid_spans(source)) {
        if (tag.kind == LiquidSpan::Kind::comment) continue;
        const std::string_view text = source.substr(tag.begin, tag.end - tag.begin);
        for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
            const bool starts = at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
            const bool ends = at + name.size() >= text.size() || !is_word(text[at + name.size()]);
            if (starts && ends) return place_at(source, tag.begin + at);
        }
    }
    return {};
}

Place find_in_front_matter(std::string_view source, std::string_view name) {
    constexpr std::string_view fence = "+++";
    if (!source.starts_with(fence)) return {};
    const std::string_view head = source.substr(0, source.find("\n+++"));
    for (std::size_t at = head.find(name, fence.size()); at != std::string_view::npos; at = head.find(name, at + 1)) {
        const bool ends = at + name.size() >= head.size() || !is_word(head[at + name.size()]);
        if (!is_word(head[at - 1]) && ends) return place_at(source, at);
    }
    return {};
}

Finding finding_of(const std::string& located, std::string_view rule) {
    Finding finding{located, 1, 1, std::string(rule), "", ""};
    const std::size_t file_end = located.find(':');
    if (file_end == std::string::npos) return finding;
    finding.file = located.substr(0, file_end);
    std::string_view rest = std::string_view(located).substr(file_end + 1);
    for (unsigned* number : {&finding.line, &finding.column}) {
        unsigned value = 0;
        std::size_t used = 0;
        for (; used < rest.size() && rest[used] >= '0' && rest[used] <= '9'; ++used)
            value = value * 10 + static_cast<unsigned>(rest[used] - '0');
        if (used == 0 || used >= rest.size()) break;
        *number = value;
        rest.remove_prefix(used + 1);
    }
    if (rest.starts_with(' ')) rest.remove_prefix(1);
    finding.sentence = rest;
    return finding;
}

void collect_set_names(std::string_view source, std::set<std::string, std::less<>>& names) {
    for (const LiquidSpan& tag : liquid_spans(source)) {
        if (tag.kind != LiquidSpan::Kind::tag) continue;
        std::vector<std::string_view> all = words(source.substr(tag.begin + 2, tag.end - tag.begin - 2));
        std::erase(all, "-");
        if (all.size() < 2) continue;
        const std::string_view kind = all[0];
        if (kind == "assign" || kind == "capture" || kind == "for" || kind == "increment" || kind == "decrement")
            names.emplace(all[1]);
        if (kind != "include" && kind != "render") continue;
        for (std::size_t i = 1; i < all.size(); ++i) {
            if (all[i].ends_with(':')) names.emplace(all[i].substr(0, all[i].size() - 1));
            if (all[i - 1] == "as") names.emplace(all[i]);
        }
    }
}

std::string mask_liquid(std::string_view source) {
    std::string masked(source);
    for (const LiquidSpan& tag : liquid_spans(source)) {
        // A value stays a value, a tag separates.
        const char mask = tag.kind == LiquidSpan::Kind::output ? '_' : ' ';
        for (std::size_t i = tag.begin; i < tag.end; ++i)
            if (masked[i] != '\n') masked[i] = mask;
    }
    return masked;
}

}  // namespace chapar::render
