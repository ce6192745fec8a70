#pragma once
// Which events go to an endpoint now: a cursor into the feed, the events that were passed and are not done, and the
// order that its receiver asked for. A value; no clock, no store. One owner.
//
// Nothing is copied before it fails or has to wait: an event is passed by the cursor when it is sent, and gets a row
// (Waiting) only when its try failed or when the order makes it wait for another. `durable()` says what to write: from
// that cursor and those rows `restore` goes on after a crash, and what was in flight is sent again.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace chapar::engage {

enum class WebhookOrder : std::uint8_t {
    none,    // as many as there are places
    person,  // an event waits for the earlier ones of its person
    strict,  // one line
};

/// An event of the feed. Of no person: an empty one, which waits for nobody.
struct FeedEvent {
    std::int64_t number = 0;  // ascending, with gaps
    std::string person;
    bool is_wanted = true;  // one that the endpoint did not ask for is passed
};

/// A passed event that is not done.
struct Waiting {
    std::int64_t number = 0;
    std::string person;
    int tries = 0;    // 0: it waits for another
    Timestamp due{};  // not before
    bool operator==(const Waiting&) const = default;
};

class WebhookLine {
  public:
    struct Limits {
        std::size_t in_flight = 16;
        /// Rows. When there are so many the cursor stands: the feed keeps what comes, and nothing is lost.
        std::size_t waiting = 10'000;
    };
    struct State {
        std::int64_t cursor = 0;  // the last event that was passed
        std::vector<Waiting> rows;
        bool operator==(const State&) const = default;
    };

    WebhookLine(WebhookOrder order, Limits limits, State state);

    /// The events to send now, in their order; each is in flight until `done`, `retry` or `give_up`. `ahead`: the feed
    /// behind cursor(), as far as it was read. `places`: how many the endpoint's pace allows.
    std::vector<std::int64_t> next(Timestamp now, std::span<const FeedEvent> ahead, std::size_t places);
    void done(std::int64_t number);
    void retry(std::int64_t number, Timestamp due);
    /// Its tries are used up. Later events of the person go on.
    void give_up(std::int64_t number) { done(number); }

    /// Whatever waits is due by then: the endpoint is there again.
    void hasten(Timestamp due);
    /// The feed behind `cursor` is gone through once more; what waits or is under way is not taken twice.
    void rewind(std::int64_t cursor);
    /// One event that was passed is sent once more.
    void repeat(std::int64_t number, const std::string& person, Timestamp due);

    std::int64_t cursor() const { return cursor_; }
    std::size_t in_flight() const { return flying_.size(); }
    std::size_t waiting() const { return waiting_.size(); }
    int tries(std::int64_t number) const;
    /// When something waits only for its time; nullopt: nothing does.
    std::optional<Timestamp> wakes_at() const;
    /// What goes on from here after a crash.
    State durable() const;

  private:
    struct Flight {
        Waiting row;
        bool has_row = false;  // it is written already, so the cursor may stand behind it
    };
    /// Whom an event waits for: the earlier ones of one line. Empty: for nobody.
    std::string line_of(const std::string& person) const;
    bool may_go(std::int64_t number, const std::string& line) const;
    void land(std::int64_t number, const std::string& line, bool is_done);
    void release(const std::string& line);
    void depart(Waiting row, bool has_row);
    void wait(Waiting row);
    void take_due(Timestamp now, std::size_t most, std::vector<std::int64_t>& out);
    void take_ahead(std::span<const FeedEvent> ahead, std::size_t most, std::vector<std::int64_t>& out);

    WebhookOrder order_;
    Limits limits_;
    std::int64_t cursor_;
    std::map<std::int64_t, Waiting> waiting_;
    std::map<std::int64_t, Flight> flying_;
    struct Line {
        std::set<std::int64_t> numbers;  // in flight or waiting
        std::size_t flying = 0;
    };
    std::unordered_map<std::string, Line> lines_;
    std::set<std::pair<Timestamp, std::int64_t>> due_;  // waiting for their time and for nothing else
};

}  // namespace chapar::engage
