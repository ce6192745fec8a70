#pragma once
// Persons: profiles, consents, events, suppressed addresses, erasure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/ledger.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// All that one person is known by to an application (person.hpp).
struct Person {
    std::vector<std::string> ids;        // of profiles and messages; also the addresses, which are ids by themselves
    std::vector<std::string> addresses;  // keys
};

/// Where a person is named in a call of this interface, any spelling of an email address and E.164 do; national
/// numbers are the caller's to complete (address::name_of).
struct Recipient {
    std::string application;
    std::string id;
    std::string profile;  // JSON text: email, phone, locale, timezone, attributes
    Timestamp updated_at{};
};

/// What one person said in one go.
struct Saying {
    std::vector<model::Consent> words;
    bool is_told = false;             // what it changes is told in the feed, in the same commit
    std::optional<MessageKey> about;  // the message by which the person came to say it
};

class People {
  public:
    virtual ~People() = default;

    virtual void put_recipient(Recipient recipient, Done<bool> done) = 0;                         // true: was new
    virtual void delete_recipient(std::string application, std::string id, Done<bool> done) = 0;  // true: existed
    virtual Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id) = 0;
    /// Removes profile, consents, events and the personal part of finished messages of all that `person` names; waiting
    /// messages end as cancelled. A salted hash of each address stays suppressed, so that a re-import does not write to
    /// it. What was found, as counts by name. It looks through all messages, so it ends after writes that were
    /// submitted later; a restart goes on with it. Meanwhile nothing is leased to the person; what is on its way is
    /// forgotten when done.
    virtual void erase_person(std::string application, Person person,
                              Done<std::vector<std::pair<std::string, std::int64_t>>> done) = 0;

    virtual void put_consent(model::Consent consent, Done<bool> done) = 0;  // true: it changes what is in force
    /// All of it in one commit; how many words change what is in force. Once more changes nothing and tells nothing.
    virtual void say(Saying saying, Done<std::int64_t> done) = 0;
    /// Every word of a person, oldest first.
    virtual Result<std::vector<model::Consent>> consent_history(std::string_view application,
                                                                std::string_view recipient) = 0;
    virtual void put_event(std::string application, std::string recipient, std::string event, Timestamp at,
                           Done<bool> done) = 0;
    /// Every event of a person with the last time it happened, by name.
    virtual Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                          std::string_view recipient) = 0;

    /// Never makes a row weaker (a shorter `until`): that takes an `unsuppress` first.
    virtual void suppress(std::vector<model::Suppression> batch, Done<std::int64_t> done) = 0;  // how many were new
    /// Both reaches, and an erased person's hash of the address.
    virtual void unsuppress(std::string channel, std::string address, Done<bool> done) = 0;  // true: was there
    /// By (channel, address), after the given pair.
    virtual Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel,
                                                                 std::string_view after_address, int limit) = 0;
};

}  // namespace chapar::store
