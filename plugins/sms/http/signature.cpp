#include "sms/http/signature.hpp"

#include "basic/base64.hpp"
#include "basic/hex.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace chapar::sms::http {
namespace {

std::string hmac(const EVP_MD* digest, std::string_view secret, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (HMAC(digest, secret.data(), static_cast<int>(secret.size()), bytes, text.size(), out.data(), &size) == nullptr)
        return {};
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hash(const EVP_MD* digest, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), out.data(), &size, digest, nullptr) != 1) return {};
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Vonage takes & and = in values for separators.
std::string plain(std::string value) {
    std::ranges::replace(value, '&', '_');
    std::ranges::replace(value, '=', '_');
    return value;
}

std::string_view sig_of(const Members& members) {
    const auto at = std::ranges::find(members, "sig", &std::pair<std::string, std::string>::first);
    return at == members.end() ? std::string_view() : std::string_view(at->second);
}

}  // namespace

bool is_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string twilio_signature(const std::string& url, Members members, std::string_view secret) {
    std::ranges::sort(members);
    std::string text = url;
    for (const auto& [name, value] : members)
        text.append(name).append(value);
    return basic::to_base64(hmac(EVP_sha1(), secret, text));
}

std::string vonage_signature(Signature kind, Members members, std::string_view secret) {
    std::erase_if(members, [](const auto& member) { return member.first == "sig"; });
    std::ranges::sort(members);
    std::string text;
    for (auto& [name, value] : members)
        text.append("&").append(name).append("=").append(plain(std::move(value)));
    if (kind == Signature::vonage_sha256) return basic::to_hex(hmac(EVP_sha256(), secret, text));
    return basic::to_hex(hash(EVP_md5(), text.append(secret)));
}

bool is_signed(Signature kind, const Signed& what, std::string_view secret) {
    if (secret.empty()) return false;
    switch (kind) {
        case Signature::none:
            return false;
        case Signature::twilio:
            return is_equal(what.given, twilio_signature(what.url, what.is_form ? what.members : Members{}, secret));
        case Signature::vonage_md5:
        case Signature::vonage_sha256:
            return is_equal(lower(sig_of(what.members)), vonage_signature(kind, what.members, secret));
        case Signature::hmac_sha256: {
            std::string_view given = what.given;
            if (given.starts_with("sha256=")) given.remove_prefix(7);
            return is_equal(lower(given), basic::to_hex(hmac(EVP_sha256(), secret, what.body)));
        }
    }
    return false;
}

}  // namespace chapar::sms::http
