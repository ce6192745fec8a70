#include "engage/networks.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace chapar::engage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Networks built(std::string_view text) {
    NetworkReader reader;
    EXPECT_THAT(reader.read("test.txt", text), IsEmpty());
    return reader.build();
}
std::vector<std::string> flaws(std::string_view text) { return NetworkReader().read("n.txt", text); }
NetworkClass of(const Networks& networks, std::string_view address) { return networks.of(*parse_address(address)); }

TEST(Networks, the_smallest_block_that_holds_an_address_decides) {
    const auto networks = built("40.92.0.0/15 microsoft\n40.93.0.0/16 google\n40.93.5.0/24 hosting\n40.93.5.7 cisco\n");
    EXPECT_EQ(of(networks, "40.92.0.0"), NetworkClass::microsoft);
    EXPECT_EQ(of(networks, "40.92.255.255"), NetworkClass::microsoft);
    EXPECT_EQ(of(networks, "40.93.4.255"), NetworkClass::google);
    EXPECT_EQ(of(networks, "40.93.5.6"), NetworkClass::hosting);
    EXPECT_EQ(of(networks, "40.93.5.7"), NetworkClass::cisco);
    EXPECT_EQ(of(networks, "40.93.5.8"), NetworkClass::hosting);
    EXPECT_EQ(of(networks, "40.93.6.0"), NetworkClass::google);
    EXPECT_EQ(of(networks, "40.94.0.0"), NetworkClass::unlisted);
    EXPECT_EQ(of(networks, "40.91.255.255"), NetworkClass::unlisted);
    EXPECT_EQ(of(networks, "::ffff:40.93.5.7"), NetworkClass::cisco) << "a mapped address is the address";
}

TEST(Networks, the_ends_of_all_addresses_are_addresses_too) {
    const auto networks = built("0.0.0.0/1 hosting\n255.255.255.255 cisco\nffff::/16 apple\n::/128 google\n");
    EXPECT_EQ(of(networks, "0.0.0.0"), NetworkClass::hosting);
    EXPECT_EQ(of(networks, "127.255.255.255"), NetworkClass::hosting);
    EXPECT_EQ(of(networks, "128.0.0.0"), NetworkClass::unlisted);
    EXPECT_EQ(of(networks, "255.255.255.255"), NetworkClass::cisco);
    EXPECT_EQ(of(networks, "::"), NetworkClass::google);
    EXPECT_EQ(of(networks, "::1"), NetworkClass::unlisted);
    EXPECT_EQ(of(networks, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), NetworkClass::apple);
    EXPECT_EQ(of(built("::/0 yahoo\n0.0.0.0/0 google"), "9.9.9.9"), NetworkClass::google);
    EXPECT_EQ(of(built(""), "9.9.9.9"), NetworkClass::unlisted);
}

TEST(Networks, agree_with_a_search_through_all_blocks) {
    std::mt19937 random(20300103);  // NOLINT(cert-msc51-cpp)
    for (int round = 0; round < 50; ++round) {
        struct Block {
            Cidr cidr;
            NetworkClass network;
        };
        std::vector<Block> blocks;
        std::string text;
        for (int i = 0; i < 40; ++i) {
            const int length = static_cast<int>(random() % 33);
            const auto raw = static_cast<std::uint32_t>(random() % 4 << 30 | random() % 8);
            const std::uint32_t first = length == 0 ? 0 : raw & ~((std::uint64_t{1} << (32 - length)) - 1);
            const auto cidr = Cidr{from_v4(first), 96 + length};
            const auto is_there = [&](const Block& b) {
                return b.cidr.first == cidr.first && b.cidr.bits == cidr.bits;
            };
            if (std::ranges::any_of(blocks, is_there)) continue;
            const auto network = static_cast<NetworkClass>(1 + random() % 9);
            blocks.push_back({cidr, network});
            text += cidr.first.text() + "/" + std::to_string(length) + " " + std::string(name(network)) + "\n";
        }
        const auto networks = built(text);
        for (int i = 0; i < 400; ++i) {
            const auto address = from_v4(static_cast<std::uint32_t>(random() % 4 << 30 | random() % 12));
            const Block* best = nullptr;
            for (const auto& block : blocks)
                if (block.cidr.contains(address) && (best == nullptr || block.cidr.bits > best->cidr.bits))
                    best = &block;
            EXPECT_EQ(networks.of(address), best == nullptr ? NetworkClass::unlisted : best->network) << address.text();
        }
    }
}

