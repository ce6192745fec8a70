#include "bounce/html.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::array<std::string_view, 17> blocks{"p",  "br", "div", "tr", "td", "li", "h1",   "h2",   "h3",
                                                  "h4", "hr", "pre", "ul", "ol", "th", "head", "table"};
constexpr std::array<std::string_view, 3> paragraphs{"p", "table", "tr"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> entities{
    {{"lt", "<"}, {"gt", ">"}, {"amp", "&"}, {"quot", "\""}, {"nbsp", " "}, {"#39", "'"}, {"#64", "@"}}};

/// Past `</style>` or `</script>`.
std::string_view after_element(std::string_view rest, std::string_view name) {
    for (auto at = rest.find("</"); at != std::string_view::npos; at = rest.find("</", at + 2))
        if (email::equal_ignoring_case(rest.substr(at + 2, name.size()), name)) return rest.substr(at);
    return {};
}

void append_entity(std::string& out, std::string_view& rest) {
    const auto end = rest.substr(0, 10).find(';');
    if (end != std::string_view::npos) {
        for (const auto& [name, text] : entities) {
            if (rest.substr(1, end - 1) != name) continue;
            out += text;
            return rest.remove_prefix(end + 1);
        }
    }
    out += '&';
    rest.remove_prefix(1);
}

void pass_tag(std::string& out, std::string_view& rest) {
    const auto end = rest.find('>');
    if (end == std::string_view::npos) {  // no tag is left
        out += rest;
        rest = {};
        return;
    }
    // "<user@example.com>" that somebody forgot to escape
    const auto tag = rest.substr(1, end - 1);
    if (tag.contains('@') && !tag.contains(' ')) {
        out += rest.substr(0, end + 1);
        return rest.remove_prefix(end + 1);
    }
    const auto start = tag.starts_with('/') ? 1U : 0U;
    const auto stop = std::ranges::find_if_not(tag.substr(start), email::is_alnum);
    const auto name = email::to_lower(std::string_view(tag.begin() + start, stop));
    rest.remove_prefix(end + 1);
    if (std::ranges::find(blocks, name) != blocks.end()) out += '\n';
    if (std::ranges::find(paragraphs, name) != paragraphs.end()) out += '\n';
    if (name == "style" || name == "script") rest = start == 0 ? after_element(rest, name) : rest;
}

}  // namespace

std::string text_of_html(std::string_view rest) {
    std::string out;
    while (!rest.empty()) {
        const auto mark = std::min(rest.find_first_of("<&"), rest.size());
        out += rest.substr(0, mark);
        rest.remove_prefix(mark);
        if (rest.empty()) break;
        rest.front() == '<' ? pass_tag(out, rest) : append_entity(out, rest);
    }
    return out;
}

}  // namespace chapar::bounce
