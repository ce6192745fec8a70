#include "generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace chapar::reference {
namespace {

using config::CapSettings;
using config::Window;
using namespace std::chrono_literals;

const std::vector<std::string> zones = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran",
                                        "Pacific/Apia",  "America/St_Johns", "Africa/Casablanca",   "Asia/Kathmandu"};
const std::vector<std::string> class_names = {"marketing", "news", "alerts", "silent", "loud", "otp", "transactional"};
const std::vector<std::string> categories = {"offers", "news", ""};
const std::vector<std::string> tags = {"promo", "vip", "winter"};
const std::vector<std::string> campaigns = {"spring", ""};
const std::vector<std::string> senders = {"a@shop.example", "b@shop.example"};

/// ICU's own tables end where they were packed: Morocco's later Ramadans are announced year by year.
std::string some_zone(Dice& dice, Timestamp around) {
    const auto zone = dice.pick(zones);
    const bool is_known = zone != "Africa/Casablanca" || around < from_ms(1'672'531'200'000);  // 2023
    return is_known ? zone : "Europe/Berlin";
}

config::ClassSettings make_class(Dice& dice, const std::string& name) {
    config::ClassSettings cls;
    cls.name = name;
    if (name == "otp" || name == "transactional") {
        cls.priority = name == "otp" ? config::Priority::critical : config::Priority::high;
        cls.requires_ = config::Requires::none;
        cls.obeys_caps = cls.counts = cls.obeys_quiet = false;
        return cls;
    }
    const std::map<std::string, config::Priority> priorities = {
        {"marketing", config::Priority::bulk}, {"news", config::Priority::normal}, {"alerts", config::Priority::high}};
    if (priorities.contains(name)) cls.priority = priorities.at(name);
    cls.requires_ = name == "alerts" ? config::Requires::consent : config::Requires::no_opt_out;
    cls.counts = name != "silent";
    cls.obeys_caps = name != "loud";
    cls.obeys_quiet = !dice.one_in(5);
    cls.unknown_zone_holds = !dice.one_in(3);
    return cls;
}

config::Match make_match(Dice& dice) {
    config::Match match;
    if (dice.one_in(4)) match.channels = dice.some(channels, 2);
    if (dice.one_in(4)) match.classes = dice.some(class_names, 2);
    if (dice.one_in(10)) match.categories = dice.some({"offers", "news"}, 2);
    if (dice.one_in(10)) match.tags = dice.some(tags, 2);
    if (dice.one_in(12)) match.campaigns = {"spring"};
    if (dice.one_in(12)) match.senders = {dice.pick(senders)};
    if (dice.one_in(12)) match.applications = {dice.pick(applications)};
    return match;
}

