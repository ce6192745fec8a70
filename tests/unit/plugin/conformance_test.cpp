// The conformance host finds what misbehaving plugins do, and nothing in one that behaves.
#include "plugin/conformance.hpp"

#include <chapar/plugin.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugin/library.hpp"

extern "C" const chapar_plugin* chapar_builtin_sandbox(std::uint16_t, std::uint16_t);
extern "C" const chapar_plugin* chapar_builtin_bounces(std::uint16_t, std::uint16_t);

namespace chapar::plugin {
namespace {

using ::testing::HasSubstr;

std::string broken_rules(const std::string& file, const std::string& settings) {
    Result<const chapar_plugin*> table = load(CHAPAR_TEST_PLUGINS "/" + file, {.allow_sticky_folder = true});
    if (!table) return table.error().message();
    std::string broken;
    for (const Finding& finding : conform(**table, settings, std::chrono::milliseconds(300))) {
        if (!finding.is_kept) broken += finding.what + ": " + finding.why + "\n";
    }
    return broken;
}

std::string mischief(const std::string& mode) { return broken_rules("mischief.so", R"({"mode":")" + mode + R"("})"); }

TEST(Conformance, the_sandbox_keeps_every_rule) {
    const auto* table = chapar_builtin_sandbox(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR);
    ASSERT_NE(table, nullptr);
    for (const auto* settings : {"{}", R"({"receipt_after":"0s","slow_after":"1h"})"}) {
        for (const Finding& finding : conform(*table, settings, std::chrono::milliseconds(500)))
            EXPECT_TRUE(finding.is_kept) << settings << ": " << finding.what << ": " << finding.why;
    }
}

TEST(Conformance, a_receiver_is_asked_what_does_not_send) {
    const auto* table = chapar_builtin_bounces(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR);
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table->send, nullptr);
    EXPECT_EQ(table->traits->channel_count, 0U);
    EXPECT_TRUE(check_table(table, "bounces").has_value());
    std::size_t asked = 0;
    for (const Finding& finding : conform(*table, "{}", std::chrono::milliseconds(500))) {
        EXPECT_TRUE(finding.is_kept) << finding.what << ": " << finding.why;
        EXPECT_THAT(finding.what, ::testing::Not(HasSubstr("message")));
        ++asked;
    }
    EXPECT_GE(asked, 5U);
}

TEST(Conformance, a_plugin_with_channels_has_to_send) {
    const chapar_str email{"email", 5};
    chapar_traits traits = *chapar_builtin_bounces(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR)->traits;
    traits.channels = &email;
    traits.channel_count = 1;
    chapar_plugin table = *chapar_builtin_bounces(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR);
    table.traits = &traits;
    const auto checked = check_table(&table, "x.so");
    ASSERT_FALSE(checked.has_value());
    EXPECT_THAT(checked.error().message(), HasSubstr("with channels, send must be there"));
}

TEST(Conformance, a_plugin_that_behaves_keeps_every_rule) {
    EXPECT_EQ(broken_rules("old.so", "{}"), "");
    EXPECT_EQ(mischief("good"), "");
    EXPECT_EQ(mischief("foreign_thread"), "");
}

TEST(Conformance, what_misbehaves_is_found) {
    EXPECT_THAT(mischief("twice"), HasSubstr("answered twice"));
    EXPECT_THAT(mischief("bad_verdict"), HasSubstr("impossible verdict"));
    EXPECT_THAT(mischief("throws"), HasSubstr("send threw"));
    EXPECT_THAT(mischief("error_half_way"), HasSubstr("after it had answered"));
    EXPECT_THAT(mischief("create_fails"), HasSubstr("wrong place"));
    EXPECT_THAT(mischief("create_throws"), HasSubstr("create threw"));
}

TEST(Conformance, settings_that_do_not_fit_are_found) {
    EXPECT_THAT(broken_rules("mischief.so", R"({"mod":"good"})"), HasSubstr("did you mean"));
}

}  // namespace
}  // namespace chapar::plugin
