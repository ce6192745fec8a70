// Expressions and lookups.
#include <algorithm>
#include <charconv>

#include "render/liquid/number.hpp"
#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest_expression = 100;

bool all_digits(std::string_view s) {
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return scan::is_digit(c); });
}

double to_real(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// Whole numbers, floats, and what the reference takes for a float: "1." and "1.2.3" (which is 1.2).
bool parse_number(std::string_view s, Arena& arena, Value& out) {
    const auto unsigned_part = s.starts_with('-') ? s.substr(1) : s;
    if (unsigned_part.empty() || !scan::is_digit(unsigned_part[0])) return false;
    if (all_digits(unsigned_part)) {
        out = leading_integer(s).as_whole().value(arena);
        return true;
    }
    if (!std::all_of(unsigned_part.begin(), unsigned_part.end(),
                     [](char c) { return scan::is_digit(c) || c == '.'; })) {
        return false;
    }
    const auto point = s.find('.');
    out = Value::real(to_real(s.substr(0, s.find('.', point + 1))));
    return true;
}

Command command_of(std::string_view key) {
    if (key == "size") return Command::size;
    if (key == "first") return Command::first;
    if (key == "last") return Command::last;
    return Command::none;
}

std::size_t name_end(std::string_view s, std::size_t at) {
    auto end = at;
    while (end < s.size() && (scan::is_word(s[end]) || s[end] == '-'))
        ++end;
    return end > at && end < s.size() && s[end] == '?' ? end + 1 : end;
}

/// Where each [ of `s` is closed; none: nowhere.
std::vector<std::size_t> closing_brackets(std::string_view s) {
    std::vector<std::size_t> open, close(s.size(), scan::none);
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '[') open.push_back(i);
        if (s[i] == ']' && !open.empty()) {
            close[open.back()] = i;
            open.pop_back();
        }
    }
    return close;
}

/// The parts of a lookup: names ([\w-]+ and perhaps ?) and balanced [ ]; what fits neither is passed over.
template <class Parts>
void cut_lookup(std::string_view s, Parts& parts) {
    std::vector<std::size_t> close;
    for (std::size_t i = 0; i < s.size();) {
        auto end = i;
        if (s[i] == '[') {
            if (close.empty()) close = closing_brackets(s);
            end = close[i] == scan::none ? i : close[i] + 1;
        } else {
            end = name_end(s, i);
        }
        if (end > i) parts.push_back(s.substr(i, end - i));
        i = std::max(end, i + 1);
    }
}

std::string_view inside(std::string_view brackets) { return brackets.substr(1, brackets.size() - 2); }
}  // namespace

bool Parser::in_source(std::string_view text) const {
    const auto& source = program_.source;
    return text.data() >= source.data() && text.data() + text.size() <= source.data() + source.size();
}

const Expr* Parser::literal(Value value) {
    auto* expr = program_.arena.make<Expr>();
    expr->literal = value;
    return expr;
}

/// A number, a quoted text or a word of the language's own.
bool Parser::parse_literal(std::string_view s, Value& out) {
    if (s.empty()) return true;
    const char first = s[0];
    if (first == '"' || first == '\'') {
        if (!s.ends_with(first)) return false;
        out = Value::string(s.size() < 2 ? std::string_view{} : inside(s), Mark::own);
        return true;
    }
    if (scan::is_digit(first) || first == '-') return parse_number(s, program_.arena, out);
    if (s.size() < 3 || s.size() > 5) return false;
    if (s == "nil" || s == "null") return true;
    if (s == "true" || s == "false") {
        out = Value::boolean(first == 't');
        return true;
    }
    if (s != "blank" && s != "empty") return false;
    out = Value::string("");
    return true;
}

bool Parser::parse_expression(std::string_view markup, const Expr*& out) {
    if (expression_depth_ >= deepest_expression) return fail("Nesting too deep");
    markup = scan::strip(markup);
    if (!in_source(markup)) markup = keep(markup);
    if (Value value; parse_literal(markup, value)) {
        out = literal(value);
        return true;
    }
    ++expression_depth_;
    bool is_range = false;
    const bool parsed = parse_range(markup, out, is_range) && (is_range || parse_lookup(markup, out));
    --expression_depth_;
    return parsed;
}

bool Parser::parse_range(std::string_view s, const Expr*& out, bool& is_range) {
    if (!s.starts_with('(') || !s.ends_with(')')) return true;
    const auto start = scan::skip_space(s, 1);
    auto word_end = start;
    while (word_end < s.size() && !scan::is_space(s[word_end]))
        ++word_end;
    // The last ".." of the first word, or one after the white space behind it.
    std::string_view first, rest;
    if (const auto after = scan::skip_space(s, word_end); word_end > start && s.substr(after, 2) == "..") {
        first = s.substr(start, word_end - start);
        rest = s.substr(after + 2);
    } else {
        const auto dots = s.substr(0, word_end).rfind("..");
        if (dots == scan::none || dots <= start) return true;
        first = s.substr(start, dots - start);
        rest = s.substr(dots + 2);
    }
    rest.remove_suffix(1);  // the bracket
    rest = scan::strip(rest);
    if (rest.empty() || std::any_of(rest.begin(), rest.end(), [](char c) { return scan::is_space(c); })) return true;
    auto* expr = program_.arena.make<Expr>();
    expr->kind = ExprKind::range;
    if (!parse_expression(first, expr->first) || !parse_expression(rest, expr->last)) return false;
    // A range of literals is one value, and no end of another range.
    const auto is_range_of_literals = [](const Expr* e) {
        return e->kind == ExprKind::range && e->first->kind == ExprKind::literal && e->last->kind == ExprKind::literal;
    };
    const auto constant = [&](const Expr* e) { return e->kind == ExprKind::literal || is_range_of_literals(e); };
    const auto has_number = [&](const Expr* e) {
        return !is_range_of_literals(e) && e->literal.type() != Type::boolean && e->literal.type() != Type::range;
    };
    if (constant(expr->first) && constant(expr->last)) {
        const auto bad = !has_number(expr->first) ? first : !has_number(expr->last) ? rest : std::string_view{};
        if (!bad.empty()) return fail("Invalid expression type '" + std::string(bad) + "' in range expression");
    }
    out = expr;
    is_range = true;
    return true;
}

