#pragma once
// Seals for the tests of what goes into them: HMAC-SHA256 cut to 16 bytes over kind and fields, in base64url.

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "engage/base64.hpp"
#include "engage/click_seal.hpp"

namespace chapar::engage {

struct TestSeal {
    std::string key;
    char kind;

    std::string tag(std::string_view bytes) const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
        unsigned size = 0;
        const std::string text = kind + std::string(bytes);
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
        return {reinterpret_cast<const char*>(out.data()), 16};
    }
    std::string seal(std::string_view fields) const {
        auto text = to_base64(std::string(fields) + tag(fields));
        std::ranges::replace(text, '+', '-');
        std::ranges::replace(text, '/', '_');
        text.erase(std::ranges::find(text, '='), text.end());
        return text;
    }
    std::optional<std::string> open(std::string_view text) const {
        std::string padded(text);
        std::ranges::replace(padded, '-', '+');
        std::ranges::replace(padded, '_', '/');
        while (padded.size() % 4 != 0)
            padded += '=';
        const auto bytes = from_base64(padded);
        if (!bytes || bytes->size() < 16) return std::nullopt;
        const auto fields = bytes->substr(0, bytes->size() - 16);
        return tag(fields) == bytes->substr(fields.size()) ? std::optional(fields) : std::nullopt;
    }
    Sealer sealer() const {
        return [seal = *this](std::string_view fields) { return seal.seal(fields); };
    }
    SealOpener opener() const {
        return [seal = *this](std::string_view text) { return seal.open(text); };
    }
};

}  // namespace chapar::engage
