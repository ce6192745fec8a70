#pragma once
// The ledger that the policy reads, over one connection. What it meets damaged is left out and noted: nobody may be
// written to on the strength of such a reading. One thread at a time; `visit` may ask for kinds,
// and for nothing else.

#include "store/sqlite/digest.hpp"
#include "store/sqlite/kinds.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

class Ledger : public model::Ledger {
  public:
    Ledger(Connection& connection, Kinds& kinds, Digests& digests);

    const model::Kind& kind(model::KindId id) override;
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override;
    std::vector<model::Suppression> suppressions(std::string_view channel, std::string_view address) override;
    std::optional<Timestamp> last_event(std::string_view application, std::string_view recipient,
                                        std::string_view event) override;
    std::string profile(std::string_view application, std::string_view recipient) override;
    std::vector<std::string> owners(std::string_view application, std::string_view address) override;
    std::vector<std::string> names(std::string_view application, std::string_view recipient,
                                   const std::vector<std::string>& addresses) override;
    std::optional<model::State> state_of(MessageKey key) override;
    std::vector<model::Member> group(model::Scope scope) override;
    bool kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) override;
    std::vector<MessageKey> carried(MessageKey leader) override;

    /// What was damaged since the last call; empty: nothing.
    std::string take_damage() { return std::exchange(damage_, {}); }

  protected:
    void note(std::string_view what) { damage_ = what; }

  private:
    Kinds& kinds_;
    Digests& digests_;
    Statement consents_, suppressions_, event_, owners_, profile_, state_, group_, message_, carried_;
    std::string damage_;
};

/// The writer's: sees the running transaction.
class WritingLedger final : public Ledger {
  public:
    WritingLedger(Connection& connection, Usage& usage, KindWriter& kinds, Digests& digests, const Clock& clock);
    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    void summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;
    model::KindId kind_id(const model::Kind& kind) override;

  private:
    Usage& usage_;
    KindWriter& kinds_;
    const Clock& clock_;
};

/// A reader's: an unknown kind has the number 0.
class ReadingLedger final : public Ledger {
  public:
    explicit ReadingLedger(Connection& connection);
    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    model::KindId kind_id(const model::Kind& kind) override;
    /// Before each look.
    void begin() { own_kinds_.forget_now_and_then(); }

  private:
    Kinds own_kinds_;
    Digests own_digests_;
    Statement uses_;
};

// ---- rows of the people's tables ----------------------------------------------------------------------------------

#define CHAPAR_CONSENT_COLUMNS "application, recipient, number, channel, topic, state, source, proof, at, sum"
#define CHAPAR_SUPPRESSION_COLUMNS "channel, address, reach, reason, source, at, until, sum"
std::int64_t checksum(const model::Consent& consent, std::int64_t number);
std::int64_t checksum(const model::Suppression& row);
/// nullopt: the checksum does not match.
std::optional<model::Consent> read_consent(const Rows& rows);
std::optional<model::Suppression> read_suppression(const Rows& rows);
/// The newest word per (channel, topic) of a person's words in the order in which they were written. To be asked again
/// (pending) takes no no back.
std::vector<model::Consent> in_force(std::vector<model::Consent> words);

}  // namespace chapar::store::sqlite
