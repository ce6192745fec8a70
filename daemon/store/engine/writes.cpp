#include "store/engine/writes.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/rules/conversions.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/hits.hpp"
#include "store/rules/links.hpp"
#include "store/rules/people.hpp"
#include "store/rules/retain.hpp"
#include "store/rules/transactions.hpp"
#include "store/rules/webhooks.hpp"

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

std::uint64_t lane_of(MessageKey key) { return std::hash<MessageKey>()(key); }
/// However a person is spelled.
std::uint64_t lane_of(std::string_view name) { return std::hash<std::string>()(address::key(name)); }

std::size_t weight_of(int limit) { return static_cast<std::size_t>(std::max(limit, 1)); }

}  // namespace

void Writes::begin_writing(Database& database, CommitOptions options, bool has_thread) {
    options.fed = [this, always = std::move(options.fed)] {
        if (always) always();
        const std::lock_guard guard(fed_mutex_);
        if (fed_) fed_();
    };
    commit_ = std::make_unique<GroupCommit>(database, counters_, clock_, std::move(options));
    if (has_thread) thread_ = std::make_unique<WriterThread>(*commit_);
}

void Writes::end_writing() {
    if (thread_) return thread_->stop();
    if (!commit_) return;
    commit_->stop();
    commit_->run_once();
}

/// Nobody asks where all is in order. What comes with nothing is behind all that was before it.
template <class Item>
Lanes Writes::lanes_of(const std::vector<Item>& batch) {
    if (!commit_->shuffles() || batch.empty()) return {};
    Lanes out{false, {}};
    for (const auto& item : batch) {
        out.of.push_back(lane_of(item.key));
        std::ranges::copy(persons_of(item.key), std::back_inserter(out.of));
    }
    return out;
}

template <class... Names>
Lanes Writes::lanes_of_names(const Names&... names) const {
    if (!commit_->shuffles()) return {};
    return {false, {lane_of(names)...}};
}

template <>
Lanes Writes::lanes_of(const std::vector<NewMessage>& batch) {
    if (!commit_->shuffles()) return {};
    Lanes out{false, {}};
    for (const auto& item : batch) {
        out.of.push_back(lane_of(item.message.id.key()));
        out.of.push_back(lane_of(item.message.recipient));
        for (const auto& step : item.message.plan)
            out.of.push_back(lane_of(step.address));
        if (!item.idempotency_key.empty())
            out.of.push_back(std::hash<std::string>()(item.message.application + '\0' + item.idempotency_key));
        if (item.collapse != 0) out.of.push_back(static_cast<std::uint64_t>(item.collapse));
    }
    return out;
}

void Writes::accept(std::vector<NewMessage> batch, Done<AcceptedBatch> done) {
    auto lanes = lanes_of(batch);
    commit_->submit(std::make_unique<AcceptTask>(std::move(batch), std::move(done), std::move(lanes)));
}

void Writes::lease(std::vector<Lease> batch, std::shared_ptr<model::Gate> gate, Done<std::vector<model::Leased>> done) {
    const auto weight = batch.size();
    const auto patience = patience_of(batch);
    auto lanes = lanes_of(batch);
    auto work = [batch = std::move(batch), gate = std::move(gate)](Unit& unit) {
        return rules::write_leases(unit, batch, gate.get());
    };
    commit_->submit<std::vector<model::Leased>>(weight, std::move(done), std::move(work), patience, std::move(lanes));
}

void Writes::settle(std::vector<Settlement> batch, Done<std::vector<bool>> done) {
    const auto weight = batch.size();
    const auto patience = patience_of(batch);
    auto lanes = lanes_of(batch);
    auto work = [batch = std::move(batch)](Unit& unit) { return rules::write_settlements(unit, batch); };
    commit_->submit<std::vector<bool>>(weight, std::move(done), std::move(work), patience, std::move(lanes));
}

void Writes::move(Transition transition, Done<model::Progress> done) {
    auto lanes = lanes_of(std::vector<Transition>{transition});
    auto work = [transition = std::move(transition)](Unit& unit) { return rules::write_move(unit, transition); };
    commit_->submit<model::Progress>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
}

void Writes::report(model::Report report, Done<Reported> done) {
    Lanes lanes = lanes_of_names(report.provider_id, report.address);
    if (report.attempt && commit_->shuffles()) {
        lanes.of.push_back(lane_of(report.attempt->message.key()));
        std::ranges::copy(persons_of(report.attempt->message.key()), std::back_inserter(lanes.of));
    }
    commit_->submit(std::make_unique<ReportTask>(std::move(report), std::move(done), std::move(lanes)));
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
    auto lanes = lanes_of_names(consent.recipient);
    auto work = [consent = std::move(consent)](Unit& unit) { return rules::put_consent(unit, consent); };
    commit_->submit<bool>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
}

