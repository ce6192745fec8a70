#include "config/checks.hpp"
#include "config/suggest.hpp"
#include "config/tables.hpp"
#include "model/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>

namespace chapar::config {
namespace {

constexpr int day_minutes = 24 * 60, week_minutes = 7 * day_minutes;
constexpr int longest_quiet = 20 * 60;
using Week = std::bitset<week_minutes>;

void add_week(Week& week, const QuietSettings& quiet) {
    for (int day = 0; day < 7; ++day) {
        for (const auto span : quiet.weekly[static_cast<std::size_t>(day)]) {
            const int end = span.to > span.from ? span.to : span.to + day_minutes;
            for (int minute = span.from; minute < end; ++minute)
                week.set(static_cast<std::size_t>((day * day_minutes + minute) % week_minutes));
        }
    }
}

struct Run {
    int from = 0, minutes = 0;
};

/// The longest run of quiet minutes around the week.
Run longest_run(const Week& week) {
    if (week.all()) return {0, week_minutes};
    Run best, now;
    for (int i = 0; i < 2 * week_minutes; ++i) {
        if (!week.test(static_cast<std::size_t>(i % week_minutes))) {
            now = {};
        } else {
            if (now.minutes++ == 0) now.from = i % week_minutes;
            if (now.minutes > best.minutes) best = now;
        }
    }
    return best;
}

bool within(const std::vector<std::string>& narrow, const std::vector<std::string>& wide) {
    return wide.empty() || (!narrow.empty() && std::ranges::all_of(narrow, [&](const auto& one) {
               return std::ranges::find(wide, one) != wide.end();
           }));
}

/// Whether every message of `narrow` is one of `wide`.
bool within(const Match& narrow, const Match& wide) {
    return within(narrow.channels, wide.channels) && within(narrow.classes, wide.classes) &&
           within(narrow.categories, wide.categories) && within(narrow.tags, wide.tags) &&
           within(narrow.campaigns, wide.campaigns) && within(narrow.senders, wide.senders) &&
           within(narrow.applications, wide.applications);
}

class PolicyAgreement {
  public:
    PolicyAgreement(const Settings& settings, Reading& reading) : settings_(settings), reading_(reading) {
        for (const auto& [name, unused] : settings.classes)
            classes_.push_back(name);
        for (const auto& application : settings.applications)
            applications_.push_back(application.name);
        channels_ = known_channels(settings);
    }

    void check() {
        codes();
        for (const auto& channel : settings_.channels)
            known_channel("channel." + channel.name, channel.name);
        for (const auto& plan : settings_.plans)
            this->plan(plan);
        unique(settings_.caps, "cap");
        unique(settings_.quiet, "quiet");
        for (std::size_t i = 0; i < settings_.caps.size(); ++i)
            cap(fmt::format("cap.{}", i), settings_.caps[i]);
        for (std::size_t i = 0; i < settings_.quiet.size(); ++i)
            quiet(i);
        unique(settings_.categories, "category");
        for (std::size_t i = 0; i < settings_.categories.size(); ++i)
            category(fmt::format("category.{}", i), settings_.categories[i]);
        for (const auto& name : classes_)
            own_topic(fmt::format("class.{}", name), "class", name);
    }

  private:
    void problem(const std::string& path, std::string text) {
        reading_.problem(place_of(reading_, path), std::move(text));
    }

    void known_channel(const std::string& path, const std::string& name) {
        if (std::ranges::find(channels_, name) == channels_.end())
            problem(path, fmt::format("no channel \"{}\"{}", name, suggestion(name, channels_)));
    }

    template <class T>
    void unique(const std::vector<T>& list, std::string_view what) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto first = std::ranges::find(list, list[i].name, &T::name) - list.begin();
            if (list[i].name.empty() || static_cast<std::size_t>(first) == i) continue;
            problem(fmt::format("{}.{}.name", what, i),
                    fmt::format("{} \"{}\" stands already at {}", what, list[i].name,
                                place_of(reading_, fmt::format("{}.{}.name", what, first)).text()));
        }
    }

