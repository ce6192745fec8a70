#pragma once
// What the policy, the choice of a route and the next step of a plan need of a request. It is read from the request
// once, when the message is accepted, and stored beside it as a column of its own, so that nobody parses a body to
// decide about it. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/message.hpp"

namespace chapar::model {

struct PolicyFields {
    std::string category{};
    std::string sender{};                      // the request's own `from`
    std::string household{};                   // the request's, else its recipient's
    std::string device_zone{}, person_zone{};  // IANA names
    std::string phone{};                       // E.164
    std::string dedupe_key{};
    std::string own_quiet{};  // the person's own quiet times, JSON
    Milliseconds dedupe_window{};
    std::optional<Milliseconds> fallback_after{};
    double value = 0;
    bool is_test = false;
    /// Values of the message's data by their path, of which rules ask. An empty value: there is none at that path.
    std::vector<std::pair<std::string, std::string>> data{};
    /// As whom a step wants to be sent, by the step's index: what its content or its template says.
    std::vector<std::pair<int, std::string>> step_senders{};

    /// Null: the value is not here, and has to be read from the request.
    const std::string* value_at(std::string_view path) const;
    const std::string* sender_of(int step) const;
    bool operator==(const PolicyFields&) const = default;
};

/// A longer value of the data is left out of the column: it would be stored twice.
inline constexpr std::size_t most_stored_value = 256;

/// As the column stores it; never empty. `plan` is the message's own: a phone number that is a step's address is not
/// written twice.
std::string encode(const PolicyFields& fields, const std::vector<PlanStep>& plan);
/// Nothing: the bytes are not what `encode` made, or those of a version that this program does not know. Members that
/// a later version added are left out.
std::optional<PolicyFields> decode_policy_fields(std::string_view bytes, const std::vector<PlanStep>& plan);

}  // namespace chapar::model
