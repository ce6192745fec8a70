#include "base/secret.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using namespace chapar;
using testing::HasSubstr;
using testing::Not;

class SecretFile : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "chapar-secret-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        directory = name;
        ::setenv("CREDENTIALS_DIRECTORY", name.c_str(), 1);
    }
    void TearDown() override {
        ::unsetenv("CREDENTIALS_DIRECTORY");
        std::filesystem::remove_all(directory);
    }
    std::string put(const std::string& name, const std::string& text, mode_t mode) {
        const auto path = directory + "/" + name;
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string directory;
};

TEST_F(SecretFile, a_credential_is_read_by_name_without_its_newline) {
    put("smtp-password", "s3cret \n", 0400);
    const auto secret = read_secret("smtp-password");
    ASSERT_TRUE(secret.has_value()) << secret.error().message();
    EXPECT_EQ(secret->reveal(), "s3cret ");
}

TEST_F(SecretFile, only_one_newline_is_dropped) {
    put("key", "a\n\n", 0400);
    EXPECT_EQ(read_secret("key")->reveal(), "a\n");
}

TEST_F(SecretFile, an_absolute_path_must_be_closed_to_others) {
    const auto open = put("open", "canary-1", 0644);
    const auto refused = read_secret(open);
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().is(SecretCode::readable_by_others));
    EXPECT_THAT(refused.error().message(), HasSubstr("0644"));
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("canary-1")));
    const auto writable = put("writable", "x", 0602);
    EXPECT_TRUE(read_secret(writable).error().is(SecretCode::readable_by_others));
    EXPECT_EQ(read_secret(put("closed", "fine", 0640))->reveal(), "fine");
}

TEST_F(SecretFile, names_never_leave_the_directory) {
    for (const auto* name : {"", ".", "..", "../etc/passwd", "a/b", "/etc/../etc/passwd"}) {
        const auto secret = read_secret(name);
        ASSERT_FALSE(secret.has_value()) << name;
        EXPECT_TRUE(secret.error().is(SecretCode::bad_name)) << name;
    }
}

TEST_F(SecretFile, what_is_missing_or_no_file_is_told_apart) {
    EXPECT_TRUE(read_secret("nothing").error().is(SecretCode::missing));
    std::filesystem::create_directory(directory + "/folder");
    EXPECT_TRUE(read_secret("folder").error().is(SecretCode::unreadable));
    ASSERT_EQ(::mkfifo((directory + "/pipe").c_str(), 0600), 0);
    EXPECT_TRUE(read_secret(directory + "/pipe").error().is(SecretCode::unreadable));
    ::unsetenv("CREDENTIALS_DIRECTORY");
    EXPECT_THAT(read_secret("smtp").error().message(), HasSubstr("LoadCredential=smtp:FILE"));
}

TEST(Secret, a_short_value_is_wiped_where_it_was) {
    alignas(Secret) unsigned char place[sizeof(Secret)];
    auto* secret = new (place) Secret(std::string("canary-2"));
    Secret moved(std::move(*secret));
    EXPECT_EQ(moved.reveal(), "canary-2");
    EXPECT_TRUE(secret->empty());
    EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(place), sizeof place).find("canary"), std::string::npos);
    secret->~Secret();
    *(&moved) = Secret(std::string("other"));
    EXPECT_EQ(moved.reveal(), "other");
}

}  // namespace