    /// One-time codes are never kept back: a code that comes in the morning is worth nothing.
    void codes() {
        const auto& otp = settings_.classes.at("otp");
        if (otp.obeys_quiet)
            problem("class.otp.obeys_quiet",
                    "a one-time code that waits is worth nothing: class otp can't obey quiet windows");
        if (otp.obeys_caps) {
            problem("class.otp.obeys_caps",
                    "class otp can't obey every cap: name it in a [[cap]] of its own, match = { class "
                    "= [\"otp\"] } with over = \"drop\", against misuse");
        }
    }

    void plan(const PlanSettings& plan) {
        const auto path = "plan." + plan.name;
        if (plan.name == "cheapest-first" || plan.name == "reach-first") {
            problem(path, fmt::format("plan {} exists already, by the {} of channels: choose another name", plan.name,
                                      plan.name == "reach-first" ? "reach" : "cost"));
        }
        check_references(reading_, path + ".channels", plan.channels, channels_, "channel");
        const auto count = plan.channels.size();
        const bool given = reading_.places.contains(path + ".channels");
        if (count > 3 || (count == 0 && given)) {
            problem(path + ".channels",
                    fmt::format("plan {} names {} channels: expected one main channel and at most two "
                                "behind it",
                                plan.name, count));
        }
    }

    void category(const std::string& path, const CategorySettings& category) {
        own_topic(path + ".name", "category", category.name);
        const auto cls = settings_.classes.find(category.class_name);
        if (cls == settings_.classes.end()) {
            problem(path + ".class",
                    fmt::format("no class \"{}\"{}", category.class_name, suggestion(category.class_name, classes_)));
        } else if (cls->second.requires_ == Requires::none) {
            problem(path + ".class", fmt::format("class {} asks for no consent (requires = \"none\"): what a person "
                                                 "chooses would hold nothing back",
                                                 category.class_name));
        }
    }

    /// Consents know these as topics of their own.
    void own_topic(const std::string& path, std::string_view what, std::string_view name) {
        if (name == model::tracking_topic || name == model::pause_topic || name == "*")
            problem(path,
                    fmt::format("no {} may be called \"{}\": consents have it as a topic of its own", what, name));
    }

    void match(const std::string& path, const Match& match) {
        check_references(reading_, path + ".channel", match.channels, channels_, "channel");
        check_references(reading_, path + ".class", match.classes, classes_, "class");
        check_references(reading_, path + ".application", match.applications, applications_, "application");
    }

    void cap(const std::string& path, const CapSettings& cap) {
        match(path + ".match", cap.match);
        check_references(reading_, path + ".over.switch_channel", cap.switch_to, channels_, "channel");
        limit(path, cap);
        const bool names_codes = std::ranges::find(cap.match.classes, "otp") != cap.match.classes.end();
        if (names_codes && cap.over != CapSettings::Over::drop) {
            problem(path + ".over", fmt::format("cap \"{}\" names class otp, and a one-time code that waits is worth "
                                                "nothing: expected over = \"drop\", or a match without otp",
                                                cap.name));
        }
        if (cap.arbitrate > cap.horizon)
            problem(path + ".arbitrate", fmt::format("cap \"{}\": arbitrate is longer than horizon", cap.name));
    }

    void limit(const std::string& path, const CapSettings& cap) {
        const bool has_limit = reading_.places.contains(path + ".limit");
        const bool has_window = reading_.places.contains(path + ".window");
        if (reading_.places.contains(path + ".min_interval")) {
            if (has_limit || has_window) {
                problem(path + ".min_interval",
                        fmt::format("cap \"{}\": min_interval is a rule of its own: put limit and "
                                    "window into another [[cap]]",
                                    cap.name));
            }
            return;
        }
        if (!has_limit) {
            return problem(path,
                           fmt::format("cap \"{}\" has no limit: write limit = 3 with a window, limit = \"never\", or "
                                       "min_interval = \"4h\"",
                                       cap.name));
        }
        if (!has_window && cap.limit > 0) {
            problem(path + ".limit",
                    fmt::format("cap \"{}\" has a limit but no window: write window = {{ rolling = \"24h\" "
                                "}}, {{ calendar = \"week\" }} or \"lifetime\"",
                                cap.name));
        }
        if (cap.count_by != CapSettings::CountBy::cost && cap.limit != std::floor(cap.limit)) {
            problem(path + ".limit",
                    fmt::format("limit = {}: {} are counted whole", cap.limit,
                                cap.count_by == CapSettings::CountBy::messages ? "messages" : "segments"));
        }
        if (cap.count_by == CapSettings::CountBy::cost) costs(path, cap);
    }

