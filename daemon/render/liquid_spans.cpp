#include "render/liquid_spans.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

using Kind = LiquidSpan::Kind;
constexpr std::string_view blanks = " \t\r\n";

bool is_path(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.' || c == '#';
}

/// The next output or tag from `at` on, closed or not.
LiquidSpan next_span(std::string_view source, std::size_t at) {
    LiquidSpan span;
    for (;; ++at) {
        at = source.find('{', at);
        if (at == std::string_view::npos || at + 1 >= source.size()) {
            span.begin = source.size();
            return span;
        }
        if (source[at + 1] == '{' || source[at + 1] == '%') break;
    }
    span.begin = at;
    span.kind = source[at + 1] == '{' ? Kind::output : Kind::tag;
    const std::size_t close = source.find(span.kind == Kind::output ? "}}" : "%}", at + 2);
    span.end = close == std::string_view::npos ? source.size() : close + 2;
    std::size_t from = std::min(at + 2, span.end), to = close == std::string_view::npos ? span.end : close;
    if (from < to && source[from] == '-') ++from;
    if (from < to && source[to - 1] == '-') --to;
    from = std::min(source.find_first_not_of(blanks, from), to);
    std::size_t name_end = from;
    while (name_end < to && is_path(source[name_end]))
        ++name_end;
    span.name = source.substr(from, name_end - from);
    span.markup_at = std::min(source.find_first_not_of(blanks, name_end), to);
    span.markup = source.substr(span.markup_at, to - span.markup_at);
    while (!span.markup.empty() && blanks.find(span.markup.back()) != std::string_view::npos)
        span.markup.remove_suffix(1);
    return span;
}

/// Past the tag that ends the block `name` opened before `at`; `nests`: blocks of the same name stand within.
std::size_t end_of_block(std::string_view source, std::size_t at, std::string_view name, bool nests) {
    const std::string closing = "end" + std::string(name);
    std::size_t depth = 1;
    // Only tags: the end of an output that never ends here would be looked for in the whole rest, for each block.
    while ((at = source.find("{%", at)) != std::string_view::npos) {
        const LiquidSpan span = next_span(source, at);
        at = span.end;
        if (nests && span.name == name) ++depth;
        if (span.name == closing && --depth == 0) return span.end;
    }
    return source.size();
}

}  // namespace

std::vector<LiquidSpan> liquid_spans(std::string_view source) {
    std::vector<LiquidSpan> all;
    for (std::size_t at = 0; at < source.size();) {
        LiquidSpan span = next_span(source, at);
        if (span.begin >= source.size()) break;
        at = span.end;
        if (span.kind == Kind::tag && (span.name == "comment" || span.name == "doc")) {
            span.kind = Kind::comment;
            span.end = at = end_of_block(source, span.end, span.name, span.name == "comment");
        }
        all.push_back(span);
        if (span.kind != Kind::tag || span.name != "raw") continue;
        at = end_of_block(source, span.end, "raw", false);
        std::size_t close = source.rfind("{%", at - 1);
        if (close == std::string_view::npos || close < span.end) close = at;
        if (close < at) all.push_back(next_span(source, close));
    }
    return all;
}

std::size_t unclosed_tag(std::string_view source, std::string_view name) {
    std::vector<std::size_t> open;
    const std::string closing = "end" + std::string(name);
    for (const LiquidSpan& span : liquid_spans(source)) {
        if (span.kind == Kind::output) continue;
        if (span.name == name && (span.kind == Kind::tag || span.end == source.size())) open.push_back(span.begin);
        if (span.name == closing && !open.empty()) open.pop_back();
    }
    return open.empty() ? std::string_view::npos : open.back();
}

std::string_view leading_literal(std::string_view markup) {
    if (markup.size() < 2 || (markup.front() != '"' && markup.front() != '\'')) return {};
    const std::size_t close = markup.find(markup.front(), 1);
    return close == std::string_view::npos ? std::string_view{} : markup.substr(1, close - 1);
}

}  // namespace chapar::render
