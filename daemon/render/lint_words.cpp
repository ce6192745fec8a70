#include "render/lint_words.hpp"

#include "render/html_text.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"
#include "render/syntax_advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace chapar::render {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::array arabic_letters = {
    Pair{"ي", "ی"}, Pair{"ى", "ی"}, Pair{"ك", "ک"}, Pair{"٠", "۰"}, Pair{"١", "۱"}, Pair{"٢", "۲"}, Pair{"٣", "۳"},
    Pair{"٤", "۴"}, Pair{"٥", "۵"}, Pair{"٦", "۶"}, Pair{"٧", "۷"}, Pair{"٨", "۸"}, Pair{"٩", "۹"},
};

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_byte(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; }

/// "۰" and "0" as 1 and 2 bytes; 0: no digit.
std::size_t bytes_of_digit(std::string_view text, std::size_t at) {
    if (at >= text.size()) return 0;
    if (text[at] >= '0' && text[at] <= '9') return 1;
    const std::string_view two = text.substr(at, 2);
    const bool persian = two.size() == 2 && two[0] == '\xDB' && static_cast<unsigned char>(two[1]) >= 0xB0 &&
                         static_cast<unsigned char>(two[1]) <= 0xB9;
    const bool arab = two.size() == 2 && two[0] == '\xD9' && static_cast<unsigned char>(two[1]) >= 0xA0 &&
                      static_cast<unsigned char>(two[1]) <= 0xA9;
    return persian || arab ? 2 : 0;
}

bool is_zero(std::string_view text) { return text.starts_with('0') || text.starts_with("۰") || text.starts_with("٠"); }

/// What stands between the groups of a number: a dash, a blank, brackets. 0: the number ends.
std::size_t joint_bytes(std::string_view text, std::size_t at) {
    if (at >= text.size()) return 0;
    for (const std::string_view joint : {"-", "–", "‐", "‑", " ", "(", ")", "\u00A0", "&nbsp;"})
        if (text.substr(at).starts_with(joint)) return joint.size();
    return 0;
}

struct WrittenNumber {
    std::size_t begin = 0, end = 0;
    std::size_t digits = 0, groups = 0;
    bool dashed = false, plus = false, bracket = false;
};

/// A number of several groups that begins at `at`, which is a digit, + or (.
WrittenNumber number_at(std::string_view text, std::size_t at) {
    WrittenNumber found{at, at, 0, 0, false, false, false};
    found.plus = text[at] == '+';
    found.bracket = text[at] == '(';
    std::size_t next = at + (found.plus || found.bracket ? 1 : 0);
    if (found.bracket && next < text.size() && text[next] == '+') {
        found.plus = true;
        ++next;
    }
    bool in_group = false;
    while (next < text.size()) {
        if (const std::size_t bytes = bytes_of_digit(text, next)) {
            found.groups += in_group ? 0 : 1;
            in_group = true;
            ++found.digits;
            next += bytes;
            found.end = next;
            continue;
        }
        const std::size_t joint = joint_bytes(text, next);
        if (joint == 0) break;
        const char c = text[next];
        found.dashed = found.dashed || (c != ' ' && c != '(' && c != ')' && in_group);
        if (c == ')' && found.digits > 0) found.end = next + 1;
        found.bracket = found.bracket || c == '(';
        in_group = false;
        next += joint;
    }
    return found;
}

/// Whether the groups come apart in a line from right to left.
bool tears(std::string_view text, const WrittenNumber& number) {
    const std::string_view written = text.substr(number.begin, number.end - number.begin);
    if (number.plus) return number.digits >= 7;
    const bool telephone = is_zero(written) || number.bracket;
    if (number.groups < 2) return false;
    // Four and four digits are years from and to, which read from right to left as they should.
    const bool years = number.groups == 2 && number.digits == 8 && !is_zero(written);
    return telephone ? number.digits >= 6 : number.digits >= 7 && !years && number.dashed;
}

class WordReader {
  public:
    WordReader(const Words& words, const SayAt& say) : words_(words), say_(say), masked_(mask_liquid(words.source)) {}
    void run();

