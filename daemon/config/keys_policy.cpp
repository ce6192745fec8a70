// The policy's part of the key table: [policy], [[cap]], [[quiet]], [channel.NAME], [plan.NAME] and the tables in them.

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"
#include "config/rule_values.hpp"
#include "config/tables.hpp"

#include <array>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 2> preferences{"order", "price"};
constexpr std::array<std::string_view, 2> people{"application", "site"};
constexpr std::array<std::string_view, 4> units{"hour", "day", "week", "month"};
constexpr std::array<std::string_view, 2> systems{"gregorian", "jalali"};

constexpr std::string_view zero_window =
    "may mean \"at once\" or \"for ever\": write the time you mean, or window = \"lifetime\"";

using P = PolicySettings;
const Key<P> policy_keys[] = {
    {.name = "calendars_dir",
     .member = &P::calendars_dir,
     .help = "Where the calendars of holidays are; a quiet window names one.",
     .rule = {.check = check_absolute_path}},
    {.name = "people",
     .member = &P::site_wide_people,
     .help =
         "Whom caps take for one person. application: each application's ids are its own. site: one id is one person "
         "everywhere. Profiles, consents and events stay each application's own.",
     .rule = {.choices = people}},
    {.name = "currency",
     .member = &P::currency,
     .help = "What costs are counted in, for answers and documents.",
     .rule = {.check = check_currency}},
    {.name = "exchange",
     .member = &P::exchange,
     .help = "What one unit of another currency is worth in `currency`, for prices of routes: \"EUR=700000\".",
     .rule = {.check = check_rate}},
    {.name = "phone_allow",
     .member = &P::phone_allow,
     .help = "Where messages to numbers may go: countries (\"IR\") and prefixes (\"+9891\"). Class and application may "
             "narrow it.",
     .rule = {.check = check_destination},
     .absent = "everywhere"},
    {.name = "topics",
     .member = &P::topics,
     .help = "Categories that consents may name before a message had them. Classes, the categories that rules name and "
             "those of messages are known anyway.",
     .rule = {.check = check_word}},
    {.name = "suppress_soft_bounces",
     .member = &P::soft_bounces,
     .help =
         "Whether an address at which nothing arrived for long (five soft bounces over ten days, nothing delivered, "
         "opened or clicked between) gets no advertising for 90 days, and the third time none at all."},
    {.name = "tracking_needs_consent",
     .member = &P::tracking_needs_consent,
     .help = "Whether only people are tracked who agreed to it: the consent topic `tracking`. A person's no counts "
             "either way."},
    {.name = "suppress_hard_bounces",
     .member = &P::hard_bounces,
     .help =
         "Whether an address of which a provider says that nobody has it any more goes to the suppression list, for "
         "its channel and every class."},
};

using M = Match;
const Key<M> match_keys[] = {
    {.name = "channel", .member = &M::channels, .help = "The channel it would go by.", .rule = {.check = check_name}},
    {.name = "class", .member = &M::classes, .help = "Its class.", .rule = {.check = check_name}},
    {.name = "category", .member = &M::categories, .help = "Its category.", .rule = {.check = check_word}},
    {.name = "tag",
     .member = &M::tags,
     .help = "Any of its tags, as they were at acceptance.",
     .rule = {.check = check_word}},
    {.name = "campaign", .member = &M::campaigns, .help = "Its campaign.", .rule = {.check = check_word}},
    {.name = "sender", .member = &M::senders, .help = "The address in its From.", .rule = {.check = check_word}},
    {.name = "application",
     .member = &M::applications,
     .help = "The application that handed it in.",
     .rule = {.check = check_name}},
};

using W = WindowTable;
const Key<W> window_keys[] = {
    {.name = "rolling",
     .member = &W::rolling,
     .help = "The time before now, exact to the millisecond.",
     .rule = {.min = 1, .max = 3650 * day, .zero = zero_window},
     .absent = "none"},
    {.name = "grace",
     .member = &W::grace,
     .help =
         "With rolling: a use stops counting this much earlier, so that a daily job that runs a minute early is not "
         "kept back.",
     .rule = {.max = day}},
    {.name = "calendar",
     .member = &W::calendar,
     .help = "The hour, day, week or month on the wall clock of `zone`.",
     .rule = {.choices = units},
     .absent = "none"},
    {.name = "zone",
     .member = &W::zone,
     .help = "With calendar: whose clock. person, or a time zone (IANA name) for everybody.",
     .rule = {.check = check_window_zone}},
    {.name = "week_starts",
     .member = &W::week_starts,
     .help = "With calendar = \"week\": its first day.",
     .rule = {.choices = weekdays}},
    {.name = "system",
     .member = &W::system,
     .help = "With calendar = \"month\": whose months.",
     .rule = {.choices = systems}},
    {.name = "since_event",
     .member = &W::since_event,
     .help = "Since the person's last event of this name (chapar recipient event).",
     .rule = {.check = check_word},
     .absent = "none"},
    {.name = "until",
     .member = &W::until,
     .help = "Everything counts up to this moment, then the rule is over.",
     .absent = "none"},
};

