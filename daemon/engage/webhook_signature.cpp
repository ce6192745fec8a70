#include "engage/webhook_signature.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <memory>

#include "base/json.hpp"
#include "engage/base64.hpp"
#include "net/rfc3339.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t seed_size = 32;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

Key ed25519(const Secret& seed) {
    const auto bytes = seed.reveal();
    if (bytes.size() != seed_size) return {nullptr, &EVP_PKEY_free};
    return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()), &EVP_PKEY_free};
}

std::optional<std::string> behind_prefix(std::string_view text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return std::nullopt;
    return from_base64(text.substr(prefix.size()));
}

std::string signed_text(const WebhookTry& tried) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(tried.at).time_since_epoch().count();
    return fmt::format("{}.{}.{}", tried.id, seconds, tried.body);
}

Result<std::string> hmac(const Secret& secret, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    const auto key = secret.reveal();
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(), &size) ==
        nullptr)
        return fail(WebhookError::failed, "HMAC-SHA256 could not be made");
    return std::string(reinterpret_cast<const char*>(out.data()), size);
}

Result<std::string> signature_of(const Secret& seed, std::string_view text) {
    const auto key = ed25519(seed);
    const Digest digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::array<unsigned char, 64> out{};
    std::size_t size = out.size();
    if (!key || !digest || EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(digest.get(), out.data(), &size, bytes_of(text), text.size()) != 1)
        return fail(WebhookError::failed, "the Ed25519 signature could not be made");
    return std::string(reinterpret_cast<const char*>(out.data()), size);
}

}  // namespace

Result<Secret> read_webhook_secret(std::string_view text) {
    auto bytes = behind_prefix(text, "whsec_");
    if (!bytes) return fail(WebhookError::bad_secret, "a secret of a webhook is whsec_ and base64");
    if (bytes->size() < 24 || bytes->size() > 64)
        return fail(WebhookError::bad_secret,
                    fmt::format("a secret of a webhook has 24 to 64 bytes; this one has {}", bytes->size()));
    return Secret(*std::move(bytes));
}

Result<Secret> read_webhook_key(std::string_view text) {
    auto bytes = behind_prefix(text, "whsk_");
    if (!bytes || (bytes->size() != seed_size && bytes->size() != 2 * seed_size))
        return fail(WebhookError::bad_key, "a signing key of a webhook is whsk_ and base64 of 32 or 64 bytes");
    const auto told = bytes->substr(seed_size);
    bytes->resize(seed_size);
    Secret seed(*std::move(bytes));
    const auto own = webhook_public_key(seed);
    if (!own) return std::unexpected(own.error());
    if (!told.empty() && *own != "whpk_" + to_base64(told))
        return fail(WebhookError::bad_key, "the second half of the signing key is not the public key of the first");
    return seed;
}

Result<std::string> webhook_public_key(const Secret& seed) {
    const auto key = ed25519(seed);
    std::array<unsigned char, seed_size> out{};
    std::size_t size = out.size();
    if (!key || EVP_PKEY_get_raw_public_key(key.get(), out.data(), &size) != 1)
        return fail(WebhookError::bad_key, "it is not an Ed25519 key");
    return "whpk_" + to_base64({reinterpret_cast<const char*>(out.data()), size});
}

Result<std::string> webhook_body(std::string_view type, Timestamp at, std::string_view data) {
    json::Writer out;
    out.begin_object()
        .member("type", type)
        .member("timestamp", net::format_time(at))
        .key("data")
        .raw(data)
        .end_object();
    auto body = out.take();
    if (body.size() >= webhook_body_limit)
        return fail(WebhookError::too_large, fmt::format("a body of a webhook has fewer than {} bytes; this one has {}",
                                                         webhook_body_limit, body.size()));
    return body;
}

Result<std::string> sign_webhook(const WebhookTry& tried, std::span<const Secret> secrets, const Secret* key_seed) {
    const auto text = signed_text(tried);
    std::string out;
    const auto append = [&](std::string_view version, std::string_view signature) {
        if (!out.empty()) out += ' ';
        ((out += version) += ',') += to_base64(signature);
    };
    for (const auto& secret : secrets) {
        const auto made = hmac(secret, text);
        if (!made) return made;
        append("v1", *made);
    }
    if (key_seed != nullptr) {
        const auto made = signature_of(*key_seed, text);
        if (!made) return made;
        append("v1a", *made);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> webhook_headers(const WebhookTry& tried, std::string signature) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(tried.at).time_since_epoch().count();
    return {{"Content-Type", "application/json"},
            {"webhook-id", std::string(tried.id)},
            {"webhook-timestamp", std::to_string(seconds)},
            {"webhook-signature", std::move(signature)}};
}

}  // namespace chapar::engage
