#include "base/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace {

using namespace chapar;
using testing::HasSubstr;
using testing::MatchesRegex;

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

class Log : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "chapar-log-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory = name;
        file = directory + "/log";
    }
    void TearDown() override {
        log::configure(log::Level::info, log::Format::human, "");
        std::filesystem::remove_all(directory);
    }
    std::string directory, file;
};

TEST_F(Log, a_human_line_has_time_level_and_identifier) {
    log::configure(log::Level::info, log::Format::human, file);
    log::warning("route.paused", "route {} rests", "smtp-a");
    EXPECT_THAT(read(file), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z warning "
                                         "route.paused: route smtp-a rests\n"));
}

TEST_F(Log, a_json_line_is_one_object_of_four_members) {
    log::configure(log::Level::debug, log::Format::json, file);
    log::debug("a.b", "he said \"{}\"", "x\n\x1b[31m");
    simdjson::dom::parser parser;
    const std::string line = read(file);
    const simdjson::dom::element parsed = parser.parse(line);
    EXPECT_EQ(std::string_view(parsed["level"]), "debug");
    EXPECT_EQ(std::string_view(parsed["id"]), "a.b");
    EXPECT_EQ(std::string_view(parsed["text"]), "he said \"x\\n\\u{1b}[31m\"");
    EXPECT_THAT(std::string(std::string_view(parsed["time"])), MatchesRegex("[-0-9]+T[:.0-9]+Z"));
}

TEST_F(Log, a_named_part_is_in_the_text_and_a_member_of_its_own) {
    log::configure(log::Level::info, log::Format::json, file);
    log::warning("route.rests", "route {} rests for {} s, load {}", log::Field("route", "smtp-a"),
                 log::Field("seconds", 30), log::Field("load", 0.5));
    simdjson::dom::parser parser;
    const std::string line = read(file);
    const simdjson::dom::element parsed = parser.parse(line);
    EXPECT_EQ(std::string_view(parsed["text"]), "route smtp-a rests for 30 s, load 0.5");
    EXPECT_EQ(std::string_view(parsed["route"]), "smtp-a");
    EXPECT_EQ(std::int64_t(parsed["seconds"]), 30);
    EXPECT_EQ(double(parsed["load"]), 0.5);
}

TEST_F(Log, a_named_part_does_not_repeat_itself_in_a_human_line) {
    log::configure(log::Level::info, log::Format::human, file);
    log::warning("route.rests", "route {} rests", log::Field("route", "smtp-a"));
    EXPECT_THAT(read(file), testing::EndsWith(" warning route.rests: route smtp-a rests\n"));
}

TEST_F(Log, lines_of_a_batch_tell_every_field_as_name_and_value) {
    log::configure(log::Level::info, log::Format::human, file);
    {
        log::Batch batch(log::Level::info, "a.b");
        const log::Field fields[] = {{"route", "smtp-a"}, {"words", "say \"no\"\nplease"}, {"n", 3}, {"none", ""}};
        batch.add("sent", fields);
        batch.add("sent", {});
        EXPECT_EQ(read(file), "");
    }
    EXPECT_THAT(read(file), HasSubstr(R"( info a.b: sent route=smtp-a words="say \"no\"\\nplease" n=3 none="")"
                                      "\n"));
    EXPECT_THAT(read(file), testing::EndsWith(" info a.b: sent\n"));
}

TEST_F(Log, a_batch_on_a_full_disk_counts_each_of_its_lines) {
    log::configure(log::Level::info, log::Format::human, "/dev/full");
    const auto before = log::dropped();
    log::Batch batch(log::Level::info, "a.b");
    for (int i = 0; i < 500; ++i)
        batch.add("one", {});
    batch.flush();
    EXPECT_EQ(log::dropped(), before + 500);
}

TEST_F(Log, a_reader_that_stands_still_gets_whole_lines_of_a_batch) {
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    log::configure(log::Level::info, log::Format::human, file);
    const auto before = log::dropped();
    {
        log::Batch batch(log::Level::info, "a.b");
        for (int i = 0; i < 3000; ++i)
            batch.add(std::string(100, 'x'), {});
    }
    std::string got(1 << 20, ' ');
    got.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(reader, got.data(), got.size()), 0)));
    EXPECT_TRUE(got.ends_with('\n'));
    EXPECT_EQ(static_cast<std::uint64_t>(std::count(got.begin(), got.end(), '\n')) + log::dropped() - before, 3000U);
    ::close(reader);
}

