// for, tablerow and cycle.
#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

bool Parser::set_loop_attribute(LoopNode& node, std::string_view key, std::string_view value) {
    if (key == "offset") {
        node.from_continue = value == "continue";
        return node.from_continue || parse_expression(value, node.offset);
    }
    return key != "limit" || parse_expression(value, node.limit);
}

bool Parser::parse_for_lax(std::string_view s, LoopNode& node) {
    const auto bad = [this] { return fail("Syntax Error in 'for loop' - Valid syntax: for [item] in [collection]"); };
    std::size_t end = 0;
    while (end < s.size() && (scan::is_word(s[end]) || s[end] == '-'))
        ++end;
    const auto in = scan::skip_space(s, end);
    const auto collection = scan::skip_space(s, in + 2);
    if (end == 0 || in == end || s.substr(in, 2) != "in" || collection == in + 2) return bad();
    const auto collection_end = scan::run(s, collection);
    if (collection_end == scan::none) return bad();
    node.variable = s.substr(0, end);
    const auto text = s.substr(collection, collection_end - collection);
    node.loop_name = keep(std::string(node.variable) + "-" + std::string(text));
    const auto after = scan::skip_space(s, collection_end);
    node.reversed = s.substr(after).starts_with("reversed");
    if (!parse_expression(text, node.collection)) return false;
    for (auto a = scan::next_attribute(s, 0); a.end != scan::none; a = scan::next_attribute(s, a.end)) {
        if (!set_loop_attribute(node, a.key, a.value)) return false;
    }
    return true;
}

bool Parser::parse_for_strict(std::string_view markup, LoopNode& node) {
    if (!start_reader(markup)) return false;
    if (!reader_.expect(TokenKind::id, node.variable)) return take_error();
    if (!reader_.take_word("in")) return fail("For loops require an 'in' clause");
    std::string_view text;
    if (!reader_.expression(text)) return take_error();
    node.loop_name = keep(std::string(node.variable) + "-" + std::string(text));
    if (!parse_expression(text, node.collection)) return false;
    node.reversed = reader_.take_word("reversed");
    while (reader_.look(TokenKind::comma) || reader_.look(TokenKind::id)) {
        reader_.take_if(TokenKind::comma);
        const bool limit = reader_.take_word("limit");
        if (!limit && !reader_.take_word("offset")) {
            return fail("Invalid attribute in for loop. Valid attributes are limit and offset");
        }
        std::string_view ignored;
        if (!reader_.expect(TokenKind::colon, ignored) || !reader_.expression(text)) return take_error();
        if (!set_loop_attribute(node, limit ? "limit" : "offset", text)) return false;
    }
    return reader_.expect_end() || take_error();
}

bool Parser::parse_for(std::string_view markup, Tokenizer& tokens, Building& body) {
    auto* node = make<LoopNode>(NodeKind::loop, true);
    if (mode_ == Mode::lax) {
        if (!parse_for_lax(markup, *node)) return false;
    } else if (!parse_for_strict(markup, *node)) {
        return in_context(false, "", scan::strip(markup), "");
    }
    node->hash = key_hash(node->variable);
    note_assigned(node->variable);
    const auto before = html_state();
    auto inner = begin();
    End end;
    bool closed = false;
    if (!parse_block(inner, tokens, end)) return false;
    node->body = finish(inner);
    node->blank = inner.blank;
    if (!check_end("for", end, closed)) return false;
    if (!closed) {
        if (end.name != "else") return unknown_tag(end.name, "for", "endfor");
        node->has_else = true;
        auto after = html_state();
        html_state().go_back_to(before);
        auto otherwise = begin();
        if (!parse_block(otherwise, tokens, end)) return false;
        html_state_ = HtmlState::merge(after, html_state());
        node->blank = node->blank && otherwise.blank;
        node->otherwise = finish(otherwise);
        if (!check_end("for", end, closed)) return false;
        if (!closed && end.name != "else") return unknown_tag(end.name, "for", "endfor");
        if (!closed) node->otherwise = Body{};  // a second else ends the block, and what was before it is lost
    }
    if (!node->has_else) html_state_ = HtmlState::merge(html_state(), before);
    if (node->blank) {
        strip_blank(node->body);
        strip_blank(node->otherwise);
    }
    push(body, node, node->blank);
    return true;
}

