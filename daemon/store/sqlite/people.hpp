#pragma once
// What people said and what is known of their addresses: consents, events, the suppression list.
// Writer's thread only; failures are the connection's fault.

#include <string>
#include <vector>

#include "store/sqlite/ledger.hpp"

namespace chapar::store::sqlite {

class People {
  public:
    People(Connection& connection, Digests& digests, const Clock& clock);

    /// True: it changes what is in force.
    bool put_consent(const model::Consent& consent);
    void put_event(const std::string& application, const std::string& recipient, const std::string& event,
                   Timestamp at);
    /// How many were not in force before. A row is never made weaker: that takes an `unsuppress` first.
    std::int64_t suppress(const std::vector<model::Suppression>& batch);
    /// Both reaches, and what is kept of an erased person's address.
    bool unsuppress(const std::string& channel, const std::string& address);

    /// Everything about a person; how many consents and events there were.
    std::pair<std::int64_t, std::int64_t> erase(const std::string& application, const std::string& recipient);
    /// The address stays suppressed as a hash, and only so.
    struct Kept {
        bool is_fresh = false;   // it was not so before
        std::int64_t clear = 0;  // rows that named the address
    };
    Kept suppress_erased(const std::string& channel, const std::string& address);

  private:
    model::Suppression erased(const std::string& channel, const std::string& address);
    bool suppress_one(model::Suppression row);
    std::int64_t drop(std::string_view channel, std::string_view address);

    Connection& connection_;
    Digests& digests_;
    const Clock& clock_;
    Statement consents_, put_consent_, event_, put_event_, suppression_, put_suppression_, drop_suppression_;
    Statement erase_consents_, erase_events_;
};

}  // namespace chapar::store::sqlite
