#include "sms/smpp/receipt.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chapar::sms {
namespace {

struct State {
    std::string_view name;
    Fate fate;
};
// 5.2.28, by number from 1. ACCEPTED and ENROUTE are stations; UNKNOWN says that the SMSC has lost it.
constexpr State by_number[] = {{"ENROUTE", Fate::under_way}, {"DELIVRD", Fate::delivered}, {"EXPIRED", Fate::failed},
                               {"DELETED", Fate::failed},    {"UNDELIV", Fate::failed},    {"ACCEPTD", Fate::under_way},
                               {"UNKNOWN", Fate::failed},    {"REJECTD", Fate::failed}};
// Other words that SMSCs write.
constexpr State by_name[] = {
    {"DELIVERED", Fate::delivered}, {"UNDELIVERABLE", Fate::failed}, {"UNDELIVERED", Fate::failed},
    {"FAILED", Fate::failed},       {"REJECTED", Fate::failed},      {"BLOCKED", Fate::failed},
    {"SCHEDULED", Fate::under_way}, {"BUFFERED", Fate::under_way},   {"SENT", Fate::under_way}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

/// The value behind "key:" in the text form, up to the next blank; keys in any case and order.
std::string_view field(std::string_view text, std::string_view key) {
    for (std::size_t at = 0; at + key.size() < text.size(); ++at) {
        const bool begins = at == 0 || text[at - 1] == ' ';
        const auto here = text.substr(at, key.size());
        const bool same = std::ranges::equal(here, key, {}, lower);
        if (!begins || !same || text[at + key.size()] != ':') continue;
        auto value = text.substr(at + key.size() + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        value = value.substr(0, value.find_first_of(std::string_view(" \0\r\n", 4)));
        return value.ends_with(':') ? std::string_view() : value;  // the next key: this one is empty
    }
    return {};
}

State state_named(std::string_view word) {
    for (const State& state : by_number) {
        if (state.name == word) return state;
    }
    for (const State& state : by_name) {
        if (state.name == word) return state;
    }
    return {word, Fate::under_way};
}

bool all(std::string_view text, std::string_view of) { return text.find_first_not_of(of) == std::string_view::npos; }

std::optional<std::string> rebased(const std::string& id, int from, int to) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value, from);
    if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, value, to);
    return std::string(digits, written.ptr);
}

void read_network_error(const smpp::Tlvs& tlvs, Receipt& out) {
    const auto value = tlvs.find(smpp::tag::network_error_code);
    if (!value || value->size() != 3) return;
    const auto* octets = reinterpret_cast<const std::uint8_t*>(value->data());
    out.error = std::to_string(octets[1] << 8 | octets[2]);
}

}  // namespace

std::optional<Receipt> read_receipt(const smpp::Short& pdu) {
    constexpr std::uint8_t kind = 0x3C, receipt = 0x04, intermediate = 0x20;
    const bool is_receipt = (pdu.esm_class & kind) == receipt || (pdu.esm_class & kind) == intermediate;
    const auto state_tlv = pdu.tlvs.number(smpp::tag::message_state);
    const auto id_tlv = pdu.tlvs.text(smpp::tag::receipted_message_id);
    if (!is_receipt && id_tlv.empty()) return std::nullopt;
    const auto payload = pdu.tlvs.find(smpp::tag::message_payload);
    const std::string_view text = pdu.message.empty() && payload ? *payload : pdu.message;
    Receipt out;
    out.id = id_tlv.empty() ? field(text, "id") : id_tlv;
    const std::string word = upper(field(text, "stat")).substr(0, 20);
    State state = state_named(word);  // its name may be the word
    out.state = std::string(state.name);
    if (state_tlv && *state_tlv >= 1 && *state_tlv <= std::size(by_number)) {
        state = by_number[*state_tlv - 1];
        out.state = std::string(state.name);
    }
    out.fate = state.fate;
    out.error = field(text, "err").substr(0, 20);
    out.done = field(text, "done date").substr(0, 20);
    read_network_error(pdu.tlvs, out);
    if (const auto reference = pdu.tlvs.number(smpp::tag::user_message_reference))
        out.reference = static_cast<std::uint16_t>(*reference);
    out.recipient = std::string(pdu.source.digits);
    if (out.id.empty() && !out.reference) return std::nullopt;
    return out;
}

std::string normal_id(std::string_view id) {
    std::string out;
    for (const char c : id)
        if (c != ' ' && c != '\0') out.push_back(lower(c));
    const auto first = out.find_first_not_of('0');
    return first == std::string::npos ? (out.empty() ? "" : "0") : out.substr(first);
}

IdForms id_forms(std::string_view id, IdForm form) {
    const std::string plain = normal_id(id);
    IdForms out{{}, 1};
    const auto add = [&](std::optional<std::string> other) {
        if (other && std::ranges::find(out.ids, *other) == out.ids.end()) out.ids.push_back(std::move(*other));
    };
    const bool decimal = !plain.empty() && all(plain, "0123456789");
    const bool hex = !plain.empty() && all(plain, "0123456789abcdef");
    switch (form) {
        case IdForm::same:
            add(plain);
            break;
        case IdForm::decimal:  // the receipt writes decimal what the answer wrote hexadecimal
            add(decimal ? rebased(plain, 10, 16) : std::optional(plain));
            break;
        case IdForm::hex:
            add(hex ? rebased(plain, 16, 10) : std::optional(plain));
            break;
        case IdForm::automatic:
            add(plain);
            if (decimal) add(rebased(plain, 10, 16));
            if (hex) add(rebased(plain, 16, 10));
            break;
    }
    if (out.ids.empty()) out.ids.push_back(plain);
    return out;
}

}  // namespace chapar::sms
