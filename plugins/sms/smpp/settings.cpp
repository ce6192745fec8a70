#include "sms/smpp/settings.hpp"

#include "basic/hex.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "sms/pdu/tlv.hpp"

namespace chapar::sms {
namespace {

[[noreturn]] void bad(std::string_view key, std::string_view expected) {
    throw BadConfig("the setting '" + std::string(key) + "' must be " + std::string(expected));
}

int in_range(const Config& config, std::string_view key, std::int64_t otherwise, std::int64_t lowest,
             std::int64_t highest) {
    const auto value = config.integer(key, otherwise);
    if (value < lowest || value > highest) bad(key, std::to_string(lowest) + " to " + std::to_string(highest));
    return static_cast<int>(value);
}

std::optional<std::uint8_t> octet(const Config& config, std::string_view key) {
    if (!config.has(key)) return std::nullopt;
    return static_cast<std::uint8_t>(in_range(config, key, 0, 0, 255));
}

std::chrono::milliseconds wait(const Config& config, std::string_view key, std::chrono::milliseconds otherwise) {
    const auto value = config.duration(key, otherwise);
    if (value.count() < 1) bad(key, "longer than nothing");
    return value;
}

template <class Value>
Value choice(const Config& config, std::string_view key, std::string_view otherwise,
             std::initializer_list<std::pair<std::string_view, Value>> choices) {
    const auto given = config.string(key, otherwise);
    std::string names;
    for (const auto& [name, value] : choices) {
        if (name == given) return value;
        names.append(names.empty() ? "" : ", ").append(name);
    }
    bad(key, "one of " + names);
}

std::string text(const Config& config, std::string_view key, std::size_t most) {
    auto value = config.string(key, "");
    if (value.size() > most || value.find('\0') != std::string::npos)
        bad(key, "at most " + std::to_string(most) + " characters");
    return value;
}

/// "name=rest" in two.
std::pair<std::string_view, std::string_view> halves(std::string_view key, std::string_view entry) {
    const auto at = entry.find('=');
    if (at == std::string_view::npos || at == 0) bad(key, "a list of \"NAME=VALUE\"");
    return {entry.substr(0, at), entry.substr(at + 1)};
}

std::uint32_t number(std::string_view key, std::string_view digits, std::uint32_t most) {
    const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
    if (hex) digits.remove_prefix(2);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size() || value > most)
        bad(key, "a list whose numbers are 0 to " + std::to_string(most) + ", decimal or 0x");
    return value;
}

void read_priorities(const Config& config, Settings& out) {
    for (const auto& entry : config.strings("priority")) {
        const auto [name, value] = halves("priority", entry);
        out.priority[std::string(name)] = static_cast<std::uint8_t>(number("priority", value, 3));
    }
}

std::string from_hex(std::string_view digits) {
    std::string out;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        const int high = basic::hex_value(digits[i]), low = basic::hex_value(digits[i + 1]);
        if (high < 0 || low < 0) bad("tlvs", "hex digits after hex:");
        out.push_back(static_cast<char>(high * 16 + low));
    }
    if (digits.size() % 2 != 0) bad("tlvs", "pairs of hex digits after hex:");
    return out;
}

void read_tlvs(const Config& config, Settings& out) {
    for (const auto& entry : config.strings("tlvs")) {
        const auto [tag, value] = halves("tlvs", entry);
        std::string octets;
        if (value.starts_with("text:")) {
            octets = std::string(value.substr(5)) + '\0';
        } else if (value.starts_with("hex:")) {
            octets = from_hex(value.substr(4));
        } else {
            bad("tlvs", "a list of \"TAG=text:...\" or \"TAG=hex:...\"");
        }
        smpp::append_tlv(static_cast<std::uint16_t>(number("tlvs", tag, 0xFFFF)), octets, out.tlvs);
    }
    if (out.tlvs.size() > 1024) bad("tlvs", "at most 1024 octets together");
}

void read_statuses(const Config& config, Settings& out) {
    for (const auto& entry : config.strings("statuses")) {
        const auto [code, meaning] = halves("statuses", entry);
        const auto ruling = parse_refusal(meaning);
        if (!ruling && parse_ruling(meaning) && parse_ruling(meaning)->blame == Blame::credentials)
            bad("statuses", "about messages: only a refused bind blames the credentials, which pauses the route");
        if (!ruling)
            bad("statuses",
                "a list of \"0x400=VERDICT/BLAME\", for example retry/lane, \"retry/provider 1h\", sender or blocked");
        out.statuses[number("statuses", code, 0xFFFFFFFF)] = *ruling;
    }
}

