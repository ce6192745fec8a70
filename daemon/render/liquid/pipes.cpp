// Pipes of filters: strict, strict2 and lax.
#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

bool Parser::in_context(bool parsed, std::string_view before, std::string_view markup, std::string_view after) {
    if (parsed) return true;
    context_.assign(" in \"").append(before).append(markup).append(after).append("\"");
    return false;
}

void Parser::finish_filter(Filters& filters, std::string_view name, const Exprs& args, const Named& named) {
    FilterCall filter;
    filter.name = in_source(name) ? name : keep(name);
    filter.entry = program_.environment ? program_.environment->find_filter(name) : nullptr;
    if (filter.entry == nullptr) filter.entry = standard_filter(name);
    // `raw` belongs to Chapar's templates, html or not; plain Liquid does not know it.
    if (filter.entry == nullptr && name == "raw" && (html_ || program_.environment)) filter.entry = raw_filter();
    filter.args = list(args);
    filter.named = list(named);
    filters.push_back(filter);
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
    std::size_t at = 0;
    const bool is_path = parse_path(markup, at, out.input);
    if (is_path && at == markup.size()) return true;
    if (!start_reader(markup.substr(at))) return false;
    if (reader_.look(TokenKind::end_of_string)) return true;
    if (!is_path && !next_expression(out.input)) return false;
    Filters filters;
    while (reader_.take_if(TokenKind::pipe)) {
        if (!(mode_ == Mode::strict2 ? parse_filter_strict2(filters) : parse_filter_strict(filters))) return false;
    }
    if (!reader_.expect_end()) return take_error();
    out.filters = list(filters);
    return true;
}

bool Parser::parse_filter_strict(Filters& filters) {
    std::string_view name;
    if (!reader_.expect(TokenKind::id, name)) return take_error();
    Exprs args;
    Named named;
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
    finish_filter(filters, name, args, named);
    return true;
}

bool Parser::parse_filter_strict2(Filters& filters) {
    std::string_view name;
    if (!reader_.expect(TokenKind::id, name)) return take_error();
    Exprs args;
    Named named;
    const auto ended = [this] { return reader_.look(TokenKind::pipe) || reader_.look(TokenKind::end_of_string); };
    bool more = reader_.take_if(TokenKind::colon) && !ended();
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
    finish_filter(filters, name, args, named);
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

bool Parser::parse_arguments_lax(std::string_view piece, Exprs& args, Named& named) {
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
    return true;
}

bool Parser::parse_pipe_lax(std::string_view markup, Pipe& out) {
    std::size_t begin = 0;
    const auto end = scan::find_fragment(markup, 0, begin);
    if (end == scan::none) return true;
    if (!parse_expression(markup.substr(begin, end - begin), out.input)) return false;
    const auto rest = markup.substr(end);
    const auto bar = rest.find('|');
    if (bar == scan::none) return true;
    Filters filters;
    std::string_view piece;
    for (auto at = scan::skip_space(rest, bar + 1); next_piece(rest, at, piece);) {
        const auto name = std::find_if(piece.begin(), piece.end(), scan::is_word);
        const auto name_end = std::find_if_not(name, piece.end(), scan::is_word);
        if (name == piece.end()) continue;
        Exprs args;
        Named named;
        if (!parse_arguments_lax(piece, args, named)) return false;
        finish_filter(filters, std::string_view(name, name_end), args, named);
    }
    out.filters = list(filters);
    return true;
}

}  // namespace chapar::liquid
