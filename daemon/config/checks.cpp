#include "config/checks.hpp"

#include "base/zones.hpp"
#include "config/lines.hpp"
#include "config/prices.hpp"
#include "config/senders.hpp"
#include "config/suggest.hpp"
#include "numbers/phone.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chapar::config {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= 64 && (is_lower(text.front()) || is_digit(text.front())) &&
           std::ranges::all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; });
}

constexpr std::string_view name_expected = "expected a name of lower-case letters, digits, '-' and '_', at most 64";

/// Headers that chapard or the mail plugin write themselves (RFC 5322, RFC 2045, RFC 8058, RFC 6376).
constexpr std::array<std::string_view, 20> reserved_headers{"from",
                                                            "sender",
                                                            "reply-to",
                                                            "to",
                                                            "cc",
                                                            "bcc",
                                                            "date",
                                                            "subject",
                                                            "message-id",
                                                            "mime-version",
                                                            "received",
                                                            "content-type",
                                                            "return-path",
                                                            "content-transfer-encoding",
                                                            "dkim-signature",
                                                            "list-unsubscribe",
                                                            "list-unsubscribe-post",
                                                            "content-disposition",
                                                            "content-id",
                                                            "auto-submitted"};

}  // namespace

std::string check_absolute_path(const std::string& text) {
    if (text.empty() || text.front() != '/') return "expected an absolute path, from \"/\"";
    if (std::ranges::any_of(text, is_control)) return "expected a path without control characters";
    if ((text + "/").find("/../") != std::string::npos) return "expected a path without \"..\"";
    return {};
}

std::string check_socket_path(const std::string& text) {
    if (auto expected = check_absolute_path(text); !expected.empty()) return expected;
    return text.size() > 107 ? "expected at most 107 bytes (a socket address holds no more)" : "";
}

std::string check_listen(const std::string& text) {
    constexpr std::string_view expected = "expected ADDRESS:PORT, such as \"127.0.0.1:8025\" or \"[::1]:8025\"";
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::string(expected);
    auto host = text.substr(0, colon);
    const bool six = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (six) host = host.substr(1, host.size() - 2);
    in6_addr address{};
    if (::inet_pton(six ? AF_INET6 : AF_INET, host.c_str(), &address) != 1) return std::string(expected);
    const auto port = text.substr(colon + 1);
    const bool digits = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
    return digits && std::stoi(port) <= 65'535 ? "" : std::string(expected);
}

std::string check_scrape_address(const std::string& text) {
    constexpr std::string_view socket = "unix:";
    if (text.starts_with(socket)) return check_socket_path(text.substr(socket.size()));
    const auto wrong = check_listen(text);
    return wrong.empty() ? wrong : "expected ADDRESS:PORT, such as \"127.0.0.1:9464\", or \"unix:/path\"";
}

std::string check_url_path(const std::string& text) {
    const bool plain = std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '/' || c == '.';
    });
    const bool formed = text.size() > 1 && text.front() == '/' && text.back() != '/';
    if (!plain || !formed || text.find("//") != std::string::npos || text.find("..") != std::string::npos)
        return "expected a path such as \"/in\"";
    return {};
}

std::string check_name(const std::string& text) { return is_name(text) ? "" : std::string(name_expected); }

std::string check_name_or_all(const std::string& text) {
    return text == "*" || is_name(text) ? "" : fmt::format("{}, or \"*\" for all", name_expected);
}

std::string check_template(const std::string& text) {
    const std::string_view stem = text.ends_with('*') ? std::string_view(text).substr(0, text.size() - 1) : text;
    return text == "*" || is_name(stem) ? "" : "expected a template's name, \"prefix-*\" or \"*\"";
}

std::string check_mode(const std::string& text) {
    const bool octal = (text.size() == 3 || text.size() == 4) &&
                       std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; }) &&
                       (text.size() == 3 || text.front() == '0');
    return octal ? "" : "expected permissions in octal, such as \"0660\"";
}

std::string check_timezone(const std::string& text) {
    if (times::zone_clock(text) != nullptr) return {};
    const auto near = times::nearest_zone(text);
    return "expected a time zone of the IANA database, such as \"Asia/Tehran\" or \"UTC\"" +
           (near.empty() ? std::string() : "; did you mean \"" + near + "\"?");
}

