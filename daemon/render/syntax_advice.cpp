#include "render/syntax_advice.hpp"

#include "render/locale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chapar::render {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

/// What stands in place of what. An empty one: delete it.
constexpr std::array marks = {
    Pair{"“", "\""},    Pair{"”", "\""},    Pair{"„", "\""},    Pair{"«", "\""},     Pair{"»", "\""},
    Pair{"‘", "'"},     Pair{"’", "'"},     Pair{"‚", "'"},     Pair{"´", "'"},      Pair{"`", "'"},
    Pair{"，", ","},    Pair{"،", ","},     Pair{"؛", ";"},     Pair{"：", ":"},     Pair{"﹣", "-"},
    Pair{"–", "-"},     Pair{"—", "-"},     Pair{"−", "-"},     Pair{"۰", "0"},      Pair{"۱", "1"},
    Pair{"۲", "2"},     Pair{"۳", "3"},     Pair{"۴", "4"},     Pair{"۵", "5"},      Pair{"۶", "6"},
    Pair{"۷", "7"},     Pair{"۸", "8"},     Pair{"۹", "9"},     Pair{"٠", "0"},      Pair{"١", "1"},
    Pair{"٢", "2"},     Pair{"٣", "3"},     Pair{"٤", "4"},     Pair{"٥", "5"},      Pair{"٦", "6"},
    Pair{"٧", "7"},     Pair{"٨", "8"},     Pair{"٩", "9"},     Pair{"٫", "."},      Pair{"٬", ""},
    Pair{"≥", ">="},    Pair{"≤", "<="},    Pair{"≠", "!="},    Pair{"｜", "|"},     Pair{"¦", "|"},
    Pair{"‹", "<"},     Pair{"›", ">"},     Pair{"…", ".."},    Pair{"\u00A0", " "}, Pair{"\u200B", ""},
    Pair{"\u200E", ""}, Pair{"\u200F", ""}, Pair{"\u200D", ""}, Pair{"\u202A", ""},  Pair{"\u202B", ""},
    Pair{"\u202C", ""}, Pair{"\u2066", ""}, Pair{"\u2067", ""}, Pair{"\u2068", ""},  Pair{"\u2069", ""},
    Pair{"\uFEFF", ""}, Pair{"\u200C", ""}, Pair{"ـ", "_"},
};

constexpr std::array other_tags = {
    Pair{"foreach", "for"},
    Pair{"each", "for"},
    Pair{"loop", "for"},
    Pair{"while", "for"},
    Pair{"endforeach", "endfor"},
    Pair{"endeach", "endfor"},
    Pair{"endloop", "endfor"},
    Pair{"next", "endfor"},
    Pair{"endwhile", "endfor"},
    Pair{"elseif", "elsif"},
    Pair{"elif", "elsif"},
    Pair{"else_if", "elsif"},
    Pair{"elsef", "elsif"},
    Pair{"fi", "endif"},
    Pair{"endfi", "endif"},
    Pair{"end_if", "endif"},
    Pair{"end-if", "endif"},
    Pair{"switch", "case"},
    Pair{"endswitch", "endcase"},
    Pair{"set", "assign"},
    Pair{"let", "assign"},
    Pair{"var", "assign"},
    Pair{"define", "assign"},
    Pair{"print", "echo"},
    Pair{"output", "echo"},
    Pair{"import", "include"},
    Pair{"partial", "include"},
    Pair{"section", "include"},
    Pair{"component", "include"},
    Pair{"snippet", "include"},
    Pair{"block", "content_for"},
    Pair{"ifnot", "unless"},
    Pair{"endblock", "endcontent_for"},
    Pair{"note", "comment"},
    Pair{"اگر", "if"},
    Pair{"وگرنه", "else"},
    Pair{"برای", "for"},
    Pair{"پایان", "endif"},
    Pair{"otherwise", "else"},
    Pair{"default", "else"},
    Pair{"exit", "break"},
    Pair{"skip", "continue"},
    Pair{"endset", "endcapture"},
};
constexpr std::array<std::string_view, 31> own_tags = {
    "if",        "elsif",    "else",        "endif",      "unless",      "endunless",      "case",         "when",
    "endcase",   "for",      "endfor",      "break",      "continue",    "assign",         "capture",      "endcapture",
    "include",   "render",   "comment",     "endcomment", "raw",         "endraw",         "cycle",        "increment",
    "decrement", "tablerow", "endtablerow", "echo",       "content_for", "endcontent_for", "abort_message"};

