/// Delivery status notifications (RFC 3464, RFC 6533): the fields of a message/delivery-status part, lenient as mail
/// systems need it. Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::bounce {

enum class Action { failed, delayed, delivered, relayed, expanded, unknown };

struct RecipientStatus {
    std::string original;  ///< Original-Recipient: whom we wrote to
    std::string final;     ///< Final-Recipient: whom it came to in the end
    Action action = Action::unknown;
    std::string status;      ///< "5.1.1"; empty: none that could be read
    std::string diagnostic;  ///< what the other server said, without its type
    std::string remote_mta;

    /// Whom the report is about.
    const std::string& address() const { return original.empty() ? final : original; }
};

struct DeliveryStatus {
    std::string reporting_mta;
    std::string envelope_id;  ///< Original-Envelope-Id, decoded
    std::vector<RecipientStatus> recipients;
};

/// At most 200 recipients.
DeliveryStatus read_delivery_status(std::string_view text);

std::string_view name(Action action);

/// A status of RFC 3463 as it begins a text ("5.1.1", "#5.1.1 ", "5.1.1 (bad destination)"), or empty.
std::string_view status_in(std::string_view text);

/// xtext of RFC 3461: "+2B" is "+".
std::string from_xtext(std::string_view text);

}  // namespace chapar::bounce
