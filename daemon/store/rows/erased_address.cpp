#include "store/rows/erased_address.hpp"

#include "basic/hex.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>

namespace chapar::store {
namespace {

constexpr std::size_t salt_bytes = 32;

}  // namespace

std::optional<std::string> make_salt() {
    std::array<unsigned char, salt_bytes> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return std::nullopt;
    return basic::to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
}

std::string erased_address(std::string_view salt, std::string_view channel, std::string_view address) {
    std::string text(channel);
    text.append("\n").append(address);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out.data(), &size);
    return "h:" + basic::to_hex({reinterpret_cast<const char*>(out.data()), size});
}

}  // namespace chapar::store
