#include "admission/caller.hpp"

#include <gtest/gtest.h>

namespace chapar::admission {
namespace {

constexpr uid_t daemon_uid = 990;

config::Settings settings() {
    config::Settings out;
    const auto add = [&](std::string name, std::vector<std::string> users, std::vector<std::string> groups) {
        config::ApplicationSettings app;
        app.name = std::move(name);
        app.users = std::move(users);
        app.groups = std::move(groups);
        out.applications.push_back(app);
    };
    add("shop", {"www", "1001"}, {});
    add("blog", {"www"}, {"writers"});
    add("ops", {}, {"50"});
    out.applications.back().operator_role = true;
    return out;
}

auto resolve(net::Identity identity, std::string_view wanted = "") {
    return resolve_caller({identity.uid, 100}, identity, wanted, settings(), daemon_uid);
}

TEST(Caller, is_found_by_name_number_and_any_group) {
    EXPECT_EQ(resolve({1000, "www", {}, {}})->application, "shop");  // the first of two
    EXPECT_EQ(resolve({1001, "", {}, {}})->application, "shop");
    EXPECT_EQ(resolve({2000, "ann", {7, 8}, {"users", "writers"}})->application, "blog");
    EXPECT_EQ(resolve({2000, "ann", {50}, {}})->application, "ops");
    EXPECT_TRUE(resolve({2000, "ann", {50}, {}})->operator_role);
    EXPECT_FALSE(resolve({1000, "www", {}, {}})->operator_role);
}

TEST(Caller, may_pick_only_what_is_its_own) {
    EXPECT_EQ(resolve({1000, "www", {}, {}}, "blog")->application, "blog");
    EXPECT_EQ(resolve({1001, "", {}, {}}, "blog").error().status, 403);
    EXPECT_EQ(resolve({1001, "", {}, {}}, "nonsense").error().status, 403);
}

TEST(Caller, a_stranger_learns_what_to_configure) {
    const auto refused = resolve({4711, "eve", {}, {}});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().type, "unknown-caller");
    EXPECT_NE(refused.error().detail.find("users = [\"eve\"]"), std::string::npos);
}

TEST(Caller, root_and_the_daemon_itself_are_the_operator) {
    for (const uid_t uid : {uid_t{0}, daemon_uid}) {
        const auto caller = resolve({uid, "", {}, {}});
        ASSERT_TRUE(caller.has_value());
        EXPECT_TRUE(caller->operator_role);
        EXPECT_TRUE(caller->application.empty());
        EXPECT_EQ(resolve({uid, "", {}, {}}, "shop")->application, "shop");
        EXPECT_FALSE(resolve({uid, "", {}, {}}, "nonsense").has_value());
    }
}

TEST(Caller, uid_65534_is_nobody_even_when_it_is_configured) {
    auto with_nobody = settings();
    with_nobody.applications[0].users = {"65534", "nobody"};
    const net::Identity identity{65534, "nobody", {65534}, {"nogroup"}};
    EXPECT_FALSE(resolve_caller({65534, 65534}, identity, "", with_nobody, daemon_uid).has_value());
    EXPECT_FALSE(resolve_caller({65534, 65534}, identity, "", with_nobody, 65534).has_value());
    const auto refused = resolve_caller({65534, 65534}, identity, "", with_nobody, daemon_uid);
    EXPECT_EQ(refused.error().detail.find("users = "), std::string::npos)
        << "the configuration refuses it: " << refused.error().detail;
    EXPECT_NE(refused.error().detail.find("a user of its own"), std::string::npos) << refused.error().detail;
}

}  // namespace
}  // namespace chapar::admission
