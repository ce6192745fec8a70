#include "render/liquid/scan.hpp"

#include <cstring>

namespace chapar::liquid::scan {

namespace {
bool is_stripped(char c) { return is_space(c) || c == '\0'; }
bool ends_run(char c) { return is_space(c) || c == ',' || c == '|' || c == '\'' || c == '"'; }
bool is_signature(char c) { return is_word(c) || c == '-' || c == '.' || c == '[' || c == ']'; }
}  // namespace

std::size_t search(std::string_view s, std::string_view what, std::size_t at) {
    if (at > s.size() || what.size() > s.size() - at) return none;
    if (what.empty()) return at;
    if (what.size() == 1) return s.find(what[0], at);
    const auto* found = static_cast<const char*>(::memmem(s.data() + at, s.size() - at, what.data(), what.size()));
    return found == nullptr ? none : static_cast<std::size_t>(found - s.data());
}

std::string_view strip_left(std::string_view s) {
    std::size_t i = 0;
    while (i < s.size() && is_stripped(s[i]))
        ++i;
    return s.substr(i);
}
std::string_view strip_right(std::string_view s) {
    std::size_t n = s.size();
    while (n > 0 && is_stripped(s[n - 1]))
        --n;
    return s.substr(0, n);
}
std::string_view strip(std::string_view s) { return strip_right(strip_left(s)); }
bool is_blank(std::string_view s) { return skip_space(s, 0) == s.size(); }

std::size_t quoted(std::string_view s, std::size_t at) {
    if (at >= s.size() || (s[at] != '"' && s[at] != '\'')) return none;
    const auto end = s.find(s[at], at + 1);
    return end == none ? none : end + 1;
}

std::size_t run(std::string_view s, std::size_t at) {
    auto i = at;
    while (i < s.size()) {
        if (!ends_run(s[i])) {
            ++i;
            continue;
        }
        const auto end = quoted(s, i);
        if (end == none) break;
        i = end;
    }
    return i == at ? none : i;
}

std::size_t fragment(std::string_view s, std::size_t at) {
    const auto end = quoted(s, at);
    return end != none ? end : run(s, at);
}

std::size_t find_fragment(std::string_view s, std::size_t at, std::size_t& begin) {
    for (; at < s.size(); ++at) {
        if (is_space(s[at])) continue;
        const auto end = fragment(s, at);
        if (end != none) {
            begin = at;
            return end;
        }
    }
    return none;
}

Attribute next_attribute(std::string_view s, std::size_t at) {
    while (at < s.size()) {
        if (!is_word(s[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < s.size() && (is_word(s[end]) || s[end] == '-'))
            ++end;
        auto colon = skip_space(s, end);
        if (colon < s.size() && s[colon] == ':') {
            const auto value = skip_space(s, colon + 1);
            const auto stop = fragment(s, value);
            if (stop != none) return {s.substr(at, end - at), s.substr(value, stop - value), stop};
        }
        at = end;
    }
    return {};
}

bool whole_attribute(std::string_view s, Attribute& out) {
    if (s.empty() || !is_word(s[0])) return false;
    std::size_t end = 0;
    while (end < s.size() && (is_word(s[end]) || s[end] == '-'))
        ++end;
    const auto colon = skip_space(s, end);
    if (colon >= s.size() || s[colon] != ':') return false;
    const auto value = skip_space(s, colon + 1);
    if (run(s, value) != s.size()) return false;
    out = {s.substr(0, end), s.substr(value), s.size()};
    return true;
}

std::size_t signature(std::string_view s, std::size_t at) {
    auto i = at;
    while (true) {
        auto next = i;
        if (next < s.size() && s[next] == '(') ++next;
        if (next >= s.size() || !is_signature(s[next])) break;
        ++next;
        if (next < s.size() && s[next] == ')') ++next;
        i = next;
    }
    return i == at ? none : i;
}

bool word_boundary(std::string_view s, std::size_t at) {
    const bool before = at > 0 && is_word(s[at - 1]);
    const bool after = at < s.size() && is_word(s[at]);
    return before != after;
}

std::size_t and_or(std::string_view s, std::size_t at) {
    if (!word_boundary(s, at)) return none;
    const auto from = at < s.size() && is_space(s[at]) ? at + 1 : at;
    for (std::string_view word : {"and", "or"}) {
        if (s.substr(from, word.size()) != word) continue;
        const auto end = from + word.size();
        if (end < s.size() && is_space(s[end]) && word_boundary(s, end + 1)) return end + 1;
        if (word_boundary(s, end)) return end;
    }
    return none;
}

bool tag_parts(std::string_view token, TagParts& out) {
    if (token.size() < 4 || !token.starts_with("{%") || !token.ends_with("%}")) return false;
    std::size_t at = 2, end = token.size() - 2;
    if (at < end && token[at] == '-') ++at;
    const auto name = skip_space(token.substr(0, end), at);
    auto name_end = name;
    if (name < end && token[name] == '#') {
        name_end = name + 1;
    } else {
        while (name_end < end && is_word(token[name_end]))
            ++name_end;
    }
    if (name_end == name) return false;
    const auto markup = skip_space(token.substr(0, end), name_end);
    if (end > markup && token[end - 1] == '-') --end;
    out = {token.substr(at, name - at), token.substr(name, name_end - name), token.substr(name_end, markup - name_end),
           token.substr(markup, end - markup)};
    return true;
}

bool last_tag(std::string_view token, std::size_t& start, std::string_view& name) {
    if (token.size() < 4 || !token.ends_with("%}")) return false;
    const auto inside = token.substr(0, token.size() - 2);
    for (auto at = inside.rfind("{%"); at != none; at = at == 0 ? none : inside.rfind("{%", at - 1)) {
        auto from = at + 2;
        if (from < inside.size() && inside[from] == '-') ++from;
        from = skip_space(inside, from);
        auto end = from;
        while (end < inside.size() && is_word(inside[end]))
            ++end;
        if (end == from) continue;
        start = at;
        name = inside.substr(from, end - from);
        return true;
    }
    return false;
}

}  // namespace chapar::liquid::scan
