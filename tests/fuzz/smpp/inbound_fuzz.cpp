// Any bytes as the deliver_sm of an SMSC: receipts and messages from people are read within bounds, what comes of them
// is text, and no more is gathered than the limits say.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sms/smpp/inbound.hpp"
#include "sms/smpp/receipt.hpp"

namespace {

using namespace chapar;

bool is_utf8(std::string_view text) {
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
smpp::Short short_of(std::string_view bytes) {
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chapar::sms;
    static Inbound inbound({"stop"});
    static Inbound::Time now{std::chrono::hours(1)};
    if (size < 3) return 0;
    const auto pdu = short_of({reinterpret_cast<const char*>(data), size});
    if (const auto receipt = read_receipt(pdu)) {
        const bool names = !receipt->id.empty() || receipt->reference;
        if (!names || receipt->state.size() > 20 || receipt->error.size() > 20 || receipt->done.size() > 20)
            __builtin_trap();
        for (const auto form : {IdForm::automatic, IdForm::same, IdForm::decimal, IdForm::hex}) {
            const auto forms = id_forms(receipt->id, form);
            if (forms.exact > forms.ids.size()) __builtin_trap();
        }
    }
    now += std::chrono::seconds(1);
    const auto mo = inbound.take(pdu, {}, now);
    if (mo && !is_utf8(mo->text)) __builtin_trap();
    if (mo) inbound.is_stop_word(mo->text);
    inbound.due_acks(now);
    for (const auto& late : inbound.overdue(now))
        if (!is_utf8(late.text)) __builtin_trap();
    if (inbound.gathering() > 1'000) __builtin_trap();
    return 0;
}
