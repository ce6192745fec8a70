// Every tag but the loops and the partials.
#include <algorithm>

#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

Parser::Tagged Parser::parse_tag(std::string_view name, std::string_view markup, Tokenizer& tokens, Building& body) {
    const auto done = [](bool parsed) { return parsed ? Tagged::parsed : Tagged::failed; };
    if (program_.environment) {
        if (const auto tag = program_.environment->find_tag(name)) return done(parse_host_tag(tag, markup, body));
    }
    if (name == "if" || name == "unless") return done(parse_if(name, markup, tokens, body));
    if (name == "for") return done(parse_for(markup, tokens, body));
    if (name == "assign") return done(parse_assign(markup, body));
    if (name == "case") return done(parse_case(markup, tokens, body));
    if (name == "capture") return done(parse_capture(markup, tokens, body));
    if (name == "comment") return done(parse_comment(tokens, body));
    if (name == "raw") return done(parse_raw(markup, tokens, body));
    if (name == "render") return done(parse_include(NodeKind::partial, markup, body));
    if (name == "include") return done(parse_include(NodeKind::include, markup, body));
    if (name == "cycle") return done(parse_cycle(markup, body));
    if (name == "increment") return done(parse_counter(NodeKind::increment, markup, body));
    if (name == "decrement") return done(parse_counter(NodeKind::decrement, markup, body));
    if (name == "tablerow") return done(parse_table(markup, tokens, body));
    if (name == "doc") return done(parse_doc(markup, tokens, body));
    if (name == "break" || name == "continue") {
        push(body, make<Node>(name == "break" ? NodeKind::jump_out : NodeKind::jump_on, false), false);
        return Tagged::parsed;
    }
    if (name == "echo") {
        auto* node = make<OutputNode>(NodeKind::output, false);
        if (!parse_pipe(markup, node->pipe)) return Tagged::failed;
        take_position(*node);
        program_.uses_raw = program_.uses_raw || (html_ && node->pipe.raw);
        push(body, node, false);
        return Tagged::parsed;
    }
    if (name == "ifchanged") {
        auto* node = make<BodyNode>(NodeKind::if_changed, false);
        const auto before = html_state();
        auto inner = begin();
        if (!parse_simple_block(name, inner, tokens)) return Tagged::failed;
        html_state_ = HtmlState::merge(html_state(), before);
        node->body = finish(inner);
        node->blank = node->body.blank;
        push(body, node, node->blank);
        return Tagged::parsed;
    }
    if (name == "#") {
        body.last_text = nullptr;
        return done(parse_inline_comment(markup));
    }
    return Tagged::unknown;
}

bool Parser::parse_inline_comment(std::string_view s) {
    for (auto at = s.find('\n'); at != scan::none; at = s.find('\n', at + 1)) {
        const auto next = scan::skip_space(s, at + 1);
        if (next >= s.size()) break;
        if (s[next] != '#') {
            return fail("Syntax error in tag '#' - Each line of comments must be prefixed by the '#' character");
        }
    }
    return true;
}

bool Parser::parse_raw(std::string_view markup, Tokenizer& tokens, Building& body) {
    if (!scan::is_blank(markup)) return fail("Syntax Error in 'raw' - Valid syntax: raw");
    auto* node = make<TextNode>(NodeKind::text, false);
    const char* begin = nullptr;
    std::string_view token;
    while (tokens.shift(token)) {
        if (begin == nullptr) begin = token.data();
        std::size_t start = 0;
        std::string_view name;
        if (!scan::last_tag(token, start, name) || name != "endraw") continue;
        trim_next_ = token[token.size() - 3] == '-';
        node->text = {begin, static_cast<std::size_t>(token.data() + start - begin)};
        if (html_) html_state(), feed_html(node->text);
        push(body, node, node->text.empty());
        return true;
    }
    return fail("'raw' tag was never closed");
}

bool Parser::parse_doc(std::string_view markup, Tokenizer& tokens, Building& body) {
    if (!scan::is_blank(markup)) return fail("Syntax Error in 'doc' - Valid syntax: {% doc %}{% enddoc %}");
    bool empty = true;
    std::string_view token;
    while (tokens.shift(token)) {
        std::size_t start = 0;
        std::string_view name;
        const bool tag = scan::last_tag(token, start, name);
        if (tag && name == "doc") return fail("Syntax Error in 'doc' - Nested doc tags are not allowed");
        if (!tag || name != "enddoc") {
            empty = empty && token.empty();
            continue;
        }
        trim_next_ = token[token.size() - 3] == '-';
        body.last_text = nullptr;
        body.blank = body.blank && empty && start == 0;
        return true;
    }
    return fail("'doc' tag was never closed");
}