constexpr std::array other_filters = {
    Pair{"uppercase", "upcase"},
    Pair{"upper", "upcase"},
    Pair{"toupper", "upcase"},
    Pair{"to_upper", "upcase"},
    Pair{"ucase", "upcase"},
    Pair{"upercase", "upcase"},
    Pair{"upper_case", "upcase"},
    Pair{"caps", "upcase"},
    Pair{"lowercase", "downcase"},
    Pair{"lower", "downcase"},
    Pair{"tolower", "downcase"},
    Pair{"lower_case", "downcase"},
    Pair{"title", "capitalize"},
    Pair{"titlecase", "capitalize"},
    Pair{"ucfirst", "capitalize"},
    Pair{"capitalise", "capitalize"},
    Pair{"trim", "strip"},
    Pair{"length", "size"},
    Pair{"len", "size"},
    Pair{"count", "size"},
    Pair{"currency", "money"},
    Pair{"price", "money"},
    Pair{"toman", "money: 'IRT'"},
    Pair{"rial", "money: 'IRR'"},
    Pair{"irt", "money: 'IRT'"},
    Pair{"irr", "money: 'IRR'"},
    Pair{"money_with_currency", "money"},
    Pair{"persian_digits", "fa_digits"},
    Pair{"farsi_digits", "fa_digits"},
    Pair{"persian_number", "fa_digits"},
    Pair{"persian_numbers", "fa_digits"},
    Pair{"fa_number", "fa_digits"},
    Pair{"fa_numbers", "fa_digits"},
    Pair{"english_digits", "latin_digits"},
    Pair{"en_digits", "latin_digits"},
    Pair{"shamsi", "jalali"},
    Pair{"jdate", "jalali"},
    Pair{"persian_date", "jalali"},
    Pair{"to_jalali", "jalali"},
    Pair{"pdate", "jalali"},
    Pair{"date_format", "local_date"},
    Pair{"format_date", "local_date"},
    Pair{"datetime", "local_date"},
    Pair{"number_format", "number"},
    Pair{"format_number", "number"},
    Pair{"numberformat", "number"},
    Pair{"comma", "number"},
    Pair{"thousands", "number"},
    Pair{"number_with_delimiter", "number"},
    Pair{"substr", "slice"},
    Pair{"substring", "slice"},
    Pair{"html_escape", "escape"},
    Pair{"e", "escape"},
    Pair{"translate", "t"},
    Pair{"trans", "t"},
    Pair{"tr", "t"},
    Pair{"nl2br", "newline_to_br"},
    Pair{"urlencode", "url_encode"},
    Pair{"prefix", "prepend"},
    Pair{"suffix", "append"},
    Pair{"explode", "split"},
    Pair{"implode", "join"},
    Pair{"striptags", "strip_html"},
    Pair{"ellipsis", "truncate"},
    Pair{"shorten", "truncate"},
    Pair{"truncate_words", "truncatewords"},
    Pair{"safe", "raw"},
    Pair{"add", "plus"},
    Pair{"subtract", "minus"},
    Pair{"multiply", "times"},
    Pair{"divide", "divided_by"},
    Pair{"unique", "uniq"},
    Pair{"fallback", "default"},
    Pair{"default_if_empty", "default"},
    Pair{"ago", "relative_time"},
    Pair{"timeago", "relative_time"},
};
constexpr std::array<std::string_view, 61> own_filters = {
    "abs",           "append",  "at_least",      "at_most",       "capitalize", "ceil",       "compact",
    "concat",        "date",    "default",       "divided_by",    "downcase",   "escape",     "escape_once",
    "find",          "first",   "floor",         "join",          "last",       "lstrip",     "map",
    "minus",         "modulo",  "newline_to_br", "plus",          "prepend",    "reject",     "remove",
    "remove_first",  "replace", "replace_first", "reverse",       "round",      "rstrip",     "size",
    "slice",         "sort",    "sort_natural",  "split",         "strip",      "strip_html", "strip_newlines",
    "sum",           "times",   "truncate",      "truncatewords", "uniq",       "upcase",     "url_decode",
    "url_encode",    "where",   "number",        "money",         "ordinal",    "local_date", "jalali",
    "relative_time", "bidi",    "fa_digits",     "latin_digits",  "percent"};

