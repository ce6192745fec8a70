// Caps, quiet windows, channels and plans: what is read, and how it is shown.

#include "config/diff.hpp"
#include "config/keys.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string example = R"(
[class.otp]
priority   = "critical"        # its own lane; never capped, never quiet, expires fast
max_age    = "5m"
on_doubt   = "retry"
obeys_caps = false
counts     = false

[class.marketing]
priority   = "bulk"
on_doubt   = "hold"
requires   = "consent"
fallback   = 2                 # one main channel and at most two more behind it

[[cap]]
name     = "three-a-week"
match    = { class = ["marketing"] }                      # any channel: one person, one budget
limit    = 3
window   = { calendar = "week", zone = "person", week_starts = "saturday" }
over     = "defer"
horizon  = "72h"

[[cap]]
name     = "one-sms-a-day"
match    = { channel = ["sms"], class = ["marketing"] }
count_by = "segments"
limit    = 3
window   = { rolling = "24h" }
over     = { switch_channel = ["push", "email"] }

[[quiet]]
name     = "nights"
match    = { class = ["marketing"] }
weekly   = { every = ["21:30-08:30"], friday = ["21:30-10:00"] }
zone     = ["device", "person", "country", "Asia/Tehran"]
holidays = "ir"
on_hit   = "hold"
release  = { spread = "30m" }
)";

class Policy : public Files {};

TEST_F(Policy, the_example_of_the_documentation_is_read_as_it_stands) {
    const auto loaded = with(example);
    for (const auto& problem : loaded.problems)
        ADD_FAILURE() << problem.sentence();
    const auto& s = loaded.settings;
    EXPECT_EQ(s.classes.at("marketing").requires_, Requires::consent);
    ASSERT_EQ(s.caps.size(), 2U);
    const auto& week = s.caps[0];
    EXPECT_THAT(week.match.classes, ElementsAre("marketing"));
    EXPECT_THAT(week.match.channels, IsEmpty());
    EXPECT_EQ(week.limit, 3);
    EXPECT_EQ(week.window.kind, Window::Kind::calendar);
    EXPECT_EQ(week.window.unit, Window::Unit::week);
    EXPECT_EQ(week.window.week_starts, 6);
    EXPECT_EQ(week.over, CapSettings::Over::defer);
    EXPECT_EQ(week.horizon, 72h);
    const auto& sms = s.caps[1];
    EXPECT_EQ(sms.count_by, CapSettings::CountBy::segments);
    EXPECT_EQ(sms.window.kind, Window::Kind::rolling);
    EXPECT_EQ(sms.window.length, 24h);
    EXPECT_EQ(sms.over, CapSettings::Over::switch_channel);
    EXPECT_THAT(sms.switch_to, ElementsAre("push", "email"));
    ASSERT_EQ(s.quiet.size(), 1U);
    const auto& nights = s.quiet[0];
    EXPECT_THAT(nights.weekly[5], ElementsAre(Span{21 * 60 + 30, 10 * 60}));
    for (const auto day : {0U, 1U, 2U, 3U, 4U, 6U})
        EXPECT_THAT(nights.weekly[day], ElementsAre(Span{21 * 60 + 30, 8 * 60 + 30})) << day;
    EXPECT_THAT(nights.zone, ElementsAre("device", "person", "country", "Asia/Tehran"));
    EXPECT_EQ(nights.holidays, "ir");
    EXPECT_EQ(nights.spread, 30min);
}

TEST_F(Policy, codes_and_transactional_messages_are_exempt_from_the_start_and_marketing_asks_for_no_opt_out) {
    const auto& classes = defaults().classes;
    for (const auto* name : {"otp", "transactional"}) {
        const auto& c = classes.at(name);
        EXPECT_EQ(c.requires_, Requires::none);
        EXPECT_FALSE(c.obeys_caps || c.counts || c.obeys_quiet) << name;
    }
    const auto& marketing = classes.at("marketing");
    EXPECT_EQ(marketing.requires_, Requires::no_opt_out);
    EXPECT_TRUE(marketing.obeys_caps && marketing.counts && marketing.obeys_quiet && marketing.unknown_zone_holds);
}

