#include "address/email.hpp"

#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/utf8.hpp"

namespace chapar::address {
namespace {

using Answer = std::expected<std::string, std::string>;
std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

constexpr std::size_t max_address = 254, max_local = 64, max_domain = 253;

bool is_atext(unsigned char c) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80 ||
           others.find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
    bool after_dot = true;
    for (const char c : text) {
        if (c == '.') {
            if (after_dot) return false;
            after_dot = true;
            continue;
        }
        if (!is_atext(static_cast<unsigned char>(c))) return false;
        after_dot = false;
    }
    return !after_dot;
}

/// Letters, digits and inner hyphens; at least two labels unless it is "localhost".
bool is_host_name(std::string_view domain) {
    std::size_t labels = 0;
    bool numeric_last = false;
    while (true) {
        const auto end = std::min(domain.find('.'), domain.size());
        const auto label = domain.substr(0, end);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        const bool good = std::all_of(label.begin(), label.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        });
        if (!good) return false;
        numeric_last = std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
        ++labels;
        if (end == domain.size()) break;
        domain.remove_prefix(end + 1);
    }
    return !numeric_last && (labels > 1 || domain == "localhost");
}

std::expected<std::string, std::string> to_a_labels(std::string_view domain) {
    struct Close {
        void operator()(UIDNA* idna) const { uidna_close(idna); }
    };
    static const std::unique_ptr<UIDNA, Close> idna = [] {
        UErrorCode error = U_ZERO_ERROR;
        return std::unique_ptr<UIDNA, Close>(uidna_openUTS46(
            UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_USE_STD3_RULES, &error));
    }();
    std::array<char, 256> out{};
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode error = U_ZERO_ERROR;
    const auto length = uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<int32_t>(domain.size()),
                                               out.data(), static_cast<int32_t>(out.size()), &info, &error);
    if (U_FAILURE(error) || info.errors != 0) return no("the domain is not a valid internationalised name");
    return std::string(out.data(), static_cast<std::size_t>(length));
}

}  // namespace

bool is_one_line(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_sequence_length(text);
        if (length == 0) return false;
        const auto first = static_cast<unsigned char>(text[0]);
        if (length == 1 && (first < 0x20 || first == 0x7F)) return false;
        if (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return false;  // C1
        if (length == 3 && (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9"))) return false;
        text.remove_prefix(length);
    }
    return true;
}

Answer canonical_email(std::string_view text) {
    if (text.size() > max_address) return no("an email address has at most 254 bytes");
    if (!is_one_line(text)) return no("control characters have no place in an email address");
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == text.size())
        return no("an email address looks like name@example.com");
    const auto local = text.substr(0, at);
    if (local.size() > max_local) return no("the part before @ has at most 64 bytes");
    if (!is_dot_atom(local)) return no("the part before @ holds a character that is not allowed there");
    std::string domain(text.substr(at + 1));
    const bool ascii =
        std::all_of(domain.begin(), domain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii) {
        std::transform(domain.begin(), domain.end(), domain.begin(),
                       [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    } else {
        auto converted = to_a_labels(domain);
        if (!converted) return no(std::move(converted.error()));
        domain = std::move(*converted);
    }
    if (domain.size() > max_domain || !is_host_name(domain)) return no("the part after @ is not a domain name");
    std::string out(local);
    out += '@';
    out += domain;
    return out;
}

}  // namespace chapar::address
