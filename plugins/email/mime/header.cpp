#include "header.hpp"

#include "basic/base64.hpp"
#include "basic/hex.hpp"
#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace chapar::email {

namespace {

constexpr std::size_t line_limit = 76;
constexpr std::string_view hex = basic::upper_hex;

/// What RFC 2047 section 5 lets stand in a phrase; used everywhere, so one encoder serves all.
constexpr bool is_word_safe(char c) { return is_alnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/'; }

std::size_t q_cost(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return is_word_safe(c) || c == ' '; })) *
               1 +
           static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !is_word_safe(c) && c != ' '; })) *
               3;
}

constexpr std::size_t b_cost(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

void append_q(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_word_safe(c)) {
            out += c;
        } else if (c == ' ') {
            out += '_';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '=';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}

/// Encoded words of at most 75 characters on lines of at most 76, cut between characters. Returns the new column.
std::size_t append_words(std::string& out, std::size_t column, std::string_view value) {
    constexpr std::size_t frame = 12;  // =?utf-8?B? and ?=
    const bool base64 = b_cost(value.size()) < q_cost(value);
    const auto cost = [base64](std::string_view text) { return base64 ? b_cost(text.size()) : q_cost(text); };
    while (!value.empty()) {
        if (column + frame + 16 > line_limit) {
            out += "\r\n ";
            column = 1;
        }
        const std::size_t room = std::min<std::size_t>(line_limit - column, 75) - frame;
        std::size_t take = 0;
        while (take < value.size()) {
            const std::size_t next = take + std::max<std::size_t>(code_point_at(value, take).size, 1);
            if (cost(value.substr(0, next)) > room) break;
            take = next;
        }
        const auto before = out.size();
        out += base64 ? "=?utf-8?B?" : "=?utf-8?Q?";
        base64 ? basic::append_base64(out, value.substr(0, take)) : append_q(out, value.substr(0, take));
        out += "?=";
        column += out.size() - before;
        value.remove_prefix(take);
        if (!value.empty()) {
            out += "\r\n ";
            column = 1;
        }
    }
    return column;
}

/// Words on lines of at most 76 characters where they fit. Returns the new column.
std::size_t append_folded(std::string& out, std::size_t column, std::string_view value) {
    if (column + value.size() <= line_limit) {
        out += value;
        return column + value.size();
    }
    for (bool first = true; !value.empty(); first = false) {
        const auto word = value.substr(0, value.find(' '));
        if (!first) {
            const bool fold = column + 1 + word.size() > line_limit;
            out += fold ? "\r\n " : " ";
            column = fold ? 1 : column + 1;
        }
        out += word;
        column += word.size();
        value.remove_prefix(std::min(word.size() + 1, value.size()));
    }
    return column;
}

std::string without_tabs(std::string_view value) {
    std::string spaced(value);
    std::ranges::replace(spaced, '\t', ' ');
    return spaced;
}

/// Atoms stand as they are, other plain text is quoted, the rest becomes encoded words.
std::size_t append_phrase(std::string& out, std::size_t column, std::string_view name) {
    if (!may_stand_plain(name)) return append_words(out, column, without_tabs(name));
    const bool atoms = std::ranges::all_of(
        name, [](char c) { return c == ' ' || is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c); });
    if (atoms) return append_folded(out, column, name);
    std::string quoted = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return append_folded(out, column, quoted += '"');
}

bool is_attribute_char(char c) { return is_alnum(c) || std::string_view("!#$&+-.^_`|~").contains(c); }

std::string refusal(std::string_view name, std::string_view flaw) {
    return "the header " + std::string(name) + ' ' + std::string(flaw);
}

}  // namespace

Appended append_text(std::string& out, std::string_view name, std::string_view value) {
    if (const auto flaw = header_flaw(value); !flaw.empty()) return std::unexpected(refusal(name, flaw));
    out += name;
    out += ": ";
    if (may_stand_plain(value)) {
        append_folded(out, name.size() + 2, value);
    } else {
        append_words(out, name.size() + 2, value.contains('\t') ? without_tabs(value) : std::string(value));
    }
    out += "\r\n";
    return {};
}