void read_text(const Config& config, Settings& out) {
    out.text.concatenation = choice<Concatenation>(config, "long_messages", "udh8",
                                                   {{"udh8", Concatenation::udh8},
                                                    {"udh16", Concatenation::udh16},
                                                    {"sar", Concatenation::sar},
                                                    {"payload", Concatenation::payload}});
    out.text.latin1 = config.boolean("latin1", false);
    out.text.smart = config.boolean("smart", false);
    for (const auto& entry : config.strings("national")) {
        const auto tables = parse_tables(entry);
        if (!tables) bad("national", "a list of turkish, spanish, portuguese, urdu, each perhaps with -locking");
        out.text.national.push_back(*tables);
    }
    out.gsm7_coding = static_cast<std::uint8_t>(in_range(config, "gsm7_coding", 0, 0, 255));
    // ASCII is the half of Latin-1 that needs no other treatment.
    out.default_alphabet =
        choice<Encoding>(config, "default_alphabet", "gsm",
                         {{"gsm", Encoding::gsm7}, {"latin-1", Encoding::latin1}, {"ascii", Encoding::latin1}});
    out.packed = config.boolean("packed", false);
    if (out.packed && out.text.concatenation == Concatenation::payload)
        throw BadConfig("'packed' and long_messages = payload can't go together");
}

void read_session(const Config& config, Settings& out) {
    using namespace std::chrono_literals;
    out.binds = in_range(config, "binds", 1, 1, 32);
    out.window = in_range(config, "window", 50, 1, 1000);
    if (config.has("rate")) out.rate = in_range(config, "rate", 0, 1, 1'000'000);
    out.connect_timeout = wait(config, "connect_timeout", 10s);
    out.response_timeout = wait(config, "response_timeout", 10s);
    out.enquire_interval = wait(config, "enquire_interval", 30s);
    out.reconnect_first = wait(config, "reconnect_first", 1s);
    out.reconnect_max = std::max(out.reconnect_first, wait(config, "reconnect_max", 60s));
    out.receipt_park = wait(config, "receipt_park", 10s);
    out.receipt_keep = wait(config, "receipt_keep", 72h);
}

}  // namespace

Settings read_settings(const Config& config, const Host& host) {
    Settings out;
    out.host = config.string("host");
    if (out.host.empty() || out.host.find_first_of(" \t\r\n/@") != std::string::npos)
        bad("host", "a name or an address");
    out.tls = choice<bool>(config, "tls", "none", {{"none", false}, {"required", true}});
    out.port = static_cast<std::uint16_t>(in_range(config, "port", out.tls ? 3550 : 2775, 1, 65535));
    out.ca_file = config.string("ca_file", "");
    out.system_id = text(config, "system_id", 15);
    if (config.has("password")) out.password = host.secret(config.string("password"));
    while (!out.password.empty() && (out.password.back() == '\n' || out.password.back() == '\r'))
        out.password.pop_back();
    if (out.password.size() > 8) throw BadConfig("the password may have at most 8 characters (SMPP 3.4, 4.1.1)");
    out.system_type = text(config, "system_type", 12);
    out.version = choice<std::uint8_t>(config, "version", "3.4", {{"3.4", 0x34}, {"5.0", 0x50}});
    out.pair = choice<bool>(config, "mode", "transceiver", {{"transceiver", false}, {"pair", true}});
    read_session(config, out);
    out.source = text(config, "source", 20);
    out.source_allowed = config.strings("source_allowed");
    out.source_ton = octet(config, "source_ton");
    out.source_npi = octet(config, "source_npi");
    out.dest_ton = octet(config, "dest_ton");
    out.dest_npi = octet(config, "dest_npi");
    out.service_type = text(config, "service_type", 5);
    read_priorities(config, out);
    out.flash_classes = config.strings("flash_classes");
    out.validity = config.boolean("validity", true);
    out.by_data_sm = choice<bool>(config, "submit_by", "submit_sm", {{"submit_sm", false}, {"data_sm", true}});
    out.receipts =
        choice<Receipts>(config, "receipts", "all",
                         {{"all", Receipts::all}, {"failures", Receipts::failures}, {"none", Receipts::none}});
    out.receipt_id = choice<IdForm>(
        config, "receipt_id", "auto",
        {{"auto", IdForm::automatic}, {"same", IdForm::same}, {"decimal", IdForm::decimal}, {"hex", IdForm::hex}});
    read_text(config, out);
    out.user_message_reference = config.boolean("user_message_reference", false);
    read_tlvs(config, out);
    read_statuses(config, out);
    out.stop_words = config.strings("stop_words");
    out.blocked_errors = config.strings("blocked_errors");
    return out;
}

}  // namespace chapar::sms
