#pragma once
// What moves a message: lease, settle, move, quarantine. Every change of state goes through model::next.
// A use is `reserved` only while its message waits or is being sent: whatever ends that settles or gives it back here.
// Writer's thread only; failures are the connection's fault.

#include <vector>

#include "store/sqlite/feed.hpp"
#include "store/sqlite/holdings.hpp"
#include "store/sqlite/intake.hpp"
#include "store/sqlite/ledger.hpp"
#include "store/sqlite/repair.hpp"
#include "store/sqlite/restore.hpp"
#include "store/sqlite/search.hpp"

namespace chapar::store::sqlite {

class Life {
  public:
    Life(Connection& connection, Intake& intake, Live& live, SearchWriter& search, Holder& holder,
         WritingLedger& ledger, Feed& feed, Stage& stage, const Clock& clock);

    /// `gate` may be null.
    std::vector<model::Leased> lease(const std::vector<Lease>& batch, model::Gate* gate);
    bool settle(const Settlement& settlement);
    /// How a message stands; nothing: there is no sound row.
    std::optional<model::Progress> progress(MessageKey key);
    /// Appends to the trace; the state stays.
    void note(MessageKey key, const model::TraceEntry& entry);
    /// `is_told`: the feed gets an entry of its own for it.
    Result<model::Progress> move(const Transition& transition, bool is_told = false);
    /// The message is damaged, its state is not: to held. `what` goes into the trace.
    std::optional<model::State> quarantine(MessageKey key, std::string_view what);
    /// What was held for a damaged row waits again: it reads whole.
    bool acquit(MessageKey key);
    /// In a store that is older than its journal: what the journal knows of a message is taken over.
    Verdict take_over_known(MessageKey key, const Known& known);
    /// In a store whose journal does not tell: what may have left since is held. False: it stands as it stood.
    bool hold_restored(MessageKey key);
    /// Sets right what a look over another connection found wrong; what is right meanwhile is left alone.
    void repair(const Rescue& rescue);
    /// A newer message takes the place of the one that holds its collapse scope.
    void supersede(const NewMessage& by);
    /// Of a person who is forgotten: what waits or is held ends as cancelled, and the trace keeps no details. What the
    /// state was; one that is being sent is left alone. Nothing: there is no sound row.
    std::optional<model::State> erase(MessageKey key);

  private:
    struct Loaded {
        enum class Kind { missing, damaged, sound } kind = Kind::missing;
        model::Progress progress;
        Fixed fixed;
        Holdings holdings;
        std::int64_t follow_up_before = 0;
        std::optional<Place> place;  // in `live`, as it is stored
    };
    // ---- rows ----
    /// A damaged row asks for a repair, which comes after this transaction.
    Loaded load(MessageKey key);
    std::optional<model::Attempt> load_attempt(MessageKey key, int number);
    /// Lets go of what a message in its new state may not hold, and writes its row.
    void save(MessageKey key, Loaded& row, model::State before);
    /// In place of a damaged row: one that holds the message.
    void replace(const Rescue& rescue);
    /// A finished message comes back, and its pool may have been forgotten meanwhile.
    void find_pool(MessageKey key, Fixed& fixed);
    void save(MessageKey key, const model::Attempt& attempt);
    void close_attempt(MessageKey key, int number, std::string_view why);
    std::string id_text(MessageKey key);
    std::optional<MessageId> id_of(MessageKey key);
    /// For those who want to know what the store did by itself or was told to do outside of an attempt.
    void note_move(MessageKey key, const model::Progress& now, model::State before);
    /// For those who follow what becomes of messages.
    void note_turn(MessageKey key, const model::Progress& now, model::State before);

    // ---- steps ----
    bool write_lease(const Lease& lease, Loaded& row);
    model::Leased lease_one(const Lease& lease, model::Gate* gate, std::size_t index);
    model::Leased go(const Lease& lease, Loaded& row, const model::Ruling& ruling);
    void take_over(const Lease& lease, Loaded& row, const model::Ruling& ruling);
    model::Leased keep_back(const Lease& lease, Loaded& row, const model::Ruling& ruling);
    model::Leased hold(const Lease& lease, Loaded& row, const std::string& damage);
    bool end_waiting(MessageKey key, model::Event event, const std::vector<model::TraceEntry>& why,
                     std::optional<MessageKey> carrier = std::nullopt);
    void leave_out(const model::Ruling::Left& left, MessageKey leader);
    /// Back among the waiting: a newer message may have taken its place meanwhile.
    void yield_to_successor(MessageKey key, Loaded& row, Timestamp at);
    void apply(Slots slots, MessageKey key, Holdings& holdings);
    bool may_move(const Transition& transition, PoolId pool);
    /// The times of the message itself. False: its row is damaged.
    bool put_times(const Transition& transition, Loaded& row);

    Connection& connection_;
    Intake& intake_;
    Live& live_;
    SearchWriter& search_;
    Holder& holder_;
    WritingLedger& ledger_;
    Feed& feed_;
    Stage& stage_;
    const Clock& clock_;
    bool settling_ = false;  // what is saved is the end of an attempt
    bool bounced_ = false;   // and its address was refused
    bool is_told_ = false;   // the feed knows of what is saved
    Statement select_progress_, update_progress_, update_holdings_, replace_progress_;
    Statement insert_attempt_, select_attempt_, update_attempt_, abandon_attempts_, last_attempt_, select_tail_;
    Statement select_owner_, select_message_, update_times_, update_expiry_;
};

}  // namespace chapar::store::sqlite
