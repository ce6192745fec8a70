#pragma once
// A provider as its file describes it: how a message is asked for, what the answers mean, how receipts and messages
// from people arrive. Plain values, immutable once loaded. docs/sms.md is the reference of the file's form.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/document.hpp"
#include "sms/http/pattern.hpp"
#include "sms/ruling.hpp"

namespace chapar::sms::http {

/// What codes mean.
using Rulings = std::map<std::string, Ruling, std::less<>>;

/// One member of a request.
struct Field {
    enum class Kind : std::uint8_t { text, number, boolean, literal, object };
    enum class Each : std::uint8_t { no, json, join, repeat };  // one value for each recipient, and in which form
    std::string name;
    Kind kind = Kind::text;
    Pattern value;
    std::string literal;                                  // written as it is
    std::map<std::string, std::string, std::less<>> map;  // a value that stands here is replaced
    bool optional = false;                                // left out when a name in it stands for nothing
    Each each = Each::no;
    std::string join;
    std::vector<Field> fields;  // of an object
};

/// How a value is found in what the provider says.
struct Reading {
    std::string path;  // from the item, or from the root
    bool from_root = false;
    std::optional<std::size_t> column;             // of a line that `separator` cuts
    std::shared_ptr<const std::regex> expression;  // its first group
    bool is_given() const { return !path.empty() || column || expression; }
};

enum class Encode : std::uint8_t { form, json, query };

struct Request {
    std::string method = "POST";
    Pattern url;
    std::vector<std::pair<std::string, Pattern>> headers;
    Pattern user, password, bearer;
    Encode encode = Encode::form;
    std::vector<Field> query, fields;
    std::chrono::milliseconds timeout{30'000};
};

struct Send : Request {
    std::size_t max_recipients = 1;
    std::vector<std::string> same;  // names whose values must agree within one call
    bool idempotent = false;        // the provider knows a repeat of {attempt} or {number}
};

/// What codes of one kind mean.
struct Codes {
    std::vector<std::string> ok;
    Rulings rulings;
    std::optional<Ruling> other;  // of a code that stands in neither
};

struct Answer {
    Format format = Format::json;
    std::string separator;
    Reading status, error;
    Codes codes;       // of `status`
    Rulings http;      // "429", "5xx"; before the built-in ones
    std::string list;  // where the recipients' answers are; empty: the whole answer is the one
    Reading id, item_status, item_error, price, item_to;
    Codes item_codes;                                   // of `item_status`
    Ruling missing{Verdict::unknown, Blame::provider};  // a recipient without an id
    std::string currency;
};

/// What a receipt's word means.
enum class Fate : std::uint8_t { under_way, delivered, failed, blocked };

struct Hook {
    std::string path;
    std::vector<std::string> methods{"POST"};
    Format format = Format::form;
    std::string list;  // several in one request
    Reading id, attempt, status, error, to, from, text, at, price;
    std::string currency;  // of `price`
    std::map<std::string, Fate, std::less<>> states;
    std::optional<Fate> other;
    int reply_status = 200;
    std::string reply, reply_type;
};

enum class Signature : std::uint8_t { none, twilio, vonage_md5, vonage_sha256, hmac_sha256 };

struct Webhook {
    Signature signature = Signature::none;
    std::string header;  // hmac_sha256: where it stands
    std::optional<Hook> receipt, message;
};

/// Asking for the state of messages, where a provider does not tell it by itself.
struct Poll : Request {
    std::chrono::milliseconds every{60'000}, until{0};
    Hook reading;
};

struct Description {
    std::string name, file;
    std::map<std::string, std::string, std::less<>> required, optional;  // settings and what they are
    std::string country_code, trunk = "0";                               // for {to.national}; empty: any country
    Send send;
    Answer answer;
    Webhook webhook;
    std::optional<Poll> poll;
};

/// Throws BadConfig: "FILE:LINE:COLUMN: what is wrong; what to do".
Description load_description(const std::string& file);
Description parse_description(std::string_view text, const std::string& file);

/// Where the files of the package are: a name without '/' is looked for there.
std::string description_path(std::string_view provider, std::string_view folder);

}  // namespace chapar::sms::http
