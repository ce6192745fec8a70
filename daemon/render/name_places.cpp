#include "render/name_places.hpp"

#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_one_word(std::string_view name) { return !name.empty() && std::all_of(name.begin(), name.end(), is_word); }

/// Calls `found(begin, end)` for each word of `text`.
template <class Found>
void each_word(std::string_view text, Found found) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_word(text[at])) continue;
        const std::size_t begin = at;
        while (at < text.size() && is_word(text[at]))
            ++at;
        found(begin, at);
    }
}

template <class Words>
std::optional<std::size_t> look_up(const Words& words, std::string_view name) {
    const auto found = words.find(name);
    return found == words.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

NamePlaces::NamePlaces(std::string_view source) : source_(source), lines_(source) {}

void NamePlaces::walk_liquid() {
    if (liquid_) return;
    liquid_.emplace();
    quoted_.emplace();
    for (const LiquidSpan& tag : liquid_spans(source_)) {
        if (tag.kind == LiquidSpan::Kind::comment) continue;
        const std::string_view text = source_.substr(tag.begin, tag.end - tag.begin);
        each_word(text, [&](std::size_t begin, std::size_t end) {
            if (begin > 0 && text[begin - 1] == '.') return;  // a key, and no name
            liquid_->try_emplace(text.substr(begin, end - begin), tag.begin + begin);
        });
        for (std::size_t at = text.find_first_of("'\""); at != std::string_view::npos;) {
            const std::size_t close = text.find(text[at], at + 1);
            if (close == std::string_view::npos) break;
            quoted_->try_emplace(text.substr(at + 1, close - at - 1), tag.begin + at + 1);
            at = text.find_first_of("'\"", close + 1);
        }
    }
}

void NamePlaces::walk_front_matter() {
    if (head_) return;
    head_.emplace();
    constexpr std::string_view fence = "+++";
    if (!source_.starts_with(fence)) return;
    const std::string_view head = source_.substr(0, source_.find("\n+++"));
    each_word(head, [&](std::size_t begin, std::size_t end) {
        if (begin >= fence.size()) head_->try_emplace(head.substr(begin, end - begin), begin);
    });
}

Place NamePlaces::in_liquid(std::string_view name) {
    walk_liquid();
    if (is_one_word(name)) return place(look_up(*liquid_, name));
    return may_search() ? find_name(source_, name) : Place{};
}

Place NamePlaces::of_text(std::string_view text) {
    walk_liquid();
    if (const auto found = look_up(*quoted_, text)) return lines_.place(*found);
    if (!may_search()) return {};
    const std::size_t at = source_.find(text);
    return at == std::string_view::npos ? Place{} : lines_.place(at);
}

Place NamePlaces::in_front_matter(std::string_view name) {
    walk_front_matter();
    if (is_one_word(name)) return place(look_up(*head_, name));
    return may_search() ? find_in_front_matter(source_, name) : Place{};
}

}  // namespace chapar::render
