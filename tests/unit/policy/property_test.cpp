// Laws that hold for any rules and any history. Fixed seeds.
#include <random>

#include "world.hpp"

namespace chapar::policy::test {
namespace {

using config::CapSettings;
using config::Window;
using model::UseState;

const std::vector<std::string> zones{"Asia/Tehran",         "Europe/Berlin", "America/New_York",
                                     "Australia/Lord_Howe", "Asia/Kolkata",  "Pacific/Apia"};

class Laws : public World {
  protected:
    std::mt19937 random{20261122};
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
    template <class T>
    const T& one_of(const std::vector<T>& all) {
        return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
    }
    Milliseconds some_time(Milliseconds most) { return Milliseconds(below(static_cast<int>(most.count()))); }

    CapSettings some_cap(int number) {
        auto cap = rolling_cap("cap" + std::to_string(number), 1 + below(4), 1h + some_time(24h * 3));
        if (below(4) == 0) cap.window.grace = some_time(30min);
        if (below(2) == 0) {
            cap = calendar_cap(cap.name, cap.limit, static_cast<Window::Unit>(below(4)));
            cap.window.jalali = below(2) == 0;
            cap.window.week_starts = below(7);
            if (below(3) == 0) cap.window.zone = one_of(zones);
        }
        if (below(5) == 0) cap.min_interval = 1min + some_time(5h);
        if (below(3) == 0) cap.match.channels = {below(2) == 0 ? "sms" : "push"};
        if (below(3) == 0) cap.match.categories = {"news"};
        if (below(5) == 0) cap.scope = CapSettings::Scope::endpoint;
        cap.counts = static_cast<CapSettings::Counts>(below(3));
        cap.horizon = 24h * 365;
        return cap;
    }
    Message& some_message() {
        auto& m = message();
        m.subject.recipient = below(2) == 0 ? "ali" : "zahra";
        m.subject.person_zone = m.subject.recipient == "ali" ? "Asia/Tehran" : "America/New_York";
        m.subject.category = below(2) == 0 ? "news" : "";
        set_plan(m, {{below(2) == 0 ? "sms" : "push", "address", {}, {}, {}}});
        m.subject.expires_at = now + 24h * 300;
        return m;
    }
    void some_outcome(const Message& m) {
        const auto fate = below(6);
        if (fate == 0)
            ledger.release(m.subject.key);
        else
            ledger.settle(m.subject.key, static_cast<UseState>(fate - 1));
    }
    /// A world's worth of random traffic; `check` sees each decision.
    template <class Check>
    void live(int worlds, int steps, Check check) {
        for (int w = 0; w < worlds; ++w) {
            settings.caps.clear();
            for (int i = 0, n = 1 + below(5); i < n; ++i)
                settings.caps.push_back(some_cap(i));
            ledger.by_scope.clear();
            rules.reset();
            messages.clear();
            now = tehran(2022, 1, 1) + std::chrono::hours(below(24 * 365 * 5));
            for (int i = 0; i < steps; ++i) {
                now += some_time(3h);
                auto& m = some_message();
                check(m, ask(m));
                if (testing::Test::HasFatalFailure()) return;
            }
        }
    }
};

TEST_F(Laws, the_next_time_is_exact_one_millisecond_before_it_is_refused_and_then_it_goes) {
    int waited = 0;
    live(300, 40, [&](Message& m, const Decision& decision) {
        if (decision.ruling.action == Action::go) {
            ledger.apply(decision.ruling, m.subject.key);
            some_outcome(m);
            return;
        }
        ASSERT_EQ(decision.ruling.action, Action::wait);
        ++waited;
        const auto was = now;
        ASSERT_GT(decision.ruling.due, now);
        now = decision.ruling.due - 1ms;
        ASSERT_EQ(ask(m).ruling.action, Action::wait);
        // Calendar windows begin anew at midnight, so a time in between may be free; the due time surely is.
        now = decision.ruling.due;
        ASSERT_EQ(ask(m).ruling.action, Action::go);
        now = was;
    });
    EXPECT_GT(waited, 1000);
}

TEST_F(Laws, no_rolling_window_ever_holds_more_than_its_limit) {
    struct Went {
        Timestamp at;
        std::string who, channel, category;
    };
    std::vector<Went> log;
    std::shared_ptr<const Rules> of;
    live(150, 60, [&](Message& m, const Decision& decision) {
        if (of != rules) {
            of = rules;
            log.clear();
        }
        if (decision.ruling.action != Action::go) return;
        ledger.apply(decision.ruling, m.subject.key);
        log.push_back({now, std::string(m.subject.recipient), m.plan[0].channel, std::string(m.subject.category)});
        for (const auto& cap : settings.caps) {
            if (cap.scope != CapSettings::Scope::person || cap.window.kind != Window::Kind::rolling) continue;
            const auto is_about = [&cap](const Went& went) {
                return (cap.match.channels.empty() || cap.match.channels[0] == went.channel) &&
                       (cap.match.categories.empty() || cap.match.categories[0] == went.category);
            };
            if (!is_about(log.back())) continue;
            const bool apart = cap.min_interval.count() > 0;
            const auto length = apart ? cap.min_interval : cap.window.length - cap.window.grace;
            const auto within = std::count_if(log.begin(), log.end(), [&](const Went& went) {
                return went.who == log.back().who && is_about(went) && went.at > now - length;
            });
            ASSERT_LE(within, apart ? 1 : static_cast<long>(cap.limit)) << cap.name;
        }
    });
}

TEST_F(Laws, asking_changes_nothing_and_explaining_changes_no_answer) {
    live(100, 30, [&](Message& m, const Decision& decision) {
        const auto again = ask(m), explained = ask(m, true);
        ASSERT_EQ(again.ruling.action, decision.ruling.action);
        ASSERT_EQ(explained.ruling.action, decision.ruling.action);
        ASSERT_EQ(explained.ruling.due, decision.ruling.due);
        ASSERT_EQ(explained.ruling.reserve.size(), decision.ruling.reserve.size());
        ASSERT_FALSE(explained.findings.empty());
        ASSERT_EQ(explained.findings.back().passed || decision.ruling.action != Action::go, true);
        ledger.apply(decision.ruling, m.subject.key);
    });
}

TEST_F(Laws, one_more_rule_never_lets_more_through) {
    live(150, 30, [&](Message& m, const Decision& decision) {
        settings.caps.push_back(some_cap(9));
        rules.reset();
        ASSERT_TRUE(decision.ruling.action == Action::go || ask(m).ruling.action != Action::go);
        settings.caps.pop_back();
        rules.reset();
        ledger.apply(decision.ruling, m.subject.key);
    });
}

TEST_F(Laws, quiet_hours_end_at_the_first_moment_at_which_no_window_is_open) {
    for (int world = 0; world < 400; ++world) {
        settings.quiet.clear();
        const auto& where = one_of(zones);
        for (int i = 0, n = 1 + below(3); i < n; ++i) {
            auto quiet = nights(below(1440), 1 + below(1440));
            if (quiet.weekly[0][0].from == quiet.weekly[0][0].to) continue;
            for (auto& each : quiet.weekly)
                if (below(3) == 0) each = {{below(700), 701 + below(700)}};
            quiet.zone = {where};
            settings.quiet.push_back(quiet);
        }
        rules.reset();
        messages.clear();
        now = local(where, 2022 + below(4), static_cast<unsigned>(1 + below(12)), static_cast<unsigned>(1 + below(28)),
                    below(24), below(60));
        auto& m = message();
        const auto decision = ask(m);
        if (decision.ruling.action == Action::go) continue;
        if (decision.ruling.action == Action::end) continue;  // no free moment in the whole week
        const auto due = decision.ruling.due;
        for (; now < due; now += std::min(Milliseconds(7min), due - now))
            ASSERT_EQ(ask(m).ruling.due, due) << where;
        ASSERT_EQ(ask(m).ruling.action, Action::go);
        now = due - 1ms;
        ASSERT_EQ(ask(m).ruling.action, Action::wait);
    }
}

TEST_F(Laws, in_quiet_hours_the_wall_shows_them) {
    settings.quiet.push_back(nights());
    settings.quiet[0].zone = {"person"};
    for (int i = 0; i < 20'000; ++i) {
        messages.clear();
        now =
            tehran(2010, 1, 1) + Milliseconds(std::uniform_int_distribution<std::int64_t>(0, 631'152'000'000)(random));
        auto& m = message();
        const auto& where = one_of(zones);
        m.subject.person_zone = where;
        const int minute = zone(where)->local(now).millisecond / 60'000;
        const bool shows = minute >= 21 * 60 + 30 || minute < 8 * 60 + 30;
        ASSERT_EQ(ask(m).ruling.action != Action::go, shows) << where << " " << to_ms(now);
    }
}

}  // namespace
}  // namespace chapar::policy::test
