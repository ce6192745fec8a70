#include "sms/pdu/pdu.hpp"

#include <array>
#include <utility>

#include "sms/pdu/cursor.hpp"
#include "sms/pdu/status.hpp"

namespace chapar::smpp {
namespace {

// 5.2: the most octets of each C-Octet String, its NUL included.
constexpr std::size_t service_size = 6, address_size = 21, long_address_size = 65, id_size = 65, time_size = 17,
                      list_size = 21;

template <class Cursor, class A>
void address(Cursor& io, A& a, std::size_t size = address_size) {
    io.u8(a.ton);
    io.u8(a.npi);
    io.text(a.digits, size);
}

// Each body once, for both directions.

template <class Cursor, class B>
void fields(Cursor&, B&, std::type_identity<Empty>) {}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Bind>) {
    io.text(b.system_id, 16);
    io.text(b.password, 9);
    io.text(b.system_type, 13);
    io.u8(b.interface_version);
    address(io, b.range, 41);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<BindResp>) {
    io.text(b.system_id, 16);
    io.tlvs(b.tlvs);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Outbind>) {
    io.text(b.system_id, 16);
    io.text(b.password, 9);
}

/// From esm_class to short_message: the same in submit_sm, deliver_sm and submit_multi.
template <class Cursor, class B>
void content(Cursor& io, B& b) {
    io.u8(b.esm_class);
    io.u8(b.protocol_id);
    io.u8(b.priority);
    io.text(b.schedule, time_size);
    io.text(b.validity, time_size);
    io.u8(b.registered_delivery);
    io.u8(b.replace_if_present);
    io.u8(b.data_coding);
    io.u8(b.default_id);
    io.message(b.message);
    io.tlvs(b.tlvs);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Short>) {
    io.text(b.service_type, service_size);
    address(io, b.source);
    address(io, b.destination);
    content(io, b);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<MessageId>) {
    io.text(b.id, id_size);
    io.tlvs(b.tlvs);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Multi>) {
    io.text(b.service_type, service_size);
    address(io, b.source);
    io.list(b.count, b.destinations, [](std::string_view& rest) { return next_destination(rest).has_value(); });
    content(io, b);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<MultiResp>) {
    io.text(b.id, id_size);
    io.list(b.count, b.destinations, [](std::string_view& rest) { return next_failure(rest).has_value(); });
    io.tlvs(b.tlvs);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Data>) {
    io.text(b.service_type, service_size);
    address(io, b.source, long_address_size);
    address(io, b.destination, long_address_size);
    io.u8(b.esm_class);
    io.u8(b.registered_delivery);
    io.u8(b.data_coding);
    io.tlvs(b.tlvs);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Query>) {
    io.text(b.id, id_size);
    address(io, b.source);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<QueryResp>) {
    io.text(b.id, id_size);
    io.text(b.final_date, time_size);
    io.u8(b.state);
    io.u8(b.error);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Cancel>) {
    io.text(b.service_type, service_size);
    io.text(b.id, id_size);
    address(io, b.source);
    address(io, b.destination);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Replace>) {
    io.text(b.id, id_size);
    address(io, b.source);
    io.text(b.schedule, time_size);
    io.text(b.validity, time_size);
    io.u8(b.registered_delivery);
    io.u8(b.default_id);
    io.message(b.message);
}

template <class Cursor, class B>
void fields(Cursor& io, B& b, std::type_identity<Alert>) {
    address(io, b.source, long_address_size);
    address(io, b.esme, long_address_size);
    io.tlvs(b.tlvs);
}

/// An empty body of the command's shape; nullopt: a command that we don't know.
std::optional<Body> shape_of(Command command) {
    switch (command) {
        case Command::bind_receiver:
        case Command::bind_transmitter:
        case Command::bind_transceiver:
            return Bind{};
        case Command::bind_receiver_resp:
        case Command::bind_transmitter_resp:
        case Command::bind_transceiver_resp:
            return BindResp{};
        case Command::outbind:
            return Outbind{};
        case Command::submit_sm:
        case Command::deliver_sm:
            return Short{};
        case Command::submit_sm_resp:
        case Command::deliver_sm_resp:
        case Command::data_sm_resp:
            return MessageId{};
        case Command::submit_multi:
            return Multi{};
        case Command::submit_multi_resp:
            return MultiResp{};
        case Command::data_sm:
            return Data{};
        case Command::query_sm:
            return Query{};
        case Command::query_sm_resp:
            return QueryResp{};
        case Command::cancel_sm:
            return Cancel{};
        case Command::replace_sm:
            return Replace{};
        case Command::alert_notification:
            return Alert{};
        case Command::unbind:
        case Command::unbind_resp:
        case Command::enquire_link:
        case Command::enquire_link_resp:
        case Command::generic_nack:
        case Command::cancel_sm_resp:
        case Command::replace_sm_resp:
            return Empty{};
    }
    return std::nullopt;
}

bool is_response(Command command) { return (static_cast<std::uint32_t>(command) & 0x80000000U) != 0; }

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

}  // namespace

std::expected<std::size_t, Flaw> frame_size(std::string_view bytes) {
    if (bytes.size() < 4) return 0;
    const std::uint32_t size = number_at(bytes, 0);
    if (size < header_size) return std::unexpected(Flaw{status::invalid_command_length, "a PDU shorter than a header"});
    if (size > most_bytes) return std::unexpected(Flaw{status::invalid_command_length, "a PDU longer than any may be"});
    return size;
}

