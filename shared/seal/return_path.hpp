/// Mailboxes that say which attempt a mail to them is about: envelope senders (`bounces+SEAL@example.com`), and where
/// a mail unsubscribes (`u+SEAL@example.com`), each with a key of its own. The seal holds the attempt and 80 bits that
/// only the site can make; it survives a change of case. Immutable; any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "seal/base32.hpp"
#include "seal/seal.hpp"

namespace chapar::seal {

class ReturnPaths {
  public:
    static constexpr std::size_t attempt_bytes = 16 + 2, tag_bytes = 10;
    static constexpr std::size_t seal_letters = base32_size(1 + attempt_bytes + tag_bytes);
    /// A local part has at most 64 bytes (RFC 5321 section 4.5.3.1.1), one of them the plus.
    static constexpr std::size_t longest_local = 64 - 1 - seal_letters;

    /// The first key signs, both open. The error is a sentence for the operator. `kind`: return_path or
    /// unsubscribe_mail.
    static std::expected<ReturnPaths, std::string> make(std::span<const std::string> site_keys,
                                                        Kind kind = Kind::return_path);

    /// `address` is the plain mailbox; `attempt` is "UUID.N". Nothing when the local part is too long, or the
    /// attempt has another form.
    std::optional<std::string> sender(std::string_view address, std::string_view attempt) const;
    /// The attempt of an address that `sender` made with one of the keys, whatever its domain and case.
    std::optional<std::string> attempt_of(std::string_view address) const;

  private:
    explicit ReturnPaths(Sealer sealer) : sealer_(std::move(sealer)) {}
    Sealer sealer_;
};

/// It has the form of a sealed address; whether the seal is good is another question.
bool looks_sealed(std::string_view address);

}  // namespace chapar::seal
