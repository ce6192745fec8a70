#pragma once
// A delivery receipt read from a deliver_sm or data_sm, and ids in the form in which they compare. Pure.
// Source: SMPP v3.4, 5.2.12 (esm_class), 5.2.28 (message_state), Appendix B (the text form).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms/pdu/pdu.hpp"

namespace chapar::sms {

/// How the SMSC writes in receipts the id that it gave in its answer. `automatic` tries the same, then the other base,
/// and believes the other base only when the receipt also names the recipient.
enum class IdForm : std::uint8_t { automatic, same, decimal, hex };

/// Where a message is, as a receipt says.
enum class Fate : std::uint8_t { under_way, delivered, failed };

struct Receipt {
    std::string id;     // as the SMSC wrote it
    std::string state;  // "DELIVRD", ...
    std::string error;  // network error, may be empty
    std::string done;   // "done date", as written
    Fate fate = Fate::under_way;
    std::optional<std::uint16_t> reference;  // user_message_reference
    std::string recipient;                   // digits of the address it speaks of
    bool is_understood = true;               // false: it names no state, or one that nobody described
};

/// esm_class says that it is about a message of ours (a receipt, a notification of the way there), not from a person.
bool is_marked_receipt(const smpp::Short& pdu);

/// What a deliver_sm says, for the log: printable, at most 200 bytes, the user data header in hexadecimal.
std::string printable_text(const smpp::Short& pdu);

/// nullopt: no receipt (an ordinary message), or one that names neither id nor reference.
std::optional<Receipt> read_receipt(const smpp::Short& pdu);

/// Lower case, without leading zeros or blanks: how ids are compared.
std::string normal_id(std::string_view id);
/// The forms under which the id of a receipt may be known, the most likely first. `exact` of them need no further
/// proof.
struct IdForms {
    std::vector<std::string> ids;
    std::size_t exact = 1;
};
IdForms id_forms(std::string_view id, IdForm form);

}  // namespace chapar::sms