using O = OverTable;
const Key<O> over_keys[] = {
    {.name = "switch_channel",
     .member = &O::switch_channel,
     .help = "Goes by the first of these channels that the person has and that is free; else it waits.",
     .rule = {.check = check_name}},
    {.name = "digest",
     .member = &O::digest,
     .help = "Waits and goes with the others of this key as one message.",
     .rule = {.check = check_name},
     .absent = "none"},
    {.name = "template",
     .member = &O::template_name,
     .help = "With digest: the template that shows them all.",
     .rule = {.check = check_name},
     .absent = "none"},
    {.name = "every",
     .member = &O::every,
     .help = "With digest: how long they are collected.",
     .rule = {.min = minute, .max = 31 * day},
     .absent = "none"},
};

const Key<HitTable> hit_keys[] = {
    {.name = "switch_channel",
     .member = &HitTable::switch_channel,
     .help = "Goes by the first of these channels that the person has and that is not quiet; else it waits.",
     .rule = {.check = check_name}},
};

const Key<ScopeTable> scope_keys[] = {
    {.name = "data",
     .member = &ScopeTable::data,
     .help = "The path of a value in the message's data; each value has a count of its own.",
     .rule = {.check = check_data_path},
     .absent = "none"},
    {.name = "prefix",
     .member = &ScopeTable::prefix,
     .help = "So many first digits of the number in E.164; each such range has a count of its own.",
     .rule = {.min = 1, .max = 15},
     .absent = "none"},
};

using WK = WeeklyTable;
const Key<WK> weekly_keys[] = {
    {.name = "every",
     .member = &WK::every,
     .help = "The quiet spans of every day that has no key of its own.",
     .absent = "none"},
    {.name = "saturday", .member = &WK::saturday, .help = "Spans that begin on a Saturday.", .absent = "as every"},
    {.name = "sunday", .member = &WK::sunday, .help = "Spans that begin on a Sunday.", .absent = "as every"},
    {.name = "monday", .member = &WK::monday, .help = "Spans that begin on a Monday.", .absent = "as every"},
    {.name = "tuesday", .member = &WK::tuesday, .help = "Spans that begin on a Tuesday.", .absent = "as every"},
    {.name = "wednesday", .member = &WK::wednesday, .help = "Spans that begin on a Wednesday.", .absent = "as every"},
    {.name = "thursday", .member = &WK::thursday, .help = "Spans that begin on a Thursday.", .absent = "as every"},
    {.name = "friday", .member = &WK::friday, .help = "Spans that begin on a Friday.", .absent = "as every"},
};

const Key<ReleaseTable> release_keys[] = {
    {.name = "spread",
     .member = &ReleaseTable::spread,
     .help = "What waited goes over this long after the window's end.",
     .rule = {.max = 6 * hour}},
};