bool Parser::parse_comment(Tokenizer& tokens, Building& body) {
    body.last_text = nullptr;
    int depth = 1;
    std::string_view token;
    while (tokens.shift(token)) {
        std::string_view name;
        if (tokens.lines()) {
            const auto start = scan::skip_space(token, 0);
            auto end = start;
            while (end < token.size() && scan::is_word(token[end]))
                ++end;
            name = token.substr(start, end - start);
        } else {
            scan::TagParts parts;
            if (scan::tag_parts(token, parts)) name = parts.name;
        }
        if (name == "raw") {
            bool closed = false;
            while (!closed && tokens.shift(token)) {
                std::size_t start = 0;
                std::string_view inner;
                closed = scan::last_tag(token, start, inner) && inner == "endraw";
            }
            if (!closed) return fail("'raw' tag was never closed");
        } else if (name == "comment") {
            ++depth;
        } else if (name == "endcomment" && --depth == 0) {
            if (!tokens.lines()) trim_next_ = token[token.size() - 3] == '-';
            return true;
        }
    }
    return fail("'comment' tag was never closed");
}

bool Parser::parse_assign(std::string_view markup, Building& body) {
    for (std::size_t at = 0; at < markup.size();) {
        const auto end = scan::signature(markup, at);
        if (end == scan::none) {
            ++at;
            continue;
        }
        const auto equals = scan::skip_space(markup, end);
        if (equals >= markup.size() || markup[equals] != '=') {
            at = end;
            continue;
        }
        auto name = markup.substr(at, end - at);
        if (mode_ == Mode::strict2) {
            const auto whole = name;
            if (!start_reader(whole) || !reader_.expect(TokenKind::id, name) || !reader_.expect_end()) {
                take_error();
                return in_context(false, "", scan::strip(markup), "");
            }
        }
        auto* node = make<AssignNode>(NodeKind::assign, true);
        node->name = name;
        node->hash = key_hash(name);
        note_assigned(name);
        if (!parse_pipe(markup.substr(scan::skip_space(markup, equals + 1)), node->pipe)) {
            return mode_ == Mode::lax ? false : in_context(false, "", scan::strip(markup), "");
        }
        if (html_) program_.uses_raw = program_.uses_raw || node->pipe.raw;
        push(body, node, true);
        return true;
    }
    const bool failed = fail("Syntax Error in 'assign' - Valid syntax: assign [var] = [source]");
    return mode_ == Mode::lax ? failed : in_context(failed, "", scan::strip(markup), "");
}

bool Parser::parse_capture(std::string_view markup, Tokenizer& tokens, Building& body) {
    std::string_view name;
    if (mode_ == Mode::strict2) {
        if (!start_reader(scan::strip(markup)) || !reader_.expect(TokenKind::id, name) || !reader_.expect_end()) {
            take_error();
            return in_context(false, "", scan::strip(markup), "");
        }
    } else {
        std::size_t at = 0;
        auto end = scan::none;
        while (at < markup.size() && (end = scan::signature(markup, at)) == scan::none)
            ++at;
        if (end == scan::none) {
            const bool failed = fail("Syntax Error in 'capture' - Valid syntax: capture [var]");
            return mode_ == Mode::lax ? failed : in_context(failed, "", scan::strip(markup), "");
        }
        name = markup.substr(at, end - at);
    }
    auto* node = make<CaptureNode>(NodeKind::capture, true);
    node->name = name;
    node->hash = key_hash(name);
    note_assigned(name);
    const auto outside = html_state();
    html_state_.go_back_to(HtmlState{});
    auto inner = begin();
    if (!parse_simple_block("capture", inner, tokens)) return false;
    html_state().go_back_to(outside);
    node->body = finish(inner);
    push(body, node, true);
    return true;
}

bool Parser::parse_if(std::string_view tag, std::string_view markup, Tokenizer& tokens, Building& body) {
    auto* node = make<BranchNode>(NodeKind::branch, true);
    node->negated = tag == "unless";
    Branches branches;
    const auto before = html_state();
    auto after = before;
    bool is_else = false;
    while (true) {
        Conditions conditions;
        if (!is_else && !parse_conditions(markup, conditions)) return false;
        html_state().go_back_to(before);
        auto inner = begin();
        End end;
        bool closed = false;
        if (!parse_block(inner, tokens, end)) return false;
        after = branches.empty() ? html_state() : HtmlState::merge(after, html_state());
        branches.push_back({list(conditions), finish(inner)});
        node->blank = node->blank && inner.blank;
        if (!check_end(tag, end, closed)) return false;
        if (closed) break;
        if (end.name != "else" && end.name != "elsif") return unknown_tag(end.name, tag, "end" + std::string(tag));
        is_else = end.name == "else";
        markup = end.markup;
    }
    html_state_ = is_else ? after : HtmlState::merge(after, before);  // no branch may be taken
    if (node->blank) {
        for (auto& branch : branches)
            strip_blank(branch.body);
    }
    node->branches = list(branches);
    push(body, node, node->blank);
    return true;
}

