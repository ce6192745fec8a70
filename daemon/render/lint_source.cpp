#include "render/lint_source.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

struct Span {
    std::size_t begin = 0, end = 0;
};

/// The next "{{ ... }}" or "{% ... %}" from `at` on; begin == npos: there is none.
Span next_tag(std::string_view source, std::size_t at) {
    for (;; ++at) {
        at = source.find('{', at);
        if (at == std::string_view::npos || at + 1 >= source.size()) return {std::string_view::npos, 0};
        const char kind = source[at + 1];
        if (kind != '{' && kind != '%') continue;
        const std::size_t close = source.find(kind == '{' ? "}}" : "%}", at + 2);
        return {at, close == std::string_view::npos ? source.size() : close + 2};
    }
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
    for (Span tag = next_tag(source, 0); tag.begin != std::string_view::npos; tag = next_tag(source, tag.end)) {
        const std::string_view text = source.substr(tag.begin, tag.end - tag.begin);
        for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
            const bool starts = at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
            const bool ends = at + name.size() >= text.size() || !is_word(text[at + name.size()]);
            if (starts && ends) return place_at(source, tag.begin + at);
        }
    }
    return {};
}

void collect_set_names(std::string_view source, std::set<std::string, std::less<>>& names) {
    for (Span tag = next_tag(source, 0); tag.begin != std::string_view::npos; tag = next_tag(source, tag.end)) {
        if (source[tag.begin + 1] != '%') continue;
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
    for (Span tag = next_tag(source, 0); tag.begin != std::string_view::npos; tag = next_tag(source, tag.end)) {
        // A value stays a value, a tag separates.
        const char mask = source[tag.begin + 1] == '{' ? '_' : ' ';
        for (std::size_t i = tag.begin; i < tag.end; ++i)
            if (masked[i] != '\n') masked[i] = mask;
    }
    return masked;
}

}  // namespace chapar::render
