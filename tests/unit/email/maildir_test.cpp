#include "fake_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

extern "C" const chapar_plugin* chapar_builtin_maildir(std::uint16_t, std::uint16_t);

namespace chapar::test {
namespace {

namespace fs = std::filesystem;

class Maildir : public ::testing::Test {
  protected:
    Maildir() {
        std::string pattern = (fs::temp_directory_path() / "maildir-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~Maildir() override { fs::remove_all(folder); }

    [[nodiscard]] std::string settings() const { return R"({"path": ")" + (folder / "box").string() + "\"}"; }
    static const chapar_plugin* plugin() { return chapar_builtin_maildir(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR); }
    static std::string read(const fs::path& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }
    static auto count(const fs::path& path) { return std::distance(fs::directory_iterator(path), {}); }

    fs::path folder;
    chapar_host host;
};

TEST_F(Maildir, each_message_is_a_readable_file_in_new) {
    Instance instance(host, plugin(), settings());
    ASSERT_EQ(instance.status, CHAPAR_OK) << host.failure;
    TestMessage a, b;
    b.attempt = b.id + ".2";
    a.content[0].second = "سلام";
    instance.send({&a, &b});
    ASSERT_EQ(host.results.size(), 2U);
    EXPECT_EQ(host.results[0].verdict, Verdict::delivered);
    EXPECT_EQ(host.results[0].provider_id, a.attempt);
    const auto text = read(folder / "box/new" / a.attempt);
    EXPECT_TRUE(text.starts_with("To: ali@example.org\nSubject: سلام\n")) << text;
    EXPECT_TRUE(text.contains("\n\n[text]\nHello\n")) << text;
    EXPECT_EQ(count(folder / "box/new"), 2);
    EXPECT_EQ(count(folder / "box/tmp"), 0);
}

TEST_F(Maildir, a_repeated_attempt_makes_no_second_file) {
    Instance instance(host, plugin(), settings());
    TestMessage message;
    instance.send({&message});
    instance.send({&message});
    EXPECT_EQ(host.results.size(), 2U);
    EXPECT_EQ(count(folder / "box/new"), 1);
}

TEST_F(Maildir, a_line_break_in_a_value_begins_no_header) {
    Instance instance(host, plugin(), settings());
    TestMessage message;
    message.content[0].second = "Hi\nX-Evil: 1\r\n\r\nbody";
    message.headers = {{"X-A\nX-Evil", "b\nX-Evil: 2"}};
    instance.send({&message});
    EXPECT_FALSE(read(folder / "box/new" / message.attempt).contains("\nX-Evil"));
}

TEST_F(Maildir, an_attempt_that_is_a_path_is_refused) {
    Instance instance(host, plugin(), settings());
    for (const char* name : {"../../evil", ".", "", "a/b"}) {
        TestMessage message;
        message.attempt = name;
        instance.send({&message});
        EXPECT_EQ(host.results.back().verdict, Verdict::rejected) << name;
    }
}

TEST_F(Maildir, trouble_with_the_disk_keeps_the_message_and_blames_the_route) {
    Instance instance(host, plugin(), settings());
    fs::remove_all(folder / "box/tmp");
    TestMessage message;
    instance.send({&message});
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::retry);
    EXPECT_EQ(host.results[0].blame, Blame::provider);
    EXPECT_EQ(host.results[0].detail, "No such file or directory");
}

TEST_F(Maildir, a_path_that_can_not_be_made_is_refused_with_a_sentence) {
    const Instance instance(host, plugin(), R"({"path": "/proc/nowhere/box"})");
    EXPECT_EQ(instance.status, CHAPAR_INVALID);
    EXPECT_TRUE(host.failure.contains("/proc/nowhere/box")) << host.failure;
}

TEST(Manual, shows_the_source_of_maildir_and_the_source_compiles_as_the_manual_says) {
    std::ifstream manual(CHAPAR_SOURCE_DIR "/docs/write-a-plugin.md"),
        source(CHAPAR_SOURCE_DIR "/plugins/maildir/maildir.cpp");
    std::ostringstream shown, real;
    shown << manual.rdbuf();
    real << source.rdbuf();
    ASSERT_FALSE(real.str().empty());
    EXPECT_TRUE(shown.str().contains("```cpp\n" + real.str() + "```")) << "run tests/unit/email/sync_manual.py --write";
    EXPECT_LE(std::ranges::count(real.str(), '\n'), 130);
    const std::string command =
        "g++ -std=c++20 -fsyntax-only -fPIC -fvisibility=hidden -Wall -Wextra -Werror -I" CHAPAR_SOURCE_DIR
        "/plugins/sdk/include " CHAPAR_SOURCE_DIR "/plugins/maildir/maildir.cpp";
    EXPECT_EQ(std::system(command.c_str()), 0);
}

}  // namespace
}  // namespace chapar::test
