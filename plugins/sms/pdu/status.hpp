#pragma once
// command_status by number and name. Source: SMPP v3.4, 5.1.3, and v5.0, 4.7.6.

#include <cstdint>
#include <string>
#include <string_view>

namespace chapar::smpp {

namespace status {
inline constexpr std::uint32_t ok = 0x00, invalid_message_length = 0x01, invalid_command_length = 0x02,
                               invalid_command_id = 0x03, invalid_bind_status = 0x04, already_bound = 0x05,
                               system_error = 0x08, invalid_source = 0x0A, invalid_destination = 0x0B,
                               invalid_message_id = 0x0C, bind_failed = 0x0D, invalid_password = 0x0E,
                               invalid_system_id = 0x0F, queue_full = 0x14, submit_failed = 0x45, throttled = 0x58,
                               temporary_app_error = 0x64, permanent_app_error = 0x65, rejected_app_error = 0x66,
                               invalid_optional_part = 0xC0, missing_optional = 0xC3, unknown_error = 0xFF;
}

/// "ESME_RTHROTTLED"; a number that the specification leaves to the SMSC reads "0x00000400".
std::string status_name(std::uint32_t number);
/// The name alone, empty when the number has none.
std::string_view known_status_name(std::uint32_t number);

}  // namespace chapar::smpp