TEST_F(Policy, every_window_is_read) {
    const auto cap = [&](const std::string& window) {
        const auto loaded = with("[[cap]]\nname='a'\nlimit=1\nwindow=" + window + "\n");
        for (const auto& problem : loaded.problems)
            ADD_FAILURE() << problem.sentence();
        return loaded.settings.caps.at(0).window;
    };
    const auto rolling = cap("{ rolling = '24h', grace = '5m' }");
    EXPECT_EQ(rolling.length, 24h);
    EXPECT_EQ(rolling.grace, 5min);
    EXPECT_EQ(cap("'lifetime'").kind, Window::Kind::lifetime);
    const auto event = cap("{ since_event = 'order' }");
    EXPECT_EQ(event.kind, Window::Kind::since_event);
    EXPECT_EQ(event.event, "order");
    const auto month = cap("{ calendar = 'month', zone = 'Asia/Tehran', system = 'jalali' }");
    EXPECT_EQ(month.unit, Window::Unit::month);
    EXPECT_EQ(month.zone, "Asia/Tehran");
    EXPECT_TRUE(month.jalali);
    EXPECT_EQ(cap("{ calendar = 'week', week_starts = 'monday' }").week_starts, 1);
    using std::chrono::sys_days;
    const auto nowruz = Timestamp(sys_days(std::chrono::year(2027) / 3 / 19)) + 20h + 30min;
    for (const auto* until : {"{ until = '2027-03-20T00:00:00+03:30' }", "{ until = 2027-03-20T00:00:00+03:30 }",
                              "{ until = '2027-03-19T20:30:00Z' }"}) {
        EXPECT_EQ(cap(until).kind, Window::Kind::until);
        EXPECT_EQ(cap(until).until, nowruz) << until;
    }
}

TEST_F(Policy, scopes_actions_and_the_rest_are_read) {
    const auto loaded = with(R"(
[policy]
people = "site"
currency = "EUR"
[channel.sms]
cost = 120
reach = 0.9
[plan.launch]
channels = ["push", "sms"]
[[application]]
name = "shop"
users = ["web"]
classes = ["*"]
channels = ["*"]
timezone = "Europe/Berlin"
[class.marketing]
unknown_zone = "send"
fallback_after = "2h"
[[cap]]
name = "a"
scope = { data = "order.id" }
limit = "never"
override = true
counts = "delivered"
over = "replace_lower"
arbitrate = "10m"
[[cap]]
name = "b"
scope = "household"
min_interval = "4h"
over = { digest = "news", template = "news-digest", every = "6h" }
[[cap]]
name = "c"
count_by = "cost"
limit = 0.5
window = { rolling = "30d" }
match = { channel = ["sms"], application = ["shop"], category = ["c"], tag = ["t"], campaign = ["k"], sender = ["s"] }
[[quiet]]
name = "holidays"
holidays = "ir"
on_holidays = ["00:00-24:00"]
on_hit = { switch_channel = ["inapp"] }
)");
    for (const auto& problem : loaded.problems)
        ADD_FAILURE() << problem.sentence();
    const auto& s = loaded.settings;
    EXPECT_TRUE(s.policy.site_wide_people);
    EXPECT_EQ(s.policy.currency, "EUR");
    EXPECT_EQ(
        s.channels,
        (std::vector<ChannelSettings>{{.name = "sms", .cost = Money{120'000'000}, .reach = 0.9, .stop_answer = {}}}));
    EXPECT_EQ(s.plans, (std::vector<PlanSettings>{{.name = "launch", .channels = {"push", "sms"}}}));
    EXPECT_EQ(s.applications[0].timezone, "Europe/Berlin");
    EXPECT_FALSE(s.classes.at("marketing").unknown_zone_holds);
    EXPECT_EQ(s.classes.at("marketing").fallback_after, 2h);
    ASSERT_EQ(s.caps.size(), 3U);
    EXPECT_EQ(s.caps[0].scope, CapSettings::Scope::data);
    EXPECT_EQ(s.caps[0].data_path, "order.id");
    EXPECT_TRUE(s.caps[0].never && s.caps[0].override_);
    EXPECT_EQ(s.caps[0].counts, CapSettings::Counts::delivered);
    EXPECT_EQ(s.caps[0].over, CapSettings::Over::replace_lower);
    EXPECT_EQ(s.caps[0].arbitrate, 10min);
    EXPECT_EQ(s.caps[1].min_interval, 4h);
    EXPECT_EQ(s.caps[1].digest_template, "news-digest");
    EXPECT_EQ(s.caps[1].digest_every, 6h);
    EXPECT_EQ(s.caps[2].limit, 0.5);
    EXPECT_THAT(s.caps[2].match.senders, ElementsAre("s"));
    EXPECT_EQ(s.quiet[0].on_hit, QuietSettings::OnHit::switch_channel);
    EXPECT_THAT(s.quiet[0].on_holidays, ElementsAre(Span{0, 1440}));
}