  private:
    void look_at_html();
    void look_at_text(std::string_view text, std::size_t at, bool isolated);
    void look_at_braces(std::string_view text, std::size_t at);
    void look_at_numbers(std::string_view text, std::size_t at);
    void look_at_start(const HtmlReader& reader, const HtmlToken& token);
    void say_word(std::size_t at, std::string_view what);
    void finish_word();
    bool knows(std::string_view name) const {
        return words_.names != nullptr && words_.names->contains(name.substr(0, name.find('.')));
    }

    const Words& words_;
    const SayAt& say_;
    std::string masked_;
    std::size_t word_first_ = 0, word_count_ = 0;
    std::string word_what_;
};

void WordReader::look_at_braces(std::string_view text, std::size_t at) {
    constexpr std::array<Pair, 3> pairs = {Pair{"{", "}"}, Pair{"[[", "]]"}, Pair{"%", "%"}};
    for (const auto& [open, close] : pairs)
        for (std::size_t i = text.find(open); i != std::string_view::npos; i = text.find(open, i + 1)) {
            std::size_t from = i + open.size();
            while (from < text.size() && text[from] == ' ' && open == "{")
                ++from;
            std::size_t end = from;
            while (end < text.size() && is_name_byte(text[end]))
                ++end;
            const std::string_view name = text.substr(from, end - from);
            std::size_t shut = end;
            while (shut < text.size() && text[shut] == ' ' && open == "{")
                ++shut;
            if (name.empty() || !starts_name(name.front()) || !text.substr(shut).starts_with(close)) continue;
            if (open != "{" && !knows(name)) continue;
            const bool dollar = open == "{" && i > 0 && text[i - 1] == '$';
            const std::size_t begin = dollar ? i - 1 : i;
            say_(at + begin, "single-brace",
                 fmt::format("{} is shown as it stands: write {{{{ {} }}}}",
                             text.substr(begin, shut + close.size() - begin), name));
        }
    for (std::size_t i = text.find("*|"); i != std::string_view::npos; i = text.find("*|", i + 2)) {
        const std::size_t end = text.find("|*", i);
        if (end == std::string_view::npos || end - i > 40) continue;
        say_(at + i, "single-brace",
             fmt::format("{} is another program's mark: write {{{{ name }}}}", text.substr(i, end + 2 - i)));
    }
}

void WordReader::look_at_numbers(std::string_view text, std::size_t at) {
    for (std::size_t i = 0; i < text.size();) {
        const bool starts = bytes_of_digit(text, i) > 0 || text[i] == '+' || text[i] == '(';
        const bool inside = i > 0 && (is_name_byte(text[i - 1]) ||
                                      std::string_view("/@_=:#").find(text[i - 1]) != std::string_view::npos);
        if (!starts || (inside && text[i] != '(')) {
            ++i;
            continue;
        }
        const WrittenNumber number = number_at(text, i);
        const bool goes_on = number.end < text.size() && (starts_name(text[number.end]) || text[number.end] == '@');
        if (number.digits > 0 && !goes_on && tears(text, number)) {
            const std::string written(text.substr(number.begin, number.end - number.begin));
            say_(at + number.begin, "number-tears",
                 words_.html
                     ? fmt::format("the parts of {0} change places in this line: write <bdi dir=\"ltr\">{0}</bdi>",
                                   written)
                     : fmt::format("the parts of {0} change places in this line: write {{{{ '{0}' | bidi: true }}}}",
                                   written));
        }
        i = std::max(number.end, i + 1);
    }
}

void WordReader::look_at_text(std::string_view text, std::size_t at, bool isolated) {
    look_at_braces(text, at);
    if (words_.right_to_left && !isolated) look_at_numbers(text, at);
}

void WordReader::say_word(std::size_t at, std::string_view what) {
    if (word_count_++ == 0) word_first_ = at;
    if (word_what_.find(what) == std::string::npos) word_what_ += (word_what_.empty() ? "" : ", ") + std::string(what);
}

void WordReader::finish_word() {
    if (word_count_ == 0) return;
    say_(word_first_, "word-html",
         fmt::format("a word processor left {} pieces here ({}): paste as plain text (Ctrl+Shift+V)", word_count_,
                     word_what_));
}

