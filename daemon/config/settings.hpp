#pragma once
// The whole configuration as typed, validated values. Plain data: loaded by config/load.hpp, copied freely, immutable
// once applied.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/money.hpp"
#include "config/category_settings.hpp"
#include "config/conversion_settings.hpp"
#include "config/web_settings.hpp"
#include "config/webhook_settings.hpp"

namespace chapar::config {

enum class Priority : std::uint8_t { critical = 0, high = 1, normal = 2, bulk = 3 };
enum class OnDoubt : std::uint8_t { retry, hold };

struct DaemonSettings {
    std::string state_dir = "/var/lib/chapar";
    std::string template_dir = "/etc/chapar/templates";
    std::vector<std::string> plugin_dirs = {"/usr/lib/chapar/plugins"};
    std::string timezone = "Asia/Tehran";  // of the site; a recipient's own comes first
    std::string locale = "fa-IR";          // when neither message nor recipient names one
    std::string country = "IR";            // ISO 3166: whose are phone numbers that name no country
    Milliseconds stop_timeout{20'000};     // SIGTERM: how long work in flight may take
    bool operator==(const DaemonSettings&) const = default;
};

struct LogSettings {
    std::string level = "info";        // debug, info, warning, error
    std::string format = "human";      // human, json
    std::string file;                  // empty: standard error (the journal)
    bool outcomes = true;              // a line for everything that becomes of a message
    std::string addresses = "masked";  // in those lines: masked, full, none
    bool operator==(const LogSettings&) const = default;
};

struct SocketSettings {
    std::string path = "/run/chapar/chapar.sock";  // unless systemd passes one
    std::string mode = "0660";
    std::string group;                 // empty: unchanged
    std::uint64_t max_body = 1 << 20;  // bytes of one request or one NDJSON line
    std::uint64_t max_header = 16 << 10;
    std::uint32_t max_depth = 32;     // JSON nesting
    std::uint32_t max_keys = 10'000;  // JSON object members in one message
    std::uint32_t max_connections = 1024;
    Milliseconds idle_timeout{60'000};  // also the longest a header or body may dribble
    bool operator==(const SocketSettings&) const = default;
};

/// Where providers reach us: receipts and messages from people (webhooks).
struct InboundSettings {
    std::string listen;                  // "127.0.0.1:8025"; empty: nobody is listened to
    std::string path = "/in";            // routes are below: /in/NAME
    std::uint64_t max_body = 256 << 10;  // bytes of one request
    std::uint32_t max_connections = 256;
    Milliseconds idle_timeout{15'000};  // also the longest a head may dribble
    bool operator==(const InboundSettings&) const = default;
};

/// Where a monitoring system scrapes; the socket's /metrics is there without it.
struct MetricsSettings {
    std::string listen;         // "127.0.0.1:9464", "[::1]:9464", "unix:/run/chapar/metrics.sock"; empty: nowhere
    std::string mode = "0660";  // of a unix socket
    std::string group;          // of a unix socket; empty: unchanged
    bool operator==(const MetricsSettings&) const = default;
};

struct StoreSettings {
    std::string path;  // empty: STATE_DIR/chapar.db
    Milliseconds keep_finished{std::chrono::hours(24 * 30)};
    Milliseconds keep_events{std::chrono::hours(24 * 7)};  // GET /v1/events
    Milliseconds keep_reports{std::chrono::hours(24 * 1100)};
    Milliseconds keep_conversions{std::chrono::hours(24 * 400)};  // and who opened and clicked
    bool operator==(const StoreSettings&) const = default;
};

/// Where tests go: a route that every site has and that sends nothing.
struct SandboxSettings {
    bool enabled = true;
    Milliseconds receipt_after{1'000};  // since the hand-over; bounces, complaints and replies likewise
    Milliseconds slow_after{30'000};    // of the address `slow`
    bool operator==(const SandboxSettings&) const = default;
};

struct QueueSettings {
    std::uint32_t window = 4096;                      // messages of one pool held in memory
    std::uint64_t memory = std::uint64_t{512} << 20;  // bytes that messages may take, waiting and being sent
    bool operator==(const QueueSettings&) const = default;
};

struct Backoff {
    Milliseconds first{30'000};
    Milliseconds max{std::chrono::hours(1)};
    bool operator==(const Backoff&) const = default;
};

/// What a class asks of the person before it may go.
enum class Requires : std::uint8_t {
    none,        // neither consent nor an opt-out counts (otp, transactional)
    no_opt_out,  // goes unless the person said no
    consent,     // goes only if the person said yes
};

struct ClassSettings {
    std::string name;
    Priority priority = Priority::normal;
    double share = 0;  // guaranteed part of a route below stricter classes, 0..0.5
    Milliseconds max_age{std::chrono::hours(72)};
    std::uint32_t max_attempts = 20;
    Backoff backoff;
    OnDoubt on_doubt = OnDoubt::hold;
    Requires requires_ = Requires::no_opt_out;  // otp, transactional: none
    bool obeys_caps = true;                     // otp, transactional: false
    bool counts = true;                         // uses up slots of caps; otp, transactional: false
    std::vector<std::string> phone_allow;       // countries ("IR") and prefixes ("+9891") it may go to; empty: all
    bool obeys_quiet = true;                    // otp, transactional: false
    bool unknown_zone_holds = true;             // no zone known and a quiet window matches: kept back (fail closed)
    std::uint32_t fallback = 2;                 // channels behind the main one at most, 0..2
    Milliseconds fallback_after{0};             // no delivery known by then: the next channel; 0: never
    Milliseconds keep_content{std::chrono::hours(24 * 30)};  // since acceptance, its text may be read back; 0: never
    Milliseconds keep_hits{std::chrono::hours(24 * 400)};    // since acceptance, who looked at it is known
    std::string tracking{};             // none, clicks, full; empty: by what the class requires (tracking_of)
    bool unsubscribe_required = false;  // a mail without a way to end it is refused
    bool operator==(const ClassSettings&) const = default;
};

struct ApplicationSettings {
    std::string name;
    std::vector<std::string> users, groups;                       // names or numbers; the kernel says who calls
    std::vector<std::string> classes, channels, templates, from;  // "*" allows all; from: addresses or "*@domain"
    double rate = 0;                                              // messages a second, 0: no limit
    std::uint64_t queue_depth = 0;                                // messages waiting at most, 0: no limit
    double weight = 1;                                            // fair share against other applications of a class
    bool operator_role = false;          // `operator = true`: sees every application's messages, pauses routes, reloads
    std::vector<std::string> headers;    // custom mail headers that it may set, e.g. "X-Order"
    std::uint64_t attachment_limit = 0;  // bytes a message, decoded; 0: none allowed
    std::string timezone;                // of its people, when nothing nearer is known
    std::vector<std::string> phone_allow;  // as of a class
    std::string tracking{};                // none, clicks, full: at most so much; empty: what the class says
    bool operator==(const ApplicationSettings&) const = default;
};

/// [[route.price]]: what a segment of SMS (of other channels: a message) costs to numbers that begin so.
struct PriceSettings {
    std::string prefix = "+";
    Money segment;
    std::string currency;  // empty: the policy's
    bool operator==(const PriceSettings&) const = default;
};

struct RouteSettings {
    std::string name;
    std::string channel;
    std::string plugin;                 // the plugin's name, found in plugin_dirs
    std::uint32_t order = 0;            // position in the file: earlier ones are preferred
    std::vector<std::string> classes;   // empty: all
    std::vector<std::string> prefixes;  // of numbers in E.164; empty: all
    std::vector<PriceSettings> prices;
    std::vector<std::string> lines;     // "SENDER=CLASS,CLASS" (lines.hpp); empty: the plugin's own sender, for all
    double rate = 0;                    // messages a second, 0: no limit
    std::uint32_t max_in_flight = 0;    // 0: what the plugin's traits say
    std::uint32_t per_destination = 0;  // most in flight towards one destination (mail domain), 0: half of the route's
    std::uint32_t reserve = 0;          // in-flight places only class priority critical may use; 0: a tenth
    std::uint64_t memory = 0;           // bytes that what is in flight may take, 0: an equal share
    Milliseconds deadline{std::chrono::minutes(10)};  // an attempt without a word is UNKNOWN then
    Milliseconds receipts_within{0};  // accepted messages without a receipt after that are counted; 0: they are not
    double receipts_missing = 0.5;    // from this share on another route is preferred
    std::string config_json;          // [route.settings] as JSON, handed to the plugin
    bool operator==(const RouteSettings&) const = default;
};

/// A plugin without channels: it hears what others say of messages that routes sent.
struct ReceiverSettings {
    std::string name;
    std::string plugin;
    std::string config_json;  // [receiver.settings] as JSON, handed to the plugin
    bool operator==(const ReceiverSettings&) const = default;
};

/// Which messages a rule is about. An empty list matches all; within a list any one, between lists all.
struct Match {
    std::vector<std::string> channels, classes, categories, tags, campaigns, senders, applications;
    bool operator==(const Match&) const = default;
};

struct Window {
    enum class Kind : std::uint8_t { rolling, calendar, since_event, lifetime, until } kind = Kind::rolling;
    enum class Unit : std::uint8_t { hour, day, week, month } unit = Unit::day;
    Milliseconds length{std::chrono::hours(24)};  // rolling
    Milliseconds grace{0};        // rolling: this much before a use's end it no longer counts (daily jobs drift)
    std::string zone = "person";  // calendar: "person", or an IANA name
    bool jalali = false;          // calendar month
    int week_starts = 6;          // calendar week: 0 Sunday .. 6 Saturday
    std::string event;            // since_event
    Timestamp until{};            // until: the rule ends then
    bool operator==(const Window&) const = default;
};

struct CapSettings {
    enum class Scope : std::uint8_t {
        person,
        endpoint,
        household,
        application,
        country,  // of the number
        site,
        data,
        prefix,  // the number's first digits
    } scope = Scope::person;
    enum class CountBy : std::uint8_t { messages, segments, cost } count_by = CountBy::messages;
    enum class Counts : std::uint8_t { reserved, handed_off, delivered } counts = Counts::reserved;
    enum class Over : std::uint8_t { drop, defer, digest, switch_channel, replace_lower } over = Over::defer;
    std::string name;
    std::string data_path;            // scope data: "order.id" in the message's data
    std::uint32_t prefix_digits = 0;  // scope prefix
    double alarm = 0;                 // the part of the limit at which it is told; 0: never
    Match match;
    bool never = false;  // `limit = "never"`
    double limit = 0;    // > 0 unless never or min_interval; cost: in the site's currency
    Window window;
    Milliseconds min_interval{0};             // not 0: at least this long between two; then limit and window are unused
    std::vector<std::string> switch_to;       // over = { switch_channel = [...] }
    std::string digest_key, digest_template;  // over = { digest = "key", template = "NAME" }
    Milliseconds digest_every{0};
    Milliseconds horizon{std::chrono::hours(72)};  // defer: not later than this after its send_at
    Milliseconds arbitrate{0};                     // candidates for the last slot wait this long for a better one
    bool override_ = false;                        // where it matches, only override rules decide
    bool operator==(const CapSettings&) const = default;
};

/// Minutes of a day, [from, to); to <= from crosses midnight.
struct Span {
    int from = 0, to = 0;
    bool operator==(const Span&) const = default;
};

struct QuietSettings {
    enum class OnHit : std::uint8_t { hold, drop, switch_channel } on_hit = OnHit::hold;
    std::string name;
    Match match;
    std::array<std::vector<Span>, 7> weekly;  // by the day on which a span begins, 0 Sunday
    /// In order, the first one that is known: the four words, or an IANA name.
    std::vector<std::string> zone = {"device", "person", "country", "application"};
    std::string holidays;           // a calendar's name; empty: none
    std::vector<Span> on_holidays;  // instead of the weekday's; empty with `holidays`: the whole day
    std::vector<std::string> switch_to;
    Milliseconds spread{0};  // releases are spread over this long
    bool operator==(const QuietSettings&) const = default;
};

struct ChannelSettings {
    std::string name;
    Money cost;               // of one message (sms: of one segment), in the site's currency, where no route says it
    double reach = 1;         // the part of people it is read by, 0..1
    bool by_price = false;    // `prefer = "price"`: of the healthy routes the cheapest first
    std::string stop_answer;  // sms: what who opts out by a message gets; empty: nothing
    std::string stop_answer_class = "transactional";
    bool short_links = false;  // sms: addresses in texts become short links
    bool operator==(const ChannelSettings&) const = default;
};

/// A named order of channels: `channels = "NAME"` in a request. cheapest-first and reach-first always exist.
struct PlanSettings {
    std::string name;
    std::vector<std::string> channels;
    bool operator==(const PlanSettings&) const = default;
};

struct PolicySettings {
    std::string calendars_dir = "/etc/chapar/calendars";
    bool site_wide_people = false;  // `people = "site"`: applications share their recipients' ids
    std::string currency = "IRR";
    std::vector<std::string> exchange;     // "EUR=700000": units of `currency` for one of another
    std::vector<std::string> phone_allow;  // as of a class
    std::vector<std::string> topics;       // categories to come, that consents may name already
    bool hard_bounces = true;              // an address that nobody has any more is suppressed
    bool soft_bounces = true;              // and one at which nothing arrives for long, for advertising
    bool tracking_needs_consent = false;   // who has not agreed to it is not tracked
    bool operator==(const PolicySettings&) const = default;
};

struct Settings {
    DaemonSettings daemon;
    LogSettings log;
    SocketSettings socket;
    InboundSettings inbound;
    WebSettings web;
    MetricsSettings metrics;
    StoreSettings store;
    QueueSettings queue;
    SandboxSettings sandbox;
    std::map<std::string, ClassSettings> classes;  // otp, transactional and marketing always exist
    std::vector<ApplicationSettings> applications;
    std::vector<RouteSettings> routes;
    std::vector<ReceiverSettings> receivers;
    std::vector<WebhookSettings> webhooks;
    std::vector<ConversionSettings> conversions;
    PolicySettings policy;
    std::vector<CapSettings> caps;
    std::vector<QuietSettings> quiet;
    std::vector<ChannelSettings> channels;
    std::vector<PlanSettings> plans;
    std::vector<CategorySettings> categories;
    bool operator==(const Settings&) const = default;
};

/// What decides whether a message may go: caps, quiet windows and what classes ask for.
inline bool policy_differs(const Settings& a, const Settings& b) {
    return a.caps != b.caps || a.quiet != b.quiet || a.classes != b.classes || a.policy != b.policy ||
           a.categories != b.categories;
}

}  // namespace chapar::config
