#include "config/diff.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chapar::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

RouteSettings route(std::string name) {
    RouteSettings r;
    r.name = std::move(name);
    r.channel = r.plugin = "email";
    r.config_json = "{}";
    return r;
}

TEST(Diff, nothing_changed_says_nothing) { EXPECT_THAT(diff(defaults(), defaults()), IsEmpty()); }

TEST(Diff, a_value_is_shown_before_and_after) {
    auto old = defaults(), next = defaults();
    old.routes = {route("smtp-a")};
    next.routes = {route("smtp-a")};
    old.routes[0].rate = 10;
    next.routes[0].rate = 20;
    next.daemon.stop_timeout = std::chrono::seconds(90);
    next.classes.at("otp").max_age = std::chrono::minutes(2);
    EXPECT_THAT(diff(old, next), ElementsAre(SettingChange{"daemon: stop_timeout \"20s\" -> \"90s\"", false},
                                             SettingChange{"class otp: max_age \"5m\" -> \"2m\"", false},
                                             SettingChange{"route smtp-a: rate 10 -> 20", false}));
}

TEST(Diff, receivers_come_and_go_without_a_restart) {
    auto old = defaults(), next = defaults();
    next.receivers = {{"bounces", "bounces", "{}"}};
    const auto changes = diff(old, next);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_THAT(changes[0].text, testing::HasSubstr("receiver bounces"));
    EXPECT_FALSE(changes[0].needs_restart);
}

TEST(Diff, what_comes_and_goes_is_named) {
    auto old = defaults(), next = defaults();
    old.routes = {route("a"), route("b")};
    next.routes = {route("c"), route("b")};
    EXPECT_THAT(diff(old, next),
                ElementsAre(SettingChange{"route a: removed", false}, SettingChange{"route c: added", false}));
}

TEST(Diff, a_new_order_of_routes_is_a_change) {
    auto old = defaults(), next = defaults();
    old.routes = {route("a"), route("b")};
    next.routes = {route("b"), route("a")};
    EXPECT_THAT(diff(old, next), ElementsAre(SettingChange{"order of routes: a, b -> b, a", false}));
}

TEST(Diff, settings_of_a_plugin_are_not_shown) {
    auto old = defaults(), next = defaults();
    old.routes = {route("a")};
    next.routes = {route("a")};
    next.routes[0].config_json = R"({"token":"canary"})";
    EXPECT_THAT(diff(old, next), ElementsAre(SettingChange{"route a: settings changed", false}));
}

TEST(Diff, where_things_stand_needs_a_restart) {
    auto old = defaults(), next = defaults();
    next.socket.path = "/run/other.sock";
    next.store.path = "/srv/other.db";
    EXPECT_THAT(diff(old, next),
                ElementsAre(SettingChange{"socket: path \"/run/chapar/chapar.sock\" -> \"/run/other.sock\"", true},
                            SettingChange{"store: path \"/var/lib/chapar/chapar.db\" -> \"/srv/other.db\"", true}));
}

}  // namespace
}  // namespace chapar::config
