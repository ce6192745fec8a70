// Caps, quiet windows, channels and plans: what is said of the mistakes that a person would make.

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using testing::HasSubstr;

class PolicyMistakes : public Files {
  protected:
    /// What is said of a cap with these lines, from line 2 on.
    std::string of_cap(const std::string& lines) const { return said("[[cap]]\nname = \"a\"\n" + lines); }
    std::string of_quiet(const std::string& lines) const { return said("[[quiet]]\nname = \"n\"\n" + lines); }
};

// ---- the ten mistakes ---------------------------------------------------------------------------------------------

TEST_F(PolicyMistakes, mistake_1_a_limit_of_zero) {
    EXPECT_EQ(of_cap("limit = 0\nwindow = { rolling = \"24h\" }\n"),
              "chapar.toml:3:9: limit = 0 may mean \"never send\" (then write limit = \"never\") or \"no limit\" (then "
              "remove the rule)\n");
}

TEST_F(PolicyMistakes, mistake_2_one_bracket_instead_of_two) {
    EXPECT_EQ(said("[cap]\nname = \"a\"\n"),
              "chapar.toml:1:1: cap is a table: expected [[cap]] (two brackets: there may be several)\n");
}

TEST_F(PolicyMistakes, mistake_3_a_misspelt_key) {
    EXPECT_EQ(of_cap("limit = 3\nwindow = { rollling = \"24h\" }\n"),
              "chapar.toml:4:12: unknown key \"rollling\" in window; did you mean \"rolling\"?\n");
    EXPECT_EQ(of_cap("limit = 3\nwindow = \"lifetime\"\nclass = [\"marketing\"]\n"),
              "chapar.toml:5:1: unknown key \"class\" in [[cap]]; it belongs in [[category]] or match\n");
}

TEST_F(PolicyMistakes, mistake_4_a_string_where_a_list_belongs) {
    EXPECT_EQ(of_cap("limit = 3\nwindow = \"lifetime\"\nmatch = { class = \"marketing\" }\n"),
              "chapar.toml:5:19: class is a string: expected a list of strings, such as [\"a\", \"b\"]\n");
}

TEST_F(PolicyMistakes, mistake_5_an_hour_that_does_not_exist) {
    EXPECT_EQ(
        of_quiet("weekly = { every = [\"21:30-25:00\"] }\n"),
        "chapar.toml:3:21: every, element 1, = \"21:30-25:00\": 25:00 is no time of day: expected 00:00 to 24:00\n");
    EXPECT_EQ(
        of_quiet("weekly = { every = [\"9pm to 8am\"] }\n"),
        "chapar.toml:3:21: every, element 1, = \"9pm to 8am\": expected a span of the day, such as \"21:30-08:30\"\n");
}

TEST_F(PolicyMistakes, mistake_6_a_window_that_leaves_no_moment_free) {
    EXPECT_EQ(of_quiet("weekly = { every = [\"00:00-24:00\"] }\n"),
              "chapar.toml:3:10: quiet window \"n\" leaves no moment of the week free, so nothing would ever be sent: "
              "shorten it, or write limit = \"never\" in a [[cap]]\n");
    EXPECT_EQ(
        of_quiet("weekly = { every = [\"21:00-08:00\"], friday = [\"08:00-23:00\"], thursday = [\"21:00-08:00\"] }\n"),
        "chapar.toml:3:10: quiet window \"n\" is quiet for 26h00m in a row, from thursday 21:00: expected at most 20h, "
        "so that what waits can go; days off belong into holidays\n");
}

TEST_F(PolicyMistakes, mistake_7_a_day_or_a_zone_that_nobody_knows) {
    EXPECT_EQ(
        of_quiet("weekly = { freitag = [\"21:30-08:30\"] }\nzone = [\"Asia/Teheran\", \"persn\"]\n"),
        "chapar.toml:3:12: unknown key \"freitag\" in weekly; known: every, saturday, sunday, monday, tuesday, "
        "wednesday, thursday and friday\n"
        "chapar.toml:4:9: zone, element 1, = \"Asia/Teheran\": expected device, person, country, application or a time "
        "zone of the IANA database, such as \"Asia/Tehran\"; did you mean \"Asia/Tehran\"?\n"
        "chapar.toml:4:25: zone, element 2, = \"persn\": expected device, person, country, application or a time zone "
        "of the IANA database, such as \"Asia/Tehran\"; did you mean \"person\"?\n");
}

