// include and render.
#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
/// One or more quoted strings in a row, wherever the first begins.
std::size_t find_quoted(std::string_view s, std::size_t& begin) {
    for (std::size_t at = 0; at < s.size(); ++at) {
        auto end = scan::quoted(s, at);
        if (end == scan::none) continue;
        begin = at;
        for (auto more = end; more != scan::none; more = scan::quoted(s, end))
            end = more;
        return end;
    }
    return scan::none;
}
}  // namespace

bool Parser::parse_include_lax(NodeKind kind, std::string_view s, IncludeNode& node) {
    std::size_t begin = 0;
    auto end = scan::none;
    if (kind == NodeKind::include) {
        end = scan::find_fragment(s, 0, begin);
        if (end != scan::none) end = scan::run(s, begin);
    } else {
        end = find_quoted(s, begin);
    }
    if (end == scan::none) {
        return fail(kind == NodeKind::include
                        ? "Error in tag 'include' - Valid syntax: include '[template]' (with|for) [object|collection]"
                        : "Syntax error in tag 'render' - Template name must be a quoted string");
    }
    if (!parse_expression(s.substr(begin, end - begin), node.name)) return false;
    auto at = scan::skip_space(s, end);
    const auto word = s.substr(at, at + 4 <= s.size() && s.substr(at, 4) == "with" ? 4 : 3);
    if (at > end && (word == "with" || word == "for")) {
        const auto from = scan::skip_space(s, at + word.size());
        const auto stop = from > at + word.size() ? scan::run(s, from) : scan::none;
        if (stop != scan::none) {
            if (!parse_expression(s.substr(from, stop - from), node.variable)) return false;
            node.each = word == "for";
            end = stop;
        }
    }
    at = scan::skip_space(s, end);
    if (at > end && s.substr(at, 2) == "as") {
        const auto from = scan::skip_space(s, at + 2);
        auto stop = from;
        while (stop < s.size() && (scan::is_word(s[stop]) || s[stop] == '-'))
            ++stop;
        if (from > at + 2 && stop > from) node.alias = s.substr(from, stop - from);
    }
    Named attributes;
    for (auto a = scan::next_attribute(s, 0); a.end != scan::none; a = scan::next_attribute(s, a.end)) {
        const Expr* value = nullptr;
        if (!parse_expression(a.value, value)) return false;
        attributes.push_back({a.key, value});
    }
    node.attributes = list(attributes);
    return true;
}

bool Parser::parse_include_strict2(NodeKind kind, std::string_view markup, IncludeNode& node) {
    if (!start_reader(markup)) return false;
    if (kind == NodeKind::include) {
        if (!next_expression(node.name)) return false;
    } else {
        std::string_view name;
        if (!reader_.expect(TokenKind::string, name)) return take_error();
        if (!parse_expression(name, node.name)) return false;
    }
    node.each = reader_.take_word("for");
    if ((node.each || reader_.take_word("with")) && !next_expression(node.variable)) return false;
    if (reader_.take_word("as") && !reader_.expect(TokenKind::id, node.alias)) return take_error();
    reader_.take_if(TokenKind::comma);
    Named attributes;
    while (reader_.look(TokenKind::id)) {
        const auto key = reader_.take().text;
        std::string_view ignored;
        const Expr* value = nullptr;
        if (!reader_.expect(TokenKind::colon, ignored)) return take_error();
        if (!next_expression(value)) return false;
        reader_.take_if(TokenKind::comma);
        attributes.push_back({key, value});
    }
    node.attributes = list(attributes);
    return reader_.expect_end() || take_error();
}

bool Parser::parse_include(NodeKind kind, std::string_view markup, Building& body) {
    auto* node = make<IncludeNode>(kind, false);
    const bool parsed =
        mode_ == Mode::strict2 ? parse_include_strict2(kind, markup, *node) : parse_include_lax(kind, markup, *node);
    if (!parsed) return mode_ == Mode::lax ? false : in_context(false, "", scan::strip(markup), "");
    if (node->name->kind == ExprKind::literal && node->name->literal.is_string()) {
        const std::string name(node->name->literal.as_string());
        if (partials_.insert(name).second) program_.partials.push_back(name);
    }
    take_position(*node);
    push(body, node, false);
    return true;
}

}  // namespace chapar::liquid