TEST(NetworkFiles, comments_blanks_tabs_and_foreign_line_ends_are_fine) {
    const auto networks =
        built("\xEF\xBB\xBF# Microsoft\r\n\r\n  40.92.0.0/15\tmicrosoft  # Exchange\r\n2a01:111:f400::/48 microsoft");
    EXPECT_EQ(networks.blocks(), 2U);
    EXPECT_EQ(of(networks, "2a01:111:f400:7c00::1"), NetworkClass::microsoft);
}

TEST(NetworkFiles, a_flaw_is_told_with_its_place) {
    EXPECT_THAT(
        flaws("40.92.0.0/15"),
        ElementsAre("n.txt:1:13: the class of the block is missing: one of unlisted, microsoft, proofpoint, mimecast, "
                    "barracuda, cisco, apple, google, yahoo, hosting"));
    EXPECT_THAT(flaws("\n  40.92.0.0/33 apple"),
                ElementsAre("n.txt:2:3: behind the slash stands a number from 0 to 32"));
    EXPECT_THAT(flaws("40.93.0.1/15 apple"),
                ElementsAre("n.txt:1:1: 40.93.0.1/15 lies inside of a block; the block is 40.92.0.0/15"));
    EXPECT_THAT(flaws("2001:db8::1/32 apple"),
                ElementsAre("n.txt:1:1: 2001:db8::1/32 lies inside of a block; the block is 2001:db8::/32"));
    EXPECT_THAT(flaws("40.92.0.0/15 apples x"),
                ElementsAre(testing::StartsWith("n.txt:1:14: there is no class \"apples\"; there are ")));
    EXPECT_THAT(flaws("40.92.0.0/15 apple x"),
                ElementsAre("n.txt:1:20: nothing follows the class but a comment with #"));
    EXPECT_THAT(flaws("1.2.3.4 apple\n1.2.3.4/32 apple"),
                ElementsAre("n.txt:2:1: 1.2.3.4/32 is listed already, at n.txt:1"));
    for (const char* block :
         {"1.2.3/24", "01.2.3.4/24", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/2a", "x", "1.2.3.4.5",
          "2001:db8::/129", "::1%lo", "1.2.3.4/24/24", "256.1.1.1", "2001:db8:::/32", "/24"})
        EXPECT_EQ(flaws(std::string(block) + " apple").size(), 1U) << block;
}

TEST(NetworkFiles, a_block_is_in_one_file_only_and_a_broken_file_brings_nothing) {
    NetworkReader reader;
    EXPECT_THAT(reader.read("a.txt", "1.2.3.0/24 apple\n"), IsEmpty());
    EXPECT_THAT(reader.read("b.txt", "5.6.7.0/24 google\n1.2.3.0/24 google\n"),
                ElementsAre("b.txt:2:1: 1.2.3.0/24 is listed already, at a.txt:1"));
    EXPECT_EQ(reader.build().blocks(), 1U);
    EXPECT_THAT(reader.read("b.txt", "5.6.7.0/24 google\n"), IsEmpty()) << "mended, it is read";
    EXPECT_EQ(of(reader.build(), "5.6.7.8"), NetworkClass::google);
}

TEST(NetworkFiles, those_that_are_shipped_are_in_order) {
    NetworkReader reader;
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(CHAPAR_SOURCE_DIR "/daemon/engage/networks")) {
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        EXPECT_THAT(reader.read(entry.path().filename().string(), text.str()), IsEmpty());
        ++files;
    }
    EXPECT_GT(files, 0U);
    const auto networks = reader.build();
    EXPECT_EQ(of(networks, "40.107.1.2"), NetworkClass::microsoft);
    EXPECT_EQ(of(networks, "17.58.97.100"), NetworkClass::apple);
    EXPECT_EQ(of(networks, "2.144.1.1"), NetworkClass::unlisted) << "an operator of Iran";
}

TEST(Addresses, are_read_and_written_and_kept_as_blocks) {
    for (const std::string_view text :
         {"1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::8:800:200c:417a"})
        EXPECT_EQ(parse_address(text)->text(), text);
    EXPECT_EQ(parse_address("2001:0DB8:0:0::1")->text(), "2001:db8::1");
    for (const std::string_view text :
         {"", "1.2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]", "fe80::1%eth0", "0x7f.1", "127.1"})
        EXPECT_FALSE(parse_address(text)) << text;
    const auto block = [](std::string_view text) { return neighbourhood(*parse_address(text)); };
    EXPECT_EQ(block("192.0.2.1"), block("192.0.2.254"));
    EXPECT_NE(block("192.0.2.1"), block("192.0.3.1"));
    EXPECT_EQ(block("2001:db8:1:2::3"), block("2001:db8:1:ffff::4"));
    EXPECT_NE(block("2001:db8:1::"), block("2001:db8:2::"));
}

}  // namespace
}  // namespace chapar::engage
