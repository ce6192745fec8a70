// Expressions, lookups, and pipes of filters.
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

bool is_quoted(std::string_view s) {
    return (s.starts_with('"') && s.ends_with('"')) || (s.starts_with('\'') && s.ends_with('\''));
}

Command command_of(std::string_view key) {
    if (key == "size") return Command::size;
    if (key == "first") return Command::first;
    if (key == "last") return Command::last;
    return Command::none;
}

/// The parts of a lookup: names ([\w-]+ and perhaps ?) and balanced [ ]; what fits neither is passed over.
std::vector<std::string_view> lookup_parts(std::string_view s) {
    std::vector<std::string_view> parts;
    std::vector<std::size_t> open, close(s.find('[') == scan::none ? 0 : s.size(), scan::none);
    for (std::size_t i = 0; i < close.size(); ++i) {
        if (s[i] == '[') open.push_back(i);
        if (s[i] == ']' && !open.empty()) {
            close[open.back()] = i;
            open.pop_back();
        }
    }
    for (std::size_t i = 0; i < s.size();) {
        auto end = i;
        if (s[i] == '[') {
            end = close[i] == scan::none ? i : close[i] + 1;
        } else {
            while (end < s.size() && (scan::is_word(s[end]) || s[end] == '-'))
                ++end;
            if (end > i && end < s.size() && s[end] == '?') ++end;
        }
        if (end > i) parts.push_back(s.substr(i, end - i));
        i = std::max(end, i + 1);
    }
    return parts;
}
}  // namespace

bool Parser::in_source(std::string_view text) const {
    const auto& source = program_.source;
    return text.data() >= source.data() && text.data() + text.size() <= source.data() + source.size();
}