using K = CapSettings;
const Key<K> cap_keys[] = {
    {.name = "name",
     .member = &K::name,
     .help = "Its name in traces, answers and metrics.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "match", .member = &K::match, .help = "Which messages it is about, see match below.", .absent = "all"},
    {.name = "scope", .member = scope_value, .help = "What has a count of its own."},
    {.name = "count_by", .member = &K::count_by, .help = "What is counted: messages, segments of SMS, or cost."},
    {.name = "limit",
     .member = limit_value,
     .help = "How much fits in the window; \"never\": nothing goes.",
     .absent = "required, or min_interval"},
    {.name = "window",
     .member = &K::window,
     .help = "The time that is counted, see window below.",
     .absent = "required with a number"},
    {.name = "min_interval",
     .member = &K::min_interval,
     .help = "A rule of its own kind, without limit and window: at least this long between two.",
     .rule = {.min = 1, .max = 3650 * day, .zero = "may mean \"no interval\" or \"no rule\": leave the rule out"},
     .absent = "none"},
    {.name = "counts",
     .member = &K::counts,
     .help = "When a message takes its slot. reserved: as it is handed over; a permanent failure before that gives it "
             "back. handed_off: once the provider took it. delivered: once it arrived."},
    {.name = "over", .member = over_value, .help = "What happens to a message that does not fit, see over below."},
    {.name = "alarm",
     .member = &K::alarm,
     .help = "The part of the limit at which it is told, once for each crossing, and when it is reached: in the log "
             "(cap.alarm) and the metric cap_alarms_total.",
     .rule = {.max = 1},
     .absent = "never"},
    {.name = "horizon",
     .member = &K::horizon,
     .help = "A message that could only go later than this after its time is dropped at once.",
     .rule =
         {.min = minute,
          .max = 365 * day,
          .zero =
              "may mean \"don't wait\" (then write over = \"drop\") or \"wait without end\" (then write a long time)"}},
    {.name = "arbitrate",
     .member = &K::arbitrate,
     .help = "Messages that want the last slot wait this long for each other; priority, value and age decide.",
     .rule = {.max = day},
     .absent = "none: the first one takes it"},
    {.name = "override",
     .member = &K::override_,
     .help = "Where it matches, only rules with override decide; the others are not asked."},
};

using Y = QuietSettings;
const Key<Y> quiet_keys[] = {
    {.name = "name",
     .member = &Y::name,
     .help = "Its name in traces, answers and metrics.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "match", .member = &Y::match, .help = "Which messages it is about, see match below.", .absent = "all"},
    {.name = "weekly",
     .member = weekly_value,
     .help = "The quiet spans of the week, see weekly below.",
     .absent = "none"},
    {.name = "zone",
     .member = &Y::zone,
     .help = "Whose clock: the first of these that is known. device, person, country (of the phone number), "
             "application, or a "
             "time zone (IANA name).",
     .rule = {.check = check_zone}},
    {.name = "holidays",
     .member = &Y::holidays,
     .help = "The calendar of holidays, NAME.toml in calendars_dir.",
     .rule = {.check = check_name},
     .absent = "none"},
    {.name = "on_holidays",
     .member = &Y::on_holidays,
     .help = "The quiet spans of a holiday, instead of its weekday's.",
     .absent = "the whole day"},
    {.name = "on_hit",
     .member = hit_value,
     .help = "What happens to a message in a quiet span. hold: it waits for its end."},
    {.name = "release",
     .member = release_value,
     .help = "How what waited is let go: over a time, so that not all goes at 08:00."},
};

using N = ChannelSettings;
const Key<N> channel_keys[] = {
    {.name = "cost",
     .member = &N::cost,
     .help = "What a message costs (of sms: a segment) where no route names its price, in the policy's currency."},
    {.name = "reach",
     .member = &N::reach,
     .help = "The part of people that it is read by. Plan reach-first goes by it.",
     .rule = {.max = 1}},
    {.name = "prefer",
     .member = &N::by_price,
     .help = "Which of the healthy routes goes first. order: the earlier in the file. price: the cheapest for that "
             "number, of equal ones the earlier.",
     .rule = {.choices = preferences}},
    {.name = "short_links",
     .member = &N::short_links,
     .help =
         "Sms: whether the addresses in texts become short links ([web] short_url): those whose host the template's "
         "author wrote or link_hosts has. A template's own `short_links` goes before."},
    {.name = "stop_answer",
     .member = &N::stop_answer,
     .help =
         "Sms: the text that a person gets who opts out by a message (STOP): once for each opt-out, if something was "
         "sent to the number by that route before.",
     .absent = "no answer"},
    {.name = "stop_answer_class",
     .member = &N::stop_answer_class,
     .help = "The class of that answer; its `requires` must be none.",
     .rule = {.check = check_name}},
};

using I = PlanSettings;
const Key<I> plan_keys[] = {
    {.name = "channels",
     .member = &I::channels,
     .help = "One main channel and at most two behind it, in order.",
     .rule = {.check = check_name},
     .required = true},
};

template <class Section>
void add_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<Section>())
        all.push_back({title<Section>(), key.name});
}

}  // namespace

// clang-format off
template <> std::span<const Key<P>> keys<P>() { return policy_keys; }
template <> std::span<const Key<K>> keys<K>() { return cap_keys; }
template <> std::span<const Key<Y>> keys<Y>() { return quiet_keys; }
template <> std::span<const Key<N>> keys<N>() { return channel_keys; }
template <> std::span<const Key<I>> keys<I>() { return plan_keys; }
template <> std::span<const Key<M>> keys<M>() { return match_keys; }
template <> std::span<const Key<W>> keys<W>() { return window_keys; }
template <> std::span<const Key<O>> keys<O>() { return over_keys; }
template <> std::span<const Key<HitTable>> keys<HitTable>() { return hit_keys; }
template <> std::span<const Key<ScopeTable>> keys<ScopeTable>() { return scope_keys; }
template <> std::span<const Key<WK>> keys<WK>() { return weekly_keys; }
template <> std::span<const Key<ReleaseTable>> keys<ReleaseTable>() { return release_keys; }

template <> std::string_view title<P>() { return "[policy]"; }
template <> std::string_view title<K>() { return "[[cap]]"; }
template <> std::string_view title<Y>() { return "[[quiet]]"; }
template <> std::string_view title<N>() { return "[channel.NAME]"; }
template <> std::string_view title<I>() { return "[plan.NAME]"; }
template <> std::string_view title<M>() { return "match"; }
template <> std::string_view title<W>() { return "window"; }
template <> std::string_view title<O>() { return "over"; }
template <> std::string_view title<HitTable>() { return "on_hit"; }
template <> std::string_view title<ScopeTable>() { return "scope"; }
template <> std::string_view title<WK>() { return "weekly"; }
template <> std::string_view title<ReleaseTable>() { return "release"; }
// clang-format on

void add_policy_keys(std::vector<KnownKey>& all) {
    add_keys<P>(all);
    add_keys<K>(all);
    add_keys<M>(all);
    add_keys<W>(all);
    add_keys<O>(all);
    add_keys<Y>(all);
    add_keys<WK>(all);
    add_keys<N>(all);
    add_keys<I>(all);
}

}  // namespace chapar::config
