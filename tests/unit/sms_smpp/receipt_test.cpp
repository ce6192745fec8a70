// Receipts as SMSCs write them, and what a book of messages makes of them.
#include "sms/smpp/receipt.hpp"

#include <gtest/gtest.h>

#include "sms/smpp/book.hpp"
#include "sms_text/plan.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
constexpr std::string_view usual =
    "id:0123ABC sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:id:9 stat:X";

smpp::Short receipt_pdu(std::string_view text) {
    smpp::Short out;
    out.esm_class = 0x04;
    out.source.digits = "989121234567";
    out.message = text;
    return out;
}

Receipt receipt(std::string id, Fate fate, std::string from = "989121234567") {
    return {std::move(id), fate == Fate::delivered ? "DELIVRD" : "UNDELIV", "", "", fate, {}, std::move(from)};
}

TEST(Receipt, the_usual_text) {
    const auto read = read_receipt(receipt_pdu(usual));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "0123ABC");
    EXPECT_EQ(read->state, "DELIVRD");
    EXPECT_EQ(read->error, "000");
    EXPECT_EQ(read->done, "2611221201");
    EXPECT_EQ(read->fate, Fate::delivered);
    EXPECT_EQ(read->recipient, "989121234567");
}

TEST(Receipt, keys_in_any_case_and_order) {
    const auto read = read_receipt(receipt_pdu("Stat:undeliv Err:011 Done Date: 2611221201 ID: 77"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, "77");
    EXPECT_EQ(read->fate, Fate::failed);
    EXPECT_EQ(read->error, "011");
}

TEST(Receipt, parameters_go_before_the_text) {
    std::string tlvs;
    smpp::append_tlv(smpp::tag::receipted_message_id, std::string_view("77\0", 3), tlvs);
    smpp::append_tlv_u8(smpp::tag::message_state, 3, tlvs);
    smpp::append_tlv(smpp::tag::network_error_code, std::string_view("\x03\x01\x02", 3), tlvs);
    auto pdu = receipt_pdu(usual);
    pdu.tlvs = *smpp::Tlvs::parse(tlvs);
    const auto read = read_receipt(pdu);
    EXPECT_EQ(read->id, "77");
    EXPECT_EQ(read->state, "EXPIRED");
    EXPECT_EQ(read->error, "258");
}

TEST(Receipt, every_state) {
    const std::pair<std::string_view, Fate> all[] = {{"ENROUTE", Fate::under_way}, {"DELIVRD", Fate::delivered},
                                                     {"EXPIRED", Fate::failed},    {"DELETED", Fate::failed},
                                                     {"UNDELIV", Fate::failed},    {"ACCEPTD", Fate::under_way},
                                                     {"UNKNOWN", Fate::failed},    {"REJECTD", Fate::failed},
                                                     {"FAILED", Fate::failed},     {"SURPRIS", Fate::under_way}};
    for (const auto& [word, fate] : all)
        EXPECT_EQ(read_receipt(receipt_pdu("id:1 stat:" + std::string(word)))->fate, fate) << word;
}

void expect_usual(const smpp::Short& pdu) {
    const auto read = read_receipt(pdu);
    ASSERT_TRUE(read) << printable_text(pdu);
    EXPECT_EQ(read->id, "0123ABC") << printable_text(pdu);
    EXPECT_EQ(read->state, "DELIVRD") << printable_text(pdu);
    EXPECT_EQ(read->fate, Fate::delivered);
    EXPECT_EQ(read->error, "000");
    EXPECT_TRUE(read->is_understood);
}

TEST(Receipt, behind_a_user_data_header) {
    for (const std::string& header :
         {std::string("\x05\x00\x03\x2A\x01\x01", 6), std::string("\x06\x08\x04\x00\x2A\x01\x01", 7)}) {
        const std::string text = header + std::string(usual);
        auto pdu = receipt_pdu(text);
        pdu.esm_class = 0x44;
        expect_usual(pdu);
    }
    auto pdu = receipt_pdu(usual);
    pdu.esm_class = 0x44;  // a header is promised, and none is there
    expect_usual(pdu);
}

TEST(Receipt, in_other_codings) {
    const std::string ucs2 = octets(usual, Encoding::ucs2, {});
    for (const std::uint8_t coding : {8, 0x18, 0, 3}) {
        auto pdu = receipt_pdu(ucs2);
        pdu.data_coding = coding;
        expect_usual(pdu);
    }
    const std::string headed = std::string("\x05\x00\x03\x2A\x01\x01", 6) + ucs2;
    auto pdu = receipt_pdu(headed);
    pdu.esm_class = 0x44;
    pdu.data_coding = 8;
    expect_usual(pdu);
    auto plain = receipt_pdu(usual);
    plain.data_coding = 8;  // what it says is not what it is
    expect_usual(plain);
}

TEST(Receipt, in_the_payload) {
    std::string tlvs;
    smpp::append_tlv(smpp::tag::message_payload, usual, tlvs);
    for (const std::string_view message :
         {std::string_view(), std::string_view("\0", 1), std::string_view("Delivery report")}) {
        auto pdu = receipt_pdu(message);
        pdu.tlvs = *smpp::Tlvs::parse(tlvs);
        expect_usual(pdu);
    }
}

TEST(Receipt, whatever_stands_between_the_fields) {
    for (const std::string_view text :
         {"id:0123ABC,sub:001,dlvrd:001,stat:DELIVRD,err:000,text:x", "id:0123ABC;stat:DELIVRD;err:000",
          "id:0123ABC|stat:DELIVRD|err:000", "id:0123ABC\nstat:DELIVRD\nerr:000", "ID=0123ABC STAT=DELIVRD ERR=000",
          "id : 0123ABC stat : delivrd err : 000", "message_id:0123ABC status:DELIVRD error:000",
          "id:\"0123ABC\" stat:\"DELIVRD\" err:\"000\"", "\tid:0123ABC\tstat:DELIVRD\terr:000",
          "err:000 stat:Delivrd msgid:0123ABC", "id:0123ABC stat:DELIVRD. err:000."})
        expect_usual(receipt_pdu(text));
}

TEST(Receipt, keys_without_a_value_or_not_there) {
    const auto empty = read_receipt(receipt_pdu("id:7 sub: dlvrd: stat:UNDELIV err: text:"));
    ASSERT_TRUE(empty);
    EXPECT_EQ(empty->error, "");
    EXPECT_EQ(empty->fate, Fate::failed);
    const auto stateless = read_receipt(receipt_pdu("id:7 stat: err:000 text:"));
    ASSERT_TRUE(stateless);
    EXPECT_FALSE(stateless->is_understood);
    EXPECT_FALSE(read_receipt(receipt_pdu("id:7 err:000"))->is_understood);
    EXPECT_FALSE(read_receipt(receipt_pdu("id:7 stat:SURPRIS"))->is_understood);
    const auto nothing = receipt_pdu("Message delivered");
    EXPECT_FALSE(read_receipt(nothing));
    EXPECT_TRUE(is_marked_receipt(nothing)) << "it is nobody's message";
    EXPECT_EQ(printable_text(receipt_pdu(std::string_view("a\0\xFF", 3))), "a\\x00\\xFF");
}

TEST(Receipt, an_ordinary_message_is_none) {
    auto pdu = receipt_pdu(usual);
    pdu.esm_class = 0;
    EXPECT_FALSE(read_receipt(pdu));
    EXPECT_FALSE(read_receipt(receipt_pdu("")));
    EXPECT_FALSE(read_receipt(receipt_pdu("id: stat:")));
}

TEST(Ids, compare_in_normal_form) {
    EXPECT_EQ(normal_id("000A1b"), "a1b");
    EXPECT_EQ(normal_id("0000"), "0");
    EXPECT_EQ(normal_id(""), "");
    EXPECT_EQ(normal_id(" 77 "), "77");
}

TEST(Ids, other_bases) {
    EXPECT_EQ(id_forms("255", IdForm::automatic).ids, (std::vector<std::string>{"255", "ff", "597"}));
    EXPECT_EQ(id_forms("255", IdForm::decimal).ids, std::vector<std::string>{"ff"});
    EXPECT_EQ(id_forms("00FF", IdForm::hex).ids, std::vector<std::string>{"255"});
    EXPECT_EQ(id_forms("x-9", IdForm::automatic).ids, std::vector<std::string>{"x-9"});
    EXPECT_EQ(id_forms("99999999999999999999999", IdForm::automatic).ids.size(), 1U) << "too long for a number";
}

class BookTest : public testing::Test {
  protected:
    void open(std::uint64_t key, std::vector<std::string> ids, std::vector<std::uint16_t> references = {}) {
        book.open(key, "attempt-" + std::to_string(key), "989121234567", ids.size(), references, now);
        for (std::size_t part = 0; part < ids.size(); ++part)
            book.learn({key, part}, ids[part], form);
    }
    Book::Time now{1h};
    IdForm form = IdForm::automatic;
    Book book{72h};
};

TEST_F(BookTest, ids_match_across_bases_when_the_recipient_agrees) {
    open(1, {"ff"});
    EXPECT_EQ(book.find(receipt("0000FF", Fate::delivered), form), (PartKey{1, 0}));
    EXPECT_EQ(book.find(receipt("255", Fate::delivered), form), (PartKey{1, 0}));
    EXPECT_EQ(book.find(receipt("255", Fate::delivered, "09121234567"), form), (PartKey{1, 0})) << "a national number";
    EXPECT_FALSE(book.find(receipt("255", Fate::delivered, "989350000000"), form)) << "somebody else's";
    EXPECT_EQ(book.find(receipt("ff", Fate::delivered, ""), form), (PartKey{1, 0}));
}

TEST_F(BookTest, delivered_only_when_all_parts_are) {
    open(1, {"1", "2", "3"});
    EXPECT_EQ(book.apply({1, 2}, receipt("3", Fate::delivered)), Book::Word::news);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::delivered)), Book::Word::news);
    EXPECT_EQ(book.whole(1), Fate::under_way);
    book.apply({1, 1}, receipt("2", Fate::delivered));
    EXPECT_EQ(book.whole(1), Fate::delivered);
    open(2, {"4", "5"});
    book.apply({2, 0}, receipt("4", Fate::failed));
    EXPECT_EQ(book.whole(2), Fate::under_way);
    book.apply({2, 1}, receipt("5", Fate::delivered));
    EXPECT_EQ(book.whole(2), Fate::failed);
}

