#include "bounce/addresses.hpp"

#include <algorithm>
#include <array>

#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t longest_local = 128, longest_domain = 255;

bool is_high(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool is_of_local(char c) {
    return is_high(c) || email::is_alnum(c) || std::string_view(".!#$%&'*+-/=?^_`{|}~").contains(c);
}
bool is_of_domain(char c) { return is_high(c) || email::is_alnum(c) || c == '-' || c == '.'; }

/// The address around the '@' at `at`, or empty.
std::string_view around(std::string_view text, std::size_t at) {
    auto first = at, last = at + 1;
    if (at > 0 && text[at - 1] == '"') {  // "local part"@domain
        const auto quote = text.substr(0, at - 1).rfind('"');
        if (quote == std::string_view::npos || at - quote > longest_local) return {};
        first = quote;
    }
    while (first > 0 && at - first < longest_local && text[at - 1] != '"' && is_of_local(text[first - 1]))
        --first;
    while (last < text.size() && last - at <= longest_domain && is_of_domain(text[last]))
        ++last;
    while (last > at + 1 && !(email::is_alnum(text[last - 1]) || is_high(text[last - 1])))
        --last;
    // What stands before it in a sentence: 'mailto:', "=3D", a quote.
    while (first < at && std::string_view("'`=/.").contains(text[first]))
        ++first;
    constexpr std::string_view x400 = "smtp=";  // "dda:SMTP=a@b" of Exchange
    if (email::equal_ignoring_case(text.substr(first, x400.size()), x400)) first += x400.size();
    const auto domain = text.substr(at + 1, last - at - 1);
    return first < at && !domain.empty() && domain.front() != '.' ? text.substr(first, last - first)
                                                                  : std::string_view();
}

}  // namespace

std::vector<std::string> addresses_in(std::string_view text, std::size_t most) {
    std::vector<std::string> out;
    for (auto at = text.find('@'); at != std::string_view::npos && out.size() < most; at = text.find('@', at + 1)) {
        const auto found = around(text, at);
        if (!found.empty()) out.emplace_back(found);
    }
    return out;
}

std::string address_in(std::string_view text) {
    auto found = addresses_in(text, 1);
    return found.empty() ? std::string() : std::move(found.front());
}

bool is_same_address(std::string_view a, std::string_view b) { return email::equal_ignoring_case(a, b); }

bool is_of_a_system(std::string_view address) {
    static constexpr std::array<std::string_view, 12> names{
        "mailer-daemon", "postmaster", "mail-daemon",   "mailerdaemon", "mailer_daemon", "mailadmin",
        "abuse",         "hostmaster", "administrator", "mailsupport",  "mail.daemon",   "mdaemon"};
    const auto local = email::to_lower(address.substr(0, address.find('@')));
    return std::ranges::any_of(names, [&](std::string_view name) { return local == name; }) ||
           local.starts_with("mailer-daemon") || local.starts_with("microsoftexchange329e71ec88ae4615");
}

}  // namespace chapar::bounce
