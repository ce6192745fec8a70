#include "sms/smpp/inbound.hpp"

#include <algorithm>
#include <utility>

#include "sms_text/plan.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::seconds part_wait = 60s, ack_wait = 1s;
constexpr std::size_t most_gathering = 1'000, most_parts = 20;

/// What a part says of the whole.
struct Header {
    std::uint16_t reference = 0;
    std::uint8_t total = 1, number = 1;
    Tables tables;
    std::string_view text;  // behind the header
};

std::uint8_t octet(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

Language language(std::uint8_t number) {
    switch (number) {
        case 1:
            return Language::turkish;
        case 2:
            return Language::spanish;
        case 3:
            return Language::portuguese;
        case 13:
            return Language::urdu;
        default:
            return Language::standard;
    }
}

/// TS 23.040, 9.2.3.24: elements of the header; unknown ones are passed over.
void read_elements(std::string_view elements, Header& out) {
    while (elements.size() >= 2) {
        const std::size_t size = octet(elements, 1);
        if (elements.size() - 2 < size) return;
        const auto value = elements.substr(2, size);
        switch (octet(elements, 0)) {
            case 0x00:
                if (size == 3)
                    out.reference = octet(value, 0), out.total = octet(value, 1), out.number = octet(value, 2);
                break;
            case 0x08:
                if (size == 4) {
                    out.reference = static_cast<std::uint16_t>(octet(value, 0) << 8 | octet(value, 1));
                    out.total = octet(value, 2), out.number = octet(value, 3);
                }
                break;
            case 0x24:
                if (size == 1) out.tables.single = language(octet(value, 0));
                break;
            case 0x25:
                if (size == 1) out.tables.locking = language(octet(value, 0));
                break;
            default:
                break;
        }
        elements.remove_prefix(2 + size);
    }
}

Header read_header(const smpp::Short& pdu) {
    Header out;
    const auto payload = pdu.tlvs.find(smpp::tag::message_payload);
    out.text = pdu.message.empty() && payload ? *payload : pdu.message;
    if ((pdu.esm_class & 0x40) != 0 && !out.text.empty()) {
        const std::size_t size = octet(out.text, 0);
        if (size + 1 <= out.text.size()) {
            read_elements(out.text.substr(1, size), out);
            out.text.remove_prefix(size + 1);
        }
    }
    const auto total = pdu.tlvs.number(smpp::tag::sar_total_segments);
    const auto number = pdu.tlvs.number(smpp::tag::sar_segment_seqnum);
    if (total && number) {
        out.reference = static_cast<std::uint16_t>(pdu.tlvs.number(smpp::tag::sar_msg_ref_num).value_or(0));
        out.total = static_cast<std::uint8_t>(*total), out.number = static_cast<std::uint8_t>(*number);
    }
    return out;
}

/// data_coding, 5.2.19 and TS 23.038, 4.
Encoding encoding_of(std::uint8_t coding, Encoding alphabet) {
    if (coding == 0x00) return alphabet;
    if (coding == 0x08 || (coding & 0xEC) == 0x08 || (coding & 0xFC) == 0x18) return Encoding::ucs2;
    return coding == 0x03 || coding == 0x01 ? Encoding::latin1 : Encoding::gsm7;
}

std::string escaped_length(std::string_view text) { return std::to_string(text.size()) + ':' + std::string(text); }

}  // namespace

std::optional<Mo> Inbound::take(const smpp::Short& pdu, Ack ack, Time now) {
    const Header header = read_header(pdu);
    const Encoding encoding = encoding_of(pdu.data_coding, alphabet_);
    const std::string from(pdu.source.digits), to(pdu.destination.digits);
    if (header.total <= 1 || header.number == 0 || header.number > header.total || header.total > most_parts) {
        return Mo{from, to, text_of(header.text, encoding, header.tables), {ack}, true, {}};
    }
    const std::string key =
        from + '/' + to + '/' + std::to_string(header.reference) + '/' + std::to_string(header.total);
    auto [at, is_new] = gathering_.try_emplace(key);
    Gathering& held = at->second;
    if (is_new) {
        held.parts.resize(header.total);
        held.from = from, held.to = to;
        held.until = now + part_wait;
        order_.push_back(key);
    }
    held.acks.push_back(ack);
    held.ack_by = now + ack_wait;
    ++held.taken;
    held.parts[header.number - 1u] = Part{std::string(header.text), encoding, header.tables};
    const bool whole = std::ranges::all_of(held.parts, [](const auto& part) { return part.has_value(); });
    if (!whole && held.taken <= 2 * most_parts) return std::nullopt;
    Mo out = together(key, std::move(held));
    gathering_.erase(at);
    return out;
}

bool Inbound::Part::is_alike(const Part& other) const {
    return encoding == other.encoding && tables.single == other.tables.single && tables.locking == other.tables.locking;
}

Mo Inbound::together(const std::string& key, Gathering held) {
    Mo out{held.from, held.to, {}, std::move(held.acks), true, {}};
    for (std::size_t i = 0; i < held.parts.size();) {
        if (!held.parts[i]) {
            out.complete = false;
            out.text += "…";
            ++i;
            continue;
        }
        const Part& first = *held.parts[i];
        std::string octets;
        for (; i < held.parts.size() && held.parts[i] && held.parts[i]->is_alike(first); ++i)
            octets += held.parts[i]->octets;
        out.text += text_of(octets, first.encoding, first.tables);
    }
    out.reference = key + '/' + escaped_length(out.text);
    return out;
}

std::vector<Ack> Inbound::due_acks(Time now) {
    std::vector<Ack> out;
    for (auto& [key, held] : gathering_) {
        if (held.ack_by > now || held.acks.empty()) continue;
        out.insert(out.end(), held.acks.begin(), held.acks.end());
        held.acks.clear();
    }
    return out;
}

std::vector<Mo> Inbound::overdue(Time now) {
    std::vector<Mo> out;
    while (!order_.empty()) {
        const auto found = gathering_.find(order_.front());
        if (found != gathering_.end()) {
            if (found->second.until > now && gathering_.size() <= most_gathering) break;
            out.push_back(together(found->first, std::move(found->second)));
            gathering_.erase(found);
        }
        order_.pop_front();
    }
    return out;
}

}  // namespace chapar::sms
