#include "ingress/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "address/key.hpp"
#include "config/checks.hpp"
#include "config/suggest.hpp"
#include "store/person.hpp"

namespace chapar::ingress {
namespace {

/// Reach a telephone; admission knows them whether or not a route has them.
constexpr std::string_view by_number[] = {"voice", "whatsapp"};

void add(std::vector<std::string>& out, const std::string& topic) {
    if (!topic.empty() && std::ranges::find(out, topic) == out.end()) out.push_back(topic);
}

}  // namespace

std::string named(const Deps& deps, const net::Call& call) {
    return address::name_of(call.parameters[0], deps.settings()->daemon.country);
}

Result<std::string> profile_named(const Deps& deps, const std::string& application, const std::string& name) {
    const auto own = deps.store.recipient(application, name);
    if (!own) return std::unexpected(own.error());
    if (*own || !address::is_address(name)) return name;
    std::vector<std::string> owners;
    const auto look = [&](model::Ledger& ledger) { owners = ledger.owners(application, name); };
    if (const auto done = deps.store.peek(look); !done) return std::unexpected(done.error());
    return owners.size() == 1 ? owners.front() : name;
}

Result<void> name_people(const Deps& deps, const net::Caller& caller, store::ListFilter& filter) {
    if (filter.recipient.empty()) return {};
    const auto written = std::exchange(filter.recipient, {});
    const auto name = address::name_of(written, deps.settings()->daemon.country);
    filter.names = {name};
    // An operator who names no application may still speak for one.
    const auto& application = filter.application.empty() ? caller.application : filter.application;
    if (!application.empty()) {
        auto who = store::person_of(deps.store, application, name);
        if (!who) return std::unexpected(who.error());
        filter.names = store::marked_names(*who);
    }
    // As an earlier version kept it.
    if (std::ranges::find(filter.names, written) == filter.names.end()) filter.names.push_back(written);
    return {};
}

std::string wrong_channel(const config::Settings& settings, std::string_view channel) {
    if (channel == "*") return {};
    auto known = config::known_channels(settings);
    known.insert(known.end(), std::begin(by_number), std::end(by_number));
    if (std::ranges::find(known, channel) != known.end()) return {};
    return fmt::format("no channel \"{}\"{}", channel, config::suggestion(channel, known));
}

Result<std::vector<std::string>> known_topics(const Deps& deps) {
    const auto settings = deps.settings();
    std::vector<std::string> out;
    for (const auto& [name, cls] : settings->classes)
        add(out, name);
    for (const auto& topic : settings->policy.topics)
        add(out, topic);
    for (const auto& category : settings->categories)
        add(out, category.name);
    for (const auto topic : {model::tracking_topic, model::pause_topic})
        add(out, std::string(topic));
    const auto add_match = [&out](const config::Match& match) {
        for (const auto& category : match.categories)
            add(out, category);
    };
    for (const auto& cap : settings->caps)
        add_match(cap.match);
    for (const auto& quiet : settings->quiet)
        add_match(quiet.match);
    const auto sent = deps.store.categories();
    if (!sent) return std::unexpected(sent.error());
    for (const auto& category : *sent)
        add(out, category);
    return out;
}

std::string wrong_topic(const std::vector<std::string>& known, std::string_view topic) {
    if (topic == "*" || std::ranges::find(known, topic) != known.end()) return {};
    const std::vector<std::string_view> names(known.begin(), known.end());
    return fmt::format(
        "no class, and no category of a message or a rule, is called \"{}\"{} ([policy] topics names "
        "what is to come)",
        topic, config::suggestion(topic, names));
}

}  // namespace chapar::ingress
