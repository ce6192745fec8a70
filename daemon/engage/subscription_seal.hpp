#pragma once
// What a form remembers between asking somebody to confirm and their doing so: in a seal, so that nothing is stored of
// who never does. Whoever has the seal of a mail's link read that mail; the seal of an SMS's code is good only with the
// code, which it hides. Immutable; any thread.

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "seal/seal.hpp"

namespace chapar::engage {

struct SubscriptionSeal {
    std::string form, revision;  // by which they subscribe, and what it said
    std::string channel;         // email, sms
    std::string address;         // canonical
    std::string code;            // of an SMS; empty: the seal itself came by mail
    bool is_persian = true;
    Timestamp asked{};
    bool operator==(const SubscriptionSeal&) const = default;
};

class SubscriptionSeals {
  public:
    static std::expected<SubscriptionSeals, std::string> make(std::span<const std::string> site_keys);
    /// Nothing: a text is empty (but for the code) or longer than 255 bytes.
    std::optional<std::string> seal(const SubscriptionSeal& asked) const;
    std::optional<SubscriptionSeal> open(std::string_view text) const;

  private:
    explicit SubscriptionSeals(seal::Sealer sealer) : sealer_(std::move(sealer)) {}
    seal::Sealer sealer_;
};

}  // namespace chapar::engage