constexpr std::array currencies = {
    Pair{"TOMAN", "IRT"}, Pair{"TOMANS", "IRT"}, Pair{"TMN", "IRT"},    Pair{"IRTT", "IRT"},    Pair{"TOOMAN", "IRT"},
    Pair{"تومان", "IRT"}, Pair{"تومن", "IRT"},   Pair{"RIAL", "IRR"},   Pair{"RIALS", "IRR"},   Pair{"ریال", "IRR"},
    Pair{"﷼", "IRR"},     Pair{"IRI", "IRR"},    Pair{"DOLLAR", "USD"}, Pair{"DOLLARS", "USD"}, Pair{"$", "USD"},
    Pair{"دلار", "USD"},  Pair{"EURO", "EUR"},   Pair{"EUROS", "EUR"},  Pair{"€", "EUR"},       Pair{"یورو", "EUR"},
    Pair{"POUND", "GBP"}, Pair{"£", "GBP"},      Pair{"DIRHAM", "AED"}, Pair{"درهم", "AED"},    Pair{"LIRA", "TRY"},
};

template <std::size_t n>
std::string_view written_for(const std::array<Pair, n>& pairs, std::string_view word) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const Pair& p) { return p.first == word; });
    return found == pairs.end() ? std::string_view{} : found->second;
}

