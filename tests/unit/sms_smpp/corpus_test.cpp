#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "inbound_check.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;

TEST(Corpus, what_an_smsc_delivers_is_survived_whole_cut_and_flipped) {
    Inbound inbound({"stop"});
    Inbound::Time now{1h};
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(CHAPAR_SOURCE_DIR "/tests/fuzz/smpp/inbound_corpus")) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string content((std::istreambuf_iterator<char>(file)), {});
        EXPECT_EQ(fuzz::check_delivered(content, inbound, now += 1s), "") << entry.path();
        for (std::size_t i = 0; i < content.size(); ++i) {
            EXPECT_EQ(fuzz::check_delivered(std::string_view(content).substr(0, i), inbound, now += 1s), "")
                << entry.path() << " cut at " << i;
            for (const char flip : {'\x01', '\x80', '\xFF'}) {
                content[i] = static_cast<char>(content[i] ^ flip);
                EXPECT_EQ(fuzz::check_delivered(content, inbound, now += 1s), "") << entry.path() << " at " << i;
                content[i] = static_cast<char>(content[i] ^ flip);
            }
        }
        ++seen;
    }
    EXPECT_GE(seen, 9);
}

TEST(Corpus, a_word_of_the_smscs_own_is_kept_as_it_is_written_in_capitals) {
    smpp::Short pdu;
    pdu.esm_class = 4;
    pdu.message = "id:0a1B stat:SomethingOfTheirOwn err:17 text:";
    const auto receipt = read_receipt(pdu);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->state, "SOMETHINGOFTHEIROWN");
    EXPECT_EQ(receipt->fate, Fate::under_way);
}

}  // namespace
}  // namespace chapar::sms
