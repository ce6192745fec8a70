#include "admission/caller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::admission {
namespace {

constexpr uid_t nobody = 65534;

bool names_user(const std::vector<std::string>& users, const net::Identity& identity) {
    const auto number = std::to_string(identity.uid);
    return std::any_of(users.begin(), users.end(), [&](const std::string& user) {
        return user == number || (!identity.user.empty() && user == identity.user);
    });
}

bool names_group(const std::vector<std::string>& groups, const net::Identity& identity) {
    return std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
        return std::find(identity.group_names.begin(), identity.group_names.end(), group) !=
                   identity.group_names.end() ||
               std::any_of(identity.groups.begin(), identity.groups.end(),
                           [&](gid_t gid) { return std::to_string(gid) == group; });
    });
}

/// The uid that stands for everybody whom this machine can't name; the configuration refuses it too.
net::Problem nameless_caller() {
    return {403,
            "unknown-caller",
            "uid 65534 (nobody) is no application and can't become one: it stands for every user from another user "
            "namespace. Run the program under a user of its own, and a container or unit without PrivateUsers",
            {},
            {}};
}

net::Problem unknown_caller(const net::Identity& identity) {
    const auto who = identity.user.empty() ? fmt::format("uid {}", identity.uid)
                                           : fmt::format("uid {} ({})", identity.uid, identity.user);
    return {403,
            "unknown-caller",
            fmt::format("{} is no application here; add [[application]] with users = [\"{}\"] to the configuration",
                        who, identity.user.empty() ? std::to_string(identity.uid) : identity.user),
            {},
            {}};
}

}  // namespace

std::expected<net::Caller, net::Problem> resolve_caller(const net::Peer& peer, const net::Identity& identity,
                                                        std::string_view wanted, const config::Settings& settings,
                                                        uid_t own_uid) {
    if (peer.uid == nobody) return std::unexpected(nameless_caller());
    net::Caller caller{peer, {}, peer.uid == 0 || peer.uid == own_uid};
    const config::ApplicationSettings* chosen = nullptr;
    bool wanted_exists = false;
    for (const auto& app : settings.applications) {
        const bool matches = names_user(app.users, identity) || names_group(app.groups, identity);
        if (matches && app.operator_role) caller.operator_role = true;
        wanted_exists = wanted_exists || app.name == wanted;
        if (matches && !chosen && (wanted.empty() || app.name == wanted)) chosen = &app;
    }
    if (chosen) {
        caller.application = chosen->name;
        return caller;
    }
    if (caller.operator_role && (wanted.empty() || wanted_exists)) {
        caller.application = wanted;
        return caller;
    }
    if (wanted.empty()) return std::unexpected(unknown_caller(identity));
    return std::unexpected(
        net::Problem{403,
                     "unknown-caller",
                     fmt::format("uid {} does not speak for the application in X-Chapar-Application", identity.uid),
                     {},
                     {}});
}

}  // namespace chapar::admission
