#include "email_rules/address.hpp"

#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"

#include <unicode/uchar.h>
#include <unicode/uidna.h>

#include <array>
#include <memory>

namespace chapar::email {

namespace {

using Flaw = std::unexpected<std::string>;

constexpr bool is_atext(char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

/// Letters, marks, digits and symbols may stand in an internationalised local part; spaces and invisible marks may not.
bool is_visible(char32_t c) {
    if (c == 0x200C || c == 0x200D) return true;  // ZWNJ and ZWJ spell Persian and Indic words
    constexpr auto refused = U_GC_C_MASK | U_GC_Z_MASK;
    return ((1U << u_charType(static_cast<UChar32>(c))) & refused) == 0;
}

std::string_view local_flaw(std::string_view local) {
    if (local.empty()) return "the part before @ is empty";
    if (local.size() > 64) return "the part before @ is longer than 64 bytes";
    if (local.front() == '.' || local.back() == '.' || local.contains("..")) return "a dot stands where none may";
    for (std::size_t at = 0; at < local.size();) {
        const auto [c, size] = code_point_at(local, at);
        if (size == 0) return "it is not UTF-8";
        const bool fits = c < 0x80 ? is_atext(local[at]) || c == '.' : is_visible(c);
        if (!fits) return "a character stands before @ that may not";
        at += size;
    }
    return {};
}

std::string_view label_flaw(std::string_view label) {
    if (label.empty()) return "the domain has an empty label";
    if (label.size() > 63) return "a label of the domain is longer than 63 bytes";
    if (label.front() == '-' || label.back() == '-') return "a label of the domain begins or ends with a hyphen";
    for (const char c : label)
        if (!is_alnum(c) && c != '-') return "a character stands in the domain that may not";
    return {};
}

std::string_view domain_flaw(std::string_view domain) {
    if (domain.empty()) return "the domain is empty";
    if (domain.size() > 253) return "the domain is longer than 253 bytes";
    std::string_view label;
    for (std::size_t at = 0; at <= domain.size(); at += label.size() + 1) {
        label = domain.substr(at, domain.find('.', at) - at);
        if (const auto flaw = label_flaw(label); !flaw.empty()) return flaw;
    }
    if (label.find_first_not_of("0123456789") == std::string_view::npos) return "the domain ends with a number";
    return {};
}

using Idna = std::unique_ptr<UIDNA, decltype(&uidna_close)>;

std::expected<std::string, std::string> idna_to_ascii(std::string_view domain) {
    UErrorCode status = U_ZERO_ERROR;
    constexpr std::uint32_t options = UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
                                      UIDNA_CHECK_CONTEXTJ | UIDNA_CHECK_CONTEXTO;
    thread_local const Idna idna(uidna_openUTS46(options, &status), &uidna_close);
    std::array<char, 512> ascii{};
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    const auto size =
        idna ? uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<std::int32_t>(domain.size()), ascii.data(),
                                      static_cast<std::int32_t>(ascii.size()), &info, &status)
             : 0;
    if (U_FAILURE(status) || info.errors != 0 || size <= 0) return Flaw("the domain is not a valid name");
    return std::string(ascii.data(), static_cast<std::size_t>(size));
}

/// "A \"B\" C" without its quotes and escapes; `text` begins with a quote.
std::expected<std::string, std::string> unquote(std::string_view text) {
    std::string plain;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '"')
            return at + 1 == text.size() ? std::expected<std::string, std::string>(plain)
                                         : Flaw("the display name goes on after its closing quote");
        if (text[at] == '\\' && ++at == text.size()) break;
        plain += text[at];
    }
    return Flaw("the display name lacks its closing quote");
}

std::expected<std::string, std::string> display_name(std::string_view text) {
    if (const auto flaw = header_flaw(text); !flaw.empty()) return Flaw("the display name " + std::string(flaw));
    for (std::size_t at = 0; at < text.size();) {
        const auto [c, size] = code_point_at(text, at);
        if (is_reordering(c)) return Flaw("the display name holds a mark that reorders text");
        at += size == 0 ? 1 : size;
    }
    if (text.starts_with('"')) return unquote(text);
    const bool is_list = text.contains('@') && text.find_first_of(",;") != std::string_view::npos;
    if (is_list || text.find_first_of("<>") != std::string_view::npos) return Flaw("it is not one address");
    return std::string(text);
}

}  // namespace

std::expected<std::string, std::string> to_ascii_domain(std::string_view domain) {
    if (domain.size() > 253) return Flaw("the domain is longer than 253 bytes");
    std::string ascii;
    if (is_ascii(domain) && find_ignoring_case(domain, "xn--") == std::string_view::npos) {
        ascii = to_lower(domain);
    } else {
        auto converted = idna_to_ascii(domain);
        if (!converted) return converted;
        ascii = std::move(*converted);
    }
    if (const auto flaw = domain_flaw(ascii); !flaw.empty()) return Flaw(std::string(flaw));
    return ascii;
}

std::expected<Address, std::string> parse_address(std::string_view text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos) return Flaw("it has no @");
    const auto local = text.substr(0, at);
    if (const auto flaw = local_flaw(local); !flaw.empty()) return Flaw(std::string(flaw));
    auto domain = to_ascii_domain(text.substr(at + 1));
    if (!domain) return Flaw(std::move(domain).error());
    if (local.size() + 1 + domain->size() > 254) return Flaw("it is longer than 254 bytes");
    return Address{std::string(local), std::move(*domain), !is_ascii(local)};
}

std::expected<Mailbox, std::string> parse_mailbox(std::string_view text) {
    text = text.substr(0, text.find_last_not_of(' ') + 1);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::string name;
    if (text.ends_with('>')) {
        const auto open = text.rfind('<');
        if (open == std::string_view::npos) return Flaw("> stands without <");
        auto before = text.substr(0, open);
        before = before.substr(0, before.find_last_not_of(' ') + 1);
        auto parsed = display_name(before);
        if (!parsed) return Flaw(std::move(parsed).error());
        name = std::move(*parsed);
        text = text.substr(open + 1, text.size() - open - 2);
    }
    auto address = parse_address(text);
    if (!address) return Flaw(std::move(address).error());
    return Mailbox{std::move(name), std::move(*address)};
}

}  // namespace chapar::email
