#include "seal/seal.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

namespace chapar::seal {
namespace {

constexpr char version = 1, hidden_version = 2;
constexpr std::size_t digest_size = 32;
constexpr std::size_t shortest_tag = 10;
constexpr std::size_t block_size = 16;  // of AES

using Digest = std::array<unsigned char, digest_size>;

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::open:
            return "open";
        case Kind::click:
            return "click";
        case Kind::unsubscribe:
            return "unsubscribe";
        case Kind::preferences:
            return "preferences";
        case Kind::return_path:
            return "verp";
        case Kind::inbox:
            return "inbox";
        case Kind::console:
            return "console";
        case Kind::subscribe:
            return "subscribe";
        case Kind::unsubscribe_mail:
            return "unsubscribe by mail";
    }
    throw std::logic_error("a kind of seal without a name");
}

[[noreturn]] void no_crypto() {
    throw std::runtime_error("the cryptographic library refuses HKDF or HMAC with SHA-256");
}

/// HKDF-SHA256 (RFC 5869) of the site key for one purpose.
Digest derived(std::string_view site_key, std::string_view purpose) {
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), EVP_KDF_free);
    if (!kdf) no_crypto();
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()),
                                                                            EVP_KDF_CTX_free);
    std::string digest = "SHA256", key(site_key), info = "chapar seal " + std::string(purpose);
    const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
                                     OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
                                     OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
                                     OSSL_PARAM_construct_end()};
    Digest out{};
    const bool is_made = context && EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
    OPENSSL_cleanse(key.data(), key.size());
    if (!is_made) no_crypto();
    return out;
}

}  // namespace

/// HMAC with its key set, to be copied for each use, and the key of what is hidden.
struct Sealer::Mac {
    Mac(Digest key, Digest hiding) : hiding_key(hiding) {
        const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr),
                                                                     EVP_MAC_free);
        std::string digest = "SHA256";
        const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                         OSSL_PARAM_construct_end()};
        if (hmac) ready.reset(EVP_MAC_CTX_new(hmac.get()));
        const bool is_ready = ready && EVP_MAC_init(ready.get(), key.data(), key.size(), parameters) == 1;
        OPENSSL_cleanse(key.data(), key.size());
        if (!is_ready) no_crypto();
    }

    ~Mac() { OPENSSL_cleanse(hiding_key.data(), hiding_key.size()); }
    Mac(const Mac&) = delete;
    Mac& operator=(const Mac&) = delete;

    struct Free {
        void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    std::unique_ptr<EVP_MAC_CTX, Free> ready;
    Digest hiding_key;
};

std::expected<Sealer, std::string> Sealer::make(Kind kind, std::span<const std::string> site_keys, std::size_t tag) {
    if (site_keys.empty()) return std::unexpected(std::string("no site key is given"));
    if (site_keys.size() > most_keys) return std::unexpected(std::string("there are at most two site keys"));
    if (tag < shortest_tag || tag > digest_size) throw std::logic_error("a tag of 10 to 32 bytes");
    Sealer out(kind, tag);
    for (const std::string& key : site_keys) {
        if (key.size() < shortest_key)
            return std::unexpected("a site key needs at least 32 characters; `openssl rand -hex 32` makes one");
        const std::string purpose(name_of(kind));
        out.macs_.push_back(std::make_shared<const Mac>(derived(key, purpose), derived(key, purpose + ", hidden")));
    }
    return out;
}

std::string Sealer::tag_of(const Mac& mac, std::string_view version_and_fields) const {
    const std::unique_ptr<EVP_MAC_CTX, Mac::Free> context(EVP_MAC_CTX_dup(mac.ready.get()));
    const auto kind = static_cast<unsigned char>(kind_);
    const auto* bytes = reinterpret_cast<const unsigned char*>(version_and_fields.data());
    Digest out{};
    std::size_t size = 0;
    if (!context || EVP_MAC_update(context.get(), &kind, 1) != 1 ||
        EVP_MAC_update(context.get(), bytes, version_and_fields.size()) != 1 ||
        EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1)
        no_crypto();
    return {reinterpret_cast<const char*>(out.data()), tag_};
}

std::string Sealer::seal(std::string_view fields) const {
    std::string out(1, version);
    out += fields;
    return out += tag_of(*macs_.front(), out);
}

std::optional<std::string> Sealer::open(std::string_view sealed) const {
    if (sealed.size() < overhead()) return std::nullopt;
    const auto signed_part = sealed.substr(0, sealed.size() - tag_);
    const auto tag = sealed.substr(sealed.size() - tag_);
    bool is_ours = false;
    for (const auto& mac : macs_)  // all of them, always: how long it takes tells nothing
        is_ours |= CRYPTO_memcmp(tag_of(*mac, signed_part).data(), tag.data(), tag_) == 0;
    if (!is_ours || sealed.front() != version) return std::nullopt;
    return std::string(signed_part.substr(1));
}

/// The text under the key stream that begins at `tag`; twice is the text itself.
std::string Sealer::masked(const Mac& mac, std::string_view text, std::string_view tag) const {
    if (tag_ != block_size) throw std::logic_error("what is hidden has a tag of one block");
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    std::string out(text.size(), '\0');
    int size = 0;
    const auto* start = reinterpret_cast<const unsigned char*>(tag.data());
    if (!context || EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, mac.hiding_key.data(), start) != 1 ||
        EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                          reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size())) != 1)
        throw std::runtime_error("the cryptographic library refuses AES-256-CTR");
    return out;
}

std::string Sealer::hide(std::string_view fields) const {
    const auto tag = tag_of(*macs_.front(), hidden_version + std::string(fields));
    return (hidden_version + masked(*macs_.front(), fields, tag)) += tag;
}

std::optional<std::string> Sealer::reveal(std::string_view hidden) const {
    if (hidden.size() < overhead()) return std::nullopt;
    const auto tag = hidden.substr(hidden.size() - tag_);
    const auto text = hidden.substr(1, hidden.size() - overhead());
    std::optional<std::string> out;
    for (const auto& mac : macs_) {  // all of them, always: how long it takes tells nothing
        auto fields = masked(*mac, text, tag);
        if (CRYPTO_memcmp(tag_of(*mac, hidden_version + fields).data(), tag.data(), tag_) == 0) out = std::move(fields);
    }
    return hidden.front() == hidden_version ? out : std::nullopt;
}

}  // namespace chapar::seal
