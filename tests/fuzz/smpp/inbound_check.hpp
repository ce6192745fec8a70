#pragma once
// What must hold for any bytes that an SMSC may deliver. The fuzzer and the unit test that reruns the corpus share it.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sms/smpp/inbound.hpp"
#include "sms/smpp/receipt.hpp"

namespace chapar::sms::fuzz {

inline bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t more = lead < 0x80   ? 0
                                 : lead < 0xC2 ? 9
                                 : lead < 0xE0 ? 1
                                 : lead < 0xF0 ? 2
                                 : lead < 0xF5 ? 3
                                               : 9;
        if (more == 9 || text.size() - at <= more) return false;
        for (std::size_t i = 1; i <= more; ++i)
            if ((static_cast<unsigned char>(text[at + i]) & 0xC0) != 0x80) return false;
        at += more + 1;
    }
    return true;
}

/// The first two octets are esm_class and data_coding, the third cuts the message from its parameters.
inline smpp::Short short_of(std::string_view bytes) {
    smpp::Short out;
    out.esm_class = static_cast<std::uint8_t>(bytes[0]);
    out.data_coding = static_cast<std::uint8_t>(bytes[1]);
    const auto size = std::min<std::size_t>(static_cast<unsigned char>(bytes[2]), bytes.size() - 3);
    out.message = bytes.substr(3, size);
    out.tlvs = smpp::Tlvs::parse(bytes.substr(3 + size)).value_or(smpp::Tlvs());
    out.source.digits = "989121234567";
    out.destination.digits = "3000";
    return out;
}

/// As a receipt: it names something, and its words are short. Otherwise: what does not hold.
inline std::string_view check_receipt(const smpp::Short& pdu) {
    const auto receipt = read_receipt(pdu);
    if (!receipt) return "";
    if (receipt->id.empty() && !receipt->reference) return "a receipt that names nothing";
    if (receipt->state.size() > 20 || receipt->error.size() > 20 || receipt->done.size() > 20) return "a long word";
    for (const auto form : {IdForm::automatic, IdForm::same, IdForm::decimal, IdForm::hex}) {
        const auto forms = id_forms(receipt->id, form);
        if (forms.exact > forms.ids.size()) return "more exact forms than forms";
    }
    return "";
}

/// Also as a message from a person: its text is UTF-8, and no more is gathered than the limits say.
inline std::string_view check_delivered(std::string_view bytes, Inbound& inbound, Inbound::Time now) {
    if (bytes.size() < 3) return "";
    const auto pdu = short_of(bytes);
    if (const auto wrong = check_receipt(pdu); !wrong.empty()) return wrong;
    const auto mo = inbound.take(pdu, {}, now);
    if (mo && !is_utf8(mo->text)) return "a text that is not UTF-8";
    if (mo) (void)inbound.hear(mo->text);
    inbound.due_acks(now);
    for (const auto& late : inbound.overdue(now))
        if (!is_utf8(late.text)) return "a late text that is not UTF-8";
    return inbound.gathering() > 1'000 ? "too much is gathered" : "";
}

}  // namespace chapar::sms::fuzz
