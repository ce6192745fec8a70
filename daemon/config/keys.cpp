#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"
#include "config/rule_values.hpp"

#include <array>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> formats{"human", "json"};
constexpr std::array<std::string_view, 3> address_forms{"masked", "full", "none"};
constexpr std::array<std::string_view, 2> unknown_zones{"send", "hold"};
constexpr std::array<std::string_view, 3> tracking_words{"none", "clicks", "full"};
constexpr std::array<std::string_view, 2> unsubscribe_words{"optional", "required"};

constexpr std::string_view zero_depth =
    "may mean \"no limit\" (then leave the key out) or \"accept nothing\" (then remove the application)";
constexpr std::string_view zero_bytes =
    "may mean \"none allowed\" (then leave the key out) or \"no limit\" (then write the largest size you accept)";

using D = DaemonSettings;
const Key<D> daemon_keys[] = {
    {.name = "state_dir",
     .member = &D::state_dir,
     .help = "Where chapard keeps its store. Owned by chapar, mode 0700.",
     .rule = {.check = check_absolute_path},
     .reload = Reload::needs_restart},
    {.name = "template_dir",
     .member = &D::template_dir,
     .help = "Where marketers keep their templates; watched, so edits need no reload.",
     .rule = {.check = check_absolute_path},
     .reload = Reload::needs_restart},
    {.name = "plugin_dirs",
     .member = &D::plugin_dirs,
     .help = "Where plugins are looked for, in this order. Root's, not writable by others.",
     .rule = {.check = check_absolute_path}},
    {.name = "timezone",
     .member = &D::timezone,
     .help = "The site's time zone (IANA name); a recipient's own comes first.",
     .rule = {.check = check_timezone}},
    {.name = "locale",
     .member = &D::locale,
     .help = "The language when neither message nor recipient names one.",
     .rule = {.check = check_locale}},
    {.name = "country",
     .member = &D::country,
     .help = "Whose are phone numbers written without a country (0912...), unless the message or recipient says it.",
     .rule = {.check = check_country}},
    {.name = "stop_timeout",
     .member = &D::stop_timeout,
     .help = "On SIGTERM: how long work in flight may take before it is cut off and recorded as in doubt.",
     .rule = {.min = 100, .max = 10 * minute, .zero = zero_time}},
};

using L = LogSettings;
const Key<L> log_keys[] = {
    {.name = "level",
     .member = &L::level,
     .help = "The least important lines that are written.",
     .rule = {.choices = levels}},
    {.name = "format",
     .member = &L::format,
     .help = "human: one readable line each. json: one object each.",
     .rule = {.choices = formats}},
    {.name = "file",
     .member = &L::file,
     .help = "Where lines go; a reload reopens it (log rotation).",
     .rule = {.check = check_absolute_path},
     .absent = "standard error (the journal)"},
    {.name = "outcomes",
     .member = &L::outcomes,
     .help = "One line at level info for everything that becomes of a message (message.outcome)."},
    {.name = "addresses",
     .member = &L::addresses,
     .help = "How those lines show the address: a***@example.com and +98912***4567, whole, or not at all.",
     .rule = {.choices = address_forms}},
};