bool Parser::parse_table_lax(std::string_view s, TableNode& node) {
    // The first WORD in FRAGMENTS, wherever it begins.
    for (std::size_t at = 0; at < s.size();) {
        if (!scan::is_word(s[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < s.size() && scan::is_word(s[end]))
            ++end;
        const auto in = scan::skip_space(s, end);
        const auto collection = scan::skip_space(s, in + 2);
        const auto stop = collection < s.size() ? scan::run(s, collection) : scan::none;
        if (in == end || s.substr(in, 2) != "in" || collection == in + 2 || stop == scan::none) {
            at = end;
            continue;
        }
        node.variable = s.substr(at, end - at);
        if (!parse_expression(s.substr(collection, stop - collection), node.collection)) return false;
        for (auto a = scan::next_attribute(s, 0); a.end != scan::none; a = scan::next_attribute(s, a.end)) {
            const Expr* ignored = nullptr;
            auto& to = a.key == "cols"     ? node.cols
                       : a.key == "limit"  ? node.limit
                       : a.key == "offset" ? node.offset
                                           : ignored;
            if (!parse_expression(a.value, to)) return false;
        }
        return true;
    }
    return fail("Syntax Error in 'table_row loop' - Valid syntax: table_row [item] in [collection] cols=3");
}

bool Parser::parse_table_strict2(std::string_view markup, TableNode& node) {
    if (!start_reader(markup)) return false;
    if (!reader_.expect(TokenKind::id, node.variable)) return take_error();
    if (!reader_.take_word("in")) return fail("For loops require an 'in' clause");
    if (!next_expression(node.collection)) return false;
    reader_.take_if(TokenKind::comma);
    while (reader_.look(TokenKind::id)) {
        const auto key = reader_.take().text;
        const Expr* ignored = nullptr;
        if (key != "cols" && key != "limit" && key != "offset" && key != "range") {
            return fail("Invalid attribute '" + std::string(key) +
                        "' in tablerow loop. Valid attributes are cols, limit, offset, and range");
        }
        auto& to = key == "cols" ? node.cols : key == "limit" ? node.limit : key == "offset" ? node.offset : ignored;
        std::string_view text;
        if (!reader_.expect(TokenKind::colon, text)) return take_error();
        if (!next_expression(to)) return false;
        reader_.take_if(TokenKind::comma);
    }
    return reader_.expect_end() || take_error();
}

bool Parser::parse_table(std::string_view markup, Tokenizer& tokens, Building& body) {
    auto* node = make<TableNode>(NodeKind::table, true);
    const bool parsed = mode_ == Mode::strict2 ? parse_table_strict2(markup, *node) : parse_table_lax(markup, *node);
    if (!parsed) return mode_ == Mode::lax ? false : in_context(false, "", scan::strip(markup), "");
    node->hash = key_hash(node->variable);
    note_assigned(node->variable);
    const auto before = html_state();
    auto inner = begin();
    if (!parse_simple_block("tablerow", inner, tokens)) return false;
    html_state_ = HtmlState::merge(html_state(), before);
    node->body = finish(inner);
    node->blank = inner.blank;
    push(body, node, node->blank);
    return true;
}

bool Parser::parse_cycle_strict2(std::string_view markup, CycleNode& node, Exprs& values) {
    if (!start_reader(markup)) return false;
    if (reader_.look(TokenKind::end_of_string)) {
        return fail("Syntax Error in 'cycle' - Valid syntax: cycle [name :] var [, var2, var3 ...]");
    }
    const Expr* expr = nullptr;
    if (!next_expression(expr)) return false;
    if (reader_.take_if(TokenKind::colon)) {
        node.name = expr;
        if (!next_expression(expr)) return false;
    }
    values.push_back(expr);
    while (reader_.take_if(TokenKind::comma) && !reader_.look(TokenKind::end_of_string)) {
        if (!next_expression(expr)) return false;
        values.push_back(expr);
    }
    return reader_.expect_end() || take_error();
}

namespace {
/// A fragment before a colon: the longest beginning that leaves one. none: it is not a named cycle.
std::size_t cycle_name(std::string_view s, std::size_t& rest) {
    const auto colon_after = [&](std::size_t end) {
        const auto at = scan::skip_space(s, end);
        rest = at + 1;
        return at < s.size() && s[at] == ':';
    };
    if (const auto end = scan::quoted(s, 0); end != scan::none && colon_after(end)) return end;
    const auto end = scan::run(s, 0);
    if (end == scan::none) return scan::none;
    if (colon_after(end)) return end;
    std::size_t last = scan::none;  // a colon of the run itself, outside quotes
    for (std::size_t i = 0; i < end;) {
        if (const auto stop = scan::quoted(s, i); stop != scan::none) {
            i = stop;
        } else {
            if (s[i] == ':' && i > 0) last = i;
            ++i;
        }
    }
    rest = last == scan::none ? 0 : last + 1;
    return last;
}
}  // namespace

bool Parser::parse_cycle_lax(std::string_view markup, CycleNode& node, Exprs& values) {
    std::size_t rest = 0;
    auto list_text = markup;
    if (const auto end = cycle_name(markup, rest); end != scan::none) {
        if (!parse_expression(markup.substr(0, end), node.name)) return false;
        list_text = markup.substr(scan::skip_space(markup, rest));
    } else if (scan::run(markup, 0) == scan::none) {
        return fail("Syntax Error in 'cycle' - Valid syntax: cycle [name :] var [, var2, var3 ...]");
    }
    for (std::size_t at = 0; at <= list_text.size();) {
        const auto comma = std::min(list_text.find(',', at), list_text.size());
        const auto part = list_text.substr(at, comma - at);
        std::size_t begin = 0;
        if (const auto end = scan::find_fragment(part, 0, begin); end != scan::none) {
            const Expr* expr = nullptr;
            if (!parse_expression(part.substr(begin, end - begin), expr)) return false;
            values.push_back(expr);
        }
        at = comma + 1;
    }
    return true;
}

bool Parser::parse_cycle(std::string_view markup, Building& body) {
    auto* node = make<CycleNode>(NodeKind::cycle, false);
    Exprs values;
    const bool parsed =
        mode_ == Mode::strict2 ? parse_cycle_strict2(markup, *node, values) : parse_cycle_lax(markup, *node, values);
    if (!parsed) return mode_ == Mode::lax ? false : in_context(false, "", scan::strip(markup), "");
    node->values = list(values);
    const bool literal =
        std::all_of(values.begin(), values.end(), [](const Expr* e) { return e->kind == ExprKind::literal; });
    if (node->name == nullptr && literal) {  // cycles of the same literals turn together
        std::string key = "[";
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) key += ", ";
            append_inspected(key, values[i]->literal);
        }
        node->key = keep(key + "]");
    }
    take_position(*node);
    push(body, node, false);
    return true;
}

}  // namespace chapar::liquid