Appended append_mailbox(std::string& out, std::string_view name, const Mailbox& mailbox) {
    if (const auto flaw = header_flaw(mailbox.name); !flaw.empty()) return std::unexpected(refusal(name, flaw));
    out += name;
    out += ": ";
    std::string address = mailbox.address.text();
    if (!mailbox.name.empty()) {
        const auto column = append_phrase(out, name.size() + 2, mailbox.name);
        out += column + address.size() + 3 > line_limit ? "\r\n " : " ";
        address = '<' + address + '>';
    }
    out += address;
    out += "\r\n";
    return {};
}

void append_addresses(std::string& out, std::string_view name, const std::vector<Address>& addresses) {
    (out += name) += ':';
    std::size_t column = name.size() + 1;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const std::string text = addresses[i].text() + (i + 1 < addresses.size() ? "," : "");
        if (i > 0 && column + text.size() + 1 > line_limit) {
            out += "\r\n";
            column = 0;
        }
        (out += ' ') += text;
        column += text.size() + 1;
    }
    out += "\r\n";
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
    const bool plain =
        may_stand_plain(value) && value.size() <= 60 && value.find_first_of("\"\\") == std::string_view::npos;
    if (plain) {
        ((((out += ";\r\n ") += name) += "=\"") += value) += '"';
        return;
    }
    constexpr std::size_t longest = 50;
    std::vector<std::string> pieces(1);
    for (std::size_t at = 0; at < value.size();) {  // no piece ends inside of a character
        const std::size_t size = std::max<std::size_t>(code_point_at(value, at).size, 1);
        std::string encoded;
        for (const char c : value.substr(at, size)) {
            const auto byte = static_cast<unsigned char>(c);
            is_attribute_char(c) ? encoded += c : ((encoded += '%') += hex[byte >> 4]) += hex[byte & 15];
        }
        if (pieces.back().size() + encoded.size() > longest) pieces.emplace_back();
        pieces.back() += encoded;
        at += size;
    }
    for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
        (out += ";\r\n ") += name;
        if (pieces.size() > 1) (out += '*') += std::to_string(piece);
        ((out += "*=") += piece == 0 ? "utf-8''" : "") += pieces[piece];
    }
}

void append_ready(std::string& out, std::string_view name, std::string_view value) {
    (((out += name) += ": ") += value) += "\r\n";
}

namespace {

/// At most `longest` bytes, cut between characters and before the ending, which says what the file is.
std::string cut_before_ending(std::string_view name, std::size_t longest) {
    constexpr std::size_t longest_ending = 20;
    const auto dot = name.rfind('.');
    const bool has_ending = dot != std::string_view::npos && name.size() - dot <= longest_ending;
    const auto ending = has_ending ? name.substr(dot) : std::string_view();
    std::size_t end = 0;
    while (true) {
        const std::size_t size = std::max<std::size_t>(code_point_at(name, end).size, 1);
        if (end + size + ending.size() > longest) break;
        end += size;
    }
    auto stem = name.substr(0, end);
    stem = stem.substr(0, stem.find_last_not_of(" .") + 1);
    return std::string(stem) + std::string(ending);
}

}  // namespace

std::string clean_file_name(std::string_view name) {
    constexpr std::size_t longest = 150;
    if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    std::string clean;
    for (std::size_t at = 0; at < name.size();) {
        const auto [c, size] = code_point_at(name, at);
        const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
        if (size != 0 && !control && !is_reordering(c)) {
            const bool meaning = c < 0x80 && std::string_view("<>:\"|?*").contains(static_cast<char>(c));
            meaning ? clean += '_' : clean += name.substr(at, size);
        }
        at += size == 0 ? 1 : size;
    }
    const auto first = clean.find_first_not_of(" .");
    if (first == std::string::npos) return "attachment";
    clean = clean.substr(first, clean.find_last_not_of(" .") + 1 - first);
    return clean.size() <= longest ? clean : cut_before_ending(clean, longest);
}

std::string date_text(std::chrono::sys_seconds at) {
    constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                                   weekdays.at(std::chrono::weekday(day).c_encoding()), unsigned(date.day()),
                                   months.at(unsigned(date.month()) - 1), int(date.year()), int(time.hours().count()),
                                   int(time.minutes().count()), int(time.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace chapar::email
