// Conditions of if, unless and elsif.
#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
constexpr std::string_view if_syntax = "Syntax Error in tag 'if' - Valid syntax: if [expression]";

Op op_of(std::string_view text) {
    if (text == "==") return Op::equal;
    if (text == "!=" || text == "<>") return Op::unequal;
    if (text == "<") return Op::less;
    if (text == ">") return Op::greater;
    if (text == "<=") return Op::less_equal;
    if (text == ">=") return Op::greater_equal;
    if (text == "contains") return Op::contains;
    return Op::unknown;
}

bool is_operator(char c) { return c == '=' || c == '!' || c == '<' || c == '>' || (c >= 'a' && c <= 'z') || c == '_'; }

/// One or more of: white space, then (unless and/or stands there) a fragment or a word, then white space.
std::size_t operand(std::string_view s, std::size_t at) {
    auto end = scan::none;
    while (true) {
        auto start = scan::skip_space(s, at);
        if (start >= s.size()) return end;
        if (scan::and_or(s, start) != scan::none) return end;
        auto stop = scan::fragment(s, start);
        if (stop == scan::none) {
            stop = start;
            while (stop < s.size() && !scan::is_space(s[stop]))
                ++stop;
        }
        end = at = scan::skip_space(s, stop);
    }
}

/// `a == b and c` as the reference cuts it: "a == b ", "and ", "c".
using Pieces = Few<std::string_view, 8>;
void cut(std::string_view s, Pieces& pieces) {
    for (std::size_t at = 0; at < s.size();) {
        auto end = scan::and_or(s, at);
        if (end == scan::none) end = operand(s, at);
        if (end == scan::none) {
            ++at;
            continue;
        }
        pieces.push_back(s.substr(at, end - at));
        at = end;
    }
}
}  // namespace

bool Parser::condition_operand(std::string_view markup, const Expr*& out) {
    if (markup != "blank" && markup != "empty") return parse_expression(markup, out);
    auto* expr = program_.arena.make<Expr>();
    expr->literal = markup == "blank" ? Value::blank() : Value::empty();
    out = expr;
    return true;
}

bool Parser::parse_conditions(std::string_view markup, Conditions& out) {
    if (mode_ == Mode::lax) return parse_conditions_lax(markup, out);
    return in_context(parse_conditions_strict(markup, out), "", scan::strip(markup), "");
}

bool Parser::parse_simple_condition(std::string_view s, Condition& out) {
    std::size_t begin = 0;
    const auto end = scan::find_fragment(s, 0, begin);
    if (end == scan::none) return fail(std::string(if_syntax));
    if (!condition_operand(s.substr(begin, end - begin), out.left)) return false;
    const auto op = scan::skip_space(s, end);
    auto op_end = op;
    while (op_end < s.size() && is_operator(s[op_end]))
        ++op_end;
    if (op_end > op) {
        out.op_text = s.substr(op, op_end - op);
        out.op = op_of(out.op_text);
    }
    const auto right = scan::skip_space(s, op_end);
    const auto right_end = scan::fragment(s, right);
    return condition_operand(right_end == scan::none ? std::string_view{} : s.substr(right, right_end - right),
                             out.right);
}

bool Parser::parse_conditions_lax(std::string_view markup, Conditions& out) {
    Pieces pieces;
    cut(markup, pieces);
    if (pieces.size() % 2 == 0) return fail(std::string(if_syntax));
    for (auto i = pieces.size(); i > 0; i -= 2) {
        Condition condition;
        if (!parse_simple_condition(pieces[i - 1], condition)) return false;
        out.push_back(condition);
        if (i == 1) break;
        const auto word = scan::strip(pieces[i - 2]);
        if (i < 3 || (word != "and" && word != "or")) return fail(std::string(if_syntax));
        out.back().relation = word == "and" ? Relation::both : Relation::either;
    }
    std::reverse(out.begin(), out.end());
    // Each relation was noted on the condition after it; it belongs to the one before.
    for (std::size_t i = 0; i + 1 < out.size(); ++i)
        out[i].relation = out[i + 1].relation;
    out.back().relation = Relation::last;
    return true;
}

bool Parser::parse_conditions_strict(std::string_view markup, Conditions& out) {
    if (!start_reader(markup)) return false;
    while (true) {
        Condition condition;
        std::string_view text;
        if (!reader_.expression(text)) return take_error();
        if (!condition_operand(text, condition.left)) return false;
        if (reader_.look(TokenKind::comparison)) {
            condition.op_text = reader_.take().text;
            condition.op = op_of(condition.op_text);
            if (!reader_.expression(text)) return take_error();
            if (!condition_operand(text, condition.right)) return false;
        }
        if (reader_.take_word("and")) {
            condition.relation = Relation::both;
        } else if (reader_.take_word("or")) {
            condition.relation = Relation::either;
        }
        out.push_back(condition);
        if (condition.relation == Relation::last) return reader_.expect_end() || take_error();
    }
}

}  // namespace chapar::liquid
