#include "render/liquid/lexer.hpp"

#include <array>

#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest = 100;

bool single(char c, TokenKind& kind) {
    switch (c) {
        case '|':
            kind = TokenKind::pipe;
            return true;
        case '.':
            kind = TokenKind::dot;
            return true;
        case ':':
            kind = TokenKind::colon;
            return true;
        case ',':
            kind = TokenKind::comma;
            return true;
        case '[':
            kind = TokenKind::open_square;
            return true;
        case ']':
            kind = TokenKind::close_square;
            return true;
        case '(':
            kind = TokenKind::open_round;
            return true;
        case ')':
            kind = TokenKind::close_round;
            return true;
        case '?':
            kind = TokenKind::question;
            return true;
        case '-':
            kind = TokenKind::dash;
            return true;
        default:
            return false;
    }
}

std::size_t number_end(std::string_view s, std::size_t at) {
    if (s[at] == '-') ++at;
    while (at < s.size() && scan::is_digit(s[at]))
        ++at;
    if (at + 1 < s.size() && s[at] == '.' && scan::is_digit(s[at + 1])) {
        ++at;
        while (at < s.size() && scan::is_digit(s[at]))
            ++at;
    }
    return at;
}

std::size_t identifier_end(std::string_view s, std::size_t at) {
    while (at < s.size() && (scan::is_word(s[at]) || s[at] == '-'))
        ++at;
    return at < s.size() && s[at] == '?' ? at + 1 : at;
}

/// 0: none there.
std::size_t comparison_bytes(std::string_view s, std::size_t at) {
    const char next = at + 1 < s.size() ? s[at + 1] : '\0';
    switch (s[at]) {
        case '=':
        case '!':
            return next == '=' ? 2 : 0;
        case '<':
            return next == '=' || next == '>' ? 2 : 1;
        case '>':
            return next == '=' ? 2 : 1;
        default:
            return 0;
    }
}
}  // namespace

std::string_view token_name(TokenKind kind) {
    constexpr std::array<std::string_view, 16> names = {
        "id",    "string", "number", "comparison", "open_square", "close_square", "open_round", "close_round",
        "colon", "comma",  "dot",    "dotdot",     "pipe",        "question",     "dash",       "end_of_string"};
    return names[static_cast<std::size_t>(kind)];
}

bool TokenReader::next_token(std::string_view s, std::size_t& at) {
    const char c = s[at];
    auto kind = TokenKind::id;
    std::size_t end = at;
    if (scan::is_digit(c) || (c == '-' && at + 1 < s.size() && scan::is_digit(s[at + 1]))) {
        kind = TokenKind::number;
        end = number_end(s, at);
    } else if (single(c, kind)) {
        end = at + 1;
        if (c == '.' && end < s.size() && s[end] == '.') {
            kind = TokenKind::dotdot;
            ++end;
        }
    } else if (const auto n = comparison_bytes(s, at); n > 0) {
        kind = TokenKind::comparison;
        end = at + n;
    } else if (scan::is_alpha(c) || c == '_') {
        end = identifier_end(s, at);
        const bool after_dot = !tokens_.empty() && tokens_.back().kind == TokenKind::dot;
        kind = s.substr(at, end - at) == "contains" && !after_dot ? TokenKind::comparison : TokenKind::id;
    } else if (const auto stop = scan::quoted(s, at); stop != scan::none) {
        kind = TokenKind::string;
        end = stop;
    } else {
        return fail("Unexpected character " + std::string(s.substr(at, character_bytes(s, at))));
    }
    tokens_.push_back({kind, s.substr(at, end - at)});
    at = end;
    return true;
}

bool TokenReader::start(std::string_view markup, bool reject_bare_brackets) {
    tokens_.clear();
    at_ = 0;
    reject_bare_brackets_ = reject_bare_brackets;
    for (std::size_t at = scan::skip_space(markup, 0); at < markup.size(); at = scan::skip_space(markup, at)) {
        if (!next_token(markup, at)) return false;
    }
    tokens_.push_back({TokenKind::end_of_string, {}});
    return true;
}

bool TokenReader::expect(TokenKind kind, std::string_view& text) {
    if (!look(kind)) {
        const auto found = at_ < tokens_.size() ? tokens_[at_].kind : TokenKind::end_of_string;
        return fail("Expected " + std::string(token_name(kind)) + " but found " + std::string(token_name(found)));
    }
    text = tokens_[at_++].text;
    return true;
}

bool TokenReader::expression(std::string_view& text) {
    const auto first = at_;
    if (!walk(0)) return false;
    bool together = true;
    for (auto i = first + 1; i < at_; ++i) {
        together = together && tokens_[i - 1].text.data() + tokens_[i - 1].text.size() == tokens_[i].text.data();
    }
    if (together) {
        const auto* end = tokens_[at_ - 1].text.data() + tokens_[at_ - 1].text.size();
        const char* begin =
            tokens_[first].text.data();  // NOLINT(bugprone-suspicious-stringview-data-usage): with its end
        text = {begin, static_cast<std::size_t>(end - begin)};
        return true;
    }
    joined_.clear();
    for (auto i = first; i < at_; ++i)
        joined_ += tokens_[i].text;
    text = joined_;
    return true;
}

bool TokenReader::walk(int depth) {
    if (depth > deepest) return fail("Nesting too deep");
    std::string_view ignored;
    const auto& token = tokens_[at_];
    switch (token.kind) {
        case TokenKind::id:
            ++at_;
            return walk_lookups(depth);
        case TokenKind::open_square:
            if (reject_bare_brackets_) return fail("Bare bracket access is not allowed. Use self['...'] instead");
            ++at_;
            return walk(depth + 1) && expect(TokenKind::close_square, ignored) && walk_lookups(depth);
        case TokenKind::string:
        case TokenKind::number:
            ++at_;
            return true;
        case TokenKind::open_round:
            ++at_;
            return walk(depth + 1) && expect(TokenKind::dotdot, ignored) && walk(depth + 1) &&
                   expect(TokenKind::close_round, ignored);
        case TokenKind::end_of_string:
            return fail("[:end_of_string] is not a valid expression");
        case TokenKind::comparison:
        case TokenKind::close_square:
        case TokenKind::close_round:
        case TokenKind::colon:
        case TokenKind::comma:
        case TokenKind::dot:
        case TokenKind::dotdot:
        case TokenKind::pipe:
        case TokenKind::question:
        case TokenKind::dash:
            break;
    }
    return fail("[:" + std::string(token_name(token.kind)) + ", \"" + std::string(token.text) +
                "\"] is not a valid expression");
}

bool TokenReader::walk_lookups(int depth) {
    std::string_view ignored;
    while (true) {
        if (take_if(TokenKind::open_square)) {
            if (!walk(depth + 1) || !expect(TokenKind::close_square, ignored)) return false;
        } else if (take_if(TokenKind::dot)) {
            if (!expect(TokenKind::id, ignored)) return false;
        } else {
            return true;
        }
    }
}

}  // namespace chapar::liquid
