#include "render/file_advice.hpp"

#include "render/compiled.hpp"
#include "render/locale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace chapar::render {

namespace {

using Alias = std::pair<std::string_view, std::string_view>;

constexpr std::string_view template_ending = ".liquid", locale_ending = ".toml";

constexpr std::array channel_aliases = {
    Alias{"email", "email"},     Alias{"mail", "email"},     Alias{"e-mail", "email"},
    Alias{"e_mail", "email"},    Alias{"emails", "email"},   Alias{"mails", "email"},
    Alias{"ایمیل", "email"},     Alias{"رایانامه", "email"}, Alias{"newsletter", "email"},
    Alias{"sms", "sms"},         Alias{"s-m-s", "sms"},      Alias{"smss", "sms"},
    Alias{"textmessage", "sms"}, Alias{"پیامک", "sms"},      Alias{"اس‌ام‌اس", "sms"},
    Alias{"اسمس", "sms"},
};
constexpr std::array locale_aliases = {
    Alias{"farsi", "fa"}, Alias{"persian", "fa"}, Alias{"فارسی", "fa"},   Alias{"فارسي", "fa"},  Alias{"fas", "fa"},
    Alias{"per", "fa"},   Alias{"ir", "fa"},      Alias{"iran", "fa"},    Alias{"parsi", "fa"},  Alias{"english", "en"},
    Alias{"eng", "en"},   Alias{"انگلیسی", "en"}, Alias{"uk", "en"},      Alias{"us", "en"},     Alias{"arabic", "ar"},
    Alias{"عربی", "ar"},  Alias{"arab", "ar"},    Alias{"turkish", "tr"}, Alias{"german", "de"}, Alias{"french", "fr"},
};
constexpr std::array<std::string_view, 14> other_endings = {"txt", "html", "htm",  "xhtml", "twig", "tpl",    "hbs",
                                                            "njk", "j2",   "text", "mjml",  "rtf",  "liquid", ""};
constexpr std::array<std::string_view, 8> backups = {"~", ".bak", ".orig", ".swp", ".tmp", ".old", ".rej", "#"};
constexpr std::array<std::string_view, 9> copy_marks = {" - copy", " copy", "copy of ", "-copy", "_copy",
                                                        " - کپی",  " کپی",  "کپی ",     "کپی "};

template <std::size_t n>
std::string_view alias_in(const std::array<Alias, n>& aliases, std::string_view word) {
    const auto found = std::find_if(aliases.begin(), aliases.end(), [&](const Alias& a) { return a.first == word; });
    return found == aliases.end() ? std::string_view{} : found->second;
}

/// ASCII in lower case, without marks that nobody sees; blanks of every kind are plain.
std::string plain_form(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const std::string_view three = name.substr(i, 3), two = name.substr(i, 2);
        const bool mark =
            three.size() == 3 && three.starts_with("\xE2\x80") &&
            (static_cast<unsigned char>(three[2]) <= 0x8F || static_cast<unsigned char>(three[2]) >= 0xAA);
        const bool isolate = three.starts_with("\xE2\x81") && static_cast<unsigned char>(three.back()) >= 0xA6;
        const bool joiner = three == "\xE2\x80\x8C";
        if (!joiner && (mark || isolate || three == "\xEF\xBB\xBF")) {
            i += 2;
        } else if (two == "\xC2\xA0") {
            out += ' ';
            ++i;
        } else {
            out += name[i] >= 'A' && name[i] <= 'Z' ? static_cast<char>(name[i] + 32) : name[i];
        }
    }
    const std::size_t first = out.find_first_not_of(' ');
    return first == std::string::npos ? "" : out.substr(first, out.find_last_not_of(" .") - first + 1);
}

/// "email.fa (1)" and "email.fa - Copy" are copies of "email.fa".
std::string without_copy_marks(std::string name) {
    for (const std::string_view mark : copy_marks)
        if (const std::size_t at = name.find(mark); at != std::string::npos) name.erase(at, mark.size());
    for (std::size_t open = name.find('('); open != std::string::npos; open = name.find('(', open + 1)) {
        const std::size_t close = name.find(')', open);
        const bool counts =
            close != std::string::npos && close > open + 1 && name.find_first_not_of("0123456789", open + 1) == close;
        if (!counts) continue;
        name.erase(open, close - open + 1);
        while (open > 0 && name[open - 1] == ' ')
            name.erase(--open, 1);
    }
    return name;
}

