// Finds the place at which a text stops being JSON, for people. Slow and exact: only for what was refused already.

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "base/utf8.hpp"
#include "net/json_reader.hpp"

namespace chapar::net {
namespace {

struct Flaw {
    std::size_t at = 0;
    std::string why;
};

class Finder {
  public:
    explicit Finder(std::string_view text) : text_(text) {}

    std::optional<Flaw> find() {
        skip_blanks();
        if (is_over()) return flaw("there is no JSON value");
        while (!flaw_ && !is_done_)
            step();
        if (flaw_) return flaw_;
        skip_blanks();
        if (!is_over()) return flaw("more follows after the value: one request has one JSON value");
        return std::nullopt;
    }

  private:
    enum class Wants { value, first_item, item, first_key, key, after_value };

    bool is_over() const { return at_ >= text_.size(); }
    char now() const { return is_over() ? '\0' : text_[at_]; }
    std::optional<Flaw> flaw(std::string why) { return flaw_ = Flaw{at_, std::move(why)}; }
    void skip_blanks() {
        while (!is_over() && std::string_view(" \t\r\n").find(now()) != std::string_view::npos)
            ++at_;
    }
    void ended() {
        const char* what = open_.back() == '{' ? "an object has no closing }" : "an array has no closing ]";
        flaw(fmt::format("the text ends too early: {}", what));
    }

    void step() {
        skip_blanks();
        switch (wants_) {
            case Wants::first_item:
                if (now() == ']') return close();
                [[fallthrough]];
            case Wants::item:
            case Wants::value:
                if (now() == ']' && wants_ == Wants::item) return void(flaw("a comma before a closing bracket"));
                return value();
            case Wants::first_key:
                if (now() == '}') return close();
                [[fallthrough]];
            case Wants::key:
                if (now() == '}' && wants_ == Wants::key) return void(flaw("a comma before a closing brace"));
                return key();
            case Wants::after_value:
                return behind_value();
        }
    }

    void close() {
        ++at_;
        open_.pop_back();
        wants_ = Wants::after_value;
        is_done_ = open_.empty();
    }

    void behind_value() {
        if (open_.empty()) return void(is_done_ = true);
        if (is_over()) return ended();
        const bool is_object = open_.back() == '{';
        if (now() == ',') {
            ++at_;
            wants_ = is_object ? Wants::key : Wants::item;
        } else if (now() == (is_object ? '}' : ']')) {
            close();
        } else if (now() == ']' || now() == '}') {
            flaw(fmt::format("{} closes what {} opened", now(), open_.back()));
        } else {
            flaw(is_object ? "a comma or a closing } is missing" : "a comma or a closing ] is missing");
        }
    }

    void key() {
        if (is_over()) return ended();
        if (now() == '\'') return void(flaw("a name stands in double quotes, not in single ones"));
        if (now() != '"') return void(flaw("a name in double quotes is missing"));
        if (!string()) return;
        skip_blanks();
        if (is_over()) return ended();
        if (now() != ':') return void(flaw("a colon is missing behind the name"));
        ++at_;
        wants_ = Wants::value;
    }

    void value() {
        if (is_over()) return open_.empty() ? void(flaw("the text ends where a value is expected")) : ended();
        const char c = now();
        if (c == '{' || c == '[') {
            ++at_;
            open_.push_back(c);
            wants_ = c == '{' ? Wants::first_key : Wants::first_item;
            return;
        }
        const bool is_fine = c == '"' ? string() : c == '-' || (c >= '0' && c <= '9') ? number() : word();
        if (!is_fine) return;
        wants_ = Wants::after_value;
        is_done_ = open_.empty();
    }

