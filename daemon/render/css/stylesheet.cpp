#include "render/css/stylesheet.hpp"

#include "render/css/scan.hpp"

#include <algorithm>

namespace chapar::css {

namespace {

Declaration read_declaration(std::string_view text) {
    Declaration made;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return made;
    const std::string_view property = trimmed(text.substr(0, colon));
    std::string_view value = trimmed(text.substr(colon + 1));
    const bool plain = !property.empty() && std::all_of(property.begin(), property.end(), is_name);
    if (!plain || value.empty()) return made;
    const std::size_t bang = value.rfind('!');
    if (bang != std::string_view::npos && lower(trimmed(value.substr(bang + 1))) == "important") {
        made.important = true;
        value = trimmed(value.substr(0, bang));
    }
    made.dynamic = value.find(value_mark) != std::string_view::npos || value.find(tag_mark) != std::string_view::npos;
    made.value = value;
    made.property = property.starts_with("--") ? std::string(property) : lower(property);
    return made;
}

/// Where the block that opens at `open` closes: past its '}'.
std::size_t end_of_block(std::string_view css, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t at = open; at < css.size();) {
        if (css[at] == '{') ++depth;
        if (css[at] == '}' && --depth == 0) return at + 1;
        at = skip_unit(css, at);
    }
    return css.size();
}

/// Past the at-rule that begins at `at`: its ';' or its block.
std::size_t end_of_at_rule(std::string_view css, std::size_t at) {
    for (; at < css.size(); at = skip_unit(css, at)) {
        if (css[at] == ';') return at + 1;
        if (css[at] == '{') return end_of_block(css, at);
        if (css[at] == '}') return at;
    }
    return at;
}

}  // namespace

std::vector<Declaration> parse_declarations(std::string_view text) {
    std::vector<Declaration> all;
    std::size_t start = 0;
    for (std::size_t at = 0; at <= text.size();) {
        if (at < text.size() && text[at] != ';') {
            at = skip_unit(text, at);
            continue;
        }
        Declaration made = read_declaration(text.substr(start, at - start));
        if (!made.property.empty()) all.push_back(std::move(made));
        start = ++at;
    }
    return all;
}

std::vector<Rule> parse_stylesheet(std::string_view source) {
    const std::string css = without_comments(source);
    const std::string_view text = css;
    const bool all_dynamic = text.find(tag_mark) != std::string_view::npos;
    std::vector<Rule> rules;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        if (is_blank(c) || c == '}' || c == ';' || c == tag_mark || c == value_mark) {
            ++at;
        } else if (c == '@') {
            at = end_of_at_rule(text, at);
        } else {
            std::size_t open = at;
            while (open < text.size() && text[open] != '{')
                open = skip_unit(text, open);
            if (open >= text.size()) break;
            const std::size_t end = end_of_block(text, open);
            const std::size_t inner = end > open + 1 && text[end - 1] == '}' ? end - 1 : end;
            Rule rule{parse_selectors(text.substr(at, open - at)),
                      parse_declarations(text.substr(open + 1, inner - open - 1))};
            for (Declaration& declaration : rule.declarations)
                declaration.dynamic = declaration.dynamic || all_dynamic;
            if (!rule.selectors.empty() && !rule.declarations.empty()) rules.push_back(std::move(rule));
            at = end;
        }
    }
    return rules;
}

bool are_related(std::string_view a, std::string_view b) {
    if (a == b || a == "all" || b == "all") return true;
    const auto contains = [](std::string_view shorthand, std::string_view other) {
        return other.size() > shorthand.size() && other.starts_with(shorthand) && other[shorthand.size()] == '-';
    };
    const auto font = [](std::string_view x, std::string_view y) { return x == "font" && y == "line-height"; };
    return contains(a, b) || contains(b, a) || font(a, b) || font(b, a);
}

}  // namespace chapar::css