std::string in_small_letters(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string in_capital_letters(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

const Pair* mark_at(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at);
    const auto found =
        std::find_if(marks.begin(), marks.end(), [&](const Pair& p) { return rest.starts_with(p.first); });
    return found == marks.end() ? nullptr : &*found;
}

/// "U+200F" of a mark that nobody sees.
std::string code_point(std::string_view mark) {
    char32_t value = static_cast<unsigned char>(mark.front());
    value = mark.size() == 2 ? (value & 0x1Fu) : (mark.size() == 3 ? (value & 0x0Fu) : value);
    for (const char c : mark.substr(1))
        value = (value << 6u) | (static_cast<unsigned char>(c) & 0x3Fu);
    return fmt::format("U+{:04X}", static_cast<unsigned>(value));
}

bool is_written_digit(std::string_view written) {
    return written.size() == 1 && written[0] >= '0' && written[0] <= '9';
}

std::string advice_for_mark(std::string_view text, std::size_t at, const Pair& mark) {
    const auto& [foreign, written] = mark;
    if (foreign == "\u00A0") return "a blank that does not break stands here: write a plain blank";
    if (written.empty() && foreign != "٬")
        return fmt::format("a mark that nobody sees ({}) stands here: delete it", code_point(foreign));
    if (written.empty()) return fmt::format("leave out {}: numbers stand here without separators", foreign);
    if (!is_written_digit(written)) return fmt::format("write {} in place of {}", written, foreign);
    std::string whole, latin;
    for (const Pair* next = &mark; next != nullptr && is_written_digit(next->second);
         next = at < text.size() ? mark_at(text, at) : nullptr) {
        whole += next->first;
        latin += next->second;
        at += next->first.size();
    }
    return fmt::format("write {} in place of {}: numbers in tags have Latin digits", latin, whole);
}

/// The word between the first quotes of a sentence: "Unknown tag 'foreach'" -> foreach.
std::string_view first_quoted(std::string_view sentence) {
    const std::size_t open = sentence.find('\'');
    const std::size_t close = open == std::string_view::npos ? open : sentence.find('\'', open + 1);
    return close == std::string_view::npos ? std::string_view{} : sentence.substr(open + 1, close - open - 1);
}

template <std::size_t n, std::size_t m>
std::string_view meant(std::string_view word, const std::array<Pair, n>& others,
                       const std::array<std::string_view, m>& own) {
    const std::string small = in_small_letters(word);
    if (const auto known = written_for(others, small); !known.empty()) return known;
    // Letters that changed places first: "fro" is as far from "for" as from "if".
    const auto swapped = std::find_if(own.begin(), own.end(), [&](std::string_view name) {
        return name.size() == small.size() && std::is_permutation(name.begin(), name.end(), small.begin());
    });
    return swapped != own.end() ? *swapped : nearest(small, {own.begin(), own.end()});
}

std::string advice_on_tag(std::string_view sentence) {
    const std::string_view word = first_quoted(sentence);
    if (word == "end") return "; say what ends here: endif, endfor, endcase, ...";
    if (std::find(own_tags.begin(), own_tags.end(), word) != own_tags.end())
        return "; no block is open here that it belongs to: take it out, or open one before it";
    const std::string_view better = meant(word, other_tags, own_tags);
    return better.empty() ? std::string{} : fmt::format("; write {}", better);
}

std::string advice_on_filter(std::string_view sentence) {
    constexpr std::string_view before = "undefined filter ";
    const std::string_view name = sentence.substr(sentence.find(before) + before.size());
    const std::string_view better = meant(name, other_filters, own_filters);
    return better.empty() ? std::string{} : fmt::format("; write {}", better);
}

std::string advice_on_character(std::string_view sentence, std::string_view tag) {
    constexpr std::string_view before = "Unexpected character ";
    const std::size_t from = sentence.find(before) + before.size();
    if (const Pair* mark = mark_at(sentence, std::min(from, sentence.size())))
        return "; " + advice_for_mark(sentence, from, *mark);
    const std::string_view met = sentence.substr(from, 1);
    if (met == "=") return "; write == to compare";
    if (met == "&") return "; write and in place of &&";
    if (met == "!") return "; write != to compare, or unless in place of if";
    if (met == "\"" || met == "'") return "; the quote that opens here is never closed";
    if (met == "{" || met == "}") return "; within a tag names stand without braces";
    if (met == "+") return "; write | plus: in place of +";
    if (met == "*") return "; write | times: in place of *";
    if (met == "/") return "; write | divided_by: in place of /";
    if (met == "%") return "; write | modulo: in place of %, and %} at the end of a tag";
    if (met == "$") return "; names stand without $";
    if (met == "\\") return "; within quotes no backslash is needed: use the other kind of quote";
    if (tag.find(met) == std::string_view::npos) return {};
    return "; names are made of Latin letters, digits, - and _; words stand in quotes";
}

/// "Expected end_of_string but found comparison": what stands in the tag tells more.
std::string advice_on_expected(std::string_view sentence, std::string_view tag) {
    const std::string_view before = tag.substr(0, 8);
    if (tag.find("===") != std::string_view::npos) return "; write == to compare";
    if (sentence.find("found pipe") != std::string_view::npos && before.find("if") != std::string_view::npos)
        return "; a condition takes no filter: assign the value to a name first";
    if (sentence.find("found id") != std::string_view::npos)
        return "; a , or a | is missing before the next word, or quotes around words";
    return {};
}

bool speaks_of(std::string_view sentence, std::string_view words) {
    return sentence.find(words) != std::string_view::npos;
}

}  // namespace

std::optional<ForeignMark> foreign_mark(std::string_view tag) {
    char quote = 0;
    for (std::size_t at = 0; at < tag.size(); ++at) {
        const char c = tag[at];
        if (quote != 0) {
            if (c == quote) quote = 0;
            continue;
        }
        if (c == '"' || c == '\'') quote = c;
        if (static_cast<unsigned char>(c) < 0x80 && c != '`') continue;
        if (const Pair* mark = mark_at(tag, at)) return ForeignMark{at, mark->first, advice_for_mark(tag, at, *mark)};
        while (at + 1 < tag.size() && (static_cast<unsigned char>(tag[at + 1]) & 0xC0u) == 0x80u)
            ++at;
    }
    return std::nullopt;
}

