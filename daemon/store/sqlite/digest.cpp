#include "store/sqlite/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sqlite3.h>

#include <array>

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t salt_bytes = 32;

std::string hex(const unsigned char* bytes, std::size_t size) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) {
        out.push_back(digits[bytes[i] >> 4]);
        out.push_back(digits[bytes[i] & 0x0F]);
    }
    return out;
}

std::string digest(const std::string& salt, std::string_view channel, std::string_view address) {
    std::string text(channel);
    text.append("\n").append(address);
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    HMAC(EVP_sha256(), salt.data(), static_cast<int>(salt.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out.data(), &size);
    return "h:" + hex(out.data(), size);
}

}  // namespace

Digests::Digests(Connection& connection)
    : connection_(connection), select_(connection, "SELECT value FROM setting WHERE name = ?1") {}

void Digests::load() {
    if (!salt_.empty()) return;
    auto rows = select_.query(salt_setting);
    if (rows.next()) salt_ = rows.bytes(0);
}

std::optional<std::string> Digests::find(std::string_view channel, std::string_view address) {
    load();
    if (salt_.empty()) return std::nullopt;
    return digest(salt_, channel, address);
}

std::string Digests::make(std::string_view channel, std::string_view address) {
    load();
    if (salt_.empty()) {
        std::array<unsigned char, salt_bytes> random{};
        if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) connection_.set_fault(SQLITE_INTERNAL);
        salt_ = hex(random.data(), random.size());
        Statement put(connection_, "INSERT INTO setting (name, value) VALUES (?1, ?2)");
        put.run(salt_setting, salt_);
    }
    return digest(salt_, channel, address);
}

}  // namespace chapar::store::sqlite
