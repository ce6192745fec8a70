#pragma once
// The real thing that is compared: policy::decide over a ledger, in memory or in the store.

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "policy/decide.hpp"
#include "reference.hpp"
#include "store/open_memory.hpp"
#include "store/open_sqlite.hpp"

namespace chapar::reference {

/// A use as the real ledger has it.
struct RealUse {
    model::Use use;
    model::Kind kind;
};

class Real {
  public:
    virtual ~Real() = default;
    virtual void accept(const Envelope& message) = 0;
    /// Asks for all, one after the other, and does what is said.
    virtual std::vector<policy::Decision> lease(const policy::Rules& rules, const std::vector<const Envelope*>& batch,
                                                Timestamp now) = 0;
    virtual void settle(const Envelope& message, model::Event event, store::Slots slots, model::Verdict verdict,
                        Timestamp now) = 0;
    virtual void move(const Envelope& message, model::Event event, store::Slots slots, Timestamp now) = 0;
    virtual void say(const model::Consent& consent) = 0;
    virtual void suppress(const model::Suppression& row) = 0;
    virtual void unsuppress(const std::string& channel, const std::string& address) = 0;
    virtual void purchase(const std::string& application, const std::string& recipient, Timestamp at) = 0;
    /// What each of these scopes holds.
    virtual std::vector<std::vector<RealUse>> uses(const std::vector<model::Scope>& scopes) = 0;
    /// Ends and opens again; `kill`: with what is on disk at this moment. Answers who is in doubt.
    virtual std::set<MessageKey> reopen(bool kill) = 0;
    /// Forgets every n-th use that it is asked to keep: a mistake on purpose.
    int forgets_every = 0;
    /// How many decisions took so many rounds of reading.
    std::map<int, int> rounds;
};

std::unique_ptr<Real> make_memory();
std::unique_ptr<Real> make_sqlite();
std::unique_ptr<Real> make_memory_store();

/// Every message that a real thing accepted; they stay where they are.
using Everybody = std::map<MessageKey, const Envelope*>;

/// Views into `message`, which must outlive it. Others are shown at the step at which the ledger has them.
policy::Subject subject_of(const Envelope& message, const Everybody& everybody);

}  // namespace chapar::reference