std::vector<std::string> split_at(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        parts.emplace_back(text.substr(0, end));
        if (end == text.size()) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Within `most` changes of letters, one swap of neighbours among them.
bool is_close(std::string_view word, std::string_view to, std::size_t most) {
    const std::vector<std::string_view> one = {to};
    if (word.size() + most < to.size() || word.size() > to.size() + most) return false;
    if (nearest(word, one).empty()) return false;
    std::size_t differing = word.size() > to.size() ? word.size() - to.size() : to.size() - word.size();
    std::string sorted_word(word), sorted_to(to);
    std::sort(sorted_word.begin(), sorted_word.end());
    std::sort(sorted_to.begin(), sorted_to.end());
    std::string missing;
    std::set_difference(sorted_to.begin(), sorted_to.end(), sorted_word.begin(), sorted_word.end(),
                        std::back_inserter(missing));
    differing = std::max(differing, missing.size());
    return differing <= most && !word.empty() && word.front() == to.front();
}

bool is_liquid(std::string_view word) { return word == "liquid" || (word != "liq" && is_close(word, "liquid", 2)); }

std::string channel_of(std::string_view word) {
    if (const auto known = alias_in(channel_aliases, word); !known.empty()) return std::string(known);
    if (word.size() >= 4 && is_close(word, "email", 1)) return "email";
    return {};
}

std::string locale_of(std::string_view word) {
    if (const auto known = alias_in(locale_aliases, word); !known.empty()) return std::string(known);
    return canonical_locale(word);
}

/// "email_fa" and "sms fa": the channel and the rest.
std::vector<std::string> pieces_of(std::string_view stem) {
    std::vector<std::string> dotted = split_at(stem, ".");
    if (!channel_of(dotted.front()).empty()) return dotted;
    for (const std::size_t cut : {dotted.front().find(' '), dotted.front().find('_'), dotted.front().find('-')}) {
        if (cut == std::string::npos || channel_of(std::string_view(dotted.front()).substr(0, cut)).empty()) continue;
        std::string rest = dotted.front().substr(cut + 1);
        dotted.front().erase(cut);
        dotted.insert(dotted.begin() + 1, std::move(rest));
        return dotted;
    }
    return dotted;
}

std::string intended_template(std::string_view file) {
    const std::string name = without_copy_marks(plain_form(file));
    std::vector<std::string> pieces = pieces_of(name);
    const std::string channel = channel_of(pieces.front());
    if (channel.empty()) return {};
    const bool has_liquid = std::any_of(pieces.begin() + 1, pieces.end(), is_liquid);
    std::string kind, locale;
    for (auto piece = pieces.begin() + 1; piece != pieces.end(); ++piece) {
        if (piece->empty() || is_liquid(*piece)) continue;
        const bool text = *piece == "text" || (*piece == "txt" && !has_liquid);
        if (channel == "email" && (text || *piece == "mjml")) {
            kind = text ? "text" : "mjml";
        } else if (std::find(other_endings.begin(), other_endings.end(), *piece) != other_endings.end()) {
            continue;
        } else if (locale.empty() && !locale_of(*piece).empty()) {
            locale = locale_of(*piece);
        } else {
            return {};
        }
    }
    const bool has_other = pieces.size() == 1 ||
                           std::find(other_endings.begin(), other_endings.end(), pieces.back()) != other_endings.end();
    if (!has_liquid && !has_other) return {};
    return channel + (kind.empty() ? "" : "." + kind) + (locale.empty() ? "" : "." + locale) +
           std::string(template_ending);
}

/// A layout or a partial: any plain name, and the ending.
std::string intended_piece(std::string_view file) {
    std::vector<std::string> pieces = split_at(without_copy_marks(plain_form(file)), ".");
    const std::string lower = pieces.front();
    const auto is_ending = [](std::string_view piece) {
        return is_liquid(piece) || std::find(other_endings.begin(), other_endings.end(), piece) != other_endings.end();
    };
    if (pieces.size() < 2 || !std::all_of(pieces.begin() + 1, pieces.end(), is_ending)) return {};
    std::string stem(file.substr(0, std::min(file.find('.'), file.size())));
    if (!is_plain_name(stem)) stem = intended_folder(stem).value_or(lower);
    return is_plain_name(stem) ? stem + std::string(template_ending) : std::string{};
}

std::string intended_locale_file(std::string_view file) {
    std::vector<std::string> pieces = split_at(without_copy_marks(plain_form(file)), ".");
    constexpr std::array<std::string_view, 7> endings = {"toml", "tml", "txt", "yml", "yaml", "json", "ini"};
    const std::string language = locale_of(pieces.front());
    if (language.empty() || pieces.size() < 2) return {};
    bool is_default = false;
    for (auto piece = pieces.begin() + 1; piece != pieces.end(); ++piece) {
        if (*piece == "default") {
            is_default = true;
        } else if (std::find(endings.begin(), endings.end(), *piece) == endings.end()) {
            return {};
        }
    }
    return language + (is_default ? ".default" : "") + std::string(locale_ending);
}

}  // namespace

