// What people send us.
#include "sms/smpp/inbound.hpp"

#include <gtest/gtest.h>

#include "sms/smpp/compose.hpp"
#include "sms_text/plan.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;

struct Sent {
    explicit Sent(std::string octets, std::uint8_t coding = 0, std::uint8_t esm = 0) : text(std::move(octets)) {
        pdu.source.digits = "989121234567";
        pdu.destination.digits = "3000";
        pdu.data_coding = coding;
        pdu.esm_class = esm;
        pdu.message = text;
    }
    std::string text;
    smpp::Short pdu;
};

Sent part(int number, int total, std::string_view text) {
    return Sent(std::string("\x05\x00\x03\x2A", 4) + static_cast<char>(total) + static_cast<char>(number) +
                    octets(text, Encoding::ucs2, {}),
                8, 0x40);
}

class InboundTest : public testing::Test {
  protected:
    Inbound inbound{std::vector<std::string>{"کافیه", "No More"}};
    Inbound::Time now{1h};
};

TEST_F(InboundTest, text_by_its_coding) {
    EXPECT_EQ(inbound.take(Sent("Hi\x1B\x65").pdu, {}, now)->text, "Hi€");
    EXPECT_EQ(inbound.take(Sent(octets("سلام", Encoding::ucs2, {}), 8).pdu, {}, now)->text, "سلام");
    EXPECT_EQ(inbound.take(Sent("fa\xE7", 3).pdu, {}, now)->text, "faç");
    EXPECT_EQ(inbound.take(Sent(octets("سلام", Encoding::ucs2, {}), 0x18).pdu, {}, now)->text, "سلام") << "flash";
}

TEST_F(InboundTest, parts_in_any_order_become_one) {
    EXPECT_FALSE(inbound.take(part(2, 3, "دو").pdu, {0, 0, 2}, now));
    EXPECT_FALSE(inbound.take(part(1, 3, "یک").pdu, {0, 0, 1}, now));
    EXPECT_FALSE(inbound.take(part(2, 3, "دو").pdu, {0, 0, 22}, now)) << "a repeat";
    const auto whole = inbound.take(part(3, 3, "سه").pdu, {0, 0, 3}, now);
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->text, "یکدوسه");
    EXPECT_TRUE(whole->complete);
    EXPECT_EQ(whole->acks.size(), 4U);
    EXPECT_EQ(inbound.gathering(), 0U);
}

TEST_F(InboundTest, a_character_may_stand_in_two_parts) {
    const auto cut = [](std::string_view text, std::size_t at, Encoding encoding, std::uint8_t coding) {
        const std::string whole = octets(text, encoding, {});
        std::vector<Sent> out;
        for (int number = 1; number <= 2; ++number)
            out.emplace_back(std::string("\x05\x00\x03\x2B\x02", 5) + static_cast<char>(number) +
                                 (number == 1 ? whole.substr(0, at) : whole.substr(at)),
                             coding, 0x40);
        for (auto& each : out)
            each.pdu.message = each.text;
        return out;
    };
    for (const bool in_order : {true, false}) {
        auto emoji = cut("سلام 👩 علی", 12, Encoding::ucs2, 8);
        EXPECT_FALSE(inbound.take(emoji[in_order ? 0 : 1].pdu, {}, now));
        EXPECT_EQ(inbound.take(emoji[in_order ? 1 : 0].pdu, {}, now)->text, "سلام 👩 علی");
        auto odd = cut("سلام", 3, Encoding::ucs2, 8);
        EXPECT_FALSE(inbound.take(odd[in_order ? 0 : 1].pdu, {}, now));
        EXPECT_EQ(inbound.take(odd[in_order ? 1 : 0].pdu, {}, now)->text, "سلام");
        auto euro = cut("5 € off", 3, Encoding::gsm7, 0);
        EXPECT_FALSE(inbound.take(euro[in_order ? 0 : 1].pdu, {}, now));
        EXPECT_EQ(inbound.take(euro[in_order ? 1 : 0].pdu, {}, now)->text, "5 € off");
    }
}

TEST_F(InboundTest, the_default_alphabet_is_the_smscs) {
    Inbound latin{{}, Encoding::latin1};
    EXPECT_EQ(latin.take(Sent("ali@reza _$ \xE9").pdu, {}, now)->text, "ali@reza _$ é");
    EXPECT_EQ(latin.take(Sent(octets("سلام", Encoding::ucs2, {}), 8).pdu, {}, now)->text, "سلام");
    EXPECT_EQ(inbound.take(Sent(std::string("ali\0reza", 8)).pdu, {}, now)->text, "ali@reza");
}

TEST_F(InboundTest, missing_parts_are_not_waited_for_without_end) {
    EXPECT_FALSE(inbound.take(part(1, 2, "یک").pdu, {0, 0, 1}, now));
    EXPECT_TRUE(inbound.due_acks(now).empty());
    EXPECT_EQ(inbound.due_acks(now + 1s).size(), 1U) << "the SMSC may send the next only then";
    EXPECT_TRUE(inbound.overdue(now + 59s).empty());
    const auto late = inbound.overdue(now + 60s);
    ASSERT_EQ(late.size(), 1U);
    EXPECT_FALSE(late[0].complete);
    EXPECT_EQ(late[0].text, "یک…");
}

TEST_F(InboundTest, gathering_is_bounded) {
    for (int i = 0; i < 5'000; ++i) {
        auto each = part(1, 2, "x");
        const std::string from = std::to_string(i);
        each.pdu.source.digits = from;
        inbound.take(each.pdu, {}, now);
        inbound.overdue(now);
    }
    EXPECT_LE(inbound.gathering(), 1'001U);
}

TEST_F(InboundTest, headers_that_lie_are_survived) {
    for (const std::string& octets :
         {std::string("\xFF\x00\x03", 3), std::string("\x05\x00\xFFxyz", 6), std::string("\x05", 1),
          std::string("\x05\x00\x03\x01\x02\x00", 6), std::string("\x05\x00\x03\x01\x02\x09", 6)})
        EXPECT_TRUE(inbound.take(Sent(octets, 8, 0x40).pdu, {}, now));
}

TEST_F(InboundTest, words_that_unsubscribe) {
    for (const auto* word : {"STOP", "stop", " Stop! ", "unsubscribe", "لغو", "لغو.", "۱۱", "١١", "11", "ل\u200Cغو",
                             "كافيه", "کافیه", "no more"})
        EXPECT_TRUE(inbound.hear(word) == Hearing::no) << word;
    for (const auto* word : {"don't stop", "stopping", "111", "1", "", "لغو نشود"})
        EXPECT_FALSE(inbound.hear(word) == Hearing::no) << word;
}

}  // namespace
}  // namespace chapar::sms
