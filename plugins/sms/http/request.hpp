#pragma once
// One call of the provider, from messages and a description. Pure; any thread.

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/settings.hpp"

namespace chapar::sms::http {

/// A message as the names of a description see it.
struct Letter {
    Values values;
    std::string recipient;  // digits
    std::size_t segments = 1;
    bool own_sender = false;  // the message brought it; else it is the route's
};

/// What can never be sent.
struct Refusal {
    Blame blame = Blame::message;
    std::string sentence;
};

std::expected<Letter, Refusal> compose(const Message& message, const Settings& settings);

/// Whether two messages may go in one call.
bool agree(const Letter& a, const Letter& b, const Send& send);

/// With owned strings, and what Transfer refers to.
struct Call {
    std::string method, url, body, user, password;
    std::vector<std::pair<std::string, std::string>> headers;
    std::chrono::milliseconds timeout{30'000};
    /// `ca_file` and the Call must outlive the Transfer.
    Transfer transfer(const std::string& ca_file) const;
};

/// `letters`: at least one. Names outside of a list of recipients are those of the first.
Call make_call(const Request& request, const Settings& settings, const std::vector<const Values*>& letters);

/// 63 bits that stand for an attempt, where a provider takes only numbers. FNV-1a.
std::string attempt_number(std::string_view attempt);

}  // namespace chapar::sms::http
