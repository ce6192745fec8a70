#include "sms/smpp/receipt.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

#include "basic/hex.hpp"
#include "sms_text/plan.hpp"

namespace chapar::sms {
namespace {

struct State {
    std::string_view name;
    Fate fate;
    bool is_known = true;
};
// 5.2.28, by number from 1. ACCEPTED and ENROUTE are stations; UNKNOWN says that the SMSC has lost it.
constexpr State by_number[] = {{"ENROUTE", Fate::under_way}, {"DELIVRD", Fate::delivered}, {"EXPIRED", Fate::failed},
                               {"DELETED", Fate::failed},    {"UNDELIV", Fate::failed},    {"ACCEPTD", Fate::under_way},
                               {"UNKNOWN", Fate::failed},    {"REJECTD", Fate::failed}};
// Other words that SMSCs write.
constexpr State by_name[] = {
    {"DELIVERED", Fate::delivered},  {"ACCEPTED", Fate::under_way}, {"EN_ROUTE", Fate::under_way},
    {"UNDELIVERABLE", Fate::failed}, {"UNDELIVERED", Fate::failed}, {"FAILED", Fate::failed},
    {"REJECTED", Fate::failed},      {"BLOCKED", Fate::failed},     {"SCHEDULED", Fate::under_way},
    {"BUFFERED", Fate::under_way},   {"SENT", Fate::under_way}};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string upper(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    return out;
}

constexpr bool is_alnum(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

constexpr std::string_view value_ends(" \t\r\n,;|\0", 8);

/// Keys as SMSCs write them; the first is that of Appendix B.
constexpr std::string_view id_keys[] = {"id", "msgid", "messageid"}, state_keys[] = {"stat", "status", "state"},
                           error_keys[] = {"err", "error", "errcode"},
                           done_keys[] = {"done date", "donedate", "done_date"};

/// What stands behind "key:" or "key=" at `at`, where a word begins; nullopt: no key is there.
std::optional<std::string_view> behind_key(std::string_view text, std::size_t at, std::string_view key) {
    if (text.size() - at <= key.size() || !std::ranges::equal(text.substr(at, key.size()), key, {}, lower))
        return std::nullopt;
    auto rest = text.substr(at + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!rest.starts_with(':') && !rest.starts_with('=')) return std::nullopt;
    return rest.substr(1);
}

bool begins_with_a_key(std::string_view text) {
    for (const std::span<const std::string_view> keys :
         {std::span<const std::string_view>(id_keys), {state_keys}, {error_keys}, {done_keys}})
        for (const auto key : keys)
            if (behind_key(text, 0, key)) return true;
    return text.starts_with("text:") || text.starts_with("Text:") || text.starts_with("sub:") ||
           text.starts_with("dlvrd:") || text.starts_with("submit date:");
}

/// The value of the first of the keys in the text form; in any case and order, whatever stands between the fields.
std::string_view field(std::string_view text, std::span<const std::string_view> keys) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at != 0 && is_alnum(text[at - 1])) continue;
        const char first = lower(text[at]);
        for (const auto key : keys) {
            if (key.front() != first) continue;
            auto value = behind_key(text, at, key);
            if (!value) continue;
            value->remove_prefix(std::min(value->find_first_not_of(" \""), value->size()));
            if (begins_with_a_key(*value)) return {};  // the next key: this one is empty
            value = value->substr(0, value->find_first_of(value_ends));
            while (value->ends_with('"') || value->ends_with('.'))
                value->remove_suffix(1);
            return value->ends_with(':') || value->ends_with('=') ? std::string_view() : *value;
        }
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
    return {word, Fate::under_way, false};
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

constexpr std::uint8_t esm_kind = 0x3C, esm_header = 0x40;

/// Behind the user data header, where esm_class says that there is one (GSM 03.40, 9.2.3.24).
std::string_view without_header(const smpp::Short& pdu, std::string_view text) {
    if ((pdu.esm_class & esm_header) == 0 || text.empty()) return text;
    const std::size_t size = static_cast<std::uint8_t>(text.front()) + std::size_t{1};
    return size <= text.size() ? text.substr(size) : text;
}

/// Sixteen bits a character, whatever data_coding says: every other octet of ASCII is zero.
bool looks_like_ucs2(std::string_view text) {
    return text.size() >= 4 && text.size() % 2 == 0 && text[0] == '\0' && text[1] != '\0' && text[2] == '\0';
}

/// The text form, wherever it stands and however it is coded: the first reading that names a state and an id.
std::string receipt_text(const smpp::Short& pdu) {
    const auto payload = pdu.tlvs.find(smpp::tag::message_payload);
    std::string best;
    for (const auto whole : {pdu.message, payload.value_or(std::string_view())}) {
        for (const auto octets : {without_header(pdu, whole), whole}) {
            const bool is_ucs2 = (pdu.data_coding & 0x0C) == 0x08 || looks_like_ucs2(octets);
            for (const bool decoded : {true, false}) {
                if (decoded && !is_ucs2) continue;
                auto text = decoded ? text_of(octets, Encoding::ucs2) : std::string(octets);
                const bool has_id = !field(text, id_keys).empty(), has_state = !field(text, state_keys).empty();
                if (has_id && has_state) return text;
                if (best.empty() && (has_id || has_state)) best = std::move(text);
            }
        }
    }
    return best;
}

}  // namespace

bool is_marked_receipt(const smpp::Short& pdu) {
    constexpr std::uint8_t receipt = 0x04, intermediate = 0x20;
    return (pdu.esm_class & esm_kind) == receipt || (pdu.esm_class & esm_kind) == intermediate;
}

std::string printable_text(const smpp::Short& pdu) {
    constexpr std::size_t longest = 200;
    const auto payload = pdu.tlvs.find(smpp::tag::message_payload);
    std::string out;
    for (const char c : pdu.message.empty() && payload ? *payload : pdu.message) {
        if (out.size() + 4 > longest) break;
        if (c >= 0x20 && c < 0x7F) {
            out += c;
        } else {
            out += "\\x";
            basic::append_hex(out, c, basic::upper_hex);
        }
    }
    return out;
}

std::optional<Receipt> read_receipt(const smpp::Short& pdu) {
    const auto state_tlv = pdu.tlvs.number(smpp::tag::message_state);
    const auto id_tlv = pdu.tlvs.text(smpp::tag::receipted_message_id);
    if (!is_marked_receipt(pdu) && id_tlv.empty()) return std::nullopt;
    const std::string text = receipt_text(pdu);
    Receipt out;
    out.id = id_tlv.empty() ? field(text, id_keys) : id_tlv;
    const std::string word = upper(field(text, state_keys)).substr(0, 20);
    State state = state_named(word);  // its name may be the word
    out.is_understood = state.is_known;
    out.state = std::string(state.name);
    if (state_tlv && *state_tlv >= 1 && *state_tlv <= std::size(by_number)) {
        state = by_number[*state_tlv - 1];
        out.state = std::string(state.name);
        out.is_understood = true;
    }
    out.fate = state.fate;
    out.error = field(text, error_keys).substr(0, 20);
    out.done = field(text, done_keys).substr(0, 20);
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