    void costs(const std::string& path, const CapSettings& cap) {
        const auto& of = cap.match.channels;
        const auto about = [&](const std::string& channel) {
            return of.empty() || std::ranges::find(of, channel) != of.end();
        };
        const bool any =
            std::ranges::any_of(settings_.channels,
                                [&](const auto& each) { return each.cost > Money{} && about(each.name); }) ||
            std::ranges::any_of(settings_.routes,
                                [&](const auto& route) { return !route.prices.empty() && about(route.channel); });
        if (!any) {
            problem(path + ".count_by",
                    fmt::format("cap \"{}\" counts cost, but none of its channels costs anything: write "
                                "cost in [channel.{}], or [[route.price]]",
                                cap.name, of.empty() ? "sms" : of.front()));
        }
    }

    void quiet(std::size_t index) {
        const auto& quiet = settings_.quiet[index];
        const auto path = fmt::format("quiet.{}", index);
        match(path + ".match", quiet.match);
        check_references(reading_, path + ".on_hit.switch_channel", quiet.switch_to, channels_, "channel");
        if (std::ranges::find(quiet.match.classes, "otp") != quiet.match.classes.end()) {
            problem(path + ".match",
                    fmt::format("quiet window \"{}\" names class otp, and a one-time code that waits is worth "
                                "nothing: leave otp out",
                                quiet.name));
        }
        const bool has_spans = std::ranges::any_of(quiet.weekly, [](const auto& day) { return !day.empty(); });
        if (!has_spans && quiet.holidays.empty() && !reading_.places.contains(path + ".weekly")) {
            problem(path, fmt::format(
                              "quiet window \"{}\" is never quiet: write weekly = {{ every = [\"21:30-08:30\"] }}, or "
                              "holidays",
                              quiet.name));
        }
        if (quiet.holidays.empty() && reading_.places.contains(path + ".on_holidays"))
            problem(path + ".on_holidays", "on_holidays says nothing without holidays");
        if (quiet.zone.empty()) problem(path + ".zone", "zone is empty: leave it out, or name at least one");
        if (has_spans) spans(index, path);
    }

    /// Windows add up: what holds for all of this one's messages is added to it.
    void spans(std::size_t index, const std::string& path) {
        const auto& quiet = settings_.quiet[index];
        Week week;
        std::string with;
        for (std::size_t i = 0; i <= index; ++i) {
            const auto& other = settings_.quiet[i];
            if (i != index && (other.zone != quiet.zone || !within(quiet.match, other.match))) continue;
            add_week(week, other);
            if (i != index) with += fmt::format("{}\"{}\"", with.empty() ? " with " : ", ", other.name);
        }
        const auto run = longest_run(week);
        if (run.minutes <= longest_quiet) return;
        const auto what = fmt::format("quiet window \"{}\"{}", quiet.name, with);
        if (run.minutes == week_minutes) {
            return problem(path + ".weekly",
                           fmt::format("{} leaves no moment of the week free, so nothing would ever be sent: "
                                       "shorten it, or write limit = \"never\" in a [[cap]]",
                                       what));
        }
        problem(
            path + ".weekly",
            fmt::format("{} is quiet for {}h{:02}m in a row, from {} {:02}:{:02}: expected at most 20h, so that what "
                        "waits can go; days off belong into holidays",
                        what, run.minutes / 60, run.minutes % 60,
                        weekdays[static_cast<std::size_t>(run.from / day_minutes)], run.from % day_minutes / 60,
                        run.from % 60));
    }

    const Settings& settings_;
    Reading& reading_;
    std::vector<std::string_view> classes_, channels_, applications_;
};

}  // namespace

void check_policy(const Settings& settings, Reading& reading) { PolicyAgreement(settings, reading).check(); }

}  // namespace chapar::config
