#include "config/checks.hpp"
#include "config/lines.hpp"
#include "config/prices.hpp"
#include "config/suggest.hpp"
#include "config/webhooks.hpp"
#include "model/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chapar::config {
namespace {

constexpr std::size_t longest_answer = 1'000;
constexpr std::uint64_t around_attachments = 16 << 10;  // the rest of a message, without a large page of its own
constexpr std::array<std::string_view, 5> usual_channels{"email", "sms", "push", "webpush", "inapp"};

class Agreement {
  public:
    Agreement(const Settings& settings, Reading& reading) : settings_(settings), reading_(reading) {
        for (const auto& [name, unused] : settings.classes)
            classes_.push_back(name);
        channels_ = known_channels(settings);
        for (const auto& each : settings.applications)
            applications_.push_back(each.name);
    }

    void check() {
        shares();
        unique(settings_.applications, "application");
        unique(settings_.routes, "route");
        unique(settings_.receivers, "receiver");
        unique(settings_.webhooks, "webhook");
        unique(settings_.conversions, "conversion");
        for (std::size_t i = 0; i < settings_.conversions.size(); ++i)
            check_references(reading_, fmt::format("conversion.{}.applications", i),
                             settings_.conversions[i].applications, applications_, "application");
        for (std::size_t i = 0; i < settings_.receivers.size(); ++i)
            receiver(i);
        for (std::size_t i = 0; i < settings_.applications.size(); ++i)
            application(i);
        for (std::size_t i = 0; i < settings_.routes.size(); ++i)
            route(i);
        for (const auto& each : settings_.channels)
            stop_answer(each);
        web();
    }

  private:
    Place place(std::string path) const { return place_of(reading_, std::move(path)); }
    void problem(const std::string& path, std::string text) { reading_.problem(place(path), std::move(text)); }

    void shares() {
        double sum = 0;
        std::string last;
        for (const auto& [name, c] : settings_.classes) {
            sum += c.share;
            const auto path = fmt::format("class.{}.share", name);
            if (reading_.places.contains(path)) last = path;
        }
        if (sum > 0.5 + 1e-9) {
            problem(last,
                    fmt::format("the shares of all classes come to {:.3g}: expected at most 0.5, so that stricter "
                                "classes keep half of a route",
                                sum));
        }
    }