TEST_F(Log, a_lower_level_than_configured_is_silent) {
    log::configure(log::Level::warning, log::Format::human, file);
    log::info("a.b", "nothing");
    EXPECT_EQ(read(file), "");
    EXPECT_FALSE(log::enabled(log::Level::info));
}

TEST_F(Log, user_data_can_not_forge_a_line) {
    log::configure(log::Level::info, log::Format::human, file);
    log::info("a.b", "{}", "x\r\n2026-01-01T00:00:00.000Z error fake.id: gone {} %s %n\xff\xc3");
    const std::string text = read(file);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_THAT(text, HasSubstr("{} %s %n\\xff\\xc3"));
}

TEST_F(Log, a_full_disk_loses_lines_and_counts_them) {
    log::configure(log::Level::info, log::Format::human, "/dev/full");
    const auto before = log::dropped();
    log::info("a.b", "one");
    log::info("a.b", "two");
    EXPECT_EQ(log::dropped(), before + 2);
}

TEST_F(Log, a_reader_that_stands_still_never_blocks_us) {
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
    const int reader = ::open(file.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    log::configure(log::Level::info, log::Format::human, file);
    const auto before = log::dropped();
    for (int i = 0; i < 3000; ++i)
        log::info("a.b", "{}", std::string(100, 'x'));
    EXPECT_GT(log::dropped(), before);
    ::close(reader);
}

TEST_F(Log, an_unusable_file_is_said_on_standard_error) {
    testing::internal::CaptureStderr();
    log::configure(log::Level::info, log::Format::human, directory + "/no/such/log");
    log::info("a.b", "still here");
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_THAT(text, HasSubstr("error log.file_unusable: "));
    EXPECT_THAT(text, HasSubstr("info a.b: still here"));
}

TEST_F(Log, the_journal_gets_priorities_and_no_time) {
    testing::internal::CaptureStderr();
    struct stat st{};
    ASSERT_EQ(::fstat(STDERR_FILENO, &st), 0);
    ::setenv("JOURNAL_STREAM", (std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino)).c_str(), 1);
    log::configure(log::Level::info, log::Format::human, "");
    log::error("store.failed", "disk");
    log::info("store.fine", "again");
    ::unsetenv("JOURNAL_STREAM");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "<3>store.failed: disk\n<6>store.fine: again\n");
}

TEST_F(Log, configuring_again_reopens_a_rotated_file) {
    log::configure(log::Level::info, log::Format::human, file);
    log::info("a.b", "first");
    std::filesystem::rename(file, file + ".1");
    log::configure(log::Level::info, log::Format::human, file);
    log::info("a.b", "second");
    EXPECT_THAT(read(file + ".1"), HasSubstr("first"));
    EXPECT_THAT(read(file), HasSubstr("second"));
}

TEST_F(Log, threads_and_reconfiguration_never_mix_lines) {
    log::configure(log::Level::info, log::Format::human, file);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([] {
            for (int i = 0; i < 500; ++i)
                log::info("a.b", "{}", std::string(80, 'y'));
        });
    }
    for (int i = 0; i < 20; ++i)
        log::configure(log::Level::info, log::Format::human, file);
    for (auto& thread : threads)
        thread.join();
    std::istringstream lines(read(file));
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_THAT(line, testing::EndsWith("info a.b: " + std::string(80, 'y')));
    }
    EXPECT_EQ(count, 2000);
}

TEST_F(Log, a_huge_text_is_cut) {
    log::configure(log::Level::info, log::Format::human, file);
    log::info("a.b", "{}", std::string(1 << 20, 'z'));
    EXPECT_LT(read(file).size(), 9000U);
    EXPECT_THAT(read(file), HasSubstr("(1048576 bytes in all)"));
}

TEST(LogEscape, persian_stays_and_controls_do_not) {
    EXPECT_EQ(log::escape("می\u200cخواهم"), "می\u200cخواهم");
    EXPECT_EQ(log::escape("a\u202eb"), "a\\u{202e}b");
    EXPECT_EQ(log::escape("\u2028\u0085\x7f"), "\\u{2028}\\u{85}\\u{7f}");
    EXPECT_EQ(log::escape(std::string_view("\0\t", 2)), "\\u{0}\\t");
    EXPECT_EQ(log::escape("\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80"), "\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80");
    EXPECT_EQ(log::escape("😀"), "😀");
}

}  // namespace