// ---- showing ------------------------------------------------------------------------------------------------------

TEST_F(Policy, a_reload_names_what_changed_as_it_is_written) {
    const auto old = with(example).settings;
    std::string text = example;
    const auto put = [&](const std::string& from, const std::string& to) {
        text.replace(text.find(from), from.size(), to);
    };
    put("limit    = 3", "limit    = 2");
    put("over     = \"defer\"", "over     = { digest = \"news\", template = \"t\", every = \"6h\" }");
    put("week_starts = \"saturday\" }", "week_starts = \"monday\" }");
    put("friday = [\"21:30-10:00\"]", "friday = []");
    put("release  = { spread = \"30m\" }", "");
    const auto next = with(text).settings;
    std::string all;
    for (const auto& change : diff(old, next)) {
        EXPECT_FALSE(change.needs_restart);
        all += change.text + "\n";
    }
    EXPECT_EQ(
        all,
        "cap three-a-week: limit 3 -> 2\n"
        "cap three-a-week: window { calendar = \"week\", zone = \"person\", week_starts = \"saturday\" } -> { calendar "
        "= \"week\", zone = \"person\", week_starts = \"monday\" }\n"
        "cap three-a-week: over \"defer\" -> { digest = \"news\", template = \"t\", every = \"6h\" }\n"
        "quiet nights: weekly { sunday = [\"21:30-08:30\"], monday = [\"21:30-08:30\"], tuesday = [\"21:30-08:30\"], "
        "wednesday = [\"21:30-08:30\"], thursday = [\"21:30-08:30\"], friday = [\"21:30-10:00\"], saturday = "
        "[\"21:30-08:30\"] } -> { sunday = [\"21:30-08:30\"], monday = [\"21:30-08:30\"], tuesday = "
        "[\"21:30-08:30\"], wednesday = [\"21:30-08:30\"], thursday = [\"21:30-08:30\"], saturday = "
        "[\"21:30-08:30\"] }\n"
        "quiet nights: release { spread = \"30m\" } -> { spread = \"0s\" }\n");
    EXPECT_THAT(diff(next, next), IsEmpty());
    EXPECT_THAT(diff(defaults(), next), testing::Contains(SettingChange{"cap one-sms-a-day: added", false}));
}

/// A section as its keys show it, to be read again.
template <class S>
std::string written(const S& settings) {
    std::string text;
    for (const auto& key : keys<S>()) {
        const auto value = show_key(key, settings);
        if (value != "none" && value != "\"\"" && value != "\"0s\"" && value != "[]")
            text += std::string(key.name) + " = " + value + "\n";
    }
    return text;
}

TEST_F(Policy, what_is_shown_reads_back_as_the_same) {
    const auto rules =
        example +
        "[[cap]]\nname='u'\nlimit=1.5\ncount_by='cost'\nwindow={until='2027-03-20T00:00:00+03:30'}\n"
        "[[cap]]\nname='r'\nlimit=1\nwindow={rolling='90m',grace='30s'}\nover='replace_lower'\n"
        "[[cap]]\nname='e'\nlimit=1\nwindow={since_event='order'}\nscope={data='a.b'}\n"
        "[[cap]]\nname='m'\nlimit=1\nwindow={calendar='month',zone='UTC',system='jalali'}\narbitrate='1m'\n"
        "[[quiet]]\nname='q'\nholidays='ir'\non_holidays=['00:00-24:00']\non_hit={switch_channel=['push']}\n"
        "[channel.sms]\ncost=2\n[plan.p]\nchannels=['sms']\n";
    const auto first = with(rules);
    for (const auto& problem : first.problems)
        ADD_FAILURE() << problem.sentence();
    std::string again = "[class.marketing]\n" + written(first.settings.classes.at("marketing"));
    for (const auto& cap : first.settings.caps)
        again += "[[cap]]\n" + written(cap);
    for (const auto& quiet : first.settings.quiet)
        again += "[[quiet]]\n" + written(quiet);
    again += "[channel.sms]\n" + written(first.settings.channels.at(0));
    again += "[plan.p]\n" + written(first.settings.plans.at(0));
    const auto second = with(again);
    for (const auto& problem : second.problems)
        ADD_FAILURE() << problem.sentence() << "\n" << again;
    EXPECT_EQ(first.settings, second.settings);
}

}  // namespace
}  // namespace chapar::config
