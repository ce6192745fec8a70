#pragma once
// Values that cross the border, in C++ dress. Views borrow from the host: valid as long as what they came from
// (a message: until its batch's last completion; everything else: until the call returns).

#include "chapar/plugin.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar {

inline std::string_view view(chapar_str s) { return {s.data == nullptr ? "" : s.data, s.size}; }
constexpr chapar_str str(std::string_view s) { return {s.data(), s.size()}; }

enum class Verdict : chapar_verdict {
    accepted = CHAPAR_ACCEPTED,    // the provider took responsibility
    delivered = CHAPAR_DELIVERED,  // it arrived
    retry = CHAPAR_RETRY,          // certainly not sent
    rejected = CHAPAR_REJECTED,    // permanent
    unknown = CHAPAR_UNKNOWN,      // may have been sent
};
enum class Blame : chapar_blame {
    nobody = CHAPAR_NOBODY,
    message = CHAPAR_MESSAGE,          // this content or request
    recipient = CHAPAR_RECIPIENT,      // this address
    lane = CHAPAR_LANE,                // throttling: slow down towards this destination
    credentials = CHAPAR_CREDENTIALS,  // the route is paused
    provider = CHAPAR_PROVIDER,        // circuit breaker, next route
    gone = CHAPAR_GONE,                // nobody has this address any more: it is suppressed
};
enum class Phase : chapar_phase {
    refused = CHAPAR_PHASE_REFUSED,
    resolve = CHAPAR_PHASE_RESOLVE,
    connect = CHAPAR_PHASE_CONNECT,
    tls = CHAPAR_PHASE_TLS,
    auth = CHAPAR_PHASE_AUTH,
    sender = CHAPAR_PHASE_SENDER,
    recipient = CHAPAR_PHASE_RECIPIENT,
    data = CHAPAR_PHASE_DATA,
    sent = CHAPAR_PHASE_SENT,
    answered = CHAPAR_PHASE_ANSWERED,
};
enum class Tls : std::int32_t {
    required = CHAPAR_TLS_REQUIRED,
    opportunistic = CHAPAR_TLS_OPPORTUNISTIC,
    none = CHAPAR_TLS_NONE,
};
enum class LogLevel : std::int32_t {
    debug = CHAPAR_LOG_DEBUG,
    info = CHAPAR_LOG_INFO,
    warning = CHAPAR_LOG_WARNING,
    error = CHAPAR_LOG_ERROR,
};

using Field = std::pair<std::string_view, std::string_view>;

/// Ordered name-value pairs of the host.
class Fields {
  public:
    class Iterator {
      public:
        explicit Iterator(const chapar_kv* at) : at_(at) {}
        Field operator*() const { return {view(at_->key), view(at_->value)}; }
        Iterator& operator++() { return ++at_, *this; }
        bool operator==(const Iterator&) const = default;

      private:
        const chapar_kv* at_;
    };
    explicit Fields(chapar_kvs kvs) : kvs_(kvs) {}
    std::size_t size() const { return kvs_.size; }
    bool empty() const { return kvs_.size == 0; }
    Iterator begin() const { return Iterator(kvs_.data); }
    Iterator end() const { return Iterator(kvs_.data + kvs_.size); }
    /// The value of the first pair called `name` (exact), or an empty view.
    std::string_view operator[](std::string_view name) const {
        for (auto [key, value] : *this) {
            if (key == name) return value;
        }
        return {};
    }
    /// As above, ASCII letters compared without case: for HTTP headers.
    std::string_view header(std::string_view name) const {
        for (auto [key, value] : *this) {
            if (same_letters(key, name)) return value;
        }
        return {};
    }

  private:
    static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
    static bool same_letters(std::string_view a, std::string_view b) {
        if (a.size() != b.size()) return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (lower(a[i]) != lower(b[i])) return false;
        }
        return true;
    }
    chapar_kvs kvs_;
};

struct Attachment {
    std::string_view name{}, content_type{}, content_id{}, bytes{};
};

/// Somebody whom a mail goes to as well.
struct Copy {
    std::string_view address{}, name{};
    bool hidden = false;
};

/// One message ready to leave. See chapar_message for what each part means.
class Message {
  public:
    explicit Message(const chapar_message* message) : message_(message) {}
    std::string_view id() const { return view(message_->id); }
    std::string_view attempt() const { return view(message_->attempt); }
    std::string_view channel() const { return view(message_->channel); }
    std::string_view address() const { return view(message_->address); }
    std::string_view application() const { return view(message_->application); }
    std::string_view class_name() const { return view(message_->class_name); }
    /// Leaves before what is not.
    bool urgent() const {
        return CHAPAR_HAS(chapar_message, message_, flags) && (message_->flags & CHAPAR_URGENT) != 0;
    }
    /// How long the host waits for the answer, from the call of send on; zero: it did not say.
    std::chrono::milliseconds within() const {
        return std::chrono::milliseconds(CHAPAR_HAS(chapar_message, message_, within_ms) ? message_->within_ms : 0);
    }
    std::string_view campaign() const { return view(message_->campaign); }
    std::string_view locale() const { return view(message_->locale); }
    std::int64_t expires_at_ms() const { return message_->expires_at_ms; }
    Fields content() const { return Fields(message_->content); }
    /// One rendered part, such as "subject"; empty when absent.
    std::string_view content(std::string_view name) const { return content()[name]; }
    Fields headers() const { return Fields(message_->headers); }
    std::size_t attachment_count() const { return message_->attachment_count; }
    Attachment attachment(std::size_t i) const {
        const chapar_attachment& a = *message_->attachments[i];
        return {view(a.name), view(a.content_type), view(a.content_id), view(a.bytes)};
    }
    std::size_t copy_count() const {
        return CHAPAR_HAS(chapar_message, message_, copy_count) ? message_->copy_count : 0;
    }
    Copy copy(std::size_t i) const {
        const chapar_copy& c = *message_->copies[i];
        return {view(c.address), view(c.name), c.hidden != 0};
    }
    const chapar_message* raw() const { return message_; }

