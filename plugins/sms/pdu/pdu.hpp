#pragma once
// SMPP's protocol data units as values. Decoding borrows: every view points into the bytes that were decoded, nothing
// is copied and nothing allocated. Pure, callable from any thread. Source: Short Message Peer to Peer Protocol
// Specification v3.4, chapters 3 to 5.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "sms/pdu/tlv.hpp"

namespace chapar::smpp {

inline constexpr std::size_t header_size = 16;
/// A PDU with a full message_payload and room for its other parameters; longer ones are no PDU of ours.
inline constexpr std::size_t most_bytes = 68UL * 1024;
/// What a sender may set itself (5.2.x); responses carry the request's.
inline constexpr std::uint32_t first_sequence = 1, last_sequence = 0x7FFFFFFF;

enum class Command : std::uint32_t {
    bind_receiver = 0x01,
    bind_transmitter = 0x02,
    query_sm = 0x03,
    submit_sm = 0x04,
    deliver_sm = 0x05,
    unbind = 0x06,
    replace_sm = 0x07,
    cancel_sm = 0x08,
    bind_transceiver = 0x09,
    outbind = 0x0B,
    enquire_link = 0x15,
    submit_multi = 0x21,
    alert_notification = 0x102,
    data_sm = 0x103,
    generic_nack = 0x80000000,
    bind_receiver_resp = 0x80000001,
    bind_transmitter_resp = 0x80000002,
    query_sm_resp = 0x80000003,
    submit_sm_resp = 0x80000004,
    deliver_sm_resp = 0x80000005,
    unbind_resp = 0x80000006,
    replace_sm_resp = 0x80000007,
    cancel_sm_resp = 0x80000008,
    bind_transceiver_resp = 0x80000009,
    enquire_link_resp = 0x80000015,
    submit_multi_resp = 0x80000021,
    data_sm_resp = 0x80000103,
};
/// "submit_sm"; "unknown" for a number that is none of ours.
std::string_view name(Command command);
/// What answers a request; nullopt: nothing does (a response, outbind, alert_notification).
std::optional<Command> response_to(Command command);

struct Header {
    Command command = Command::enquire_link;
    std::uint32_t status = 0;
    std::uint32_t sequence = first_sequence;
    bool operator==(const Header&) const = default;
};

struct Address {
    std::uint8_t ton = 0, npi = 0;
    std::string_view digits;
    bool operator==(const Address&) const = default;
};

// One struct for each shape of body. `tlvs` are the optional parameters behind it.

struct Empty {  // unbind, enquire_link, their responses, generic_nack, cancel_sm_resp, replace_sm_resp
    bool operator==(const Empty&) const = default;
};
struct Bind {
    std::string_view system_id, password, system_type;
    std::uint8_t interface_version = 0x34;
    Address range;  // 5.2.7: ton, npi and address_range
    bool operator==(const Bind&) const = default;
};
struct BindResp {
    std::string_view system_id;
    Tlvs tlvs;
    bool operator==(const BindResp&) const = default;
};
struct Outbind {
    std::string_view system_id, password;
    bool operator==(const Outbind&) const = default;
};
struct Short {  // submit_sm and deliver_sm
    std::string_view service_type;
    Address source, destination;
    std::uint8_t esm_class = 0, protocol_id = 0, priority = 0;
    std::string_view schedule, validity;
    std::uint8_t registered_delivery = 0, replace_if_present = 0, data_coding = 0, default_id = 0;
    std::string_view message;  // octets, at most 254
    Tlvs tlvs;
    bool operator==(const Short&) const = default;
};
struct MessageId {  // submit_sm_resp, deliver_sm_resp, data_sm_resp
    std::string_view id;
    Tlvs tlvs;
    bool operator==(const MessageId&) const = default;
};
struct Multi {  // submit_multi
    std::string_view service_type;
    Address source;
    std::uint8_t count = 0;         // destinations, at most 254
    std::string_view destinations;  // as they stand in the PDU: next_destination
    std::uint8_t esm_class = 0, protocol_id = 0, priority = 0;
    std::string_view schedule, validity;
    std::uint8_t registered_delivery = 0, replace_if_present = 0, data_coding = 0, default_id = 0;
    std::string_view message;
    Tlvs tlvs;
    bool operator==(const Multi&) const = default;
};
struct MultiResp {
    std::string_view id;
    std::uint8_t count = 0;         // failed destinations
    std::string_view destinations;  // as they stand in the PDU: next_failure
    Tlvs tlvs;
    bool operator==(const MultiResp&) const = default;
};
struct Data {  // data_sm
    std::string_view service_type;
    Address source, destination;
    std::uint8_t esm_class = 0, registered_delivery = 0, data_coding = 0;
    Tlvs tlvs;
    bool operator==(const Data&) const = default;
};
struct Query {
    std::string_view id;
    Address source;
    bool operator==(const Query&) const = default;
};
struct QueryResp {
    std::string_view id, final_date;
    std::uint8_t state = 0, error = 0;
    bool operator==(const QueryResp&) const = default;
};
struct Cancel {
    std::string_view service_type, id;
    Address source, destination;
    bool operator==(const Cancel&) const = default;
};
struct Replace {
    std::string_view id;
    Address source;
    std::string_view schedule, validity;
    std::uint8_t registered_delivery = 0, default_id = 0;
    std::string_view message;
    bool operator==(const Replace&) const = default;
};
struct Alert {  // alert_notification
    Address source, esme;
    Tlvs tlvs;
    bool operator==(const Alert&) const = default;
};

using Body = std::variant<Empty, Bind, BindResp, Outbind, Short, MessageId, Multi, MultiResp, Data, Query, QueryResp,
                          Cancel, Replace, Alert>;
struct Pdu {
    Header header;
    Body body;
    bool operator==(const Pdu&) const = default;
};

/// Why bytes are no PDU: the status to answer with, and a sentence.
struct Flaw {
    std::uint32_t status = 0;
    std::string_view sentence;
};

/// How many of `bytes` the first PDU takes: 0 while its length is not there yet, a Flaw when no PDU is that long.
/// (After that the stream can't be read on: nobody knows where the next one begins.)
std::expected<std::size_t, Flaw> frame_size(std::string_view bytes);

/// The header of a whole frame, also of one that `decode` refuses.
Header header_of(std::string_view frame);

/// One whole frame as a value that borrows from it.
std::expected<Pdu, Flaw> decode(std::string_view frame);

/// Appends the frame of `pdu` to `out`; false: a field is longer than the specification allows, or the body is not this
/// command's; then nothing was appended.
bool encode(const Pdu& pdu, std::string& out);

/// Appends one destination in the form of a submit_multi.
bool append_destination(const Address& address, std::string& out);
/// One failed destination of a submit_multi_resp and its status. Advances `rest`; nullopt at the end.
struct Failure {
    Address address;
    std::uint32_t status = 0;
};
std::optional<Failure> next_failure(std::string_view& rest);
/// One destination of a submit_multi. Advances `rest`; nullopt at the end.
struct Destination {
    Address address;
    std::string_view list;  // a distribution list's name, then `address` is empty
};
std::optional<Destination> next_destination(std::string_view& rest);

}  // namespace chapar::smpp
