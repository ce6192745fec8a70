#pragma once
// Messages one by one and in lists, and their moves outside of an attempt: what the API and the operator ask for.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/values.hpp"

namespace chapar::store {

/// Moves a message outside of an attempt: cancel, retry, expire, hold, reschedule.
struct Transition {
    MessageKey key;
    std::string application;            // must match unless empty
    std::optional<model::Event> event;  // absent: only reschedule (state stays, must be waiting)
    std::optional<Timestamp> due;
    std::optional<int> step;
    std::vector<model::TraceEntry> trace;
    /// Reschedule only: the message's own times from now on.
    std::optional<Timestamp> send_at = std::nullopt, expires_at = std::nullopt;
    Slots slots = Slots::keep;  // a move out of waiting that ends the message gives its slots back by itself
};

struct Record {
    model::Message message;
    model::Progress progress;
    std::vector<model::Attempt> attempts;
    std::string idempotency_key;
};

struct ListFilter {
    std::string application;  // empty: all (the operator)
    std::optional<model::State> state;
    std::string class_name, recipient, campaign, tag;
    std::string address;             // canonical; its spellings are one (address/key.hpp)
    std::vector<std::string> names;  // not empty: to one of these, which are ids or addresses
    bool with_copies = false;        // also those that go to `address` or `names` as a copy
    std::string template_name;
    std::string route;                      // that an attempt went by
    std::optional<Timestamp> since, until;  // accepted then or later; before
    std::optional<bool> is_test = std::nullopt;
};

/// Newest first. A page looks at a bounded number of rows: it may be short or empty and still have a `next`.
struct Page {
    std::vector<Record> records;     // without attempts
    std::optional<MessageKey> next;  // continue below this key
};

struct Counts {
    std::int64_t by_state[model::state_count] = {};
};

class Messages {
  public:
    virtual ~Messages() = default;

    virtual Result<Record> find(MessageId id) = 0;
    virtual Result<Page> list(const ListFilter& filter, std::optional<MessageKey> below, int limit) = 0;
    virtual Result<Counts> counts() = 0;
    /// The state after it. Errors: not_found, wrong_state.
    virtual void move(Transition transition, Done<model::Progress> done) = 0;
};

}  // namespace chapar::store
