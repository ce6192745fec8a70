#pragma once
// Addresses by which a person says what may be sent: `/u/SEAL` unsubscribes from what the message was about, `/p/SEAL`
// is the page of preferences. A seal names the person for as long as the site's key is valid, and whoever reads the
// address learns nothing of them: the fields are hidden (seal::Sealer::hide). Immutable; any thread.

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "engage/sealed_texts.hpp"
#include "seal/seal.hpp"

namespace chapar::engage {

/// Whom a message was to, and what it was about. Each text has at most `longest_name` bytes; application, person,
/// channel and topic are not empty.
struct PersonSeal {
    std::string application;
    std::string person;   // the recipient's id, else the address (address::key)
    std::string channel;  // that the message went by
    std::string topic;    // its category, else its class
    MessageKey message;
    bool operator==(const PersonSeal&) const = default;
};

class PersonSeals {
  public:
    /// The site's keys as secrets, one or two: the first signs, both open. The error is a sentence for the operator.
    static std::expected<PersonSeals, std::string> make(std::span<const std::string> site_keys);

    /// "https://m.shop.ir/u/SEAL"; `base_url` has no slash at its end. Nothing: a text is empty or too long.
    std::optional<std::string> unsubscribe_address(std::string_view base_url, const PersonSeal& whom) const;
    /// "https://m.shop.ir/p/SEAL"
    std::optional<std::string> preferences_address(std::string_view base_url, const PersonSeal& whom) const;

    /// `text` is what stands behind /u/ or /p/. Nothing for everything that was not made for exactly this: there is one
    /// failure, and no reason.
    std::optional<PersonSeal> open_unsubscribe(std::string_view text) const;
    std::optional<PersonSeal> open_preferences(std::string_view text) const;

  private:
    PersonSeals(seal::Sealer unsubscribe, seal::Sealer preferences)
        : unsubscribe_(std::move(unsubscribe)), preferences_(std::move(preferences)) {}

    seal::Sealer unsubscribe_, preferences_;
};

}  // namespace chapar::engage
