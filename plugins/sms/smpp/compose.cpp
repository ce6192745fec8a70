#include "sms/smpp/compose.hpp"

#include <algorithm>
#include <chrono>

#include "sms/pdu/tlv.hpp"

namespace chapar::sms {
namespace {

// 5.2.3 and 5.2.4
constexpr std::uint8_t ton_unknown = 0, ton_international = 1, ton_network = 3, ton_name = 5, npi_unknown = 0,
                       npi_isdn = 1;
// 5.2.12
constexpr std::uint8_t esm_has_header = 0x40;
constexpr std::size_t most_name = 11;

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_allowed(std::string_view source, const std::vector<std::string>& allowed) {
    return std::ranges::any_of(allowed, [&](const std::string& pattern) {
        if (pattern.ends_with('*')) return source.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
        return source == pattern;
    });
}

/// 7.1.1: an absolute time, UTC.
std::string absolute_time(std::int64_t ms) {
    if (ms <= 0) return {};
    const auto at = std::chrono::floor<std::chrono::seconds>(
        std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(ms)));
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    std::string out;
    const auto two = [&](auto number) {
        out.push_back(static_cast<char>('0' + number / 10 % 10));
        out.push_back(static_cast<char>('0' + number % 10));
    };
    two(static_cast<int>(date.year()) % 100);
    two(static_cast<unsigned>(date.month()));
    two(static_cast<unsigned>(date.day()));
    two(time.hours().count());
    two(time.minutes().count());
    two(time.seconds().count());
    return out + "000+";
}

/// data_coding, 5.2.19; with class 0 (flash) in the form of TS 23.038, 4.
std::uint8_t data_coding(Encoding encoding, bool flash, const Settings& settings) {
    switch (encoding) {
        case Encoding::gsm7:
            return flash ? 0x10 : settings.gsm7_coding;
        case Encoding::ucs2:
            return flash ? 0x18 : 0x08;
        case Encoding::latin1:
            return 0x03;
    }
    return 0;
}

std::string concatenation_element(Concatenation how, std::uint16_t reference, std::size_t parts, std::size_t number) {
    const char total = static_cast<char>(parts), part = static_cast<char>(number);
    const char low = static_cast<char>(reference & 0xFF), high = static_cast<char>(reference >> 8);
    if (how == Concatenation::udh8) return {0x00, 3, low, total, part};
    return {0x08, 4, high, low, total, part};
}

class Composer {
  public:
    Composer(const Message& message, const Settings& settings, References& references)
        : message_(message), settings_(settings), references_(references) {}

    std::expected<Composed, Refusal> run() {
        if (auto refused = addresses(); !refused.sentence.empty()) return std::unexpected(std::move(refused));
        const auto text = message_.content("text");
        if (text.empty()) return refuse("the message has no text");
        const Plan what = plan(text, settings_.text);
        if (what.parts.size() > most_segments) return refuse("the text takes more than 255 segments");
        common(what);
        return settings_.text.concatenation == Concatenation::payload && what.parts.size() > 1 ? as_payload(what)
                                                                                               : as_parts(what);
    }

  private:
    static std::unexpected<Refusal> refuse(std::string sentence, Blame blame = Blame::message) {
        return std::unexpected(Refusal{blame, std::move(sentence)});
    }

    Refusal addresses() {
        std::string_view to = message_.address();
        if (to.starts_with('+')) to.remove_prefix(1);
        if (!is_digits(to) || to.size() > 20) return {Blame::recipient, "the address is no number in E.164"};
        out_.recipient = to;
        body_.destination = {settings_.dest_ton.value_or(ton_international), settings_.dest_npi.value_or(npi_isdn),
                             out_.recipient};
        std::string_view from = message_.content("from");
        out_.own_source = !from.empty() && from != settings_.source;
        if (out_.own_source && !is_allowed(from, settings_.source_allowed))
            return {Blame::message, "the sender " + std::string(from) + " is not in source_allowed of the route"};
        if (from.empty()) from = settings_.source;
        body_.source = source_address(from, settings_);
        if (body_.source.digits.size() > (body_.source.ton == ton_name ? most_name : 20))
            return {Blame::message, "the sender " + std::string(from) + " is too long"};
        return {};
    }

    void common(const Plan& what) {
        body_.service_type = settings_.service_type;
        const auto priority = settings_.priority.find(message_.class_name());
        if (priority != settings_.priority.end()) body_.priority = priority->second;
        const bool flash =
            std::ranges::find(settings_.flash_classes, message_.class_name()) != settings_.flash_classes.end();
        body_.data_coding = data_coding(what.encoding, flash, settings_);
        body_.registered_delivery = static_cast<std::uint8_t>(settings_.receipts);
        if (settings_.validity) validity_ = absolute_time(message_.expires_at_ms());
        body_.validity = validity_;
    }

