#pragma once
// One endpoint: what goes to it next, what an answer means for it, and what is to be written of it. Knows no store, no
// thread and no transfer; time and chance are parameters.

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "engage/webhook_order.hpp"
#include "engage/webhook_schedule.hpp"
#include "store/webhooks.hpp"
#include "webhook/definition.hpp"
#include "webhook/delivery.hpp"
#include "webhook/feed_window.hpp"

namespace chapar::webhook {

/// An event that has a row already: `row` as it is kept, and whose it is.
struct KnownWait {
    store::WebhookWait row;
    std::string person;
    Timestamp noted_at{};
};

/// What became of the endpoint with a try; each is worth a line of the log.
struct Turned {
    bool is_failing = false;   // many tries in a row failed
    bool is_well = false;      // the first success after that
    bool is_disabled = false;  // by this try
    bool is_given_up = false;  // the event
};

/// For people.
struct View {
    std::string name{}, url{}, application{}, order{};
    std::vector<std::string> events{};
    std::string state{};                  // sending, failing, resting (it asked for less), disabled, switched_off
    std::string why{};                    // it is disabled, or what its last failure was
    std::int64_t cursor = 0, behind = 0;  // behind: entries of the feed that it has not passed, wanted or not
    std::int64_t waiting = 0, in_flight = 0;
    Milliseconds lag{0};  // how old the oldest event is that it has not taken
    std::int64_t accepted = 0, failed = 0, given_up = 0, missed = 0;  // since the start
    std::optional<Timestamp> next_try{}, disabled_at{}, first_failure{};
    Timestamp last_success{};
};

class WebhookEndpoint {
  public:
    struct Counters {
        metrics::Counter &accepted, &failed, &given_up, &missed;
    };
    /// `stored`: the rows as they stand in the store, also of events that are gone; nothing: the endpoint is new.
    WebhookEndpoint(DefinitionPtr definition, store::WebhookState state, std::vector<KnownWait> waits,
                    const std::optional<std::vector<store::WebhookWait>>& stored, Counters counters);

    const Definition& definition() const { return *definition_; }
    const DefinitionPtr& shared_definition() const { return definition_; }
    const std::string& name() const { return definition_->settings.name; }
    bool is_sending() const { return definition_->settings.enabled && !state_.disabled_at; }
    bool is_disabled() const { return state_.disabled_at.has_value(); }

    std::int64_t cursor() const { return line_.cursor(); }
    /// Where it reads on. It has passed all of what it was given up to there, or has room for more of it.
    std::int64_t reads_behind() const { return read_until_; }
    /// It could take more than it was given.
    bool wants_more(Timestamp now) const;
    void give(FeedPartPtr part);
    /// What to send now.
    std::vector<std::int64_t> next(Timestamp now);
    /// An event of the part that it was given; null: it is not of it.
    std::shared_ptr<const WebhookEvent> given(std::int64_t number) const;
    /// What was given is older than this: whoever was erased since may be in it.
    bool is_stale(Monotonic read_before) const { return part_ && part_->read_at < read_before; }
    void forget_given();

    /// It is not in the feed any more, or not wanted.
    void skip(std::int64_t number);
    Turned finish(std::int64_t number, const Answer& answer, Timestamp now, double chance);

    /// Its settings changed. True: its order too, so what is under way is sent anew and its answers count no more.
    bool redefine(DefinitionPtr definition);
    int generation() const { return generation_; }
    void enable(Timestamp now);
    void disable(Timestamp now, std::string why);
    void replay_behind(std::int64_t number);
    void replay(const WebhookEvent& event, Timestamp now);
    void note_missed();

    /// When something of it waits only for its time; what waits for an answer is not meant.
    std::optional<Timestamp> wakes_at(Timestamp now) const;
    std::size_t in_flight() const { return line_.in_flight(); }
    /// What is to be written; nothing: all is. One write at a time, until `written`.
    std::optional<store::WebhookChange> begin_write();
    void written(bool is_on_disk);
    bool is_writing() const { return writing_.has_value(); }

    View view(Timestamp now, std::int64_t feed_end) const;

  private:
    std::size_t places(Timestamp now) const;
    void note_passed(std::int64_t before);
    void succeeded(Timestamp now, Turned& out);
    void failed(std::int64_t number, const Answer& answer, Timestamp now, double chance, Turned& out);
    void give_up_on_all(Timestamp now, std::string why);
    std::optional<Timestamp> next_try(std::int64_t number, const Answer& answer, Timestamp now, double chance) const;

    struct Snapshot {
        store::WebhookState state;
        std::map<std::int64_t, store::WebhookWait> waits;
    };
    Snapshot snapshot() const;

    DefinitionPtr definition_;
    store::WebhookState state_;  // but for the cursor, which is the line's
    engage::EndpointHealth health_;
    engage::WebhookLine line_;
    engage::WebhookPace pace_;
    Timestamp rests_until_{};                 // as it asked
    std::map<std::int64_t, Timestamp> open_;  // wanted, passed, not done: when each was noted
    FeedPartPtr part_;                        // what is read ahead
    std::vector<engage::FeedEvent> ahead_;    // of the part
    std::size_t passed_ = 0;                  // of `ahead_`
    std::int64_t read_until_;
    std::optional<Snapshot> stored_, writing_;
    int failures_in_row_ = 0, generation_ = 0;
    std::string last_failure_;
    std::optional<model::FeedEntry> tells_;  // in the feed, that it was disabled; until it stands there
    bool tells_are_written_ = false;         // by the write under way
    std::int64_t accepted_ = 0, failed_ = 0, given_up_ = 0, missed_ = 0;
    Counters counters_;
};

}  // namespace chapar::webhook
