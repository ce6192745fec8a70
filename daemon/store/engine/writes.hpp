#pragma once
// The writes of a store, over whatever database its group commit drives: each is a task that runs rules. What is known
// from memory is answered here, too. A backend adds its reads.

#include <memory>
#include <mutex>

#include "store/engine/group_commit.hpp"
#include "store/engine/writer_thread.hpp"
#include "store/store.hpp"

namespace chapar::store::engine {

class Writes : public Store {
  public:
    void accept(std::vector<NewMessage> batch, Done<AcceptedBatch> done) override;
    void lease(std::vector<Lease> batch, std::shared_ptr<model::Gate> gate,
               Done<std::vector<model::Leased>> done) override;
    void settle(std::vector<Settlement> batch, Done<std::vector<bool>> done) override;
    void move(Transition transition, Done<model::Progress> done) override;
    void report(model::Report report, Done<Reported> done) override;
    void put_recipient(Recipient recipient, Done<bool> done) override;
    void delete_recipient(std::string application, std::string id, Done<bool> done) override;
    void put_consent(model::Consent consent, Done<bool> done) override;
    void say(Saying saying, Done<std::int64_t> done) override;
    void put_event(std::string application, std::string recipient, std::string event, Timestamp at,
                   Done<bool> done) override;
    void suppress(std::vector<model::Suppression> batch, Done<std::int64_t> done) override;
    void unsuppress(std::string channel, std::string address, Done<bool> done) override;
    void put_revision(std::string revision, std::string bundle, Done<bool> done) override;
    void put_setting(std::string name, std::optional<std::string> value, Done<bool> done) override;
    void put_webhook(WebhookChange change, Done<bool> done) override;
    void drop_webhook(std::string name, Done<bool> done) override;
    void prune(Timestamp before, int limit, Done<std::int64_t> done) override;
    void prune_uses(Timestamp before, int limit, Done<std::int64_t> done) override;
    void prune_feed(Timestamp before, int limit, Done<std::int64_t> done) override;
    void prune_links(Timestamp now, int limit, Done<std::int64_t> done) override;

    void note_hits(HitBatch batch, Done<std::vector<std::int64_t>> done) override;
    void prune_hits(std::map<std::string, Timestamp> before, int limit, Done<std::int64_t> done) override;
    void use_zone(std::string zone) override;
    void judge_hits(MessageKey message, std::vector<model::CountedHit> hits, Done<bool> done) override;
    void convert(std::string application, std::string recipient, KeptConversion conversion,
                 std::shared_ptr<const Attributor> goals, Done<Converted> done) override;
    void prune_conversions(Timestamp before, int limit, Done<std::int64_t> done) override;
    void prune_tallies(Timestamp before, int limit, Done<std::int64_t> done) override;

    Result<Counts> counts() override { return counters_.counts(); }
    std::int64_t waiting(std::string_view application) override { return counters_.waiting(application); }
    Result<Pool> pool_of(std::string_view class_name, std::string_view application, std::string_view campaign) override;
    /// Since the beginning, by committed and by failed transactions. Any thread.
    rules::RowReads row_reads() const { return commit_->row_reads(); }
    void when_fed(std::function<void()> call) override;

  protected:
    /// `counters`: of all stores over one database in this process.
    explicit Writes(const Clock& clock, std::shared_ptr<Counters> counters = std::make_shared<Counters>())
        : clock_(clock), shared_counters_(std::move(counters)), counters_(*shared_counters_) {}
    /// Once. `database` outlives `end_writing`.
    void begin_writing(Database& database, CommitOptions options, bool has_thread = true);
    /// Commits what waits; later writes end with Code::closed.
    void end_writing();
    bool is_writing() const { return commit_ != nullptr; }
    /// Whom a message is for, as lanes (write.hpp).
    virtual std::vector<std::uint64_t> persons_of(MessageKey) { return {}; }
    GroupCommit& commit() { return *commit_; }

    const Clock& clock_;
    const std::shared_ptr<Counters> shared_counters_;
    Counters& counters_;

  private:
    template <class Item>
    Lanes lanes_of(const std::vector<Item>& batch);
    template <class... Names>
    Lanes lanes_of_names(const Names&... names) const;
    template <class Rule>
    void prune_by(Rule rule, Timestamp before, int limit, Done<std::int64_t> done);

    std::unique_ptr<GroupCommit> commit_;
    std::unique_ptr<WriterThread> thread_;
    std::mutex fed_mutex_;  // guards fed_; held while it runs
    std::function<void()> fed_;
};

}  // namespace chapar::store::engine