std::string advice_on(std::string_view sentence, std::string_view tag) {
    if (speaks_of(sentence, "Unknown tag '")) return advice_on_tag(sentence);
    if (speaks_of(sentence, "undefined filter ")) return advice_on_filter(sentence);
    if (speaks_of(sentence, "Unexpected character ")) return advice_on_character(sentence, tag);
    if (speaks_of(sentence, "Variable '{{")) return "; this {{ is never closed: write }} behind the name";
    if (speaks_of(sentence, "Tag '{%")) return "; this {% is never closed: write %} at its end";
    if (sentence.starts_with('\'') && speaks_of(sentence, "' tag was never closed"))
        return fmt::format("; write {{% end{} %}} where it ends", first_quoted(sentence));
    if (speaks_of(sentence, "Unexpected outer '"))
        return fmt::format("; there is no open tag before this {}: take it out, or open one", first_quoted(sentence));
    if (speaks_of(sentence, "is not a valid delimiter for")) return "; blocks end in the order in which they began";
    if (speaks_of(sentence, "For loops require an 'in' clause") || speaks_of(sentence, "Syntax Error in 'for loop'"))
        return "; write it as {% for item in items %}";
    if (speaks_of(sentence, "Syntax Error in 'assign'")) return "; write it as {% assign name = value %}";
    if (speaks_of(sentence, "Syntax Error in tag 'if'") || speaks_of(sentence, "Syntax Error in 'if'"))
        return "; write it as {% if name == \"value\" %}";
    if (speaks_of(sentence, "Illegal template name"))
        return "; write the partial's name in straight quotes and a , behind it: {% include 'button', url: link %}";
    if (speaks_of(sentence, " is no currency")) {
        const std::string_view known = written_for(currencies, in_capital_letters(first_quoted(sentence)));
        if (known == "IRT")
            return "; for amounts in toman write 'IRT', for rials to show in toman 'IRR', unit: 'toman'";
        return known.empty() ? std::string{} : fmt::format("; write '{}'", known);
    }
    if (speaks_of(sentence, "money: unit is")) return "; write unit: 'toman'";
    if (speaks_of(sentence, "Expected ")) return advice_on_expected(sentence, tag);
    return {};
}

std::optional<TomlAdvice> advice_on_toml(std::string_view line) {
    const std::size_t equals = line.find('=');
    const std::size_t key_at = line.find_first_not_of(" \t");
    if (key_at == std::string_view::npos) return std::nullopt;
    if (const auto foreign = foreign_mark(line)) return TomlAdvice{foreign->at, foreign->advice};
    const std::size_t colon = line.find(':');
    if (colon < equals && line.find('"') >= colon)
        return TomlAdvice{colon, "write = between a name and its value, in place of :"};
    if (equals == std::string_view::npos) {
        if (line[key_at] == '[' || line[key_at] == '{' || line[key_at] == '"' || line[key_at] == ']')
            return std::nullopt;
        return TomlAdvice{key_at,
                          "a line of the front matter is NAME = \"text\"; the text of the mail stands behind the "
                          "second +++"};
    }
    const std::size_t value_at = line.find_first_not_of(" \t\r", equals + 1);
    if (value_at == std::string_view::npos)
        return TomlAdvice{equals, "there is no value behind the =: write \"\" for an empty text"};
    const std::string_view value = line.substr(value_at);
    const std::string small = in_small_letters(value.substr(0, 5));
    for (const std::string_view word : {"true", "false"})
        if (small.starts_with(word) && !value.starts_with(word))
            return TomlAdvice{value_at, fmt::format("write {} in small letters", word)};
    if (small.starts_with("yes") || small.starts_with("no") || small.starts_with("on"))
        return TomlAdvice{value_at, "write true or false"};
    if (value.front() != '"' && value.front() != '\'' && value.front() != '[' && value.front() != '{' &&
        std::string_view("0123456789+-").find(value.front()) == std::string_view::npos)
        return TomlAdvice{value_at, "put the text in quotes: NAME = \"text\""};
    const char quote = value.front();
    if (quote == '"') {
        std::size_t end = 1;
        while (end < value.size() && value[end] != '"')
            end += value[end] == '\\' ? 2 : 1;
        if (end >= value.size()) return TomlAdvice{value_at, "the quote that opens here is not closed in this line"};
        const std::size_t next = value.find_first_not_of(" \t\r", end + 1);
        if (next != std::string_view::npos && value[next] != '#')
            return TomlAdvice{value_at + end, "a \" ends the text here: within a text write \\\" or '"};
        if (value.find('\\') < end) return TomlAdvice{value_at + value.find('\\'), "write \\\\ for a backslash"};
    }
    return std::nullopt;
}

}  // namespace chapar::render