TEST_F(BookTest, the_first_final_word_stands) {
    open(1, {"1"});
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::under_way)), Book::Word::station);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::delivered)), Book::Word::news);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::delivered)), Book::Word::repeated);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::failed)), Book::Word::contradicted);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::under_way)), Book::Word::station) << "a station that comes late";
    EXPECT_EQ(book.whole(1), Fate::delivered);
}

TEST_F(BookTest, a_receipt_before_the_answer_is_parked_and_matched) {
    ASSERT_TRUE(book.park({receipt("255", Fate::delivered), Ack{0, 1, 9, 5}, now + 10s}));
    ASSERT_TRUE(book.park({receipt("8", Fate::delivered), Ack{0, 1, 10, 5}, now + 10s}));
    book.open(1, "a", "989121234567", 1, {}, now);
    const auto waited = book.learn({1, 0}, "FF", form);
    ASSERT_EQ(waited.size(), 1U);
    EXPECT_EQ(waited[0].ack.sequence, 9U);
    EXPECT_TRUE(book.overdue(now + 9s).empty());
    ASSERT_EQ(book.overdue(now + 10s).size(), 1U);
    EXPECT_EQ(book.parked(), 0U);
}

TEST_F(BookTest, our_own_reference_goes_before_the_id) {
    open(1, {"1"}, {7});
    open(2, {"2"}, {8});
    Receipt odd = receipt("1", Fate::delivered);
    odd.reference = 8;
    EXPECT_EQ(book.find(odd, form), (PartKey{2, 0}));
    odd.recipient = "1555";
    EXPECT_EQ(book.find(odd, form), (PartKey{1, 0})) << "the reference of somebody else's message";
}

TEST_F(BookTest, what_could_not_be_stored_is_open_again) {
    open(1, {"1"});
    book.apply({1, 0}, receipt("1", Fate::delivered));
    book.reopen({1, 0});
    EXPECT_EQ(book.whole(1), Fate::under_way);
    EXPECT_EQ(book.apply({1, 0}, receipt("1", Fate::delivered)), Book::Word::news);
}

TEST_F(BookTest, pages_close_after_their_time) {
    open(1, {"1"});
    EXPECT_TRUE(book.expire(now + 71h).empty());
    ASSERT_EQ(book.expire(now + 73h).size(), 1U);
    EXPECT_FALSE(book.find(receipt("1", Fate::delivered), form));
    EXPECT_EQ(book.size(), 0U);
}

}  // namespace
}  // namespace chapar::sms