void WordReader::look_at_start(const HtmlReader& reader, const HtmlToken& token) {
    if (token.name.size() > 2 && token.name[1] == ':' &&
        std::string_view("ovwm").find(token.name[0]) != std::string_view::npos)
        say_word(token.offset, fmt::format("<{}>", token.name));
    if (token.name == "font") say_word(token.offset, "<font>");
    if (reader.attribute("class").find("Mso") != std::string_view::npos) say_word(token.offset, "MsoNormal");
    const std::string_view style = reader.attribute("style");
    for (const std::string_view own : {"mso-ansi-language", "mso-fareast", "mso-bidi-", "mso-spacerun", "mso-list"})
        if (style.find(own) != std::string_view::npos) {
            say_word(token.offset, "mso-...");
            break;
        }
}

/// Elements that nothing has to close.
bool needs_no_end(std::string_view name) {
    constexpr std::array<std::string_view, 9> all = {"br", "img", "hr", "meta", "link", "input", "col", "area", "wbr"};
    return std::find(all.begin(), all.end(), name) != all.end();
}

void WordReader::look_at_html() {
    const std::string_view html = std::string_view(masked_).substr(words_.body);
    HtmlReader reader(html);
    std::vector<std::string> isolating;  // open elements from the outermost that sets apart
    std::string raw;
    for (const HtmlToken* token = &reader.next(); token->kind != HtmlToken::Kind::finished; token = &reader.next()) {
        const std::size_t at = words_.body + token->offset;
        if (token->kind == HtmlToken::Kind::start) {
            HtmlToken placed = *token;
            placed.offset = at;
            look_at_start(reader, placed);
            raw = token->name == "style" || token->name == "script" ? std::string(token->name) : "";
            const bool isolates = token->name == "bdi" || reader.attribute("dir") == "ltr";
            if ((isolates || !isolating.empty()) && !needs_no_end(token->name) && !token->self_closing)
                isolating.emplace_back(token->name);
        } else if (token->kind == HtmlToken::Kind::end) {
            raw.clear();
            const auto open = std::find(isolating.rbegin(), isolating.rend(), token->name);
            if (open != isolating.rend()) isolating.erase(std::next(open).base(), isolating.end());
        } else if (token->kind == HtmlToken::Kind::text && raw.empty()) {
            look_at_text(token->text, at, !isolating.empty());
        }
    }
}

void WordReader::run() {
    look_at_tags(words_.source, say_);
    if (words_.persian) look_at_letters(words_.source, say_);
    // Of the front matter only what the reader sees: the texts, with names of the data in braces.
    const std::string_view head = std::string_view(masked_).substr(0, words_.body);
    for (const std::string_view key : {"subject", "preheader", "title"}) {
        const std::size_t found = head.find(std::string("\n") + std::string(key));
        if (found == std::string_view::npos) continue;
        const std::size_t end = std::min(head.find('\n', found + 1), head.size());
        look_at_braces(head.substr(found + 1, end - found - 1), found + 1);
    }
    if (words_.html) {
        look_at_html();
    } else {
        look_at_text(std::string_view(masked_).substr(words_.body), words_.body, false);
    }
    finish_word();
}

}  // namespace

void look_at_letters(std::string_view text, const SayAt& say) {
    for (const auto& [foreign, own] : arabic_letters) {
        std::size_t count = 0, first = 0;
        for (std::size_t at = text.find(foreign); at != std::string_view::npos; at = text.find(foreign, at + 1))
            if (count++ == 0) first = at;
        if (count > 0)
            say(first, "arabic-letters",
                fmt::format("the Arabic {} stands in Persian text, {} times: write {}", foreign, count, own));
    }
}

void look_at_tags(std::string_view source, const SayAt& say) {
    for (const LiquidSpan& span : liquid_spans(source)) {
        if (span.kind == LiquidSpan::Kind::comment) continue;
        const std::string_view text = source.substr(span.begin, span.end - span.begin);
        if (span.kind == LiquidSpan::Kind::tag && span.name == "else" && span.markup.starts_with("if"))
            say(span.begin, "else-if",
                fmt::format("{{% else {0} %}} is taken for a plain else: write {{% elsif {1} %}}", span.markup,
                            span.markup.substr(std::min<std::size_t>(span.markup.size(), 3))));
        if (const auto foreign = foreign_mark(text)) say(span.begin + foreign->at, "foreign-mark", foreign->advice);
    }
}

void look_at_words(const Words& words, const SayAt& say) { WordReader(words, say).run(); }

}  // namespace chapar::render
