// Facts as text, for a difference that has to be judged.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "generator.hpp"

namespace chapar::reference {
namespace {

std::string text_of(const config::Match& match) {
    return fmt::format("channels {} classes {} categories {} tags {} campaigns {} senders {} applications {}",
                       match.channels, match.classes, match.categories, match.tags, match.campaigns, match.senders,
                       match.applications);
}

std::string text_of(const config::Window& window) {
    return fmt::format("kind {} unit {} length {}ms grace {}ms zone {} jalali {} week {} until {}",
                       static_cast<int>(window.kind), static_cast<int>(window.unit), window.length.count(),
                       window.grace.count(), window.zone, window.jalali, window.week_starts,
                       reference::text_of(window.until));
}

}  // namespace

std::string text_of(Timestamp at) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    return fmt::format("{:%F %T}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()), (at - seconds).count());
}

std::string text_of(const HandOver& use) {
    return fmt::format("  use {} key {} {} {} {} {} '{}' tags {} segments {} cost {} state {} under {}\n",
                       text_of(use.at), use.key.value, use.kind.application, use.kind.class_name, use.kind.category,
                       use.kind.channel, use.kind.sender, use.kind.tags, use.amount.segments, use.amount.cost,
                       static_cast<int>(use.state), use.scopes);
}

std::string text_of(const Envelope& message) {
    auto out = fmt::format(
        "  message {}: {} class {} category {} sender {} to {} home '{}' data '{}' tags {} step {} test {} accepted {} "
        "send {} expires {} zones device '{}' person '{}' phone '{}' dedupe '{}' {}ms own {}\n",
        message.key.value, message.application, message.class_name, message.category, message.sender, message.recipient,
        message.household, message.data_value, message.tags, message.step, message.is_test,
        text_of(message.accepted_at), text_of(message.send_at), text_of(message.expires_at), message.device_zone,
        message.person_zone, message.phone_zone, message.dedupe_key, message.dedupe_window.count(),
        message.own_quiet_json);
    for (std::size_t i = 0; i < message.plan.size(); ++i)
        out += fmt::format("    by {} to '{}': {} segments, cost {}\n", message.plan[i].channel,
                           message.plan[i].address, message.amounts[i].segments, message.amounts[i].cost);
    return out;
}

std::string text_of(const config::Settings& settings) {
    auto out = fmt::format("  people are {}\n", settings.policy.site_wide_people ? "site's" : "applications'");
    for (const auto& app : settings.applications)
        out += fmt::format("  application {} zone '{}'\n", app.name, app.timezone);
    for (const auto& [name, cls] : settings.classes)
        out += fmt::format("  class {} obeys caps {} quiet {} counts {} unknown holds {}\n", name, cls.obeys_caps,
                           cls.obeys_quiet, cls.counts, cls.unknown_zone_holds);
    for (const auto& cap : settings.caps)
        out += fmt::format(
            "  cap {} scope {} by {} counts {} over {} switch {} never {} limit {} interval {}ms horizon {}ms "
            "arbitrate {}ms override {}\n    window {}\n    match {}\n",
            cap.name, static_cast<int>(cap.scope), static_cast<int>(cap.count_by), static_cast<int>(cap.counts),
            static_cast<int>(cap.over), cap.switch_to, cap.never, cap.limit, cap.min_interval.count(),
            cap.horizon.count(), cap.arbitrate.count(), cap.override_, text_of(cap.window), text_of(cap.match));
    for (const auto& quiet : settings.quiet) {
        out += fmt::format("  quiet {} on_hit {} switch {} zone {} spread {}ms match {}\n   ", quiet.name,
                           static_cast<int>(quiet.on_hit), quiet.switch_to, quiet.zone, quiet.spread.count(),
                           text_of(quiet.match));
        for (const auto& day : quiet.weekly) {
            for (const auto& span : day)
                out +=
                    fmt::format(" {:02}:{:02}-{:02}:{:02}", span.from / 60, span.from % 60, span.to / 60, span.to % 60);
            out += " |";
        }
        out += fmt::format(" holidays '{}':", quiet.holidays);
        for (const auto& span : quiet.on_holidays)
            out += fmt::format(" {:02}:{:02}-{:02}:{:02}", span.from / 60, span.from % 60, span.to / 60, span.to % 60);
        out += "\n";
    }
    return out;
}

}  // namespace chapar::reference