std::optional<std::string> intended_name(std::string_view folder, std::string_view file) {
    for (const std::string_view mark : backups)
        if (file.ends_with(mark) || file.starts_with("#")) return std::nullopt;
    std::string wanted;
    if (folder == "locales") {
        wanted = intended_locale_file(file);
    } else if (is_shared_folder(folder)) {
        wanted = intended_piece(file);
    } else {
        wanted = intended_template(file);
    }
    if (wanted.empty()) return std::nullopt;
    if (folder.empty()) return "NAME/" + wanted;
    if (wanted == file) return std::nullopt;
    // "email.fa-IR.liquid" and "email.fa-ir.liquid" mean the same and are both read.
    const auto means = parse_file_name(file), should_mean = parse_file_name(wanted);
    const bool same = means && should_mean && means->channel == should_mean->channel &&
                      means->locale == should_mean->locale && means->text == should_mean->text &&
                      means->mjml == should_mean->mjml;
    if (same) return std::nullopt;
    return wanted;
}

std::optional<std::string> intended_folder(std::string_view folder) {
    constexpr std::array shared = {
        Alias{"layouts", "_layouts"},     Alias{"layout", "_layouts"},     Alias{"_layout", "_layouts"},
        Alias{"_layouts", "_layouts"},    Alias{"partials", "_partials"},  Alias{"partial", "_partials"},
        Alias{"_partial", "_partials"},   Alias{"_partials", "_partials"}, Alias{"snippets", "_partials"},
        Alias{"includes", "_partials"},   Alias{"_includes", "_partials"}, Alias{"locale", "locales"},
        Alias{"locales", "locales"},      Alias{"_locales", "locales"},    Alias{"_locale", "locales"},
        Alias{"translations", "locales"}, Alias{"i18n", "locales"},        Alias{"lang", "locales"},
        Alias{"languages", "locales"},    Alias{"نوروز", "nowruz"},        Alias{"یلدا", "yalda"},
        Alias{"تولد", "birthday"},        Alias{"خوشامد", "welcome"},      Alias{"خوش‌آمد", "welcome"},
        Alias{"خبرنامه", "newsletter"},   Alias{"سفارش", "order"},         Alias{"تخفیف", "discount"},
    };
    const std::string name = without_copy_marks(plain_form(folder));
    if (const auto known = alias_in(shared, name); !known.empty())
        return known == folder ? std::nullopt : std::optional(std::string(known));
    if (is_plain_name(folder)) return std::nullopt;
    std::string out;
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        if (letter && !(out.empty() && c == '_')) out += c;
        if (!letter && !out.empty() && out.back() != '-' && static_cast<unsigned char>(c) < 0x80) out += '-';
    }
    while (out.ends_with('-'))
        out.pop_back();
    if (out.size() > 100) out.resize(100);
    return is_plain_name(out) ? std::optional(out) : std::nullopt;
}

std::string folder_trouble(std::string_view folder) {
    const std::string sentence = "a template's name is made of Latin letters, digits, '-' and '_'";
    const auto better = intended_folder(folder);
    return better ? fmt::format("{}; call the folder {}", sentence, *better)
                  : sentence + "; call the folder nowruz or sale-1, for instance";
}

}  // namespace chapar::render
