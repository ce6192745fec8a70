// The Maildir: a mail moves to `cur` when it was taken and not before, whatever happens to its file meanwhile.
#include "bounce/receiver/maildir_watch.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

namespace chapar::bounce {
namespace {

namespace fs = std::filesystem;

class Maildir : public testing::Test {
  protected:
    Maildir() {
        std::string name = (fs::temp_directory_path() / "chapar-maildir-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        for (const char* part : {"tmp", "new", "cur"})
            fs::create_directory(folder_ / part);
    }
    ~Maildir() override { fs::remove_all(folder_); }

    void put(const std::string& name, std::string_view text = "mail") { std::ofstream(folder_ / "new" / name) << text; }
    std::vector<std::string> in(const std::string& part) const {
        std::vector<std::string> out;
        if (!fs::exists(folder_ / part)) return out;
        for (const auto& entry : fs::directory_iterator(folder_ / part))
            out.push_back(entry.path().filename());
        std::ranges::sort(out);
        return out;
    }
    MaildirWatch watch() {
        return {folder_.string(), [this](const std::string& mail, std::function<void(bool)> done) {
                    mails_.push_back(mail);
                    waiting_.push_back(std::move(done));
                }};
    }
    void answer_all(bool is_taken) {
        for (auto& done : std::exchange(waiting_, {}))
            done(is_taken);
    }
    using Names = std::vector<std::string>;

    fs::path folder_;
    std::vector<std::string> mails_;
    std::vector<std::function<void(bool)>> waiting_;
};

TEST_F(Maildir, a_mail_that_was_taken_is_in_cur_as_seen) {
    put("1.a.host", "one");
    put("2.b.host:2,F", "two");
    auto watch = this->watch();
    EXPECT_EQ(watch.look(10), "");
    EXPECT_EQ(mails_, (Names{"one", "two"}));
    EXPECT_EQ(in("new").size(), 2U);  // not before it is taken
    answer_all(true);
    EXPECT_EQ(in("new"), Names{});
    EXPECT_EQ(in("cur"), (Names{"1.a.host:2,S", "2.b.host:2,F"}));
}

TEST_F(Maildir, what_is_under_way_is_not_handed_over_twice_and_what_was_not_taken_comes_again) {
    put("1");
    auto watch = this->watch();
    watch.look(10);
    watch.look(10);
    EXPECT_EQ(mails_.size(), 1U);
    answer_all(false);
    EXPECT_EQ(in("new"), Names{"1"});
    watch.look(10);
    EXPECT_EQ(mails_.size(), 2U);
    answer_all(true);
    EXPECT_EQ(in("cur"), Names{"1:2,S"});
}

TEST_F(Maildir, after_a_crash_it_is_still_in_new) {
    put("1");
    {
        auto before = watch();
        before.look(10);
    }
    waiting_.clear();
    auto after = watch();
    after.look(10);
    EXPECT_EQ(mails_.size(), 2U);
}

TEST_F(Maildir, a_file_that_vanishes_is_no_trouble) {
    put("1");
    auto watch = this->watch();
    watch.look(10);
    fs::remove(folder_ / "new/1");
    answer_all(true);
    EXPECT_EQ(in("cur"), Names{});
    EXPECT_EQ(watch.under_way(), 0U);
    EXPECT_EQ(watch.look(10), "");
}

TEST_F(Maildir, folders_that_come_and_go_are_said_and_waited_for) {
    put("1");
    auto watch = this->watch();
    watch.look(10);
    fs::remove_all(folder_ / "cur");
    answer_all(true);
    EXPECT_EQ(in("cur"), Names{"1:2,S"});
    fs::remove_all(folder_ / "new");
    EXPECT_TRUE(watch.look(10).contains("/new can't be read"));
    fs::create_directory(folder_ / "new");
    put("2");
    EXPECT_EQ(watch.look(10), "");
    EXPECT_EQ(mails_.size(), 2U);
}

TEST_F(Maildir, what_is_no_mail_is_passed_over) {
    fs::create_directory(folder_ / "new/folder");
    put(".hidden");
    fs::create_symlink("/etc/passwd", folder_ / "new/link");
    ASSERT_EQ(::mkfifo((folder_ / "new/pipe").c_str(), 0600), 0);
    put("9.mail");
    auto watch = this->watch();
    EXPECT_EQ(watch.look(10), "");
    EXPECT_EQ(mails_, Names{"mail"});
}

TEST_F(Maildir, hands_over_the_oldest_first_and_no_more_than_asked_and_reads_no_more_than_is_looked_at) {
    for (int i = 9; i >= 1; --i)
        put(std::to_string(i), std::to_string(i));
    auto watch = this->watch();
    watch.look(3);
    EXPECT_EQ(mails_, (Names{"1", "2", "3"}));
    put("0", std::string(5'000'000, 'x'));
    watch.look(1);
    EXPECT_EQ(mails_.back().size(), 1024U * 1024 + 1);
}

}  // namespace
}  // namespace chapar::bounce
