// One message of the host as PDUs; the plugin's settings.
#include "sms/smpp/compose.hpp"

#include <gtest/gtest.h>

namespace chapar::sms {
namespace {

class ComposeTest : public testing::Test {
  protected:
    std::expected<Composed, Refusal> run() {
        std::vector<chapar_kv> kvs;
        for (const auto& [key, value] : content)
            kvs.push_back({str(key), str(value)});
        chapar_message raw{};
        raw.struct_size = sizeof raw;
        raw.address = str(address);
        raw.class_name = str("otp");
        raw.expires_at_ms = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
        raw.content = {kvs.data(), kvs.size()};
        return compose(Message(&raw), settings, references);
    }
    smpp::Short part(const Composed& composed, std::size_t number = 0) {
        const auto pdu = smpp::decode(composed.frames.at(number));
        EXPECT_TRUE(pdu);
        return std::get<smpp::Short>(pdu->body);
    }
    ComposeTest() { settings.source = "Shop"; }
    Settings settings;
    References references;
    std::string address = "+989121234567";
    std::vector<std::pair<std::string, std::string>> content{{"text", "Hello"}};
};

TEST_F(ComposeTest, a_short_text) {
    settings.priority["otp"] = 3;
    const auto composed = run();
    ASSERT_TRUE(composed);
    ASSERT_EQ(composed->frames.size(), 1U);
    const auto body = part(*composed);
    EXPECT_EQ(body.source, (smpp::Address{5, 0, "Shop"}));
    EXPECT_EQ(body.destination, (smpp::Address{1, 1, "989121234567"}));
    EXPECT_EQ(body.message, "Hello");
    EXPECT_EQ(body.validity, "261122120000000+");
    EXPECT_EQ(body.priority, 3);
    EXPECT_EQ(body.registered_delivery, 1);
    EXPECT_FALSE(composed->own_source);
}

TEST_F(ComposeTest, senders_by_rule_by_setting_and_by_allow_list) {
    EXPECT_EQ(source_address("+983000", settings), (smpp::Address{1, 1, "983000"}));
    EXPECT_EQ(source_address("3000", settings), (smpp::Address{3, 0, "3000"}));
    EXPECT_EQ(source_address("", settings), (smpp::Address{0, 0, ""}));
    settings.source_ton = 0, settings.source_npi = 1;
    EXPECT_EQ(source_address("3000", settings), (smpp::Address{0, 1, "3000"}));
    settings.source_ton.reset(), settings.source_npi.reset();
    content.emplace_back("from", "Bank");
    EXPECT_EQ(run().error().blame, Blame::message);
    settings.source_allowed = {"Ban*"};
    EXPECT_EQ(part(*run()).source.digits, "Bank");
    EXPECT_TRUE(run()->own_source);
    settings.source_allowed = {"*"};
    content.back().second = "TwelveLetter";
    EXPECT_EQ(run().error().sentence, "the sender TwelveLetter is too long");
}

TEST_F(ComposeTest, what_can_never_be_sent_is_refused) {
    for (const auto* bad : {"", "+", "ali@example.org", "+98912\n", "+123456789012345678901"}) {
        address = bad;
        EXPECT_EQ(run().error().blame, Blame::recipient) << bad;
    }
    address = "+989121234567";
    content[0].second = "";
    EXPECT_EQ(run().error().blame, Blame::message);
    content[0].second = std::string(153 * 255 + 1, 'x');
    EXPECT_EQ(run().error().sentence, "the text takes more than 255 segments");
}

TEST_F(ComposeTest, long_texts_in_each_form) {
    content[0].second = std::string(161, 'x');
    auto composed = *run();
    ASSERT_EQ(composed.frames.size(), 2U);
    EXPECT_EQ(part(composed, 1).message.substr(0, 6), std::string_view("\x05\x00\x03\x01\x02\x02", 6));
    EXPECT_EQ(part(composed).esm_class, 0x40);
    settings.text.concatenation = Concatenation::udh16;
    EXPECT_EQ(part(*run(), 1).message.substr(0, 7), std::string_view("\x06\x08\x04\x00\x02\x02\x02", 7));
    settings.text.concatenation = Concatenation::sar;
    composed = *run();
    EXPECT_EQ(part(composed, 1).tlvs.number(smpp::tag::sar_segment_seqnum), 2U);
    EXPECT_EQ(part(composed, 1).tlvs.number(smpp::tag::sar_total_segments), 2U);
    EXPECT_EQ(part(composed, 1).esm_class, 0);
    settings.text.concatenation = Concatenation::payload;
    composed = *run();
    ASSERT_EQ(composed.frames.size(), 1U);
    EXPECT_EQ(part(composed).tlvs.find(smpp::tag::message_payload)->size(), 161U);
    EXPECT_EQ(part(composed).message, "");
}

TEST_F(ComposeTest, national_tables_stand_in_the_header) {
    settings.text.national = {*parse_tables("spanish")};
    content[0].second = "¿Cuántos días?";
    const auto composed = *run();
    const auto body = part(composed);
    EXPECT_EQ(body.message.substr(0, 4), std::string_view("\x03\x24\x01\x02", 4));
    EXPECT_EQ(body.esm_class, 0x40);
    EXPECT_EQ(body.data_coding, 0);
}

TEST_F(ComposeTest, flash_and_packed) {
    settings.flash_classes = {"otp"};
    EXPECT_EQ(part(*run()).data_coding, 0x10);
    content[0].second = "سلام";
    EXPECT_EQ(part(*run()).data_coding, 0x18);
    content[0].second = "hellohello";
    settings.packed = true;
    EXPECT_EQ(part(*run()).message, "\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37");
}

TEST_F(ComposeTest, segments_never_exceed_140_octets) {
    for (const auto how : {Concatenation::udh8, Concatenation::udh16}) {
        settings.text.concatenation = how;
        settings.packed = true;
        settings.text.national = {*parse_tables("turkish-locking")};
        for (const auto* unit : {"x", "ğ", "€", "س", "😀", "👨\u200D👩\u200D👧"}) {
            content[0].second.clear();
            for (int i = 0; i < 300; ++i)
                content[0].second += unit;
            const auto composed = *run();
            for (std::size_t i = 0; i < composed.frames.size(); ++i)
                EXPECT_LE(part(composed, i).message.size(), 140U) << unit;
        }
    }
}

TEST_F(ComposeTest, references_count_up_and_wrap) {
    settings.user_message_reference = true;
    references = {255, 65535};
    content[0].second = std::string(161, 'x');
    const auto composed = *run();
    EXPECT_EQ(composed.references, (std::vector<std::uint16_t>{0, 1}));
    EXPECT_EQ(part(composed).message[3], '\0') << "256 in eight bits";
}

}  // namespace
}  // namespace chapar::sms