using S = SocketSettings;
const Key<S> socket_keys[] = {
    {.name = "path",
     .member = &S::path,
     .help = "The socket that applications talk to, unless systemd passes one (chapard.socket).",
     .rule = {.check = check_socket_path},
     .reload = Reload::needs_restart},
    {.name = "mode",
     .member = &S::mode,
     .help = "Its permissions, octal. Who may connect is decided here; who one is, by the kernel.",
     .rule = {.check = check_mode},
     .reload = Reload::needs_restart},
    {.name = "group",
     .member = &S::group,
     .help = "Its group.",
     .rule = {.check = check_account},
     .absent = "unchanged",
     .reload = Reload::needs_restart},
    {.name = "max_body",
     .member = &S::max_body,
     .help = "The largest request body, and the longest NDJSON line.",
     .rule = {.min = kibi, .max = 256 * mebi, .is_size = true},
     .reload = Reload::needs_restart},
    {.name = "max_header",
     .member = &S::max_header,
     .help = "The largest request head.",
     .rule = {.min = kibi, .max = mebi, .is_size = true},
     .reload = Reload::needs_restart},
    {.name = "max_depth",
     .member = &S::max_depth,
     .help = "The deepest nesting of JSON in a message.",
     .rule = {.min = 4, .max = 256}},
    {.name = "max_keys",
     .member = &S::max_keys,
     .help = "The most object members of JSON in a message.",
     .rule = {.min = 1, .max = 1'000'000}},
    {.name = "max_connections",
     .member = &S::max_connections,
     .help = "The most connections at once.",
     .rule = {.min = 1, .max = 100'000},
     .reload = Reload::needs_restart},
    {.name = "idle_timeout",
     .member = &S::idle_timeout,
     .help = "How long a connection may be silent, and a request dribble in.",
     .rule = {.min = second, .max = hour, .zero = zero_time},
     .reload = Reload::needs_restart},
};

using T = StoreSettings;
const Key<T> store_keys[] = {
    {.name = "path",
     .member = &T::path,
     .help = "The database file. On a local disk: network file systems break its promises.",
     .rule = {.check = check_absolute_path},
     .absent = "chapar.db in state_dir",
     .reload = Reload::needs_restart},
    {.name = "keep_finished",
     .member = &T::keep_finished,
     .help = "How long finished messages stay visible before they are removed.",
     .rule = {.min = minute,
              .max = 3650 * day,
              .zero = "may mean \"remove at once\" or \"keep for ever\": write the time you mean"}},
    {.name = "keep_events",
     .member = &T::keep_events,
     .help = "How long receipts, opt-outs and replies can be read from the events, and receipts wait for a message.",
     .rule = {.min = minute,
              .max = 3650 * day,
              .zero = "may mean \"remove at once\" or \"keep for ever\": write the time you mean"}},
    {.name = "keep_reports",
     .member = &T::keep_reports,
     .help = "How long the counts of a day are kept for reports; they name nobody.",
     .rule = {.min = day,
              .max = 3650 * day,
              .zero = "may mean \"remove at once\" or \"keep for ever\": write the time you mean"}},
    {.name = "keep_conversions",
     .member = &T::keep_conversions,
     .help = "How long conversions are kept, and which messages a person opened and clicked, to credit them again.",
     .rule = {.min = day,
              .max = 3650 * day,
              .zero = "may mean \"remove at once\" or \"keep for ever\": write the time you mean"}},
};

using Q = QueueSettings;
const Key<Q> queue_keys[] = {
    {.name = "window",
     .member = &Q::window,
     .help = "How many messages of one waiting line are held in memory; the rest wait on disk.",
     .rule = {.min = 1, .max = 1'000'000}},
    {.name = "memory",
     .member = &Q::memory,
     .help = "Memory for messages: an eighth for what waits, the rest for what is being sent, counted as three times "
             "what is handed over. What finds no place waits on disk.",
     .rule = {.min = 16 * mebi, .max = 1024 * 1024 * mebi, .is_size = true}},
};

using B = SandboxSettings;
const Key<B> sandbox_keys[] = {
    {.name = "enabled",
     .member = &B::enabled,
     .help =
         "Whether messages with \"test\": true are taken. They go to the route sandbox, which sends nothing. false: "
         "they are refused with 403."},
    {.name = "receipt_after",
     .member = &B::receipt_after,
     .help = "How long after a hand-over the sandbox reports what became of a test.",
     .rule = {.max = hour}},
    {.name = "slow_after", .member = &B::slow_after, .help = "The same for the address slow.", .rule = {.max = day}},
};

using C = ClassSettings;
const Key<C> class_keys[] = {
    {.name = "priority", .member = &C::priority, .help = "Strict order between classes: critical, high, normal, bulk."},
    {.name = "share",
     .member = &C::share,
     .help =
         "The part of a route that this class gets even while stricter ones wait. All shares together: at most 0.5.",
     .rule = {.max = 0.5}},
    {.name = "max_age",
     .member = &C::max_age,
     .help = "A message that waited longer is given up (expired).",
     .rule = {.min = second, .max = 365 * day, .zero = zero_time}},
    {.name = "max_attempts",
     .member = &C::max_attempts,
     .help = "A message that was tried so often is given up (failed).",
     .rule = {.min = 1,
              .max = 1000,
              .zero = "may mean \"never try\" or \"try without end\": write a number from 1 to 1000"}},
    {.name = "backoff",
     .member = &C::backoff,
     .help = "Waiting between attempts: random between 0 and a limit that doubles from `first` to `max`."},
    {.name = "on_doubt",
     .member = &C::on_doubt,
     .help = "What happens to an attempt whose end is unknown after a crash. retry: may send twice. hold: may not "
             "send, until `chapar retry`."},
    {.name = "requires",
     .member = &C::requires_,
     .help =
         "What the person must have said. consent: goes only to who agreed. no_opt_out: goes unless the person said "
         "no. none: goes whatever was said."},
    {.name = "obeys_caps", .member = &C::obeys_caps, .help = "Whether caps keep its messages back."},
    {.name = "counts", .member = &C::counts, .help = "Whether its messages use up slots of caps."},
    {.name = "phone_allow",
     .member = &C::phone_allow,
     .help = "Where its messages to numbers may go: countries (\"IR\") and prefixes (\"+9891\").",
     .rule = {.check = check_destination},
     .absent = "everywhere"},
    {.name = "obeys_quiet", .member = &C::obeys_quiet, .help = "Whether quiet windows keep its messages back."},
    {.name = "unknown_zone",
     .member = &C::unknown_zone_holds,
     .help =
         "A quiet window matches, and nobody knows the person's time zone. hold: kept back until it is known. send: "
         "goes.",
     .rule = {.choices = unknown_zones}},
    {.name = "fallback",
     .member = &C::fallback,
     .help = "The most channels behind the main one; a longer plan is refused.",
     .rule = {.max = 2}},
    {.name = "tracking",
     .member = &C::tracking,
     .help =
         "What is noticed of its messages where [web] is configured. full: who opens a mail and who clicks; clicks: "
         "who clicks; none: nothing. An application and a person may narrow it.",
     .rule = {.choices = tracking_words},
     .absent = "full where consent is required, else clicks"},
    {.name = "unsubscribe",
     .member = &C::unsubscribe_required,
     .help = "required: a mail that shows no way to end such mails is refused, by lint and with 422.",
     .rule = {.choices = unsubscribe_words}},
    {.name = "keep_content",
     .member = &C::keep_content,
     .help = "How long after its acceptance a message's text may be read back (GET /v1/messages/ID?content=true), as "
             "long as the message is kept. \"0s\": never, as for class otp.",
     .rule = {.max = 3650 * day}},
    {.name = "keep_hits",
     .member = &C::keep_hits,
     .help = "How long after its acceptance it is known who opened a message and clicked in it, as long as the message "
             "is kept.",
     .rule = {.max = 3650 * day}},
    {.name = "fallback_after",
     .member = &C::fallback_after,
     .help = "The next channel is tried when no delivery is known this long after a hand-over.",
     .rule = {.min = second,
              .max = 30 * day,
              .zero = "may mean \"at once\" (then send on both channels) or \"never\" (then leave the key out)"},
     .absent = "never"},
};

using A = ApplicationSettings;
const Key<A> application_keys[] = {
    {.name = "name",
     .member = &A::name,
     .help = "Its name in logs, metrics and answers.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "users",
     .member = &A::users,
     .help = "Users (names or numbers) that speak for it: the kernel says who calls. Root and chapard's own user may "
             "speak for any.",
     .rule = {.check = check_account}},
    {.name = "groups",
     .member = &A::groups,
     .help = "Groups whose members speak for it. Who speaks for several applications names one in "
             "X-Chapar-Application, else the first counts.",
     .rule = {.check = check_account}},
    {.name = "classes",
     .member = &A::classes,
     .help = "Classes it may use; \"*\" means all.",
     .rule = {.check = check_name_or_all}},
    {.name = "channels",
     .member = &A::channels,
     .help = "Channels it may use; \"*\" means all.",
     .rule = {.check = check_name_or_all}},
    {.name = "templates",
     .member = &A::templates,
     .help = "Templates it may use: names, \"prefix-*\" or \"*\".",
     .rule = {.check = check_template}},
    {.name = "from",
     .member = &A::from,
     .help = "Senders it may use: \"a@example.com\", \"*@example.com\", of SMS a number or name, or \"*\".",
     .rule = {.check = check_from}},
    {.name = "rate",
     .member = &A::rate,
     .help = "The most messages a second it may hand in.",
     .rule = {.unit = "messages a second", .min = 1e-6, .max = 1e9, .zero = zero_rate},
     .absent = "no limit"},
    {.name = "queue_depth",
     .member = &A::queue_depth,
     .help = "The most messages of it that may wait; more are refused with 429.",
     .rule = {.min = 1, .zero = zero_depth},
     .absent = "no limit"},
    {.name = "weight",
     .member = &A::weight,
     .help = "Its share against other applications of the same class.",
     .rule = {.min = 0.001, .max = 1000}},
    {.name = "operator",
     .member = &A::operator_role,
     .help = "Sees every application's messages, pauses routes, reloads."},
    {.name = "headers",
     .member = &A::headers,
     .help = "Custom mail headers that it may set.",
     .rule = {.check = check_header}},
    {.name = "attachment_limit",
     .member = &A::attachment_limit,
     .help = "The most bytes of attachments in a message, decoded. As base64, a third more, they must fit into "
             "`max_body` of [socket].",
     .rule = {.min = 1, .max = 256 * mebi, .zero = zero_bytes, .is_size = true},
     .absent = "none allowed"},
    {.name = "timezone",
     .member = &A::timezone,
     .help = "The time zone (IANA name) of its people, when nothing nearer is known.",
     .rule = {.check = check_timezone},
     .absent = "unknown"},
    {.name = "phone_allow",
     .member = &A::phone_allow,
     .help = "Where its messages to numbers may go: countries (\"IR\") and prefixes (\"+9891\").",
     .rule = {.check = check_destination},
     .absent = "everywhere"},
    {.name = "tracking",
     .member = &A::tracking,
     .help = "What is noticed of its messages at most: none, clicks or full, as of a class.",
     .rule = {.choices = tracking_words},
     .absent = "what the class says"},
};

template <class Section>
void add_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<Section>())
        all.push_back({title<Section>(), key.name});
}

}  // namespace

