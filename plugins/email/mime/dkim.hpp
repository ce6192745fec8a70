/// DKIM signatures (RFC 6376, RFC 8463): rsa-sha256 and ed25519-sha256, relaxed/relaxed, one for each key.
/// A signer is used by one thread at a time; each thread has its own. The keys never leave it.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::email {

struct DkimKey {
    std::string selector;
    std::string pem;  ///< private key, RSA of at least 1024 bits or Ed25519
};

class DkimSigner {
  public:
    /// Fails with a sentence when the domain or a selector is no name, or a key can't be used.
    static std::expected<DkimSigner, std::string> create(std::string_view domain, const std::vector<DkimKey>& keys);

    DkimSigner(DkimSigner&&) noexcept;
    DkimSigner& operator=(DkimSigner&&) noexcept;
    ~DkimSigner();

    /// The DKIM-Signature fields, each with its CRLF, to be put before `head`. `head` is whole fields with CRLF, `body`
    /// has CRLF line ends. Empty when OpenSSL fails, which it does only when out of memory.
    [[nodiscard]] std::string sign(std::string_view head, std::string_view body, std::chrono::sys_seconds at);

  private:
    struct State;
    explicit DkimSigner(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace chapar::email
