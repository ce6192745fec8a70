#pragma once
// Bounds of a TOML text, held before a parser sees it: parsers and the trees they build recurse with the depth of a
// value, and a text of dots or brackets would use up the stack. Needs no TOML library. Pure functions; any thread.

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar {

struct TomlBounds {
    std::size_t depth = 64;       // how many tables and lists may stand around a value
    std::size_t keys = 100'000;   // keys and headers together
    std::size_t bytes = 4 << 20;  // of the whole text
};

/// Where a text leaves its bounds, counted from 1, and what to do about it.
struct TomlExcess {
    std::size_t line = 1, column = 1;
    std::string sentence;
};

namespace detail {

/// Reads as much of TOML as tells how deep each value lies. What is not TOML is left to the parser: until the first
/// mistake both see the same, and behind it the parser does not look.
class TomlGauge {
  public:
    TomlGauge(std::string_view text, const TomlBounds& bounds) : text_(text), bounds_(bounds) {}
    std::optional<TomlExcess> run() {
        if (text_.size() > bounds_.bytes)
            return say(0, "is longer than " + std::to_string(bounds_.bytes) + " bytes: divide it");
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        while (!excess_ && at_ < text_.size()) {
            skip_blank();
            const char c = peek();
            if (c == '\n' || c == '\r' || c == '\0') {
                ++at_;
            } else if (c == '#') {
                skip_line();
            } else if (c == '[') {
                read_header();
            } else {
                read_pair();
            }
        }
        return std::move(excess_);
    }

  private:
    struct Open {
        char closing = ']';
        std::size_t depth = 0;  // around the bracket
    };
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool is_end_of_line() const { return at_ >= text_.size() || text_[at_] == '\n'; }
    void skip_blank() {
        while (peek() == ' ' || peek() == '\t')
            ++at_;
    }
    void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

    /// Past a text in quotes of any of the four kinds; past the end of the line or file when nothing closes it.
    void skip_quoted() {
        const char quote = peek();
        const bool is_long = peek(1) == quote && peek(2) == quote;
        at_ += is_long ? 3 : 1;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\n' && !is_long) return;
            const bool is_end = c == quote && (!is_long || (peek(1) == quote && peek(2) == quote));
            if (is_end) {
                at_ += is_long ? 3 : 1;
                while (is_long && peek() == quote)
                    ++at_;  // up to two quotes may end the text itself
                return;
            }
            const bool is_escape = c == '\\' && quote == '"';
            at_ = std::min(at_ + (is_escape ? 2 : 1), text_.size());
        }
    }

    /// How many parts the key at hand has; stands behind it then.
    std::size_t read_key() {
        const std::size_t from = at_;
        std::size_t parts = 1;
        if (++keys_ > bounds_.keys)
            note(from, "has more than " + std::to_string(bounds_.keys) + " keys: divide the file");
        for (; !is_end_of_line() && !excess_; ++at_) {
            skip_blank();
            if (peek() == '"' || peek() == '\'') {
                skip_quoted();
                --at_;
                continue;
            }
            const char c = peek();
            if (c == '=' || c == ']' || c == '}' || c == ',' || c == '#' || is_end_of_line()) break;
            if (c == '.') ++parts;
            if (parts > bounds_.depth) too_deep(from);
        }
        return parts;
    }

    void read_header() {
        const std::size_t from = at_;
        const bool is_list = peek(1) == '[';
        at_ += is_list ? 2 : 1;
        header_depth_ = read_key() + (is_list ? 1 : 0);
        if (header_depth_ >= bounds_.depth) too_deep(from);
        skip_line();
    }

    void read_pair() {
        const std::size_t from = at_;
        const std::size_t depth = header_depth_ + read_key();
        if (depth > bounds_.depth) too_deep(from);
        if (peek() != '=') return skip_line();
        ++at_;
        read_value(depth);
    }

    /// Up to the line's end behind the last bracket.
    void read_value(std::size_t depth) {
        std::vector<Open> open;
        while (at_ < text_.size() && !excess_) {
            const char c = peek();
            if (c == '"' || c == '\'') {
                skip_quoted();
            } else if (c == '#') {
                skip_line();
            } else if (c == '[' || c == '{') {
                open.push_back({c == '[' ? ']' : '}', depth});
                ++at_;
                if (++depth > bounds_.depth) return too_deep(at_ - 1);
                if (c == '{') depth = open.back().depth + read_inner_key();
            } else if (c == ',') {
                ++at_;
                if (!open.empty() && open.back().closing == '}') depth = open.back().depth + read_inner_key();
            } else if (c == ']' || c == '}') {
                ++at_;
                if (open.empty() || open.back().closing != c) return skip_line();  // no TOML
                depth = open.back().depth;
                open.pop_back();
            } else if (c == '\n' && open.empty()) {
                return;
            } else {
                ++at_;
            }
            if (depth > bounds_.depth) return too_deep(at_ - 1);
        }
    }

    /// The key of an inline table, if one comes: how many tables it makes, the inline one among them.
    std::size_t read_inner_key() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
            ++at_;
        if (peek() == '}' || peek() == '#' || at_ >= text_.size()) return 1;
        const std::size_t parts = read_key();
        if (peek() == '=') ++at_;
        return parts;
    }

    void too_deep(std::size_t at) {
        note(at, "is nested deeper than " + std::to_string(bounds_.depth) +
                     " levels: take dots out of the key, or brackets out of the value");
    }
    void note(std::size_t at, std::string sentence) {
        if (!excess_) excess_ = say(at, std::move(sentence));
    }
    TomlExcess say(std::size_t at, std::string sentence) const {
        const auto before = text_.substr(0, at);
        const auto start = before.rfind('\n');
        return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
                at - (start == std::string_view::npos ? 0 : start + 1) + 1, std::move(sentence)};
    }

    std::string_view text_;
    TomlBounds bounds_;
    std::size_t at_ = 0, keys_ = 0, header_depth_ = 0;
    std::optional<TomlExcess> excess_;
};

}  // namespace detail

/// Nothing: the text may be given to a parser.
inline std::optional<TomlExcess> toml_excess(std::string_view text, const TomlBounds& bounds = {}) {
    return detail::TomlGauge(text, bounds).run();
}

}  // namespace chapar