bool Parser::parse_when(std::string_view markup, const Expr* left, Conditions& out) {
    const auto add = [&](std::string_view text) {
        Condition condition{.left = left, .op_text = "==", .op = Op::equal};
        const bool parsed = condition_operand(text, condition.right);
        out.push_back(condition);
        return parsed;
    };
    if (mode_ == Mode::strict2) {
        if (!start_reader(markup)) return false;
        do {
            std::string_view text;
            if (!reader_.expression(text)) return take_error();
            if (!add(text)) return false;
        } while (reader_.take_word("or") || reader_.take_if(TokenKind::comma));
        return reader_.expect_end() || take_error();
    }
    while (true) {
        std::size_t begin = 0;
        const auto end = scan::find_fragment(markup, 0, begin);
        if (end == scan::none) {
            return fail("Syntax Error in tag 'case' - Valid when condition: {% when [condition] [or condition2...] %}");
        }
        if (!add(markup.substr(begin, end - begin))) return false;
        auto next = scan::skip_space(markup, end);
        if (next < markup.size() && markup[next] == ',') {
            next = scan::skip_space(markup, next + 1);
        } else if (next > end && markup.substr(next, 2) == "or" && scan::skip_space(markup, next + 2) > next + 2) {
            next = scan::skip_space(markup, next + 2);
        } else {
            return true;
        }
        if (scan::fragment(markup, next) == scan::none) return true;
        markup = markup.substr(next);
    }
}

bool Parser::parse_case(std::string_view markup, Tokenizer& tokens, Building& body) {
    auto* node = make<ChoiceNode>(NodeKind::choice, true);
    const Expr* left = nullptr;
    if (mode_ == Mode::strict2) {
        const bool parsed = start_reader(markup) && next_expression(left) && (reader_.expect_end() || take_error());
        if (!parsed) return in_context(false, "", scan::strip(markup), "");
    } else {
        std::size_t begin = 0;
        const auto end = scan::find_fragment(markup, 0, begin);
        if (end == scan::none) {
            const bool failed = fail("Syntax Error in 'case' - Valid syntax: case [condition]");
            return mode_ == Mode::lax ? failed : in_context(failed, "", scan::strip(markup), "");
        }
        if (!parse_expression(markup.substr(begin, end - begin), left)) return false;
    }
    Branches branches;
    std::size_t alternatives = 0;  // branches that share the body being parsed
    const auto before = html_state();
    auto after = before;
    while (true) {
        html_state().go_back_to(before);
        auto inner = begin();
        End end;
        bool closed = false;
        if (!parse_block(inner, tokens, end)) return false;
        node->blank = node->blank && inner.blank;
        after = HtmlState::merge(after, html_state());
        const auto parsed = finish(inner);
        for (auto i = branches.size() - alternatives; i < branches.size(); ++i)
            branches[i].body = parsed;
        if (!check_end("case", end, closed)) return false;
        if (closed) break;
        Conditions conditions;
        if (end.name == "when") {
            if (!parse_when(end.markup, left, conditions)) return false;
            alternatives = conditions.size();
            for (const auto& condition : conditions)
                branches.push_back({list(&condition, 1), {}});
        } else if (end.name == "else") {
            if (!scan::is_blank(end.markup)) {
                return fail("Syntax Error in tag 'case' - Valid else condition: {% else %} (no parameters) ");
            }
            alternatives = 1;
            branches.push_back({});
        } else {
            return unknown_tag(end.name, "case", "endcase");
        }
    }
    html_state_ = after;
    if (node->blank) {
        for (auto& branch : branches)
            strip_blank(branch.body);
    }
    node->branches = list(branches);
    push(body, node, node->blank);
    return true;
}

bool Parser::parse_counter(NodeKind kind, std::string_view markup, Building& body) {
    auto* node = make<CounterNode>(kind, false);
    node->name = scan::strip(markup);
    if (mode_ == Mode::strict2) {
        if (!start_reader(node->name) || !reader_.expect(TokenKind::id, node->name) || !reader_.expect_end()) {
            take_error();
            return in_context(false, "", scan::strip(markup), "");
        }
    }
    node->hash = key_hash(node->name);
    note_assigned(node->name);
    push(body, node, false);
    return true;
}

bool Parser::parse_host_tag(Tag tag, std::string_view markup, Building& body) {
    auto* node = make<HostNode>(NodeKind::host, false);
    node->tag = tag;
    if (!parse_pipe(markup, node->pipe)) return false;
    push(body, node, false);
    return true;
}

}  // namespace chapar::liquid