bool Parser::parse_expression(std::string_view markup, const Expr*& out) {
    if (expression_depth_ >= deepest_expression) return fail("Nesting too deep");
    markup = scan::strip(markup);
    if (!in_source(markup)) markup = keep(markup);
    Value literal;
    bool is_literal = true;
    if (is_quoted(markup)) {
        literal =
            Value::string(markup.size() < 2 ? std::string_view{} : markup.substr(1, markup.size() - 2), Mark::own);
    } else if (markup.empty() || markup == "nil" || markup == "null") {
        literal = Value();
    } else if (markup == "true" || markup == "false") {
        literal = Value::boolean(markup == "true");
    } else if (markup == "blank" || markup == "empty") {
        literal = Value::string("");
    } else if (!parse_number(markup, program_.arena, literal)) {
        is_literal = false;
    }
    if (is_literal) {
        auto* expr = program_.arena.make<Expr>();
        expr->literal = literal;
        out = expr;
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
    const auto constant = [](const Expr* e) { return e->kind == ExprKind::literal; };
    const auto has_number = [](const Expr* e) {
        return e->literal.type() != Type::boolean && e->literal.type() != Type::range;
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
    const auto parts = lookup_parts(markup);
    const auto inside = [](std::string_view part) { return part.substr(1, part.size() - 2); };
    if (parts.empty()) {
        expr->name_expr = program_.arena.make<Expr>();  // nil names nothing
        return true;
    }
    std::string path(parts[0]);
    if (parts[0].starts_with('[')) {
        if (!parse_expression(inside(parts[0]), expr->name_expr)) return false;
        const auto& name = *expr->name_expr;
        path = name.kind == ExprKind::literal && name.literal.is_string() ? name.literal.as_string() : "";
    } else {
        expr->name = parts[0];
        expr->hash = key_hash(parts[0]);
    }
    bool plain = !path.empty();
    std::vector<Step> steps(parts.size() - 1);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        auto& step = steps[i - 1];
        step.key = parts[i];
        if (!parts[i].starts_with('[')) {
            step.command = command_of(parts[i]);
        } else {
            if (!parse_expression(inside(parts[i]), step.expr)) return false;
            const auto& key = *step.expr;
            if (key.kind == ExprKind::literal && key.literal.is_string()) {
                step.key = key.literal.as_string();
                step.expr = nullptr;
            }
        }
        step.hash = key_hash(step.key);
        plain = plain && step.expr == nullptr && step.command == Command::none;
        if (plain) path.append(".").append(step.key);
    }
    const auto kept = list(steps);
    expr->steps = kept.items;
    expr->step_count = kept.size;
    note_variable(path);
    return true;
}

void Parser::note_variable(std::string_view path) {
    if (!path.empty()) seen_.emplace_back(path);
}

bool Parser::next_expression(const Expr*& out) {
    std::string_view text;
    return reader_.expression(text) ? parse_expression(text, out) : take_error();
}

bool Parser::in_context(bool parsed, std::string_view before, std::string_view markup, std::string_view after) {
    if (parsed) return true;
    context_.assign(" in \"").append(before).append(markup).append(after).append("\"");
    return false;
}

void Parser::finish_filter(FilterCall& filter, std::string_view name, std::vector<const Expr*>& args,
                           std::vector<NamedArg>& named) {
    filter.name = in_source(name) ? name : keep(name);
    filter.entry = program_.environment ? program_.environment->find_filter(name) : nullptr;
    if (filter.entry == nullptr) filter.entry = standard_filter(name);
    // `raw` belongs to Chapar's templates, html or not; plain Liquid does not know it.
    if (filter.entry == nullptr && name == "raw" && (html_ || program_.environment)) filter.entry = raw_filter();
    filter.args = list(args);
    filter.named = list(named);
}

bool Parser::parse_pipe(std::string_view markup, Pipe& out) {
    if (!in_source(markup)) markup = keep(markup);
    const auto names_before = seen_.size();
    if (parse_pipe_strict(markup, out)) {
    } else if (mode_ != Mode::lax) {
        return in_context(false, "{{", markup, "}}");
    } else {
        seen_.resize(names_before);
        out = Pipe{};
        if (!parse_pipe_lax(markup, out)) return false;
    }
    out.raw = out.filters.size > 0 && out.filters[out.filters.size - 1].name == "raw";
    note_filters(out);
    return true;
}

void Parser::note_filters(const Pipe& pipe) {
    for (const auto& filter : pipe.filters) {
        if (!program_.environment || program_.environment->find_filter(filter.name) == nullptr) continue;
        const bool is_first = &filter == pipe.filters.begin();
        const auto* input =
            is_first && pipe.input != nullptr && pipe.input->kind == ExprKind::literal ? pipe.input : nullptr;
        const bool is_text = input != nullptr && input->literal.is_string();
        program_.filter_uses.push_back(
            {std::string(filter.name), is_text ? std::string(input->literal.as_string()) : std::string(), line_});
    }
}

bool Parser::parse_pipe_strict(std::string_view markup, Pipe& out) {
    if (!start_reader(markup)) return false;
    if (reader_.look(TokenKind::end_of_string)) return true;
    if (!next_expression(out.input)) return false;
    std::vector<FilterCall> filters;
    while (reader_.take_if(TokenKind::pipe)) {
        if (!(mode_ == Mode::strict2 ? parse_filter_strict2(filters) : parse_filter_strict(filters))) return false;
    }
    if (!reader_.expect_end()) return take_error();
    out.filters = list(filters);
    return true;
}

bool Parser::parse_filter_strict(std::vector<FilterCall>& filters) {
    std::string_view name;
    if (!reader_.expect(TokenKind::id, name)) return take_error();
    std::vector<const Expr*> args;
    std::vector<NamedArg> named;
    bool more = reader_.take_if(TokenKind::colon);
    while (more) {
        std::string_view key;
        if (reader_.look(TokenKind::id) && reader_.look(TokenKind::colon, 1)) {
            key = reader_.take().text;
            reader_.take();
        }
        const Expr* value = nullptr;
        if (key.ends_with('?')) {  // such a key makes no attribute: the reference reads all of it as one expression
            std::string_view text;
            if (!reader_.expression(text)) return take_error();
            if (!parse_expression(std::string(key) + ": " + std::string(text), value)) return false;
            args.push_back(value);
        } else if (!next_expression(value)) {
            return false;
        } else if (!key.empty()) {
            named.push_back({key, value});
        } else {
            args.push_back(value);
        }
        more = reader_.take_if(TokenKind::comma);
    }
    finish_filter(filters.emplace_back(), name, args, named);
    return true;
}

bool Parser::parse_filter_strict2(std::vector<FilterCall>& filters) {
    std::string_view name;
    if (!reader_.expect(TokenKind::id, name)) return take_error();
    std::vector<const Expr*> args;
    std::vector<NamedArg> named;
    const auto ended = [this] { return reader_.look(TokenKind::pipe) || reader_.look(TokenKind::end_of_string); };
    bool more = reader_.take_if(TokenKind::colon) && !ended();
    bool colon = more;
    while (more) {
        const Expr* value = nullptr;
        if (reader_.look(TokenKind::id) && reader_.look(TokenKind::colon, 1)) {
            const auto key = reader_.take().text;
            reader_.take();
            if (!next_expression(value)) return false;
            named.push_back({key, value});
        } else {
            if (!next_expression(value)) return false;
            args.push_back(value);
        }
        more = reader_.take_if(TokenKind::comma) && !ended();
    }
    (void)colon;
    finish_filter(filters.emplace_back(), name, args, named);
    return true;
}

namespace {
/// The next piece between single bars: white space, commas and fragments, one or more.
bool next_piece(std::string_view s, std::size_t& at, std::string_view& piece) {
    while (at < s.size()) {
        const auto start = at;
        while (at < s.size()) {
            if (scan::is_space(s[at]) || s[at] == ',') {
                ++at;
            } else if (const auto end = scan::fragment(s, at); end != scan::none) {
                at = end;
            } else {
                break;
            }
        }
        piece = s.substr(start, at - start);
        if (at > start) return true;
        ++at;
    }
    return false;
}

/// What follows a colon or a comma: `key: fragment` or a fragment.
bool next_argument(std::string_view s, std::size_t& at, std::string_view& argument) {
    for (; at < s.size(); ++at) {
        if (s[at] != ':' && s[at] != ',') continue;
        const auto start = scan::skip_space(s, at + 1);
        auto end = start;
        while (end < s.size() && scan::is_word(s[end]))
            ++end;
        auto stop = scan::none;
        if (const auto colon = scan::skip_space(s, end); end > start && colon < s.size() && s[colon] == ':') {
            stop = scan::fragment(s, scan::skip_space(s, colon + 1));
        }
        if (stop == scan::none) stop = scan::fragment(s, start);
        if (stop == scan::none) continue;
        argument = s.substr(start, stop - start);
        at = stop;
        return true;
    }
    return false;
}
}  // namespace

bool Parser::parse_pipe_lax(std::string_view markup, Pipe& out) {
    std::size_t begin = 0;
    const auto end = scan::find_fragment(markup, 0, begin);
    if (end == scan::none) return true;
    if (!parse_expression(markup.substr(begin, end - begin), out.input)) return false;
    const auto rest = markup.substr(end);
    const auto bar = rest.find('|');
    if (bar == scan::none) return true;
    std::vector<FilterCall> filters;
    std::string_view piece;
    for (auto at = scan::skip_space(rest, bar + 1); next_piece(rest, at, piece);) {
        const auto name = std::find_if(piece.begin(), piece.end(), scan::is_word);
        const auto name_end = std::find_if_not(name, piece.end(), scan::is_word);
        if (name == piece.end()) continue;
        std::vector<const Expr*> args;
        std::vector<NamedArg> named;
        std::string_view argument;
        for (std::size_t from = 0; next_argument(piece, from, argument);) {
            scan::Attribute attribute;
            const Expr* value = nullptr;
            const bool is_named = scan::whole_attribute(argument, attribute);
            if (!parse_expression(is_named ? attribute.value : argument, value)) return false;
            if (is_named) {
                named.push_back({attribute.key, value});
            } else {
                args.push_back(value);
            }
        }
        finish_filter(filters.emplace_back(), std::string_view(name, name_end), args, named);
    }
    out.filters = list(filters);
    return true;
}

}  // namespace chapar::liquid
