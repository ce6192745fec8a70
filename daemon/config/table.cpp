#include "config/form_settings.hpp"
#include "config/keys.hpp"
#include "config/suggest.hpp"
#include "config/tables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::config {
namespace {

template <class S>
std::vector<std::string_view> names_of() {
    std::vector<std::string_view> names;
    for (const auto& key : keys<S>())
        names.push_back(key.name);
    return names;
}

/// The near typo, else the section the key really belongs to, else the keys that are known here.
template <class S>
std::string hint_for(std::string_view unknown) {
    const auto names = names_of<S>();
    if (!nearest(unknown, names).empty()) return suggestion(unknown, names);
    std::vector<std::string_view> homes;
    for (const auto& [section, key] : all_keys()) {
        if (key == unknown) homes.push_back(section);
    }
    if (!homes.empty()) return fmt::format("; it belongs in {}", listed(homes));
    return suggestion(unknown, names);
}

template <class S, class T>
void read_member(Reading& reading, const Slot& slot, T S::* member, S& out) {
    read_value(reading, slot, out.*member);
}
template <class S>
void read_member(Reading& reading, const Slot& slot, const Several<S>& member, S& out) {
    member.read(reading, slot, out);
}

}  // namespace

template <class S>
void read_table(Reading& reading, const Node& table, const std::string& path, S& out) {
    for (const auto& member : table.table) {
        const auto key = std::ranges::find(keys<S>(), member.key, &Key<S>::name);
        if (key == keys<S>().end()) {
            reading.problem(member.place,
                            fmt::format("unknown key \"{}\" in {}{}", member.key, title<S>(), hint_for<S>(member.key)));
            continue;
        }
        const auto key_path = fmt::format("{}.{}", path, key->name);
        reading.places[key_path] = member.value.place;
        const Slot slot{std::string(key->name), key_path, member.value, key->rule};
        std::visit([&](auto into) { read_member(reading, slot, into, out); }, key->member);
    }
    for (const auto& key : keys<S>()) {
        if (key.required && table.find(key.name) == nullptr) {
            reading.problem(table.place, fmt::format("{} has no {}: {}", title<S>(), key.name, key.help));
        }
    }
}

template void read_table(Reading&, const Node&, const std::string&, DaemonSettings&);
template void read_table(Reading&, const Node&, const std::string&, LogSettings&);
template void read_table(Reading&, const Node&, const std::string&, SocketSettings&);
template void read_table(Reading&, const Node&, const std::string&, StoreSettings&);
template void read_table(Reading&, const Node&, const std::string&, InboundSettings&);
template void read_table(Reading&, const Node&, const std::string&, WebSettings&);
template void read_table(Reading&, const Node&, const std::string&, MetricsSettings&);
template void read_table(Reading&, const Node&, const std::string&, SandboxSettings&);
template void read_table(Reading&, const Node&, const std::string&, QueueSettings&);
template void read_table(Reading&, const Node&, const std::string&, Backoff&);
template void read_table(Reading&, const Node&, const std::string&, ClassSettings&);
template void read_table(Reading&, const Node&, const std::string&, ApplicationSettings&);
template void read_table(Reading&, const Node&, const std::string&, RouteSettings&);
template void read_table(Reading&, const Node&, const std::string&, ReceiverSettings&);
template void read_table(Reading&, const Node&, const std::string&, WebhookSettings&);
template void read_table(Reading&, const Node&, const std::string&, ConversionSettings&);
template void read_table(Reading&, const Node&, const std::string&, PriceSettings&);
template void read_table(Reading&, const Node&, const std::string&, PolicySettings&);
template void read_table(Reading&, const Node&, const std::string&, CapSettings&);
template void read_table(Reading&, const Node&, const std::string&, QuietSettings&);
template void read_table(Reading&, const Node&, const std::string&, ChannelSettings&);
template void read_table(Reading&, const Node&, const std::string&, PlanSettings&);
template void read_table(Reading&, const Node&, const std::string&, CategorySettings&);
template void read_table(Reading&, const Node&, const std::string&, FormSettings&);
template void read_table(Reading&, const Node&, const std::string&, Match&);
template void read_table(Reading&, const Node&, const std::string&, WindowTable&);
template void read_table(Reading&, const Node&, const std::string&, OverTable&);
template void read_table(Reading&, const Node&, const std::string&, HitTable&);
template void read_table(Reading&, const Node&, const std::string&, ScopeTable&);
template void read_table(Reading&, const Node&, const std::string&, WeeklyTable&);
template void read_table(Reading&, const Node&, const std::string&, ReleaseTable&);

}  // namespace chapar::config