Window make_window(Dice& dice, Timestamp around) {
    Window window;
    const auto kind = dice.below(10);
    if (kind < 4) {
        const Milliseconds lengths[] = {1min, 1h, 24h, 48h, 24h * 7};
        window.length = dice.pick(lengths) + (dice.one_in(3) ? Milliseconds(dice.below(1000)) : 0ms);
        if (dice.one_in(4)) window.grace = std::min<Milliseconds>(window.length / 2, Milliseconds(dice.below(300'000)));
        return window;
    }
    if (kind < 9) {
        window.kind = Window::Kind::calendar;
        window.unit = static_cast<Window::Unit>(dice.below(4));
        if (dice.one_in(2)) window.zone = some_zone(dice, around);
        window.jalali = window.unit == Window::Unit::month && dice.one_in(2);
        window.week_starts = static_cast<int>(dice.below(7));
        return window;
    }
    const Window::Kind rest[] = {Window::Kind::lifetime, Window::Kind::since_event, Window::Kind::until};
    window.kind = dice.pick(rest);
    window.event = "purchase";
    window.until = around + Milliseconds(dice.below(4 * day_ms));
    return window;
}

void make_over(Dice& dice, CapSettings& cap) {
    const CapSettings::Over overs[] = {CapSettings::Over::drop,          CapSettings::Over::defer,
                                       CapSettings::Over::defer,         CapSettings::Over::switch_channel,
                                       CapSettings::Over::replace_lower, CapSettings::Over::digest,
                                       CapSettings::Over::replace_lower};
    cap.over = dice.pick(overs);
    if (cap.over == CapSettings::Over::digest) {
        const Milliseconds everies[] = {10min, 1h, 24h};
        cap.digest_key = "news";
        cap.digest_template = "news-digest";
        cap.digest_every = dice.pick(everies);
    }
    if (cap.over != CapSettings::Over::switch_channel) return;
    cap.switch_to = dice.some(channels, 2);
    if (cap.switch_to.empty()) cap.switch_to = {"push"};
}

CapSettings make_cap(Dice& dice, int number, Timestamp around) {
    CapSettings cap;
    cap.name = "cap-" + std::to_string(number);
    using Scope = CapSettings::Scope;
    const Scope scopes[] = {Scope::person, Scope::endpoint, Scope::household, Scope::application, Scope::data};
    cap.scope = !dice.one_in(3) ? Scope::person : dice.pick(scopes);
    cap.data_path = "order.id";
    cap.match = make_match(dice);
    cap.window = make_window(dice, around);
    const Milliseconds horizons[] = {10min, 3h, 24h, 72h, 24h * 30};
    cap.horizon = dice.pick(horizons);
    cap.counts = static_cast<CapSettings::Counts>(dice.below(3));
    cap.override_ = dice.one_in(10);
    make_over(dice, cap);
    if (dice.one_in(8)) {
        cap.min_interval = Milliseconds(dice.between(1, day_ms / 4));
        if (cap.over == CapSettings::Over::replace_lower) cap.over = CapSettings::Over::defer;
        return cap;
    }
    cap.never = dice.one_in(25);
    cap.count_by = dice.one_in(2) ? CapSettings::CountBy::messages : static_cast<CapSettings::CountBy>(dice.below(3));
    if (dice.one_in(6)) cap.arbitrate = dice.one_in(2) ? Milliseconds(5min) : Milliseconds(dice.between(1, day_ms / 8));
    cap.limit = static_cast<double>(dice.between(1, 3));
    if (cap.count_by == CapSettings::CountBy::segments) cap.limit += 3;
    if (cap.count_by == CapSettings::CountBy::cost) cap.limit *= 0.3;
    return cap;
}

/// Under which many messages of one person meet.
CapSettings make_meeting(Dice& dice) {
    CapSettings cap;
    cap.limit = static_cast<double>(dice.between(1, 2));
    cap.window.length = dice.one_in(2) ? Milliseconds(1h) : Milliseconds(12h);
    cap.horizon = 24h * 30;
    const CapSettings::Over overs[] = {CapSettings::Over::digest, CapSettings::Over::digest,
                                       CapSettings::Over::switch_channel, CapSettings::Over::replace_lower,
                                       CapSettings::Over::defer};
    cap.over = dice.pick(overs);
    cap.switch_to = channels;
    if (cap.over == CapSettings::Over::digest) {
        cap.digest_key = "news";
        cap.digest_template = "news-digest";
        cap.digest_every = dice.one_in(2) ? 10min : 1h;
    } else if (dice.one_in(2)) {
        cap.arbitrate = 30min;
    }
    return cap;
}

std::vector<config::Span> make_spans(Dice& dice, std::int64_t count) {
    std::vector<config::Span> out;
    for (auto n = count; n > 0; --n) {
        const auto from = static_cast<int>(dice.one_in(2) ? dice.below(48) * 30 : dice.below(1440));
        const auto length =
            dice.one_in(4) ? static_cast<int>(dice.between(1, 20)) : 30 * static_cast<int>(dice.between(1, 20));
        const auto to = from + length;
        out.push_back({from, to > 1440 ? to - 1440 : to});
    }
    return out;
}

config::QuietSettings make_quiet(Dice& dice, int number, Timestamp around) {
    using OnHit = config::QuietSettings::OnHit;
    config::QuietSettings quiet;
    quiet.name = "quiet-" + std::to_string(number);
    quiet.match = make_match(dice);
    for (auto& day : quiet.weekly)
        day = make_spans(dice, dice.below(3));
    if (dice.one_in(2)) quiet.holidays = feasts_name;
    if (!quiet.holidays.empty() && dice.one_in(2)) quiet.on_holidays = make_spans(dice, dice.between(1, 2));
    quiet.zone = dice.some({"device", "person", "country", "application"}, 2);
    if (dice.one_in(2) || quiet.zone.empty()) quiet.zone.push_back(some_zone(dice, around));
    const OnHit hits[] = {OnHit::hold, OnHit::hold, OnHit::drop, OnHit::switch_channel};
    quiet.on_hit = dice.pick(hits);
    if (quiet.on_hit == OnHit::switch_channel) quiet.switch_to = {dice.pick(channels), dice.pick(channels)};
    if (dice.one_in(3)) quiet.spread = Milliseconds(dice.between(1, 3'600'000));
    return quiet;
}

std::string address_of(const std::string& person, const std::string& channel, Dice& dice) {
    if (dice.one_in(25)) return "";
    return channel + " of " + (dice.one_in(20) ? std::string("somebody") : person);
}

}  // namespace

Timestamp near_a_change(Dice& dice) {
    for (;;) {
        const auto* clock = wall(dice.pick(zones));
        if (clock->changes().empty()) continue;
        const auto at = dice.pick(clock->changes());
        if (at < from_ms(1'120'000'000'000) || at > from_ms(1'880'000'000'000)) continue;  // 2005 to 2029
        return at - Milliseconds(dice.below(3 * day_ms));
    }
}

config::Settings make_settings(Dice& dice, Timestamp around, bool crowd) {
    config::Settings settings;
    for (const auto& name : class_names)
        settings.classes[name] = make_class(dice, name);
    settings.policy.calendars_dir = calendars_directory();
    settings.policy.site_wide_people = dice.one_in(4);
    for (const auto& name : applications) {
        auto& application = settings.applications.emplace_back();
        application.name = name;
        if (dice.one_in(2)) application.timezone = some_zone(dice, around);
    }
    const auto caps = dice.between(1, 4), quiets = dice.one_in(2) ? dice.below(3) : 0;
    bool collects = false;
    for (int i = 0; i < caps; ++i) {
        auto cap = make_cap(dice, i, around);
        if (crowd && i == 0) {
            cap = make_meeting(dice);
            cap.name = "cap-0";
        } else if (crowd && settings.caps[0].over == CapSettings::Over::replace_lower && dice.one_in(2) &&
                   cap.min_interval.count() == 0) {
            cap.over = CapSettings::Over::replace_lower;  // several that each want others gone
        }
        if (cap.over == CapSettings::Over::digest && std::exchange(collects, true)) cap.over = CapSettings::Over::defer;
        settings.caps.push_back(cap);
    }
    for (int i = 0; i < quiets; ++i)
        settings.quiet.push_back(make_quiet(dice, i, around));
    return settings;
}

Envelope make_message(Dice& dice, bool crowd, MessageKey key, Timestamp now) {
    Envelope message;
    message.key = key;
    message.application = dice.one_in(crowd ? 20 : 4) ? "bank" : "shop";
    message.class_name = dice.one_in(2) ? "marketing" : dice.pick(class_names);
    if (crowd && dice.one_in(2)) message.class_name = "news";
    message.category = dice.pick(categories);
    message.campaign = dice.pick(campaigns);
    message.sender = dice.pick(senders);
    const auto person = crowd && !dice.one_in(8) ? people[0] : dice.pick(people);
    if (!dice.one_in(12)) message.recipient = person;
    if (dice.one_in(2)) message.household = person < "m" ? "home" : "house";
    if (dice.one_in(2)) message.data_value = "order " + std::to_string(dice.below(3));
    message.tags = dice.some(tags, 3);
    auto order = channels;
    for (auto i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[static_cast<std::size_t>(dice.below(static_cast<std::int64_t>(i)))]);
    order.resize(static_cast<std::size_t>(dice.between(1, 3)));
    for (const auto& channel : order) {
        message.plan.push_back({channel, address_of(person, channel, dice), {}, {}, {}});
        message.amounts.push_back({static_cast<std::int32_t>(dice.between(1, 3)), dice.below(4) * 100'000});
    }
    message.value = static_cast<double>(dice.between(-2, 2));
    message.is_test = dice.one_in(30);
    message.accepted_at = now;
    message.send_at = dice.one_in(4) ? now + Milliseconds(dice.below(3'600'000)) : now;
    const Milliseconds lives[] = {10min, 24h, 72h, 24h * 60, 24h * 60, 24h * 60};
    message.expires_at = message.send_at + dice.pick(lives);
    if (dice.one_in(8)) message.device_zone = some_zone(dice, now);
    // A person has one zone, or nobody knows it.
    if (person != "sina") message.person_zone = zones[(person.size() * 3 + static_cast<std::size_t>(person[0])) % 6];
    if (dice.one_in(6)) message.person_zone = some_zone(dice, now);
    const std::vector<std::pair<std::string, std::string>> phones = {
        {"", ""}, {"+989121234567", "Asia/Tehran"}, {"+4915112345678", "Europe/Berlin"}, {"+12125550100", ""}};
    std::tie(message.phone, message.phone_zone) = dice.pick(phones);
    if (dice.one_in(6)) {
        message.dedupe_key = "content " + std::to_string(dice.below(2));
        message.dedupe_window = Milliseconds(dice.between(1, day_ms));
    }
    if (dice.one_in(10)) {
        message.own_quiet = make_spans(dice, 2);
        std::string list;
        for (const auto& span : message.own_quiet)
            list += fmt::format("{}\"{:02}:{:02}-{:02}:{:02}\"", list.empty() ? "" : ",", span.from / 60,
                                span.from % 60, span.to / 60, span.to % 60);
        message.own_quiet_json = fmt::format(R"({{"weekly":{{"every":[{}]}}}})", list);
    }
    if (dice.one_in(8)) message.collapse_key = dice.one_in(2) ? "score" : "weather";
    return message;
}

std::vector<Feast> make_feasts(Dice& dice, Timestamp around) {
    std::vector<Feast> out;
    const auto today = floor_div(to_ms(around), day_ms);
    for (auto n = dice.between(1, 4); n > 0; --n) {
        const auto system = dice.pick(systems);
        const bool has_year = dice.one_in(3);
        const auto first = today + dice.between(-3, 12);
        const auto days = dice.one_in(6) ? dice.between(2, 45) : 1;
        for (auto day = first; day < first + days; ++day) {
            const auto date = date_of(system, day);
            const bool is_last = system == "hijri" && date.day == 29 && date_of(system, day + 1).day == 1;
            const auto year = has_year ? std::optional(date.year) : std::nullopt;
            out.push_back({system, year, date.month, is_last && !has_year ? 30 : date.day});
        }
    }
    if (dice.one_in(3)) out.push_back({"jalali", {}, 12, 30});
    if (dice.one_in(3)) out.push_back({"gregorian", {}, 2, 29});
    if (dice.one_in(3)) out.push_back({"hijri", {}, static_cast<int>(dice.between(1, 12)), 30});
    return out;
}

model::Consent make_consent(Dice& dice, bool crowd, Timestamp now) {
    model::Consent consent;
    consent.application = crowd ? applications[0] : dice.pick(applications);
    consent.recipient = dice.one_in(10) ? "sms of ali" : dice.pick(people);
    if (crowd && dice.one_in(2)) consent.recipient = people[0];
    if (dice.one_in(2)) consent.channel = dice.pick(channels);
    const std::vector<std::string> topics = {"marketing", "news", "alerts", "offers"};
    if (dice.one_in(2)) consent.topic = dice.pick(topics);
    const model::ConsentState states[] = {model::ConsentState::subscribed, model::ConsentState::subscribed,
                                          model::ConsentState::unsubscribed, model::ConsentState::pending};
    consent.state = dice.pick(states);
    consent.source = "form";
    consent.at = now;
    return consent;
}

model::Suppression make_suppression(Dice& dice, Timestamp now) {
    model::Suppression row;
    const auto channel = dice.pick(channels);
    row.channel = dice.one_in(3) ? "*" : channel;
    row.address = channel + " of " + dice.pick(people);
    row.reach = dice.one_in(2) ? model::SuppressionReach::all : model::SuppressionReach::marketing;
    row.reason = "manual";
    row.source = "test";
    row.at = now;
    if (!dice.one_in(4)) row.until = now + Milliseconds(dice.between(1, day_ms / 2));
    return row;
}

}  // namespace chapar::reference