TEST_F(PolicyMistakes, mistake_8_a_code_that_would_wait) {
    EXPECT_EQ(
        of_cap("limit = 3\nwindow = { rolling = \"1h\" }\nmatch = { class = [\"otp\"] }\nover = \"defer\"\n"),
        "chapar.toml:6:8: cap \"a\" names class otp, and a one-time code that waits is worth nothing: expected over = "
        "\"drop\", or a match without otp\n");
    EXPECT_EQ(of_cap("limit = 3\nwindow = { rolling = \"1h\" }\nmatch = { class = [\"otp\"] }\nover = \"drop\"\n"), "");
}

TEST_F(PolicyMistakes, mistake_9_a_digest_without_its_template) {
    EXPECT_EQ(
        of_cap("limit = 3\nwindow = \"lifetime\"\nover = { digest = \"news\", every = \"6h\" }\n"),
        "chapar.toml:5:8: over = { digest = \"news\" } has no template: write the template that shows them all\n");
}

TEST_F(PolicyMistakes, mistake_10_a_plan_that_is_too_long_or_names_what_is_not_there) {
    EXPECT_EQ(
        said("[plan.all]\nchannels = [\"push\", \"email\", \"sms\", \"inapp\"]\n[plan.b]\nchannels = [\"smss\"]\n"),
        "chapar.toml:2:12: plan all names 4 channels: expected one main channel and at most two behind it\n"
        "chapar.toml:4:13: no channel \"smss\"; did you mean \"sms\"?\n");
}

// ---- and more of them ---------------------------------------------------------------------------------------------

TEST_F(PolicyMistakes, a_cap_says_how_much_and_over_what_time) {
    EXPECT_EQ(
        of_cap(""),
        "chapar.toml:1:1: cap \"a\" has no limit: write limit = 3 with a window, limit = \"never\", or min_interval = "
        "\"4h\"\n");
    EXPECT_THAT(of_cap("limit = 3\n"), HasSubstr("cap \"a\" has a limit but no window"));
    EXPECT_THAT(of_cap("limit = 3\nmin_interval = \"4h\"\n"), HasSubstr("put limit and window into another [[cap]]"));
    EXPECT_THAT(of_cap("limit = 2.5\nwindow = \"lifetime\"\n"), HasSubstr("limit = 2.5: messages are counted whole"));
    EXPECT_THAT(of_cap("limit = \"3\"\n"), HasSubstr("limit = \"3\": expected a number without quotes, or \"never\""));
    EXPECT_THAT(of_cap("limit = -1\n"), HasSubstr("limit = -1: expected a number above 0, or \"never\""));
    EXPECT_THAT(of_cap("count_by = \"cost\"\nlimit = 9\nwindow = \"lifetime\"\n"),
                HasSubstr("write cost in [channel.sms]"));
}

TEST_F(PolicyMistakes, a_window_says_one_thing) {
    const auto window = [&](const std::string& text) { return of_cap("limit = 3\nwindow = " + text + "\n"); };
    EXPECT_THAT(window("\"weekly\""),
                HasSubstr("window = \"weekly\": expected { rolling = \"24h\" }, { calendar = \"week\" }"));
    EXPECT_THAT(window("{ rolling = \"24h\", calendar = \"day\" }"),
                HasSubstr("window names several of rolling, calendar"));
    EXPECT_THAT(window("{ zone = \"person\" }"), HasSubstr("window names none of rolling, calendar"));
    EXPECT_THAT(window("{ rolling = \"24h\", week_starts = \"monday\" }"),
                HasSubstr("4:29: window: week_starts says nothing without calendar = \"week\""));
    EXPECT_THAT(window("{ calendar = \"week\", week_starts = \"mon\" }"), HasSubstr("did you mean \"monday\"?"));
    EXPECT_THAT(window("{ calendar = \"weak\" }"), HasSubstr("did you mean \"week\"?"));
    EXPECT_THAT(window("{ calendar = \"week\", zone = \"Tehran\" }"), HasSubstr("expected \"person\" or a time zone"));
    EXPECT_THAT(window("{ until = \"2027-03-20\" }"),
                HasSubstr("4:20: until = \"2027-03-20\": expected a moment with its offset"));
    EXPECT_THAT(window("{ until = 2027-03-20T00:00:00 }"), HasSubstr("expected a moment with its offset"));
    EXPECT_THAT(window("{ rolling = \"1h\", grace = \"2h\" }"),
                HasSubstr("grace (2h) is not shorter than rolling (1h)"));
    EXPECT_THAT(window("{ rolling = 24 }"), HasSubstr("rolling = 24 has no unit"));
}