bool Parser::parse_lookup(std::string_view markup, const Expr*& out) {
    auto* expr = program_.arena.make<Expr>();
    expr->kind = ExprKind::lookup;
    out = expr;
    if (markup == "-") {
        expr->name = markup;
        expr->hash = key_hash(markup);
        return true;
    }
    Parts parts;
    cut_lookup(markup, parts);
    if (parts.empty()) {
        expr->name_expr = literal(Value());  // nil names nothing
        return true;
    }
    if (parts[0].starts_with('[')) {
        if (!parse_expression(inside(parts[0]), expr->name_expr)) return false;
    } else {
        expr->name = parts[0];
        expr->hash = key_hash(parts[0]);
    }
    auto* steps = program_.arena.make_array<Step>(parts.size() - 1);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (!parse_step(parts[i], *::new (&steps[i - 1]) Step)) return false;
    }
    expr->steps = steps;
    expr->step_count = static_cast<std::uint32_t>(parts.size() - 1);
    note_lookup(*expr, parts);
    return true;
}

/// The usual thing at `at`, without tokens: `name.name.name` followed by the end or a bar. False: something else.
bool Parser::parse_path(std::string_view s, std::size_t& at, const Expr*& out) {
    const auto begin = scan::skip_space(s, at);
    auto end = begin;
    std::uint32_t names = 0;
    do {
        if (names > 0) ++end;  // the dot
        if (end >= s.size() || !(scan::is_alpha(s[end]) || s[end] == '_')) return false;
        end = name_end(s, end);
        ++names;
    } while (end < s.size() && s[end] == '.');
    const auto next = scan::skip_space(s, end);
    auto path = s.substr(begin, end - begin);
    if ((next < s.size() && s[next] != '|') || path == "contains") return false;
    at = next;
    if (Value value; names == 1 && parse_literal(path, value)) {
        out = literal(value);
        return true;
    }
    auto* expr = program_.arena.make<Expr>();
    expr->kind = ExprKind::lookup;
    expr->name = path.substr(0, path.find('.'));
    expr->hash = key_hash(expr->name);
    auto* steps = program_.arena.make_array<Step>(names - 1);
    bool plain = true;  // its steps so far belong to the variable's name
    auto read = expr->name.size();
    for (auto from = read + 1; from < path.size();) {
        const auto key = path.substr(from, path.find('.', from) - from);
        const auto* step =
            ::new (&steps[expr->step_count++]) Step{.key = key, .hash = key_hash(key), .command = command_of(key)};
        from += key.size() + 1;
        plain = plain && step->command == Command::none;
        if (plain) read = from - 1;
    }
    expr->steps = steps;
    seen_.push_back(path.substr(0, read));
    out = expr;
    return true;
}

bool Parser::parse_step(std::string_view part, Step& step) {
    step.key = part;
    if (!part.starts_with('[')) {
        step.command = command_of(part);
    } else {
        if (!parse_expression(inside(part), step.expr)) return false;
        const auto& key = *step.expr;
        if (key.kind == ExprKind::literal && key.literal.is_string()) {
            step.key = key.literal.as_string();
            step.expr = nullptr;
        }
    }
    step.hash = key_hash(step.key);
    return true;
}

/// Notes the variable that is read: its path up to the first computed step.
void Parser::note_lookup(const Expr& expr, const Parts& parts) {
    const auto* root = expr.name_expr;
    if (root != nullptr && !(root->kind == ExprKind::literal && root->literal.is_string())) return;
    auto path = root == nullptr ? expr.name : root->literal.as_string();
    if (path.empty()) return;
    std::string written;  // where it does not stand in the source as it is
    for (std::uint32_t i = 0; i < expr.step_count; ++i) {
        const auto& step = expr.steps[i];
        if (step.expr != nullptr || step.command != Command::none) break;
        const auto* end = path.data() + path.size();
        if (written.empty() && step.key.data() == parts[i + 1].data() && end + 1 == step.key.data() && *end == '.') {
            path = {path.data(), path.size() + 1 + step.key.size()};
            continue;
        }
        if (written.empty()) written = path;
        written.append(".").append(step.key);
    }
    seen_.push_back(written.empty() ? path : keep(written));
}

bool Parser::next_expression(const Expr*& out) {
    std::string_view text;
    return reader_.expression(text) ? parse_expression(text, out) : take_error();
}

}  // namespace chapar::liquid
