#pragma once
// One message of the host as the submit_sm or data_sm PDUs that carry it. Pure but for the counters in References. Not
// thread-safe.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/pdu/pdu.hpp"
#include "sms/smpp/settings.hpp"

namespace chapar::sms {

/// Numbers that tell one long message's parts from another's, and one part from the next.
struct References {
    std::uint16_t concatenation = 0, user = 0;
};

struct Composed {
    std::vector<std::string> frames;        // encoded, their sequence still zero
    std::vector<std::uint16_t> references;  // user_message_reference of each, when the settings want them
    std::string recipient;                  // digits
    bool own_source = false;                // the message brought its sender
};

/// What can never be sent.
struct Refusal {
    Blame blame = Blame::message;
    std::string sentence;
};

std::expected<Composed, Refusal> compose(const Message& message, const Settings& settings, References& references);

/// Writes the sequence of an encoded frame.
void set_sequence(std::string& frame, std::uint32_t sequence);

/// Type of number and numbering plan by the usual rule: +98... is international, digits are a short code, the rest is a
/// name.
smpp::Address source_address(std::string_view source, const Settings& settings);

}  // namespace chapar::sms
