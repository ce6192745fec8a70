#pragma once
// Optional parameters: tag, length, value. A Tlvs borrows the bytes behind a body; it is checked once, when it is made.
// Pure. Source: SMPP v3.4, 3.2.4 and 5.3.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::smpp {

namespace tag {
inline constexpr std::uint16_t qos_time_to_live = 0x0017, user_message_reference = 0x0204, user_response_code = 0x0205,
                               sc_interface_version = 0x0210, sar_msg_ref_num = 0x020C, sar_total_segments = 0x020E,
                               sar_segment_seqnum = 0x020F, source_port = 0x020A, destination_port = 0x020B,
                               payload_type = 0x0019, additional_status_info_text = 0x001D,
                               receipted_message_id = 0x001E, ms_availability_status = 0x0422,
                               network_error_code = 0x0423, message_payload = 0x0424, delivery_failure_reason = 0x0425,
                               more_messages_to_send = 0x0426, message_state = 0x0427, congestion_state = 0x0428;
}

struct Tlv {
    std::uint16_t tag = 0;
    std::string_view value;
    bool operator==(const Tlv&) const = default;
};

class Tlvs {
  public:
    Tlvs() = default;
    /// nullopt: a length runs beyond the bytes, or a piece too short for a tag is left.
    static std::optional<Tlvs> parse(std::string_view bytes);

    std::string_view bytes() const { return bytes_; }
    bool empty() const { return bytes_.empty(); }
    /// The value of the first parameter with this tag.
    std::optional<std::string_view> find(std::uint16_t tag) const;
    /// A whole number of one to four octets; nullopt: absent, or of another length.
    std::optional<std::uint32_t> number(std::uint16_t tag) const;
    /// The value without the NUL that may end it; empty: absent.
    std::string_view text(std::uint16_t tag) const;
    /// Takes the first off `rest`; nullopt: there is none.
    static std::optional<Tlv> next(std::string_view& rest);
    bool operator==(const Tlvs&) const = default;

  private:
    explicit Tlvs(std::string_view bytes) : bytes_(bytes) {}
    std::string_view bytes_;
};

/// Appends one; values over 65535 octets are refused.
bool append_tlv(std::uint16_t tag, std::string_view value, std::string& out);
void append_tlv_u8(std::uint16_t tag, std::uint8_t value, std::string& out);
void append_tlv_u16(std::uint16_t tag, std::uint16_t value, std::string& out);
void append_tlv_u32(std::uint16_t tag, std::uint32_t value, std::string& out);

}  // namespace chapar::smpp
