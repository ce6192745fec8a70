#include "render/l10n/line_order.hpp"

#include "render/liquid/html.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace chapar::render {

namespace {

constexpr std::string_view percent_sign = "\xD9\xAA", right_mark = "\xE2\x80\x8F";

/// Bytes of the digit at `at`; 0: there is none.
std::size_t digit_at(std::string_view s, std::size_t at) {
    if (at >= s.size()) return 0;
    const auto c = static_cast<unsigned char>(s[at]);
    if (c >= '0' && c <= '9') return 1;
    if (at + 1 >= s.size()) return 0;
    const auto next = static_cast<unsigned char>(s[at + 1]);
    const bool is_persian = c == 0xDB && next >= 0xB0 && next <= 0xB9,
               is_arabic = c == 0xD9 && next >= 0xA0 && next <= 0xA9;
    return is_persian || is_arabic ? 2 : 0;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Digits in groups: a phone number, a date or a serial number.
struct Groups {
    std::size_t end = 0;
    std::size_t digits = 0, dashes = 0, blanks = 0, brackets = 0;
    bool has_plus = false, has_zero = false;
};

class Grouped {
  public:
    Grouped(std::string_view text, std::size_t at) : text_(text), at_(at) {}
    /// The longest run that ends with a digit or a bracket.
    Groups read() {
        out_.end = at_;
        if (take("+")) out_.has_plus = true;
        bool is_open = false;
        while (true) {
            if (!is_open && take("(")) {
                is_open = true;
                if (out_.digits == 0 && take("+")) out_.has_plus = true;
            }
            if (!digits()) return kept_;
            if (is_open && take(")")) {
                is_open = false;
                ++out_.brackets;
            }
            out_.end = at_;
            if (!is_open) kept_ = out_;
            const auto before = at_;
            separator();
            const bool goes_on = digit_at(text_, at_) > 0 || (!is_open && text_.substr(at_).starts_with('('));
            const bool touches = at_ == before && !text_.substr(at_).starts_with('(') && out_.brackets == 0;
            if (!goes_on || touches) return kept_;
        }
    }

  private:
    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    bool digits() {
        const auto start = at_;
        while (const auto width = digit_at(text_, at_)) {
            if (out_.digits == 0) out_.has_zero = is_zero(at_, width);
            ++out_.digits;
            at_ += width;
        }
        return at_ != start;
    }
    void separator() {
        if (take("-") || take("\xE2\x80\x91") || take("\xE2\x80\x90") || take("\xE2\x80\x93")) {
            ++out_.dashes;
        } else if (take(" ") || take("\xC2\xA0")) {
            ++out_.blanks;
        }
    }
    bool is_zero(std::size_t at, std::size_t width) const {
        return width == 1 ? text_[at] == '0' : (static_cast<unsigned char>(text_[at + 1]) & 0x0FU) == 0;
    }

    std::string_view text_;
    std::size_t at_;
    Groups out_, kept_;
};

/// Would the groups change places, and do they belong together? Blanks alone part numbers of a list, unless it is a
/// phone number by its beginning.
bool is_torn(const Groups& groups) {
    constexpr std::size_t shortest_phone = 7;
    if (groups.has_plus && groups.digits >= shortest_phone) return true;
    if (groups.dashes > 0 && groups.blanks == 0 && groups.brackets == 0) return true;
    const bool is_phone = groups.has_zero && groups.digits >= shortest_phone;
    return is_phone && (groups.dashes > 0 || groups.blanks > 0 || groups.brackets > 0);
}

class Orderer {
  public:
    Orderer(std::string_view text, bool html) : text_(text), html_(html) {}

    std::string run() {
        out_.reserve(text_.size() + 64);
        while (at_ < text_.size())
            step();
        return std::move(out_);
    }

  private:
    void copy(std::size_t end) {
        out_.append(text_.substr(at_, end - at_));
        at_ = end;
    }

    void step() {
        if (html_ && text_[at_] == '<') return tag();
        const auto rest = text_.substr(at_);
        if (rest.starts_with(liquid::isolate::left) || rest.starts_with(liquid::isolate::right) ||
            rest.starts_with(liquid::isolate::first_strong)) {
            ++depth_;
            return copy(at_ + 3);
        }
        if (rest.starts_with(liquid::isolate::pop)) {
            depth_ = std::max(depth_ - 1, 0);
            return copy(at_ + 3);
        }
        if (rest.starts_with(percent_sign) && depth_ == 0 && follows_digit_) out_ += right_mark;
        const bool begins_groups =
            depth_ == 0 && stands_alone() && (text_[at_] == '+' || text_[at_] == '(' || digit_at(text_, at_) > 0);
        if (begins_groups && groups()) return;
        character();
    }

    void character() {
        const auto width = digit_at(text_, at_);
        follows_digit_ = width > 0;
        before_ = width > 0 ? '0' : text_[at_];
        copy(at_ + std::max<std::size_t>(width, 1));
    }

    /// Nothing before it to which it would belong: a word, an address, a number.
    bool stands_alone() const {
        return !follows_digit_ && !is_letter(before_) &&
               std::string_view("-./:@&=%#+,").find(before_) == std::string_view::npos;
    }

    bool groups() {
        const auto found = Grouped(text_, at_).read();
        const char after = found.end < text_.size() ? text_[found.end] : ' ';
        const bool goes_on = is_letter(after) || after == '@' || after == '/' || after == '-';
        if (found.digits == 0 || goes_on || !is_torn(found)) return false;
        out_ += html_ ? "<bdi dir=\"ltr\">" : liquid::isolate::left;
        copy(found.end);
        out_ += html_ ? "</bdi>" : liquid::isolate::pop;
        follows_digit_ = false;
        before_ = ' ';
        return true;
    }

    /// A tag, a comment, or an element whose content is no text.
    void tag() {
        const auto rest = text_.substr(at_);
        for (const auto& [open, close] :
             std::array<std::pair<std::string_view, std::string_view>, 5>{{{"<!--", "-->"},
                                                                           {"<style", "</style"},
                                                                           {"<script", "</script"},
                                                                           {"<title", "</title"},
                                                                           {"<textarea", "</textarea"}}}) {
            if (!rest.starts_with(open)) continue;
            const auto end = text_.find(close, at_ + open.size());
            return copy(end == std::string_view::npos ? text_.size() : end + close.size());
        }
        if (rest.starts_with("<bdi")) ++depth_;
        if (rest.starts_with("</bdi")) depth_ = std::max(depth_ - 1, 0);
        if (is_break(rest)) follows_digit_ = false;
        char quote = 0;
        auto end = at_ + 1;
        for (; end < text_.size() && (quote != 0 || text_[end] != '>'); ++end) {
            if (quote != 0) {
                if (text_[end] == quote) quote = 0;
            } else if (text_[end] == '"' || text_[end] == '\'') {
                quote = text_[end];
            }
        }
        before_ = ' ';
        copy(std::min(end + 1, text_.size()));
    }

    /// Does a line begin here? What is none (<b>, <span>) leaves the sign beside its number.
    static bool is_break(std::string_view tag) {
        constexpr std::array<std::string_view, 7> inline_tags = {"b", "strong", "span", "i", "em", "bdi", "a"};
        tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
        const auto name = tag.substr(0, tag.find_first_of(" >\t\r\n/"));
        return std::ranges::find(inline_tags, name) == inline_tags.end();
    }

    std::string_view text_;
    bool html_;
    std::string out_;
    std::size_t at_ = 0;
    int depth_ = 0;  // of isolates
    bool follows_digit_ = false;
    char before_ = ' ';
};

/// Only digits, and what belongs to them, can be torn.
bool can_be_torn(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at)
        if (digit_at(text, at) > 0) return true;
    return false;
}

}  // namespace

void keep_order(std::string& text, bool html) {
    if (!can_be_torn(text)) return;
    auto ordered = Orderer(text, html).run();
    text = std::move(ordered);
}

}  // namespace chapar::render
