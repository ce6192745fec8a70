#pragma once
// The settings of one SMPP route. Values; made once by the constructor of the plugin.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/smpp/receipt.hpp"
#include "sms/smpp/verdict.hpp"
#include "sms_text/plan.hpp"

namespace chapar::sms {

/// JSON for chapar_traits::config_schema; docs/sms.md explains each key.
inline constexpr std::string_view settings_schema = R"json({
"host": {"type": "string", "required": true, "help": "name or address of the SMSC"},
"port": {"type": "integer", "help": "2775; 3550 with tls = required"},
"tls": {"type": "string", "default": "none", "help": "required or none"},
"ca_file": {"type": "string", "help": "PEM bundle to trust instead of the system's"},
"system_id": {"type": "string", "required": true, "help": "account at the SMSC, at most 15 characters"},
"password": {"type": "secret", "help": "of the account, at most 8 characters"},
"system_type": {"type": "string", "help": "as agreed with the SMSC"},
"version": {"type": "string", "default": "3.4", "help": "of SMPP, in the bind: 3.4 or 5.0"},
"mode": {"type": "string", "default": "transceiver", "help": "transceiver, or pair: a transmitter and a receiver"},
"binds": {"type": "integer", "default": 1, "help": "sessions (pairs) at once, 1 to 32"},
"window": {"type": "integer", "default": 50, "help": "unanswered submit_sm of one session, 1 to 1000"},
"rate": {"type": "integer", "help": "segments a second over all sessions, as agreed with the SMSC"},
"connect_timeout": {"type": "duration", "default": "10s", "help": "until the session is bound"},
"response_timeout": {"type": "duration", "default": "10s", "help": "for the answer to one submit_sm"},
"enquire_interval": {"type": "duration", "default": "30s", "help": "silence after which the session is asked"},
"reconnect_first": {"type": "duration", "default": "1s", "help": "wait before the second try to connect"},
"reconnect_max": {"type": "duration", "default": "60s", "help": "longest wait between tries"},
"source": {"type": "string", "help": "sender of messages that bring no \"from\""},
"source_allowed": {"type": "strings", "help": "senders that a message may bring; a final * stands for the rest"},
"source_ton": {"type": "integer", "help": "type of number of every sender, instead of the rule"},
"source_npi": {"type": "integer", "help": "numbering plan of every sender, instead of the rule"},
"dest_ton": {"type": "integer", "help": "type of number of every recipient: 1 unless set"},
"dest_npi": {"type": "integer", "help": "numbering plan of every recipient: 1 unless set"},
"service_type": {"type": "string", "help": "as agreed with the SMSC"},
"priority": {"type": "strings", "help": "priority_flag by class: \"otp=3\""},
"flash_classes": {"type": "strings", "help": "classes whose messages show at once and are not kept (class 0)"},
"submit_by": {"type": "string", "default": "submit_sm", "help": "submit_sm, or data_sm where the SMSC wants that"},
"validity": {"type": "boolean", "default": true, "help": "tell the SMSC when a message expires"},
"receipts": {"type": "string", "default": "all", "help": "all, failures or none"},
"receipt_id": {"type": "string", "default": "auto", "help": "how receipts write ids: auto, same, decimal or hex"},
"receipt_park": {"type": "duration", "default": "10s", "help": "how long a receipt that came first waits for its answer"},
"receipt_keep": {"type": "duration", "default": "72h", "help": "how long a message waits for its receipts"},
"long_messages": {"type": "string", "default": "udh8", "help": "udh8, udh16, sar or payload"},
"national": {"type": "strings", "help": "shift tables to try before UCS-2: turkish, spanish, portuguese, urdu; -locking"},
"latin1": {"type": "boolean", "default": false, "help": "try Latin-1 before UCS-2"},
"smart": {"type": "boolean", "default": false, "help": "replace quotes, dashes and the like where that saves a segment"},
"gsm7_coding": {"type": "integer", "default": 0, "help": "data_coding of GSM 7 bit text"},
"default_alphabet": {"type": "string", "default": "gsm", "help": "of the SMSC, data_coding 0 of what people send: gsm, latin-1 or ascii"},
"packed": {"type": "boolean", "default": false, "help": "pack septets; few SMSCs want that"},
"user_message_reference": {"type": "boolean", "default": false, "help": "number each segment for receipts"},
"tlvs": {"type": "strings", "help": "optional parameters of every segment: \"0x1400=text:abc\", \"0x1401=hex:00ff\""},
"statuses": {"type": "strings", "help": "what a status of the SMSC's own means: \"0x400=retry/lane\", \"0x401=blocked\""},
"blocked_errors": {"type": "strings", "help": "errors or states in receipts that say: on the operator's advertising blacklist"},
"stop_words": {"type": "strings", "help": "words that unsubscribe, beside the built-in ones"}
})json";

enum class Receipts : std::uint8_t { none = 0, all = 1, failures = 2 };  // registered_delivery, 5.2.17

struct Settings {
    std::string host;
    std::uint16_t port = 0;
    bool tls = false;
    std::string ca_file, system_id, password, system_type;
    std::uint8_t version = 0x34;  // interface_version, 5.2.4
    bool pair = false;
    int binds = 1, window = 50;
    int rate = 0;  // 0: no limit of ours
    std::chrono::milliseconds connect_timeout{}, response_timeout{}, enquire_interval{}, reconnect_first{},
        reconnect_max{};
    std::string source;
    std::vector<std::string> source_allowed;
    std::optional<std::uint8_t> source_ton, source_npi, dest_ton, dest_npi;
    std::string service_type;
    std::map<std::string, std::uint8_t, std::less<>> priority;
    std::vector<std::string> flash_classes;
    bool validity = true;
    bool by_data_sm = false;
    Receipts receipts = Receipts::all;
    IdForm receipt_id = IdForm::automatic;
    std::chrono::milliseconds receipt_park{}, receipt_keep{};
    TextOptions text;
    std::uint8_t gsm7_coding = 0;
    Encoding default_alphabet = Encoding::gsm7;  // of what people send with data_coding 0
    bool packed = false, user_message_reference = false;
    std::string tlvs;  // as they stand in a PDU
    StatusTable statuses;
    std::vector<std::string> stop_words, blocked_errors;
};

/// Reads and checks the settings; the secret comes from `host`. Throws BadConfig with a sentence for the operator.
Settings read_settings(const Config& config, const Host& host);

}  // namespace chapar::sms