    bool string() {
        const auto begin = at_++;
        for (; !is_over(); ++at_) {
            const auto c = static_cast<unsigned char>(now());
            if (c == '"') return ++at_, true;
            if (c == '\n' || c == '\r')
                return flaw("a line break inside of a text: write \\n, or close the quote"), false;
            if (c < 0x20) return flaw("a control character inside of a text: write it as \\u00XX"), false;
            if (c == '\\' && !escape()) return false;
            if (c >= 0x80 && !utf8()) return false;
        }
        at_ = begin;
        return flaw("a text has no closing quote"), false;
    }

    bool escape() {
        ++at_;
        if (is_over()) return true;  // the end says more
        if (std::string_view("\"\\/bfnrt").find(now()) != std::string_view::npos) return true;
        if (now() != 'u') return --at_, flaw("a backslash before a character that needs none"), false;
        for (int i = 0; i < 4; ++i) {
            ++at_;
            const char c = now();
            const bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            if (!is_hex) return flaw("\\u is followed by four hexadecimal digits"), false;
        }
        return true;
    }

    bool utf8() {
        const auto length = utf8_sequence_length(text_.substr(at_));
        if (length == 0) return flaw("the bytes are not UTF-8"), false;
        at_ += length - 1;
        return true;
    }

    void digits() {
        while (now() >= '0' && now() <= '9')
            ++at_;
    }

    bool number() {
        const auto begin = at_;
        if (now() == '-') ++at_;
        const auto whole = at_;
        digits();
        if (at_ == whole) return flaw("a minus without digits"), false;
        if (at_ - whole > 1 && text_[whole] == '0')
            return at_ = begin, flaw("a number does not begin with 0: a code or a phone number is a text in quotes"),
                   false;
        if (now() == '.') {
            const auto point = ++at_;
            digits();
            if (at_ == point) return flaw("a decimal point without digits behind it"), false;
        }
        if (now() == 'e' || now() == 'E') {
            ++at_;
            if (now() == '+' || now() == '-') ++at_;
            const auto exponent = at_;
            digits();
            if (at_ == exponent) return flaw("an exponent without digits"), false;
        }
        return true;
    }

    bool word() {
        for (const std::string_view known : {"true", "false", "null"}) {
            if (text_.substr(at_).starts_with(known)) return at_ += known.size(), true;
        }
        for (const auto& [wrong, right] : {std::pair<std::string_view, std::string_view>("True", "true"),
                                           {"False", "false"},
                                           {"None", "null"},
                                           {"undefined", "null"}}) {
            if (text_.substr(at_).starts_with(wrong)) return flaw(fmt::format("JSON writes {}", right)), false;
        }
        for (const std::string_view wrong : {"NaN", "Infinity", "+", "."}) {
            if (text_.substr(at_).starts_with(wrong)) return flaw(fmt::format("{} is no JSON number", wrong)), false;
        }
        if (now() == '\'') return flaw("a text stands in double quotes, not in single ones"), false;
        if (text_.substr(at_).starts_with("//") || text_.substr(at_).starts_with("/*"))
            return flaw("JSON has no comments"), false;
        for (const std::string_view quote : {"\xE2\x80\x9C", "\xE2\x80\x9D", "\xC2\xAB"}) {
            if (text_.substr(at_).starts_with(quote)) return flaw("a text stands in straight double quotes"), false;
        }
        if (static_cast<unsigned char>(now()) >= 0x80 && !utf8()) return false;
        return flaw("a value is missing"), false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    Wants wants_ = Wants::value;
    std::vector<char> open_;
    std::optional<Flaw> flaw_;
    bool is_done_ = false;
};

}  // namespace

std::string json_flaw(std::string_view text) {
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    const auto found = Finder(text).find();
    if (!found) return {};
    std::size_t line = 1, column = 1;
    for (const char c : text.substr(0, found->at)) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++column;
        }
    }
    const bool has_lines = text.find('\n') != std::string_view::npos;
    return has_lines ? fmt::format("line {}, column {}: {}", line, column, found->why)
                     : fmt::format("column {}: {}", column, found->why);
}

}  // namespace chapar::net