std::string check_locale(const std::string& text) {
    std::size_t parts = 0, length = 0;
    bool good = !text.empty() && is_letter(text.front());
    for (const char c : text + "-") {
        if (c == '-') {
            good = good && length >= 2 && length <= 8;
            length = 0;
            ++parts;
        } else {
            good = good && (is_letter(c) || (parts > 0 && is_digit(c)));
            ++length;
        }
    }
    return good && parts <= 4 ? "" : "expected a language tag, such as \"fa-IR\" or \"en\"";
}

std::string check_country(const std::string& text) {
    return numbers::is_country(text) ? "" : "expected a country's two capital letters (ISO 3166), such as \"IR\"";
}

std::string check_account(const std::string& text) {
    if (text == "nobody" || text == "nogroup" || text == "65534") {
        return "nobody is not an identity (the kernel also says so for users that it can't map)";
    }
    const bool plain =
        !text.empty() && text.size() <= 32 && text.front() != '-' && std::ranges::all_of(text, [](char c) {
            return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '$';
        });
    return plain ? "" : "expected the name or the number of a user or group";
}

std::string check_from(const std::string& text) {
    const auto at = text.rfind('@');
    const bool bad =
        std::ranges::any_of(text, [](char c) { return is_control(c) || c == ' ' || c == '<' || c == '>' || c == ','; });
    const bool shaped = at != std::string::npos && at > 0 && at + 1 < text.size() &&
                        text.find('*', 1) == std::string::npos && (text.front() != '*' || at == 1);
    if (text == "*" || (shaped && !bad) || is_sms_sender(text)) return "";
    return "expected an address, \"*@domain\", the number or name of an SMS sender, or \"*\"";
}

std::string check_line(const std::string& text) {
    const auto line = parse_line(text);
    if (!line) return fmt::format("expected \"SENDER=CLASS,CLASS\"; of the sender: {}", sms_sender_expected);
    for (const auto& name : line->classes) {
        if (auto wrong = check_name(name); !wrong.empty()) return fmt::format("class \"{}\": {}", name, wrong);
    }
    return "";
}

std::string check_header(const std::string& text) {
    const bool token = !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_';
    });
    if (!token) return "expected a header's name, such as \"X-Order\"";
    std::string lower = text;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    if (std::ranges::find(reserved_headers, lower) != reserved_headers.end())
        return "that header is written by chapard itself";
    return {};
}

std::string check_zone(const std::string& text) {
    constexpr std::array<std::string_view, 4> words{"device", "person", "country", "application"};
    if (std::ranges::find(words, text) != words.end() || check_timezone(text).empty()) return {};
    const auto word = std::string(nearest(text, words));
    const auto near = word.empty() ? times::nearest_zone(text) : word;
    return "expected device, person, country, application or a time zone of the IANA database, such as "
           "\"Asia/Tehran\"" +
           (near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near));
}

std::string check_window_zone(const std::string& text) {
    const auto near = times::nearest_zone(text);
    return text == "person" || check_timezone(text).empty()
               ? ""
               : "expected \"person\" or a time zone of the IANA database, such as \"Asia/Tehran\"" +
                     (near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near));
}

std::string check_word(const std::string& text) {
    const bool plain = !text.empty() && text.size() <= 128 && std::ranges::none_of(text, is_control);
    return plain ? "" : "expected a text of 1 to 128 bytes without control characters";
}

std::string check_data_path(const std::string& text) {
    const bool plain =
        !text.empty() && text.size() <= 128 && text.front() != '.' && text.back() != '.' &&
        text.find("..") == std::string::npos &&
        std::ranges::none_of(text, [](char c) { return is_control(c) || c == ' ' || c == '[' || c == '"'; });
    return plain ? "" : "expected the path of a value in the message's data, such as \"order.id\"";
}

std::string check_prefix(const std::string& text) {
    const bool good = text.size() >= 2 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
                      std::ranges::all_of(text.substr(1), is_digit);
    return good ? "" : "expected how numbers in E.164 begin, such as \"+98\" or \"+98912\"";
}

std::string check_prefix_or_all(const std::string& text) { return text == "+" ? "" : check_prefix(text); }

std::string check_destination(const std::string& text) {
    if (numbers::is_country(text) || check_prefix(text).empty()) return {};
    return "expected a country (\"IR\") or how numbers in E.164 begin (\"+98912\")";
}

std::string check_rate(const std::string& text) {
    return parse_rate(text) ? "" : "expected a currency and its worth, such as \"EUR=700000\"";
}

std::string check_currency(const std::string& text) {
    return is_currency(text) ? "" : "expected a currency's three letters, such as \"IRR\"";
}

}  // namespace chapar::config