    template <class T>
    void unique(const std::vector<T>& list, std::string_view what) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            for (std::size_t j = 0; j < i && !list[i].name.empty(); ++j) {
                if (list[j].name != list[i].name) continue;
                problem(fmt::format("{}.{}.name", what, i),
                        fmt::format("{} \"{}\" stands already at {}", what, list[i].name,
                                    place(fmt::format("{}.{}.name", what, j)).text()));
                break;
            }
        }
    }

    void application(std::size_t index) {
        const auto& a = settings_.applications[index];
        const auto path = fmt::format("application.{}", index);
        check_references(reading_, path + ".classes", a.classes, classes_, "class");
        check_references(reading_, path + ".channels", a.channels, channels_, "channel");
        if (a.operator_role) return;
        attachments(a, path);
        for (const auto& [empty, key] :
             {std::pair(a.classes.empty(), "classes"), std::pair(a.channels.empty(), "channels")}) {
            if (empty) {
                problem(path, fmt::format("application \"{}\" has no {}, so it may send nothing: name them, or write "
                                          "{} = [\"*\"] for all",
                                          a.name, key, key));
            }
        }
    }

    /// What it may attach must fit into a request, as base64 and with the message around it.
    void attachments(const ApplicationSettings& a, const std::string& path) {
        const auto encoded = (a.attachment_limit + 2) / 3 * 4 + around_attachments;
        if (a.attachment_limit == 0 || encoded <= settings_.socket.max_body) return;
        problem(
            path + ".attachment_limit",
            fmt::format("attachments of {} bytes make a request of about {}, and max_body of [socket] is {}: raise "
                        "it, or lower attachment_limit to {} or less",
                        a.attachment_limit, encoded, settings_.socket.max_body, fitting(settings_.socket.max_body)));
    }
    static std::uint64_t fitting(std::uint64_t body) {
        return body < around_attachments ? 0 : (body - around_attachments) / 4 * 3;
    }

    void receiver(std::size_t index) {
        const auto& name = settings_.receivers[index].name;
        if (std::ranges::find(settings_.routes, name, &RouteSettings::name) != settings_.routes.end())
            problem(
                fmt::format("receiver.{}.name", index),
                fmt::format("\"{}\" is the name of a route: write another one, logs would not tell them apart", name));
    }

    void route(std::size_t index) {
        const auto& r = settings_.routes[index];
        const auto path = fmt::format("route.{}", index);
        check_references(reading_, path + ".classes", r.classes, classes_, "class");
        lines(r, path);
        for (const auto& [key, value] : {std::pair("name", &r.name), std::pair("channel", &r.channel)}) {
            if (*value == model::sandbox_name)
                problem(fmt::format("{}.{}", path, key),
                        fmt::format("\"{}\" is the route that tests go to, and every site has it: write another {} "
                                    "here; what it does is set in [sandbox]",
                                    *value, key));
        }
        const bool usual = std::ranges::find(usual_channels, r.channel) != usual_channels.end();
        // A plugin may bring a channel of its own; what is nearly a usual one is a slip.
        if (const auto near = nearest(r.channel, usual_channels); !usual && r.channel.size() >= 4 && !near.empty()) {
            problem(path + ".channel", fmt::format("no channel \"{}\"; did you mean \"{}\"?", r.channel, near));
        }
        for (std::size_t i = 0; i < r.prices.size(); ++i) {
            const auto& currency = r.prices[i].currency;
            const auto& policy = settings_.policy;
            if (currency.empty() || currency == policy.currency) continue;
            const bool known = std::ranges::any_of(policy.exchange,
                                                   [&](const auto& rate) { return rate.starts_with(currency + "="); });
            if (!known) {
                problem(fmt::format("{}.price.{}.currency", path, i),
                        fmt::format("nobody knows what {} is in {}: write exchange = [\"{}=...\"] in [policy]",
                                    currency, policy.currency, currency));
            }
        }
        if (r.max_in_flight != 0 && r.reserve >= r.max_in_flight) {
            problem(path + ".reserve", fmt::format("reserve = {} leaves nothing of max_in_flight = {} to other classes",
                                                   r.reserve, r.max_in_flight));
        }
    }

    /// The answer to an opt-out must be able to leave.
    void stop_answer(const ChannelSettings& channel) {
        if (channel.stop_answer.empty()) return;
        const auto path = fmt::format("channel.{}.stop_answer", channel.name);
        if (channel.name != "sms") return problem(path, "stop_answer is for the channel sms");
        if (channel.stop_answer.size() > longest_answer)
            problem(path, fmt::format("{} bytes: expected at most {}", channel.stop_answer.size(), longest_answer));
        const auto& name = channel.stop_answer_class;
        const auto cls = settings_.classes.find(name);
        if (cls == settings_.classes.end())
            return problem(path + "_class", fmt::format("no class \"{}\"{}", name, suggestion(name, classes_)));
        if (cls->second.requires_ != Requires::none)
            problem(path + "_class",
                    fmt::format("class \"{}\" has requires other than none, so nobody who opted out would "
                                "get the answer",
                                name));
        const auto takes = [&](const auto& route) { return route.channel == "sms" && serves(route, name, {}); };
        if (std::ranges::none_of(settings_.routes, takes))
            problem(path, fmt::format("no route carries class \"{}\" of the channel sms", name));
    }

    void web() {
        const auto& w = settings_.web;
        if (!w.listen.empty() && w.base_url.empty())
            problem("web.listen", "[web] listens and has no base_url: no link would lead there");
        if (!w.base_url.empty() && w.seal_key.empty())
            problem("web.base_url", "[web] has no seal_key: links could not be told from forged ones");
        if (!w.seal_key_previous.empty() && w.seal_key_previous == w.seal_key)
            problem("web.seal_key_previous", "it is the same secret as seal_key: leave it out, or name the one before");
        if (!w.short_url.empty() && w.base_url.empty())
            problem("web.short_url", "[web] has a short_url and no base_url: write both");
        if (!w.short_url.empty() && w.short_url == w.base_url)
            problem("web.short_url", "it is base_url: short links have a name of their own");
        if (w.proxy_protocol && w.trusted_proxies.empty())
            problem("web.proxy_protocol", "it is spoken by trusted_proxies alone, and there are none");
    }

    /// Every class of a route with lines has one that carries it.
    void lines(const RouteSettings& r, const std::string& path) {
        if (r.lines.empty()) return;
        if (r.channel != "sms")
            problem(path + ".lines", fmt::format("lines are for the channel sms; this route carries {}", r.channel));
        const auto all = parse_lines(r.lines);
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto here = fmt::format("{}.lines.{}", path, i);
            for (const auto& name : all[i].classes) {
                if (std::ranges::find(classes_, name) == classes_.end())
                    problem(here, fmt::format("no class \"{}\"{}", name, suggestion(name, classes_)));
            }
            const auto is_same = [&](const Line& other) { return other.is(all[i].sender); };
            if (std::find_if(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i), is_same) !=
                all.begin() + static_cast<std::ptrdiff_t>(i))
                problem(here, fmt::format("the line {} stands already: name all its classes once", all[i].sender));
        }
        for (std::size_t i = 0; i < r.classes.size(); ++i) {
            const auto carries = [&](const Line& line) { return line.carries(r.classes[i]); };
            if (std::ranges::none_of(all, carries))
                problem(fmt::format("{}.classes.{}", path, i),
                        fmt::format("no line of route \"{}\" carries class \"{}\"", r.name, r.classes[i]));
        }
    }

    const Settings& settings_;
    Reading& reading_;
    std::vector<std::string_view> classes_, channels_, applications_;
};

}  // namespace

Place place_of(const Reading& reading, std::string path) {
    for (;;) {
        if (const auto at = reading.places.find(path); at != reading.places.end()) return at->second;
        const auto dot = path.rfind('.');
        if (dot == std::string::npos) return {};
        path.resize(dot);
    }
}

void check_references(Reading& reading, const std::string& path, const std::vector<std::string>& names,
                      const std::vector<std::string_view>& known, std::string_view what) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == "*" || std::ranges::find(known, names[i]) != known.end()) continue;
        reading.problem(place_of(reading, fmt::format("{}.{}", path, i)),
                        fmt::format("no {} \"{}\"{}", what, names[i], suggestion(names[i], known)));
    }
}

std::vector<std::string_view> known_channels(const Settings& settings) {
    std::vector<std::string_view> channels(usual_channels.begin(), usual_channels.end());
    for (const auto& route : settings.routes) {
        if (std::ranges::find(channels, route.channel) == channels.end()) channels.push_back(route.channel);
    }
    return channels;
}

void check_agreement(const Settings& settings, Reading& reading) {
    Agreement(settings, reading).check();
    check_policy(settings, reading);
    check_webhooks(settings, reading);
}

}  // namespace chapar::config