void Writes::say(Saying saying, Done<std::int64_t> done) {
    auto lanes = lanes_of_names(saying.words.empty() ? std::string() : saying.words.front().recipient);
    auto work = [saying = std::move(saying)](Unit& unit) { return rules::say(unit, saying); };
    commit_->submit<std::int64_t>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
}

void Writes::put_event(std::string application, std::string recipient, std::string event, Timestamp at,
                       Done<bool> done) {
    auto lanes = lanes_of_names(recipient);
    auto work = [application = std::move(application), recipient = std::move(recipient), event = std::move(event),
                 at](Unit& unit) {
        rules::put_event(unit, application, recipient, event, at);
        return true;
    };
    commit_->submit<bool>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
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
    auto lanes = lanes_of_names(name);
    auto work = [name = std::move(name), value = std::move(value)](Unit& unit) {
        if (value)
            unit.tables.settings().put(name, *value);
        else
            unit.tables.settings().drop(name);
        return true;
    };
    commit_->submit<bool>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
}

/// What was sent meanwhile would be sent again after a crash: that it waits for company costs no more.
void Writes::put_webhook(WebhookChange change, Done<bool> done) {
    auto lanes = lanes_of_names(change.state.name);
    const auto weight = 1 + change.put.size() + change.drop.size();
    const auto patience = change.tells ? Milliseconds{0} : commit_patience;
    auto work = [change = std::move(change)](Unit& unit) { return rules::write_webhook(unit, change); };
    commit_->submit<bool>(weight, std::move(done), std::move(work), patience, std::move(lanes));
}

void Writes::drop_webhook(std::string name, Done<bool> done) {
    auto lanes = lanes_of_names(name);
    auto work = [name = std::move(name)](Unit& unit) { return rules::forget_webhook(unit, name); };
    commit_->submit<bool>(1, std::move(done), std::move(work), Milliseconds{0}, std::move(lanes));
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

void Writes::note_hits(HitBatch batch, Done<std::vector<std::int64_t>> done) {
    const auto weight = std::max<std::size_t>(1, batch.hits.size());
    Lanes lanes{false, {}};
    for (const auto& hit : batch.hits)
        if (commit_->shuffles()) lanes.of.push_back(lane_of(hit.message));
    for (const auto& revision : batch.revisions)
        if (commit_->shuffles()) lanes.of.push_back(lane_of(revision.message));
    auto work = [batch = std::move(batch)](Unit& unit) { return rules::note_hits(unit, batch); };
    commit_->submit<std::vector<std::int64_t>>(weight, std::move(done), std::move(work), Milliseconds{0},
                                               std::move(lanes));
}

void Writes::prune_hits(std::map<std::string, Timestamp> before, int limit, Done<std::int64_t> done) {
    commit_->submit<std::int64_t>(weight_of(limit), std::move(done), [before = std::move(before), limit](Unit& unit) {
        return rules::prune_hits(unit, before, limit);
    });
}

void Writes::prune_links(Timestamp now, int limit, Done<std::int64_t> done) {
    prune_by(&rules::prune_links, now, limit, std::move(done));
}

void Writes::use_zone(std::string zone) {
    commit_->submit<bool>(1, Done<bool>{}, [zone = std::move(zone)](Unit& unit) {
        unit.memory.zone = zone.empty() ? nullptr : times::zone_clock(zone);
        unit.memory.day = {};
        return true;
    });
}

void Writes::judge_hits(MessageKey message, std::vector<model::CountedHit> hits, Done<bool> done) {
    Transition about;
    about.key = message;
    auto lanes = lanes_of(std::vector<Transition>{about});
    commit_->submit<bool>(
        1, std::move(done),
        [message, hits = std::move(hits)](Unit& unit) { return rules::judge_hits(unit, message, hits); },
        Milliseconds{0}, std::move(lanes));
}

void Writes::convert(std::string application, std::string recipient, KeptConversion conversion,
                     std::shared_ptr<const Attributor> goals, Done<Converted> done) {
    // It touches all that is known of a person under any name.
    commit_->submit<Converted>(1, std::move(done),
                               [application = std::move(application), recipient = std::move(recipient),
                                conversion = std::move(conversion), goals = std::move(goals)](Unit& unit) {
                                   return rules::convert(unit, application, recipient, conversion, goals.get());
                               });
}

void Writes::prune_conversions(Timestamp before, int limit, Done<std::int64_t> done) {
    prune_by(&rules::prune_conversions, before, limit, std::move(done));
}

void Writes::prune_tallies(Timestamp before, int limit, Done<std::int64_t> done) {
    prune_by(&rules::prune_tallies, before, limit, std::move(done));
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
