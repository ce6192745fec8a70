#include "store/engine/writes.hpp"

#include <algorithm>

#include "store/rules/people.hpp"
#include "store/rules/retain.hpp"
#include "store/rules/transactions.hpp"

namespace chapar::store::engine {
namespace {

using rules::Unit;

/// What may wait shares its commit with what comes in this time, but for new messages. What an outcome's loss would
/// mean (an attempt in doubt) is as likely for as long as the attempt itself ran; this adds six hundredths of a second.
constexpr Milliseconds commit_patience{60};
/// A pool in which nothing is alive is forgotten after this time, in the next prune.
constexpr auto pool_kept = std::chrono::minutes(10);

template <class Item>
Milliseconds patience_of(const std::vector<Item>& batch) {
    const bool all = std::ranges::all_of(batch, [](const Item& item) { return item.can_wait; });
    return all && !batch.empty() ? commit_patience : Milliseconds{0};
}

std::size_t weight_of(int limit) { return static_cast<std::size_t>(std::max(limit, 1)); }

}  // namespace

void Writes::begin_writing(Database& database, CommitOptions options) {
    options.fed = [this, always = std::move(options.fed)] {
        if (always) always();
        const std::lock_guard guard(fed_mutex_);
        if (fed_) fed_();
    };
    commit_ = std::make_unique<GroupCommit>(database, counters_, clock_, std::move(options));
    thread_ = std::make_unique<WriterThread>(*commit_);
}

void Writes::end_writing() {
    if (thread_) thread_->stop();
}

void Writes::accept(std::vector<NewMessage> batch, Done<AcceptedBatch> done) {
    commit_->submit(std::make_unique<AcceptTask>(std::move(batch), std::move(done)));
}

void Writes::lease(std::vector<Lease> batch, std::shared_ptr<model::Gate> gate, Done<std::vector<model::Leased>> done) {
    const auto weight = batch.size();
    const auto patience = patience_of(batch);
    auto work = [batch = std::move(batch), gate = std::move(gate)](Unit& unit) {
        return rules::write_leases(unit, batch, gate.get());
    };
    commit_->submit<std::vector<model::Leased>>(weight, std::move(done), std::move(work), patience);
}

void Writes::settle(std::vector<Settlement> batch, Done<std::vector<bool>> done) {
    const auto weight = batch.size();
    const auto patience = patience_of(batch);
    auto work = [batch = std::move(batch)](Unit& unit) { return rules::write_settlements(unit, batch); };
    commit_->submit<std::vector<bool>>(weight, std::move(done), std::move(work), patience);
}

void Writes::move(Transition transition, Done<model::Progress> done) {
    commit_->submit<model::Progress>(1, std::move(done), [transition = std::move(transition)](Unit& unit) {
        return rules::write_move(unit, transition);
    });
}

void Writes::report(model::Report report, Done<Reported> done) {
    commit_->submit<Reported>(1, std::move(done),
                              [report = std::move(report)](Unit& unit) { return rules::write_report(unit, report); });
}

void Writes::put_recipient(Recipient recipient, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done), [recipient = std::move(recipient)](Unit& unit) {
        return rules::put_recipient(unit, recipient);
    });
}

void Writes::delete_recipient(std::string application, std::string id, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done), [application = std::move(application), id = std::move(id)](Unit& unit) {
        return rules::delete_recipient(unit, application, id);
    });
}

void Writes::put_consent(model::Consent consent, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done),
                          [consent = std::move(consent)](Unit& unit) { return rules::put_consent(unit, consent); });
}

void Writes::put_event(std::string application, std::string recipient, std::string event, Timestamp at,
                       Done<bool> done) {
    commit_->submit<bool>(1, std::move(done),
                          [application = std::move(application), recipient = std::move(recipient),
                           event = std::move(event), at](Unit& unit) {
                              rules::put_event(unit, application, recipient, event, at);
                              return true;
                          });
}

void Writes::suppress(std::vector<model::Suppression> batch, Done<std::int64_t> done) {
    const auto weight = batch.size();
    commit_->submit<std::int64_t>(weight, std::move(done),
                                  [batch = std::move(batch)](Unit& unit) { return rules::suppress(unit, batch); });
}

void Writes::unsuppress(std::string channel, std::string address, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done), [channel = std::move(channel), address = std::move(address)](Unit& unit) {
        return rules::unsuppress(unit, channel, address);
    });
}

void Writes::put_revision(std::string revision, std::string bundle, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done), [revision = std::move(revision), bundle = std::move(bundle)](Unit& unit) {
        return rules::put_revision(unit, revision, bundle);
    });
}

void Writes::put_setting(std::string name, std::optional<std::string> value, Done<bool> done) {
    commit_->submit<bool>(1, std::move(done), [name = std::move(name), value = std::move(value)](Unit& unit) {
        if (value)
            unit.tables.settings().put(name, *value);
        else
            unit.tables.settings().drop(name);
        return true;
    });
}

template <class Rule>
void Writes::prune_by(Rule rule, Timestamp before, int limit, Done<std::int64_t> done) {
    commit_->submit<std::int64_t>(weight_of(limit), std::move(done),
                                  [rule, before, limit](Unit& unit) { return rule(unit, before, limit); });
}

void Writes::prune(Timestamp before, int limit, Done<std::int64_t> done) {
    const auto& clock = clock_;
    const auto rule = [&clock](Unit& unit, Timestamp until, int most) {
        return rules::prune(unit, until, most, clock.monotonic() - pool_kept);
    };
    prune_by(rule, before, limit, std::move(done));
}

void Writes::prune_uses(Timestamp before, int limit, Done<std::int64_t> done) {
    prune_by(&rules::prune_uses, before, limit, std::move(done));
}

void Writes::prune_feed(Timestamp before, int limit, Done<std::int64_t> done) {
    prune_by(&rules::prune_feed, before, limit, std::move(done));
}

Result<Pool> Writes::pool_of(std::string_view class_name, std::string_view application, std::string_view campaign) {
    if (auto pool = counters_.find(class_name, application, campaign)) return *pool;
    return fail(Code::not_found, "no message was ever accepted for this pool");
}

void Writes::when_fed(std::function<void()> call) {
    const std::lock_guard guard(fed_mutex_);
    fed_ = std::move(call);
}

}  // namespace chapar::store::engine
