#include <algorithm>
#include <array>

#include "email_rules/text.hpp"
#include "engage/link_judge.hpp"

namespace chapar::engage {
namespace {

constexpr std::string_view scheme_end = "://";

/// No address goes on behind it: blanks, quotes, marks that turn the direction, punctuation of Persian and Arabic.
bool ends_address(char32_t c) {
    if (c <= ' ' || c == 0x7F || c == '<' || c == '>' || c == '"') return true;
    if (c < 0x80) return false;
    static constexpr auto enders = std::to_array<char32_t>(
        {0x85,   0xA0,   0xAB,   0xBB,   0x60C,  0x61B,  0x61C,  0x61F,  0x6D4,  0x1680, 0x180E, 0x200B, 0x200E,
         0x200F, 0x2026, 0x2028, 0x2029, 0x202F, 0x2039, 0x203A, 0x205F, 0x3000, 0x3001, 0x3002, 0xFEFF, 0xFF0C});
    const bool is_blank = c >= 0x2000 && c <= 0x200A;
    const bool is_quote = c >= 0x2018 && c <= 0x201F;
    const bool is_turn = (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069);
    return is_blank || is_quote || is_turn || (c >= 0x80 && c < 0xA0) || std::ranges::find(enders, c) != enders.end();
}

std::size_t end_of_address(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        const auto [c, size] = email::code_point_at(text, at);
        if (size == 0 || ends_address(c)) break;
        at += size;
    }
    return at;
}

/// Brackets of an address that lies before a moving end: a closing one at the end belongs to the sentence, unless the
/// address opens it.
class Brackets {
  public:
    explicit Brackets(std::string_view address) {
        for (const char c : address)
            count(c, 1);
    }
    /// Whether the last character closes nothing; it is taken off then.
    bool drop(char last) {
        const auto kind = std::string_view(")]}").find(last);
        if (kind == std::string_view::npos || balance_[kind] >= 0) return false;
        count(last, -1);
        return true;
    }

  private:
    void count(char c, int by) {
        if (const auto open = std::string_view("([{").find(c); open != std::string_view::npos) balance_[open] += by;
        if (const auto close = std::string_view(")]}").find(c); close != std::string_view::npos) balance_[close] -= by;
    }
    std::array<std::ptrdiff_t, 3> balance_{};
};

/// Without what the sentence put behind it.
std::string_view without_punctuation(std::string_view address) {
    constexpr std::string_view joiner = "\xE2\x80\x8C";  // ZWNJ, which Persian words may end with
    Brackets brackets(address);
    while (!address.empty()) {
        if (address.ends_with(joiner))
            address.remove_suffix(joiner.size());
        else if (std::string_view(".,;:!?'*").contains(address.back()) || brackets.drop(address.back()))
            address.remove_suffix(1);
        else
            break;
    }
    return address;
}

/// Where the scheme before "://" begins; npos: it is none of ours, or the end of a longer word.
std::size_t begin_of_scheme(std::string_view text, std::size_t scheme_end_at, std::size_t from) {
    for (const std::string_view scheme : {"https", "http"}) {
        if (scheme_end_at < from + scheme.size()) continue;
        const std::size_t begin = scheme_end_at - scheme.size();
        if (email::find_ignoring_case(text.substr(begin, scheme.size()), scheme) != 0) continue;
        if (begin > 0 && (email::is_alnum(text[begin - 1]) || std::string_view("+-.").contains(text[begin - 1]))) break;
        return begin;
    }
    return std::string_view::npos;
}

}  // namespace

Rewritten rewrite_text(std::string_view text, const LinkRules& rules, const LinkWriter& write,
                       std::span<const Link> html_links) {
    LinkJudge judge(rules);
    judge.know(html_links);
    Rewritten out;
    std::size_t from = 0;  // what is before belongs to an address already
    for (auto at = text.find(scheme_end); at != std::string_view::npos;
         at = text.find(scheme_end, std::max(from, at + 1))) {
        const auto begin = begin_of_scheme(text, at, from);
        if (begin == std::string_view::npos) continue;
        const auto end = end_of_address(text, at + scheme_end.size());
        const auto address = without_punctuation(text.substr(begin, end - begin));
        from = begin + address.size();
        if (address.size() <= at + scheme_end.size() - begin) continue;
        out.links.push_back(judge.judge(begin, from, address, {}));
    }
    out.text = replace_links(text, out.links, write);
    return out;
}

}  // namespace chapar::engage
