#pragma once
// The message that asks to go, as the policy sees it: views into what the caller keeps alive for the call.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "config/settings.hpp"
#include "model/ledger.hpp"
#include "model/message.hpp"

namespace chapar::policy {

/// What one message takes of a counter on one channel.
struct Amount {
    std::int32_t segments = 1;
    std::int64_t cost = 0;  // millionths of the site's currency unit
};

struct Subject {
    MessageKey key{};
    std::string_view application, class_name, category, campaign, sender, recipient, household;
    std::span<const std::string> tags;  // as they were at acceptance
    std::span<const model::PlanStep> plan;
    int step = 0;                // the plan step that is to be sent
    double value = 0;            // arbitration: what it is worth to its sender
    bool carries = false;        // others, since an earlier try
    std::size_t body_bytes = 0;  // what it brings: a digest carries only so much
    bool is_test = false;        // seeds and tests neither obey nor count
    Timestamp accepted_at{}, send_at{}, expires_at{};
    std::string_view device_zone, person_zone;  // IANA names, empty: unknown
    std::string_view phone;                     // E.164, for the country's zone; empty: unknown
    std::string_view dedupe_key;
    Milliseconds dedupe_window{};
    std::string_view
        own_quiet;  // the person's own quiet times: {"weekly":{...}} as in the configuration, JSON; or empty
    /// What step `step` takes; asked when a rule counts segments or cost, and when slots are reserved. Absent: one
    /// segment.
    std::function<Amount(int step)> amount;
    /// A value of the message's data by its path ("order.id"); empty: absent. Asked only by rules of scope data.
    std::function<std::string(std::string_view path)> data;
    /// Another message, which stands at this step of its plan, as one that asks; it lives as long as what is answered.
    /// Null: it is never taken along. Asked of those that a digest would take along; absent: it takes nobody.
    std::function<std::shared_ptr<const Subject>(const model::Message& message, int step)> other;
};

}  // namespace chapar::policy