TEST_F(PolicyMistakes, what_happens_over_a_limit_is_one_of_five_things) {
    const auto over = [&](const std::string& text) { return of_cap("limit = \"never\"\nover = " + text + "\n"); };
    EXPECT_THAT(over("\"defered\""), HasSubstr("did you mean \"defer\"?"));
    EXPECT_THAT(over("\"switch_channel\""),
                HasSubstr("expected \"defer\", \"drop\", \"replace_lower\", { switch_channel ="));
    EXPECT_THAT(over("{ }"), HasSubstr("over is empty"));
    EXPECT_THAT(over("{ switch_channel = [\"push\"], digest = \"x\" }"), HasSubstr("expected either"));
    EXPECT_THAT(over("{ switch_channel = [] }"), HasSubstr("names 0 channels: expected one or two"));
    EXPECT_THAT(over("{ switch_channel = [\"psuh\"] }"),
                HasSubstr("4:28: no channel \"psuh\"; did you mean \"push\"?"));
    EXPECT_THAT(over("{ digest = \"x\", template = \"t\" }"), HasSubstr("has no every: write how long"));
}

TEST_F(PolicyMistakes, references_and_names_agree) {
    EXPECT_THAT(of_cap("limit=\"never\"\nmatch = { class = [\"marketng\"] }\n"),
                HasSubstr("4:20: no class \"marketng\"; did you mean \"marketing\"?"));
    EXPECT_THAT(of_cap("limit=\"never\"\nmatch = { application = [\"shop\"] }\n"),
                HasSubstr("no application \"shop\""));
    EXPECT_EQ(of_cap("limit=\"never\"\n[[cap]]\nname = \"a\"\nlimit=\"never\"\n"),
              "chapar.toml:5:8: cap \"a\" stands already at chapar.toml:2:8\n");
    EXPECT_THAT(said("[channel.smss]\ncost = 1\n"), HasSubstr("1:10: no channel \"smss\"; did you mean \"sms\"?"));
    EXPECT_THAT(said("[plan.reach-first]\nchannels = [\"sms\"]\n"),
                HasSubstr("exists already, by the reach of channels"));
    EXPECT_THAT(said("[plan.x]\n"), HasSubstr("[plan.NAME] has no channels"));
    EXPECT_THAT(said("[class.otp]\nobeys_quiet = true\nobeys_caps = true\n"),
                HasSubstr("class otp can't obey quiet windows"));
    EXPECT_THAT(said("[class.marketing]\nfallback = 3\n"), HasSubstr("fallback = 3: expected 0 to 2"));
    EXPECT_THAT(said("[class.marketing]\nunknown_zone = \"drop\"\n"), HasSubstr("expected one of send or hold"));
}

TEST_F(PolicyMistakes, quiet_windows_are_possible_and_add_up) {
    EXPECT_THAT(of_quiet(""), HasSubstr("quiet window \"n\" is never quiet"));
    EXPECT_THAT(of_quiet("weekly = { every = [\"08:00-08:00\"] }\n"), HasSubstr("begins and ends at the same time"));
    EXPECT_THAT(of_quiet("weekly = { every = [\"24:00-08:00\"] }\n"), HasSubstr("that is 00:00 of the next day"));
    EXPECT_THAT(of_quiet("weekly = { every = \"21:00-08:00\" }\n"),
                HasSubstr("every is a string: expected a list of spans"));
    EXPECT_THAT(of_quiet("weekly = [\"21:00-08:00\"]\n"), HasSubstr("weekly is a list: expected a table"));
    EXPECT_THAT(of_quiet("weekly = { every = [\"21:00-08:00\"] }\non_holidays = [\"21:00-08:00\"]\n"),
                HasSubstr("on_holidays says nothing without holidays"));
    EXPECT_THAT(of_quiet("weekly = { every = [\"21:00-08:00\"] }\nmatch = { class = [\"otp\"] }\n"),
                HasSubstr("leave otp out"));
    const std::string second = "[[quiet]]\nname = \"days\"\nweekly = { every = [\"08:00-18:00\"] }\n";
    EXPECT_THAT(of_quiet("weekly = { every = [\"21:00-08:00\"] }\n" + second),
                HasSubstr("6:10: quiet window \"days\" with \"n\" is quiet for 21h00m in a row, from"));
    EXPECT_EQ(of_quiet("weekly = { every = [\"21:00-08:00\"] }\nmatch = { class = [\"marketing\"] }\n" + second), "")
        << "only part of the messages have both";
}

}  // namespace
}  // namespace chapar::config
