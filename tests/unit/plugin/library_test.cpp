// Attack S16: a library is judged before a byte of it can run, and refused in words that help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench.hpp"
#include "plugin/library.hpp"

namespace chapar::plugin {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class LibraryFile : public ::testing::Test {
  protected:
    LibraryFile() {
        char name[] = "/tmp/chapar-plugin-XXXXXX";
        directory_ = ::mkdtemp(name);
    }
    ~LibraryFile() override { fs::remove_all(directory_); }
    std::string copy(const std::string& name) {
        fs::copy_file(CHAPAR_TEST_PLUGINS "/" + name, directory_ + "/" + name);
        ::chmod((directory_ + "/" + name).c_str(), 0755);
        return directory_ + "/" + name;
    }
    Result<LibraryInfo> open(const std::string& path) {
        return bench_.host().open(path, {.allow_sticky_folder = true});
    }
    std::string error(const std::string& path) {
        Result<LibraryInfo> info = open(path);
        return info ? "" : info.error().message();
    }
    test::Bench bench_;
    std::string directory_;
};

TEST_F(LibraryFile, a_plugin_built_against_the_first_release_works) {
    Result<LibraryInfo> info = open(copy("old.so"));
    ASSERT_TRUE(info) << info.error().message();
    EXPECT_EQ(info->name, "old");
    EXPECT_EQ(info->traits.channels, std::vector<std::string>{"email"});
    auto it = bench_.create("old");
    test::Outcomes got = bench_.send(*it, 3);
    EXPECT_EQ(got.at(2).verdict, model::Verdict::accepted);
    EXPECT_EQ(got.at(2).provider_id, test::Bench::messages(3)[2].attempt.text());
}

TEST_F(LibraryFile, two_libraries_are_two_plugins) {
    ASSERT_EQ(error(copy("old.so")), "");
    ASSERT_EQ(error(copy("mischief.so")), "");
    EXPECT_NE(bench_.host().traits("old"), nullptr);
    EXPECT_NE(bench_.host().traits("mischief"), nullptr);
}

TEST_F(LibraryFile, a_file_that_others_may_write_is_refused) {
    std::string path = copy("old.so");
    ::chmod(path.c_str(), 0775);
    EXPECT_THAT(error(path), HasSubstr("chmod go-w"));
    ::chmod(path.c_str(), 0757);
    EXPECT_THAT(error(path), HasSubstr("chmod go-w"));
    ::chmod(path.c_str(), 0755);
    EXPECT_EQ(error(path), "");
}

TEST_F(LibraryFile, a_directory_that_others_may_write_is_refused) {
    std::string path = copy("old.so");
    ::chmod(directory_.c_str(), 0777);
    EXPECT_THAT(error(path), HasSubstr(directory_ + " may be written"));
}

TEST_F(LibraryFile, a_sticky_directory_will_do_above_the_plugins_folder_but_not_as_it) {
    std::string path = copy("old.so");
    EXPECT_TRUE(bench_.host().open(path).has_value()) << "nobody else can replace " << directory_ << " in /tmp";
    ::chmod(directory_.c_str(), 01777);
    Result<LibraryInfo> info = bench_.host().open(path);
    ASSERT_FALSE(info);
    EXPECT_TRUE(info.error().is(Code::unsafe_path));
    EXPECT_THAT(info.error().message(), HasSubstr(directory_ + " may be written"));
    EXPECT_TRUE(open_safely(path, {.allow_sticky_folder = true}).has_value()) << "a check may look at it";
}

TEST_F(LibraryFile, symbolic_links_are_refused) {
    std::string path = copy("old.so");
    fs::create_symlink(path, directory_ + "/link.so");
    fs::create_directory_symlink(directory_, directory_ + "/elsewhere");
    EXPECT_THAT(error(directory_ + "/link.so"), HasSubstr("symbolic link"));
    EXPECT_THAT(error(directory_ + "/elsewhere/old.so"), HasSubstr("symbolic link"));
}

TEST_F(LibraryFile, relative_and_crooked_paths_are_refused) {
    EXPECT_THAT(error("old.so"), HasSubstr("absolute"));
    EXPECT_THAT(error(directory_ + "/../old.so"), HasSubstr("absolute"));
    EXPECT_THAT(error(directory_ + "//old.so"), HasSubstr("absolute"));
}

TEST_F(LibraryFile, what_is_no_plugin_is_refused) {
    std::ofstream(directory_ + "/text.so") << "not a library";
    ::mkfifo((directory_ + "/pipe.so").c_str(), 0600);
    EXPECT_THAT(error(directory_ + "/text.so"), HasSubstr("not an ELF"));
    EXPECT_THAT(error(directory_ + "/pipe.so"), HasSubstr("not a regular file"));
    EXPECT_THAT(error(directory_ + "/absent.so"), HasSubstr("No such file"));
}

TEST_F(LibraryFile, a_truncated_library_is_refused) {
    std::string path = copy("old.so");
    fs::resize_file(path, 70);
    EXPECT_THAT(error(path), HasSubstr("cut short"));
}

TEST_F(LibraryFile, an_executable_stack_is_refused_before_anything_runs) {
    EXPECT_THAT(error(copy("execstack.so")), HasSubstr("-z noexecstack"));
}

TEST_F(LibraryFile, another_major_is_refused) {
    EXPECT_THAT(error(copy("wrong_major.so")), HasSubstr("version 9.0"));
    EXPECT_THAT(error(copy("declines.so")), HasSubstr("does not speak version 1"));
}

TEST_F(LibraryFile, a_missing_entry_point_is_explained) {
    EXPECT_THAT(error(copy("no_entry.so")), HasSubstr("CHAPAR_EXPORT"));
}

TEST_F(LibraryFile, an_incomplete_table_is_refused) {
    EXPECT_THAT(error(copy("incomplete.so")), HasSubstr("send must be there"));
}

TEST_F(LibraryFile, one_bad_file_does_not_keep_the_others_out) {
    copy("wrong_major.so");
    copy("old.so");
    auto problems = bench_.host().open_all({directory_, directory_ + "/absent"}, {.allow_sticky_folder = true});
    EXPECT_EQ(problems.size(), 2u);
    EXPECT_NE(bench_.host().traits("old"), nullptr);
    EXPECT_EQ(bench_.host().open_all({directory_}, {.allow_sticky_folder = true}).size(),
              1u);  // again: only what is new
}

TEST_F(LibraryFile, an_unknown_plugin_is_named_with_those_there_are) {
    open(copy("old.so")).value();
    EXPECT_THAT(bench_.create_error("emial", "{}"), HasSubstr("loaded: old"));
}

}  // namespace
}  // namespace chapar::plugin
