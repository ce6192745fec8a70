#include "config/load.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>

#include <random>

namespace chapar::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Load : public Files {};

TEST_F(Load, an_empty_file_gives_the_defaults_and_the_built_in_classes) {
    const auto loaded = with("");
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings, defaults());
    EXPECT_EQ(loaded.settings.store.path, "/var/lib/chapar/chapar.db");
    const auto& otp = loaded.settings.classes.at("otp");
    EXPECT_EQ(otp.priority, Priority::critical);
    EXPECT_EQ(otp.max_age, 5min);
    EXPECT_EQ(otp.on_doubt, OnDoubt::retry);
    EXPECT_EQ(loaded.settings.classes.at("transactional").priority, Priority::high);
    const auto& marketing = loaded.settings.classes.at("marketing");
    EXPECT_EQ(marketing.priority, Priority::bulk);
    EXPECT_EQ(marketing.on_doubt, OnDoubt::hold);
    EXPECT_DOUBLE_EQ(marketing.share, 0.05);
}

TEST_F(Load, every_section_is_read) {
    const auto loaded = with(R"(
[daemon]
state_dir = "/srv/chapar"
timezone = "UTC"
stop_timeout = "1m30s"
[log]
level = "debug"
format = "json"
[socket]
max_body = "2MiB"
max_header = 8192
[class.marketing]
share = 0.1
[class.receipts]
priority = "high"
backoff = { first = "5s", max = "10m" }
on_doubt = "retry"
[[application]]
name = "shop"
users = ["www-data", "1001"]
classes = ["otp", "receipts"]
channels = ["*"]
rate = 50
operator = true
attachment_limit = "1MB"
[[route]]
name = "smtp-a"
channel = "email"
plugin = "email"
rate = 12.5
deadline = "90s"
[route.settings]
url = "smtp://mail.example.com:587"
tls = { verify = true, names = ["a", "b"] }
)");
    ASSERT_TRUE(loaded.ok()) << loaded.problems[0].sentence();
    const auto& s = loaded.settings;
    EXPECT_EQ(s.daemon.stop_timeout, 90s);
    EXPECT_EQ(s.store.path, "/srv/chapar/chapar.db");
    EXPECT_EQ(s.log.format, "json");
    EXPECT_EQ(s.socket.max_body, 2U << 20);
    EXPECT_EQ(s.socket.max_header, 8192U);
    EXPECT_EQ(s.classes.at("marketing").priority, Priority::bulk) << "what is not said keeps its default";
    EXPECT_EQ(s.classes.at("receipts").backoff.max, 10min);
    ASSERT_EQ(s.applications.size(), 1U);
    EXPECT_THAT(s.applications[0].users, ElementsAre("www-data", "1001"));
    EXPECT_EQ(s.applications[0].attachment_limit, 1'000'000U);
    EXPECT_TRUE(s.applications[0].operator_role);
    ASSERT_EQ(s.routes.size(), 1U);
    EXPECT_EQ(s.routes[0].config_json,
              R"({"tls":{"names":["a","b"],"verify":true},"url":"smtp://mail.example.com:587"})");
}

TEST_F(Load, conf_d_adds_tables_and_appends_lists_in_the_order_of_names) {
    put("conf.d/20-b.toml", "[[route]]\nname='b'\nchannel='email'\nplugin='email'\n[class.otp]\nmax_age='2m'\n");
    put("conf.d/10-a.toml", "[[route]]\nname='a'\nchannel='email'\nplugin='email'\n[daemon]\nlocale='en'\n");
    put("conf.d/30.toml~", "this is = = no toml");
    put("conf.d/.40.toml", "this is = = no toml");
    const auto loaded = with("[daemon]\ntimezone='UTC'\n[[route]]\nname='main'\nchannel='email'\nplugin='email'\n");
    ASSERT_TRUE(loaded.ok()) << loaded.problems[0].sentence();
    ASSERT_EQ(loaded.settings.routes.size(), 3U);
    EXPECT_EQ(loaded.settings.routes[0].name, "main");
    EXPECT_EQ(loaded.settings.routes[1].name, "a");
    EXPECT_EQ(loaded.settings.routes[2].name, "b");
    EXPECT_EQ(loaded.settings.routes[2].order, 2U);
    EXPECT_EQ(loaded.settings.daemon.locale, "en");
    EXPECT_EQ(loaded.settings.daemon.timezone, "UTC");
    EXPECT_EQ(loaded.settings.classes.at("otp").max_age, 2min);
    EXPECT_EQ(loaded.files.size(), 3U);
}

TEST_F(Load, a_value_that_stands_in_two_files_names_both_places) {
    put("conf.d/a.toml", "[daemon]\nlocale = 'en'\n");
    EXPECT_EQ(said("[daemon]\nlocale = 'fa'\n"),
              "conf.d/a.toml:2:1: daemon.locale stands already at chapar.toml:2:1: keep one of them\n");
}

TEST_F(Load, an_unknown_key_names_its_place_and_the_nearest_key) {
    EXPECT_EQ(said("[daemon]\ntiemzone = 'UTC'\n"),
              "chapar.toml:2:1: unknown key \"tiemzone\" in [daemon]; did you mean \"timezone\"?\n");
    EXPECT_EQ(said("[demon]\n"), "chapar.toml:1:2: unknown table \"demon\"; did you mean \"daemon\"?\n");
    EXPECT_EQ(said("[store]\nwindow = 5\n"),
              "chapar.toml:2:1: unknown key \"window\" in [store]; it belongs in [queue], [[conversion]] or [[cap]]\n");
    EXPECT_EQ(said("[store]\nxyzzy = 5\n"),
              "chapar.toml:2:1: unknown key \"xyzzy\" in [store]; known: path, keep_finished, keep_events, "
              "keep_reports and keep_conversions\n");
}

TEST_F(Load, every_problem_is_reported_in_the_order_of_the_file) {
    EXPECT_EQ(said("[daemon]\nlocale = 5\nstop_timeout = 30\n[log]\nlevel = 'loud'\n[queue]\nwindow = '12'\n"),
              "chapar.toml:2:10: locale is a whole number: expected a string, in quotes\n"
              "chapar.toml:3:16: stop_timeout = 30 has no unit: it may mean \"30s\" or \"30m\"\n"
              "chapar.toml:5:9: level = \"loud\": expected one of debug, info, warning or error\n"
              "chapar.toml:7:10: window is a string: expected a whole number, without quotes\n");
}

TEST_F(Load, a_syntax_error_has_its_place_and_hides_no_problem_of_another_file) {
    put("conf.d/a.toml", "[daemon]\nlocale = 5\n");
    const auto text = said("[daemon]\ntimezone = \n");
    EXPECT_THAT(text, testing::StartsWith("chapar.toml:2:"));
    EXPECT_THAT(text, HasSubstr(": not TOML: "));
    EXPECT_THAT(text, HasSubstr("conf.d/a.toml:2:10: locale is a whole number"));
}

TEST_F(Load, a_file_cut_anywhere_is_a_problem_with_a_place_or_a_shorter_configuration) {
    const std::string text =
        "[daemon]\nstate_dir = \"/srv/chapar\"\n[[route]]\nname = \"a\"\nchannel = \"email\"\nplugin = \"email\"\n"
        "[route.settings]\nurl = \"smtp://localhost\"\n";
    for (std::size_t n = 0; n <= text.size(); ++n) {
        const auto loaded = with(text.substr(0, n));
        for (const auto& problem : loaded.problems)
            EXPECT_GT(problem.line, 0U) << n << " " << problem.sentence();
    }
}

TEST_F(Load, a_missing_or_foreign_writable_file_is_a_problem) {
    EXPECT_EQ(without_folder(load(main).error().message()), "chapar.toml: can't be read: No such file or directory");
    put("chapar.toml", "");
    ::chmod(main.c_str(), 0646);
    EXPECT_THAT(load(main).error().message(), HasSubstr("anyone may write it (mode 0646)"));
    ::chmod(main.c_str(), 0644);
    std::filesystem::create_directory(directory + "/conf.d/x.toml");
    EXPECT_THAT(load(main).error().message(), HasSubstr("not a regular file"));
}

TEST_F(Load, zero_is_refused_where_it_means_two_things) {
    const std::string route = "[[route]]\nname='a'\nchannel='email'\nplugin='email'\n";
    EXPECT_EQ(
        said(route + "rate = 0\n"),
        "chapar.toml:5:8: rate = 0 may mean \"no limit\" (then leave the key out) or \"send nothing\" (then pause "
        "it: chapar route pause)\n");
    EXPECT_THAT(said(route + "deadline = '0s'\n"), HasSubstr("may mean \"at once\" or \"without end\""));
    EXPECT_THAT(said("[class.otp]\nmax_age = 0\n"), HasSubstr("may mean \"at once\" or \"without end\""));
    EXPECT_THAT(said("[class.otp]\nmax_attempts = 0\n"), HasSubstr("may mean \"never try\" or \"try without end\""));
    EXPECT_THAT(said("[store]\nkeep_finished = '0d'\n"), HasSubstr("may mean \"remove at once\" or \"keep for ever\""));
    EXPECT_THAT(said("[socket]\nmax_body = '10M'\n"), HasSubstr("may mean \"10MB\" (thousands) or \"10MiB\" (1024s)"));
}

TEST_F(Load, impossible_values_say_the_range) {
    EXPECT_EQ(said("[class.otp]\nshare = 0.6\n"), "chapar.toml:2:9: share = 0.6: expected 0 to 0.5\n");
    EXPECT_EQ(said("[queue]\nwindow = -1\n"), "chapar.toml:2:10: window = -1: expected 1 to 1000000\n");
    EXPECT_EQ(said("[socket]\nidle_timeout = '2h'\n"),
              "chapar.toml:2:16: idle_timeout = \"2h\": expected \"1s\" to \"1h\"\n");
    EXPECT_THAT(said("[socket]\nmax_depth = 9223372036854775807\n"), HasSubstr("expected 4 to 256"));
    EXPECT_THAT(said("[socket]\nmode = 660\n"), HasSubstr("mode is a whole number: expected a string, in quotes"));
    EXPECT_THAT(said("[socket]\nmode = '0888'\n"), HasSubstr("expected permissions in octal"));
    EXPECT_THAT(said("[daemon]\nstate_dir = 'var'\n"), HasSubstr("expected an absolute path"));
    EXPECT_THAT(said("[daemon]\ntimezone = 'Asia/Tehrun'\n"), HasSubstr("IANA"));
    EXPECT_THAT(said("[daemon]\ntimezone = '../../etc/passwd'\n"), HasSubstr("IANA"));
    EXPECT_THAT(said("[class.otp]\nbackoff = { first = '2h', max = '1h' }\n"),
                HasSubstr("backoff: first (2h) is longer than max (1h)"));
    EXPECT_THAT(said("[class.otp]\nbackoff = { frist = '2h' }\n"), HasSubstr("did you mean \"first\"?"));
}

TEST_F(Load, any_damage_to_a_file_ends_in_settings_or_in_problems_with_a_sentence) {
    const std::string text =
        "[daemon]\nstop_timeout = \"1m30s\"\n[class.receipts]\nbackoff = { first = \"5s\", max = \"10m\" }\n"
        "[[application]]\nname = \"shop\"\nusers = [\"web\"]\nclasses = [\"*\"]\nchannels = [\"*\"]\n"
        "[[route]]\nname = \"a\"\nchannel = \"email\"\nplugin = \"email\"\nrate = 12.5\n"
        "[route.settings]\nhost = \"localhost\"\n";
    std::mt19937 random(41);
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
        auto damaged = text;
        for (int n = 0; n < 1 + round % 3; ++n) {
            const auto at = random() % damaged.size();
            switch (random() % 4) {
                case 0:
                    damaged[at] = static_cast<char>(random());
                    break;
                case 1:
                    damaged.erase(at, 1 + random() % 5);
                    break;
                case 2:
                    damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 20));
                    break;
                default:
                    damaged[at] = "\"'[]{}=.,#\n0-"[random() % 13];
                    break;
            }
        }
        const auto loaded = with(damaged);
        refused += loaded.ok() ? 0 : 1;
        for (const auto& problem : loaded.problems) {
            ASSERT_GT(problem.line, 0U) << damaged;
            ASSERT_FALSE(problem.text.empty()) << damaged;
        }
    }
    EXPECT_GT(refused, 2000);
}

TEST_F(Load, dates_are_refused_in_plugin_settings) {
    EXPECT_THAT(said("[[route]]\nname='a'\nchannel='email'\nplugin='email'\n[route.settings]\nx = 2026-01-01\n"),
                HasSubstr("chapar.toml:6:5: a date is not possible here"));
}

TEST_F(Load, one_bracket_where_two_are_needed_is_explained) {
    EXPECT_EQ(said("[route]\nname = 'a'\n"),
              "chapar.toml:1:1: route is a table: expected [[route]] (two brackets: there may be several)\n");
    EXPECT_THAT(said("[class]\nshare = 0.1\n"), HasSubstr("expected a table, [class.share]"));
}

}  // namespace
}  // namespace chapar::config