  private:
    const chapar_message* message_;
};

/// What came of one message. Built by name: Outcome::retry(Blame::lane, "421 4.7.0", "slow down").after(30s).
struct Outcome {
    Verdict verdict = Verdict::unknown;
    Blame blame = Blame::nobody;
    std::string code{}, detail{};  // machine form, and a sentence for a person
    std::string provider_id{};     // the provider's name for the message
    std::chrono::milliseconds retry_after{0};
    std::string cost{};  // what the provider took, "0.0079 USD"; empty: it did not say

    static Outcome accepted(std::string code = {}, std::string detail = {}) {
        return {Verdict::accepted, Blame::nobody, std::move(code), std::move(detail), {}, {}, {}};
    }
    static Outcome delivered(std::string code = {}, std::string detail = {}) {
        return {Verdict::delivered, Blame::nobody, std::move(code), std::move(detail), {}, {}, {}};
    }
    static Outcome retry(Blame blame, std::string code, std::string detail) {
        return {Verdict::retry, blame, std::move(code), std::move(detail), {}, {}, {}};
    }
    static Outcome rejected(Blame blame, std::string code, std::string detail) {
        return {Verdict::rejected, blame, std::move(code), std::move(detail), {}, {}, {}};
    }
    static Outcome unknown(Blame blame, std::string code, std::string detail) {
        return {Verdict::unknown, blame, std::move(code), std::move(detail), {}, {}, {}};
    }
    Outcome&& id(std::string provider) && { return provider_id = std::move(provider), std::move(*this); }
    Outcome&& after(std::chrono::milliseconds wait) && { return retry_after = wait, std::move(*this); }
};

/// Something that became known later. See chapar_event.
struct Event {
    std::string attempt{}, provider_id{}, kind{}, address{}, code{}, detail{}, dedupe_key{};
    std::int64_t at_ms = 0;
    std::string cost{};
    Blame blame = Blame::nobody;  // of "failed" and "bounced"; gone: it may be suppressed
};

/// One outgoing HTTP or SMTP transfer; everything is copied when it is handed over. See chapar_transfer.
struct Transfer {
    std::string_view url{};
    std::string_view method = "GET";
    std::vector<Field> headers{};
    std::string_view body{};
    std::string_view mail_from{};
    std::vector<std::string_view> rcpt_to{};
    std::string_view user{}, password{};
    std::string_view ca_file{};
    Tls tls = Tls::required;
    std::chrono::milliseconds connect_timeout{30'000}, timeout{300'000};
    bool smtp_utf8 = false;
    std::string_view helo{};
    std::uint32_t max_response_bytes = 0;
    bool urgent = false;
    bool copies = false;  // the first recipient decides; it goes without others that are refused
    std::string_view envelope_id{};
};

/// The end of a transfer; a view, valid inside the callback.
class TransferResult {
  public:
    explicit TransferResult(const chapar_transfer_result* result) : result_(result) {}
    /// The exchange completed, whatever the code says.
    bool completed() const { return result_->error.size == 0; }
    Phase phase() const { return static_cast<Phase>(result_->phase); }
    int code() const { return result_->code; }
    std::string_view reply() const { return view(result_->reply); }
    Fields headers() const { return Fields(result_->headers); }
    std::string_view body() const { return view(result_->body); }
    bool timed_out() const { return result_->timed_out != 0; }
    std::string_view error() const { return view(result_->error); }
    /// Recipients beside the first that were refused, each with the reply.
    Fields refused() const {
        return Fields(CHAPAR_HAS(chapar_transfer_result, result_, refused) ? result_->refused : chapar_kvs{});
    }

  private:
    const chapar_transfer_result* result_;
};

/// One inbound HTTP request; a view, valid inside `inbound`.
class HttpRequest {
  public:
    explicit HttpRequest(const chapar_http_request* request) : request_(request) {}
    std::string_view method() const { return view(request_->method); }
    std::string_view path() const { return view(request_->path); }
    std::string_view query() const { return view(request_->query); }
    Fields headers() const { return Fields(request_->headers); }
    std::string_view header(std::string_view name) const { return headers().header(name); }
    std::string_view body() const { return view(request_->body); }

  private:
    const chapar_http_request* request_;
};

}  // namespace chapar
