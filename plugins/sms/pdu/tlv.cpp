#include "sms/pdu/tlv.hpp"

namespace chapar::smpp {
namespace {

std::uint8_t octet(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t u16(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(octet(bytes, at) << 8 | octet(bytes, at + 1));
}
void put16(std::uint16_t value, std::string& out) {
    out.push_back(static_cast<char>(value >> 8));
    out.push_back(static_cast<char>(value & 0xFF));
}

}  // namespace

std::optional<Tlvs> Tlvs::parse(std::string_view bytes) {
    std::string_view rest = bytes;
    while (next(rest)) {
    }
    if (!rest.empty()) return std::nullopt;
    return Tlvs(bytes);
}

std::optional<Tlv> Tlvs::next(std::string_view& rest) {
    if (rest.size() < 4) return std::nullopt;
    const std::size_t size = u16(rest, 2);
    if (rest.size() - 4 < size) return std::nullopt;
    const Tlv out{u16(rest, 0), rest.substr(4, size)};
    rest.remove_prefix(4 + size);
    return out;
}

std::optional<std::string_view> Tlvs::find(std::uint16_t wanted) const {
    std::string_view rest = bytes_;
    while (const auto each = next(rest)) {
        if (each->tag == wanted) return each->value;
    }
    return std::nullopt;
}

std::optional<std::uint32_t> Tlvs::number(std::uint16_t wanted) const {
    const auto value = find(wanted);
    if (!value || value->empty() || value->size() > 4) return std::nullopt;
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < value->size(); ++i)
        out = out << 8 | octet(*value, i);
    return out;
}

std::string_view Tlvs::text(std::uint16_t wanted) const {
    const auto value = find(wanted).value_or(std::string_view());
    return value.substr(0, value.find('\0'));
}

bool append_tlv(std::uint16_t tag, std::string_view value, std::string& out) {
    if (value.size() > 0xFFFF) return false;
    put16(tag, out);
    put16(static_cast<std::uint16_t>(value.size()), out);
    out.append(value);
    return true;
}

void append_tlv_u8(std::uint16_t tag, std::uint8_t value, std::string& out) {
    const char octet = static_cast<char>(value);
    append_tlv(tag, {&octet, 1}, out);
}

void append_tlv_u16(std::uint16_t tag, std::uint16_t value, std::string& out) {
    put16(tag, out);
    put16(2, out);
    put16(value, out);
}

void append_tlv_u32(std::uint16_t tag, std::uint32_t value, std::string& out) {
    put16(tag, out);
    put16(4, out);
    put16(static_cast<std::uint16_t>(value >> 16), out);
    put16(static_cast<std::uint16_t>(value & 0xFFFF), out);
}

}  // namespace chapar::smpp