// clang-format off
template <> std::span<const Key<D>> keys<D>() { return daemon_keys; }
template <> std::span<const Key<L>> keys<L>() { return log_keys; }
template <> std::span<const Key<S>> keys<S>() { return socket_keys; }
template <> std::span<const Key<T>> keys<T>() { return store_keys; }
template <> std::span<const Key<Q>> keys<Q>() { return queue_keys; }
template <> std::span<const Key<B>> keys<B>() { return sandbox_keys; }
template <> std::span<const Key<C>> keys<C>() { return class_keys; }
template <> std::span<const Key<A>> keys<A>() { return application_keys; }

template <> std::string_view title<D>() { return "[daemon]"; }
template <> std::string_view title<L>() { return "[log]"; }
template <> std::string_view title<S>() { return "[socket]"; }
template <> std::string_view title<T>() { return "[store]"; }
template <> std::string_view title<Q>() { return "[queue]"; }
template <> std::string_view title<B>() { return "[sandbox]"; }
template <> std::string_view title<C>() { return "[class.NAME]"; }
template <> std::string_view title<A>() { return "[[application]]"; }
// clang-format on

std::vector<KnownKey> all_keys() {
    std::vector<KnownKey> all;
    add_keys<D>(all);
    add_keys<L>(all);
    add_keys<S>(all);
    add_inbound_keys(all);
    add_web_keys(all);
    add_metrics_keys(all);
    add_keys<T>(all);
    add_keys<Q>(all);
    add_keys<B>(all);
    add_keys<C>(all);
    add_keys<A>(all);
    add_keys<RouteSettings>(all);
    add_keys<PriceSettings>(all);
    add_receiver_keys(all);
    add_category_keys(all);
    add_webhook_keys(all);
    add_conversion_keys(all);
    add_policy_keys(all);
    return all;
}

}  // namespace chapar::config
