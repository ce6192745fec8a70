#include "config/diff.hpp"

#include "config/keys.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace chapar::config {
namespace {

/// A value that is the bare default of a key whose absence means something is told as that: "no limit", not 0.
template <class S>
std::string meaning(const Key<S>& key, const S& settings) {
    auto value = show_key(key, settings);
    return !key.absent.empty() && value == show_key(key, S{}) ? std::string(key.absent) : value;
}

template <class S>
void add_values(std::vector<SettingChange>& changes, const std::string& what, const S& old, const S& next) {
    for (const auto& key : keys<S>()) {
        const auto before = show_key(key, old);
        const auto after = show_key(key, next);
        if (before == after) continue;
        const auto text = key.rule.is_free_table
                              ? fmt::format("{}: {} changed", what, key.name)
                              : fmt::format("{}: {} {} -> {}", what, key.name, meaning(key, old), meaning(key, next));
        changes.push_back({text, key.reload == Reload::needs_restart});
    }
}

template <class S>
using Named = std::map<std::string, const S*>;

template <class S>
void add_named(std::vector<SettingChange>& changes, std::string_view what, const Named<S>& old, const Named<S>& next) {
    for (const auto& [name, settings] : old) {
        if (!next.contains(name)) changes.push_back({fmt::format("{} {}: removed", what, name), false});
    }
    for (const auto& [name, settings] : next) {
        const auto before = old.find(name);
        if (before == old.end()) {
            changes.push_back({fmt::format("{} {}: added", what, name), false});
        } else {
            add_values(changes, fmt::format("{} {}", what, name), *before->second, *settings);
        }
    }
}

template <class S>
Named<S> by_name(const std::vector<S>& list) {
    Named<S> named;
    for (const auto& one : list)
        named[one.name] = &one;
    return named;
}

Named<ClassSettings> by_name(const std::map<std::string, ClassSettings>& classes) {
    Named<ClassSettings> named;
    for (const auto& [name, one] : classes)
        named[name] = &one;
    return named;
}

/// The order of preference counts only between routes that stay.
std::string order_of(const std::vector<RouteSettings>& routes, const Named<RouteSettings>& staying) {
    std::string names;
    for (const auto& route : routes) {
        if (staying.contains(route.name)) names += (names.empty() ? "" : ", ") + route.name;
    }
    return names;
}

}  // namespace

std::vector<SettingChange> diff(const Settings& old, const Settings& next) {
    std::vector<SettingChange> changes;
    add_values(changes, "daemon", old.daemon, next.daemon);
    add_values(changes, "log", old.log, next.log);
    add_values(changes, "socket", old.socket, next.socket);
    add_values(changes, "inbound", old.inbound, next.inbound);
    add_values(changes, "web", old.web, next.web);
    add_values(changes, "metrics", old.metrics, next.metrics);
    add_values(changes, "store", old.store, next.store);
    add_values(changes, "queue", old.queue, next.queue);
    add_values(changes, "sandbox", old.sandbox, next.sandbox);
    add_named(changes, "class", by_name(old.classes), by_name(next.classes));
    add_named(changes, "application", by_name(old.applications), by_name(next.applications));
    add_values(changes, "policy", old.policy, next.policy);
    add_named(changes, "cap", by_name(old.caps), by_name(next.caps));
    add_named(changes, "quiet", by_name(old.quiet), by_name(next.quiet));
    add_named(changes, "channel", by_name(old.channels), by_name(next.channels));
    add_named(changes, "plan", by_name(old.plans), by_name(next.plans));
    add_named(changes, "category", by_name(old.categories), by_name(next.categories));
    const auto before = by_name(old.routes);
    const auto after = by_name(next.routes);
    add_named(changes, "route", before, after);
    add_named(changes, "receiver", by_name(old.receivers), by_name(next.receivers));
    add_named(changes, "webhook", by_name(old.webhooks), by_name(next.webhooks));
    add_named(changes, "conversion", by_name(old.conversions), by_name(next.conversions));
    const auto old_order = order_of(old.routes, after);
    const auto next_order = order_of(next.routes, before);
    if (old_order != next_order)
        changes.push_back({fmt::format("order of routes: {} -> {}", old_order, next_order), false});
    return changes;
}

}  // namespace chapar::config
