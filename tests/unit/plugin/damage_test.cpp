// A plugin file that a copy broke off, or that bits fell out of: refused in words, and no process dies of it.
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "bench.hpp"
#include "plugin/child.hpp"
#include "plugin/library.hpp"

namespace chapar::plugin {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class DamagedPlugin : public ::testing::Test {
  protected:
    DamagedPlugin() {
        char name[] = "/tmp/chapar-damage-XXXXXX";
        directory_ = ::mkdtemp(name);
        const std::ifstream in(CHAPAR_TEST_PLUGINS "/old.so", std::ios::binary);
        std::ostringstream bytes;
        bytes << in.rdbuf();
        whole_ = bytes.str();
        std::memcpy(&header_, whole_.data(), sizeof header_);
    }
    ~DamagedPlugin() override { fs::remove_all(directory_); }

    /// Loads it in a child of the test, as the daemon would load it: a signal there is a finding, not the test's end.
    ChildEnd load_once(const std::string& bytes) {
        const std::string path = directory_ + "/plugin" + std::to_string(count_++) + ".so";
        std::ofstream(path, std::ios::binary) << bytes;
        ::chmod(path.c_str(), 0755);
        const auto work = [&] {
            test::Bench bench;
            const auto info = bench.host().open(path, {.allow_sticky_folder = true});
            return info ? std::string("loaded") : info.error().message();
        };
        ChildEnd end = run_in_child(work, std::chrono::seconds(60));
        fs::remove(path);
        return end;
    }
    std::size_t dynamic_at() const {
        for (std::size_t i = 0; i < header_.e_phnum; ++i) {
            Elf64_Phdr segment{};
            std::memcpy(&segment, whole_.data() + header_.e_phoff + i * sizeof segment, sizeof segment);
            if (segment.p_type == PT_DYNAMIC) return segment.p_offset;
        }
        return 0;
    }

    std::string directory_, whole_;
    Elf64_Ehdr header_{};
    int count_ = 0;
};

TEST_F(DamagedPlugin, the_whole_file_is_loaded) { EXPECT_EQ(load_once(whole_).said, "loaded"); }

TEST_F(DamagedPlugin, a_file_that_was_cut_anywhere_is_refused_as_cut_short) {
    ASSERT_GT(whole_.size(), 4096u);
    for (std::size_t part = 1; part < 100; ++part) {
        const ChildEnd end = load_once(whole_.substr(0, whole_.size() * part / 100));
        ASSERT_EQ(end.trouble, "") << "cut after " << part << " of 100 parts";
        EXPECT_THAT(end.said, HasSubstr("cut short")) << "cut after " << part << " of 100 parts";
    }
}

TEST_F(DamagedPlugin, changed_headers_never_end_the_process) {
    std::mt19937 random(20240611);
    const std::size_t segments = header_.e_phoff, dynamic = dynamic_at();
    ASSERT_NE(dynamic, 0u);
    const std::pair<std::size_t, std::size_t> places[] = {
        {0, sizeof(Elf64_Ehdr)}, {segments, header_.e_phnum * sizeof(Elf64_Phdr)}, {dynamic, 24 * sizeof(Elf64_Dyn)}};
    constexpr int rounds = 80;
    for (const auto& [begin, size] : places)
        for (int round = 0; round < rounds; ++round) {
            std::string bytes = whole_;
            for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
                bytes[begin + random() % size] = static_cast<char>(random());
            const ChildEnd end = load_once(bytes);
            ASSERT_EQ(end.trouble, "") << "offset " << begin << " round " << round;
        }
}

TEST_F(DamagedPlugin, changed_words_of_the_dynamic_section_never_end_the_process) {
    const std::size_t dynamic = dynamic_at();
    for (std::size_t entry = 0; entry < 24; ++entry)
        for (const std::uint64_t value :
             {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 40}) {
            std::string bytes = whole_;
            std::memcpy(bytes.data() + dynamic + entry * sizeof(Elf64_Dyn) + 8, &value, sizeof value);
            ASSERT_EQ(load_once(bytes).trouble, "") << "entry " << entry << " value " << value;
        }
}

TEST(Child, a_crash_an_exit_and_a_hang_are_told_apart) {
    EXPECT_EQ(run_in_child([] { return std::string("done"); }, std::chrono::seconds(60)).said, "done");
    EXPECT_THAT(run_in_child([]() -> std::string { std::abort(); }, std::chrono::seconds(60)).trouble,
                HasSubstr("SIGABRT"));
    EXPECT_THAT(run_in_child([]() -> std::string { ::_exit(7); }, std::chrono::seconds(60)).trouble,
                HasSubstr("exit code 7"));
    EXPECT_THAT(run_in_child(
                    []() -> std::string {
                        for (;;)
                            ::pause();
                    },
                    std::chrono::seconds(1))
                    .trouble,
                HasSubstr("did not end within 1 s"));
}

}  // namespace
}  // namespace chapar::plugin