    std::expected<Composed, Refusal> as_parts(const Plan& what) {
        const std::size_t parts = what.parts.size();
        if (parts > 1) ++references_.concatenation;
        const bool by_header = settings_.text.concatenation != Concatenation::sar;
        for (std::size_t number = 1; number <= parts; ++number) {
            std::string elements = shift_elements(what.tables), tlvs;
            if (parts > 1 && by_header)
                elements +=
                    concatenation_element(settings_.text.concatenation, references_.concatenation, parts, number);
            if (parts > 1 && !by_header) {
                smpp::append_tlv_u16(smpp::tag::sar_msg_ref_num, references_.concatenation, tlvs);
                smpp::append_tlv_u8(smpp::tag::sar_total_segments, static_cast<std::uint8_t>(parts), tlvs);
                smpp::append_tlv_u8(smpp::tag::sar_segment_seqnum, static_cast<std::uint8_t>(number), tlvs);
            }
            std::string text;
            if (!elements.empty()) text.append(1, static_cast<char>(elements.size())).append(elements);
            const auto coded = octets(what.parts[number - 1], what.encoding, what.tables);
            const bool packs = settings_.packed && what.encoding == Encoding::gsm7;
            text += packs ? pack(coded, text.size()) : coded;
            body_.esm_class = elements.empty() ? 0 : esm_has_header;
            body_.message = text;
            if (!add(tlvs)) return refuse("a segment is longer than SMPP allows");
        }
        return std::move(out_);
    }

    /// The SMSC cuts the text itself.
    std::expected<Composed, Refusal> as_payload(const Plan& what) {
        std::string text, tlvs;
        const auto elements = shift_elements(what.tables);
        if (!elements.empty()) text.append(1, static_cast<char>(elements.size())).append(elements);
        text += octets(what.text, what.encoding, what.tables);
        body_.esm_class = elements.empty() ? 0 : esm_has_header;
        if (!smpp::append_tlv(smpp::tag::message_payload, text, tlvs) || !add(tlvs))
            return refuse("the text is longer than SMPP allows");
        return std::move(out_);
    }

    bool add(std::string& tlvs) {
        if (settings_.user_message_reference) {
            smpp::append_tlv_u16(smpp::tag::user_message_reference, ++references_.user, tlvs);
            out_.references.push_back(references_.user);
        }
        tlvs += settings_.tlvs;
        std::string frame;
        const bool written = settings_.by_data_sm ? encode_data(tlvs, frame) : encode_short(tlvs, frame);
        if (written) out_.frames.push_back(std::move(frame));
        return written;
    }

    bool encode_short(const std::string& tlvs, std::string& frame) {
        const auto parsed = smpp::Tlvs::parse(tlvs);
        if (!parsed) return false;
        body_.tlvs = *parsed;
        return smpp::encode({{smpp::Command::submit_sm, 0, 0}, body_}, frame);
    }

    /// 4.7.1: the text and how long it may wait are optional parameters there, a priority has no place.
    bool encode_data(std::string& tlvs, std::string& frame) {
        if (!body_.message.empty() && !smpp::append_tlv(smpp::tag::message_payload, body_.message, tlvs)) return false;
        if (const auto left = message_.expires_at_ms() - now_ms(); settings_.validity && left > 0) {
            const auto seconds = std::clamp<std::int64_t>(left / 1000, 1, UINT32_MAX);
            smpp::append_tlv_u32(smpp::tag::qos_time_to_live, static_cast<std::uint32_t>(seconds), tlvs);
        }
        const auto parsed = smpp::Tlvs::parse(tlvs);
        if (!parsed) return false;
        const smpp::Data data{
            body_.service_type, body_.source, body_.destination, body_.esm_class, body_.registered_delivery,
            body_.data_coding,  *parsed};
        return smpp::encode({{smpp::Command::data_sm, 0, 0}, data}, frame);
    }

    static std::int64_t now_ms() {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    }

    const Message& message_;
    const Settings& settings_;
    References& references_;
    smpp::Short body_;
    std::string validity_;
    Composed out_;
};

}  // namespace

smpp::Address source_address(std::string_view source, const Settings& settings) {
    smpp::Address out{ton_name, npi_unknown, source};
    if (source.starts_with('+') && is_digits(source.substr(1))) {
        out = {ton_international, npi_isdn, source.substr(1)};
    } else if (is_digits(source)) {
        out = {ton_network, npi_unknown, source};
    } else if (source.empty()) {
        out = {ton_unknown, npi_unknown, source};
    }
    out.ton = settings.source_ton.value_or(out.ton);
    out.npi = settings.source_npi.value_or(out.npi);
    return out;
}

std::expected<Composed, Refusal> compose(const Message& message, const Settings& settings, References& references) {
    return Composer(message, settings, references).run();
}

void set_sequence(std::string& frame, std::uint32_t sequence) {
    for (std::size_t i = 0; i < 4; ++i)
        frame[12 + i] = static_cast<char>(sequence >> (24 - 8 * i) & 0xFF);
}

}  // namespace chapar::sms
