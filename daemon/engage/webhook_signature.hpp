#pragma once
// Standard Webhooks: what is sent and how it is signed. Pure; any thread.
// Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace chapar::engage {

enum class WebhookError {
    bad_secret,  // not whsec_ and 24 to 64 bytes of base64
    bad_key,     // not whsk_ and an Ed25519 key
    too_large,   // the body
    failed,      // OpenSSL could not
};
constexpr std::string_view error_domain(WebhookError) { return "webhook"; }

/// The key of HMAC-SHA256: "whsec_" and base64.
Result<Secret> read_webhook_secret(std::string_view text);
/// The seed of an Ed25519 key, 32 bytes: "whsk_" and base64 of the seed, with its public key behind it or without.
Result<Secret> read_webhook_key(std::string_view text);
/// "whpk_..." of a key: what its receivers are given.
Result<std::string> webhook_public_key(const Secret& seed);

/// A body is smaller than this: receivers may refuse more.
inline constexpr std::size_t webhook_body_limit = 20'000;

/// {"type":"message.delivered","timestamp":"...","data":{...}}; `data` is JSON text.
Result<std::string> webhook_body(std::string_view type, Timestamp at, std::string_view data);

/// What one try carries. Borrows.
struct WebhookTry {
    std::string_view id;  // "evt_..." of the event: the same for all its tries
    Timestamp at{};       // of this try
    std::string_view body;
};
/// One signature for each secret and, with a key, "v1a" behind them; two secrets at once are a rotation.
Result<std::string> sign_webhook(const WebhookTry& tried, std::span<const Secret> secrets,
                                 const Secret* key_seed = nullptr);

/// Content-Type, webhook-id, webhook-timestamp and webhook-signature.
std::vector<std::pair<std::string, std::string>> webhook_headers(const WebhookTry& tried, std::string signature);

}  // namespace chapar::engage