Header header_of(std::string_view frame) {
    if (frame.size() < header_size) return {};
    return {static_cast<Command>(number_at(frame, 4)), number_at(frame, 8), number_at(frame, 12)};
}

std::expected<Pdu, Flaw> decode(std::string_view frame) {
    if (frame.size() < header_size || number_at(frame, 0) != frame.size())
        return std::unexpected(Flaw{status::invalid_command_length, "the length is not the frame's"});
    Pdu out{header_of(frame), Empty{}};
    auto body = shape_of(out.header.command);
    if (!body) return std::unexpected(Flaw{status::invalid_command_id, "a command that SMPP does not know"});
    out.body = *body;
    Reader reader(frame.substr(header_size));
    // 4.x: a response that refuses may come without its body, and many send even others without.
    if (reader.at_end() && is_response(out.header.command)) return out;
    std::visit([&]<class B>(B& b) { fields(reader, b, std::type_identity<B>()); }, out.body);
    if (reader.has_bad_tlvs())
        return std::unexpected(Flaw{status::invalid_optional_part, "an optional parameter leaves the PDU"});
    if (reader.failed()) return std::unexpected(Flaw{status::invalid_command_length, "a field leaves the PDU"});
    // What is left behind a body without optional parameters is ignored: peers add some where none belong.
    return out;
}

bool encode(const Pdu& pdu, std::string& out) {
    const auto shape = shape_of(pdu.header.command);
    if (!shape || shape->index() != pdu.body.index()) return false;
    const std::size_t begin = out.size();
    Writer writer(out);
    writer.u32(0);
    writer.u32(static_cast<std::uint32_t>(pdu.header.command));
    writer.u32(pdu.header.status);
    writer.u32(pdu.header.sequence);
    std::visit([&]<class B>(const B& b) { fields(writer, b, std::type_identity<B>()); }, pdu.body);
    const std::size_t size = out.size() - begin;
    if (writer.failed() || size > most_bytes) {
        out.resize(begin);
        return false;
    }
    for (std::size_t i = 0; i < 4; ++i)
        out[begin + i] = static_cast<char>(size >> (24 - 8 * i) & 0xFF);
    return true;
}

bool append_destination(const Address& to, std::string& out) {
    Writer writer(out);
    writer.u8(1);
    address(writer, to);
    return !writer.failed();
}

std::optional<Destination> next_destination(std::string_view& rest) {
    if (rest.empty()) return std::nullopt;
    const char kind = rest[0];  // dest_flag: 1 an address, 2 a distribution list
    Destination out;
    Reader reader(rest.substr(1));
    if (kind == 1) {
        address(reader, out.address);
    } else if (kind == 2) {
        reader.text(out.list, list_size);
    }
    if (reader.failed() || (kind != 1 && kind != 2)) return std::nullopt;
    rest.remove_prefix(1 + (kind == 1 ? 2 + out.address.digits.size() : out.list.size()) + 1);
    return out;
}

std::optional<Failure> next_failure(std::string_view& rest) {
    Failure out;
    Reader reader(rest);
    address(reader, out.address);
    reader.u32(out.status);
    if (reader.failed()) return std::nullopt;
    rest.remove_prefix(2 + out.address.digits.size() + 1 + 4);
    return out;
}

std::optional<Command> response_to(Command command) {
    if (is_response(command) || command == Command::outbind || command == Command::alert_notification)
        return std::nullopt;
    return static_cast<Command>(static_cast<std::uint32_t>(command) | 0x80000000U);
}

std::string_view name(Command command) {
    static constexpr std::pair<Command, std::string_view> names[] = {
        {Command::bind_receiver, "bind_receiver"},
        {Command::bind_transmitter, "bind_transmitter"},
        {Command::query_sm, "query_sm"},
        {Command::submit_sm, "submit_sm"},
        {Command::deliver_sm, "deliver_sm"},
        {Command::unbind, "unbind"},
        {Command::replace_sm, "replace_sm"},
        {Command::cancel_sm, "cancel_sm"},
        {Command::bind_transceiver, "bind_transceiver"},
        {Command::outbind, "outbind"},
        {Command::enquire_link, "enquire_link"},
        {Command::submit_multi, "submit_multi"},
        {Command::alert_notification, "alert_notification"},
        {Command::data_sm, "data_sm"},
        {Command::generic_nack, "generic_nack"},
        {Command::bind_receiver_resp, "bind_receiver_resp"},
        {Command::bind_transmitter_resp, "bind_transmitter_resp"},
        {Command::query_sm_resp, "query_sm_resp"},
        {Command::submit_sm_resp, "submit_sm_resp"},
        {Command::deliver_sm_resp, "deliver_sm_resp"},
        {Command::unbind_resp, "unbind_resp"},
        {Command::replace_sm_resp, "replace_sm_resp"},
        {Command::cancel_sm_resp, "cancel_sm_resp"},
        {Command::bind_transceiver_resp, "bind_transceiver_resp"},
        {Command::enquire_link_resp, "enquire_link_resp"},
        {Command::submit_multi_resp, "submit_multi_resp"},
        {Command::data_sm_resp, "data_sm_resp"}};
    for (const auto& [number, text] : names) {
        if (number == command) return text;
    }
    return "unknown";
}

}  // namespace chapar::smpp
