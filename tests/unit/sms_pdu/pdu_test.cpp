#include "sms/pdu/pdu.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "check.hpp"

namespace chapar::smpp {
namespace {

/// Bytes from "00 2F ...", blanks ignored; text stands in single quotes.
std::string bytes(std::string_view text) {
    std::string out, digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\'') {
            while (text[++i] != '\'')
                out.push_back(text[i]);
        } else if (text[i] != ' ') {
            digits.push_back(text[i]);
            if (digits.size() == 2) {
                out.push_back(static_cast<char>(std::stoi(digits, nullptr, 16)));
                digits.clear();
            }
        }
    }
    return out;
}

std::string encoded(const Pdu& pdu) {
    std::string out;
    EXPECT_TRUE(encode(pdu, out));
    return out;
}

void expect_both_ways(const std::string& frame, const Pdu& pdu) {
    const auto read = decode(frame);
    ASSERT_TRUE(read) << read.error().sentence;
    EXPECT_EQ(*read, pdu);
    EXPECT_EQ(encoded(pdu), frame);
    EXPECT_EQ(frame_size(frame), frame.size());
}

TEST(Pdu, the_specifications_own_bind_transmitter) {
    // v3.4, 3.2.2
    expect_both_ways(bytes("0000002F 00000002 00000000 00000001 534D50503354455354 00 7365637265743038 00"
                           "5355424D495431 00 00 01 01 00"),
                     {{Command::bind_transmitter, 0, 1}, Bind{"SMPP3TEST", "secret08", "SUBMIT1", 0, {1, 1, ""}}});
}

TEST(Pdu, submit_sm_octet_by_octet) {
    const auto tlv = bytes("0204 0002 BEEF");
    expect_both_ways(bytes("0000004F 00000004 00000000 00000007 'CMT' 00 05 00 'Chapar' 00 01 01 '989121234567' 00"
                           "40 00 02 00 '261122120000000+' 00 01 00 08 00 03 'abc' 0204 0002 BEEF"),
                     {{Command::submit_sm, 0, 7},
                      Short{"CMT",
                            {5, 0, "Chapar"},
                            {1, 1, "989121234567"},
                            0x40,
                            0,
                            2,
                            "",
                            "261122120000000+",
                            1,
                            0,
                            8,
                            0,
                            "abc",
                            *Tlvs::parse(tlv)}});
}

TEST(Pdu, a_receipt_with_its_parameters) {
    const auto frame = bytes(
        "0000003B 00000005 00000000 00000009 00 01 01 '98912' 00 05 00 '3000' 00 04 00 00 00 00 00 00"
        "03 00 03 'id:' 001E 0005 '1A2B' 00 0427 0001 02");
    const auto read = decode(frame);
    ASSERT_TRUE(read) << read.error().sentence;
    const auto& body = std::get<Short>(read->body);
    EXPECT_EQ(body.tlvs.text(tag::receipted_message_id), "1A2B");
    EXPECT_EQ(body.tlvs.number(tag::message_state), 2U);
    EXPECT_EQ(body.tlvs.number(tag::receipted_message_id), std::nullopt);
    EXPECT_EQ(body.data_coding, 3);
    EXPECT_EQ(encoded(*read), frame);
}

TEST(Pdu, bodies_without_fields_are_sixteen_octets) {
    for (const Command command :
         {Command::unbind, Command::unbind_resp, Command::enquire_link, Command::enquire_link_resp,
          Command::generic_nack, Command::cancel_sm_resp, Command::replace_sm_resp})
        EXPECT_EQ(encoded({{command, 3, 5}, Empty{}}).size(), header_size) << name(command);
    expect_both_ways(bytes("00000010 80000000 00000003 00000005"), {{Command::generic_nack, 3, 5}, Empty{}});
}

TEST(Pdu, every_other_body_reads_back) {
    std::string to;
    ASSERT_TRUE(append_destination({1, 1, "98912"}, to));
    to += bytes("02 'customers' 00");
    const auto failed = bytes("01 01 '98913' 00 0000000B");
    const auto tlv = bytes("0424 0002 0001");
    const auto tlvs = *Tlvs::parse(tlv);
    const Pdu all[] = {
        {{Command::bind_transceiver_resp, 0, 1}, BindResp{"smsc", tlvs}},
        {{Command::outbind, 0, 1}, Outbind{"smsc", "geheim"}},
        {{Command::submit_sm_resp, 0, last_sequence}, MessageId{"deadbeef", tlvs}},
        {{Command::submit_multi, 0, 2}, Multi{"", {5, 0, "A"}, 2, to, 0, 0, 0, "", "", 1, 0, 0, 0, "hi", tlvs}},
        {{Command::submit_multi_resp, 0, 2}, MultiResp{"77", 1, failed, tlvs}},
        {{Command::data_sm, 0, 3}, Data{"", {1, 1, "1"}, {1, 1, "2"}, 0, 1, 8, tlvs}},
        {{Command::data_sm_resp, 0, 3}, MessageId{"9", {}}},
        {{Command::query_sm, 0, 4}, Query{"9", {1, 1, "1"}}},
        {{Command::query_sm_resp, 0, 4}, QueryResp{"9", "261122120000000+", 2, 0}},
        {{Command::cancel_sm, 0, 5}, Cancel{"", "9", {1, 1, "1"}, {1, 1, "2"}}},
        {{Command::replace_sm, 0, 6}, Replace{"9", {1, 1, "1"}, "", "", 1, 0, "new"}},
        {{Command::alert_notification, 0, 7}, Alert{{1, 1, "1"}, {1, 1, "2"}, {}}},
    };
    for (const auto& pdu : all)
        expect_both_ways(encoded(pdu), pdu);
    std::string_view rest = std::get<Multi>(all[3].body).destinations;
    EXPECT_EQ(next_destination(rest)->address.digits, "98912");
    EXPECT_EQ(next_destination(rest)->list, "customers");
    EXPECT_EQ(next_destination(rest), std::nullopt);
    rest = failed;
    EXPECT_EQ(next_failure(rest)->status, 0x0BU);
}

TEST(Pdu, a_response_may_come_without_its_body) {
    const auto read = decode(bytes("00000010 80000004 00000058 00000007"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->header.status, 0x58U);
    EXPECT_EQ(std::get<MessageId>(read->body).id, "");
}

TEST(Pdu, lengths_that_can_not_be_end_the_stream) {
    EXPECT_EQ(frame_size(bytes("0000")), 0U);
    EXPECT_FALSE(frame_size(bytes("0000000F")));
    EXPECT_FALSE(frame_size(bytes("FFFFFFFF")));
    EXPECT_FALSE(frame_size(bytes("00000000")));
    EXPECT_EQ(frame_size(bytes("00000010 80000000")), 16U);
}

TEST(Pdu, what_leaves_the_frame_is_refused) {
    // S25: a text without its NUL, sm_length beyond the PDU, a parameter beyond it, a command_length of its own.
    EXPECT_FALSE(decode(bytes("00000013 00000002 00000000 00000001 'abc'")));
    EXPECT_FALSE(
        decode(bytes("00000022 00000005 00000000 00000001 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 FF 41")));
    const auto beyond =
        decode(bytes("00000025 00000005 00000000 00000001 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                     "0427 FFFF"));
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().status, status::invalid_optional_part);
    EXPECT_FALSE(decode(bytes("00000011 80000000 00000003 00000005")));
    EXPECT_EQ(decode(bytes("00000010 00000099 00000000 00000005")).error().status, status::invalid_command_id);
}

TEST(Pdu, the_longest_short_message_goes_in_and_out_and_not_one_octet_more) {
    std::string text(254, 'x');
    Pdu pdu{{Command::submit_sm, 0, 1}, Short{}};
    std::get<Short>(pdu.body).message = text;
    EXPECT_TRUE(decode(encoded(pdu)));
    text.push_back('x');
    std::get<Short>(pdu.body).message = text;
    std::string out = "kept";
    EXPECT_FALSE(encode(pdu, out));
    EXPECT_EQ(out, "kept");
}

TEST(Pdu, fields_over_the_specifications_limit_are_not_written) {
    std::string out;
    EXPECT_FALSE(encode({{Command::bind_receiver, 0, 1}, Bind{"sixteen-octets-x", "", "", 0x34, {}}}, out));
    EXPECT_FALSE(encode({{Command::bind_receiver, 0, 1}, Bind{"x", "ninechars", "", 0x34, {}}}, out));
    const std::string_view nul("a\0b", 3);
    EXPECT_FALSE(encode({{Command::submit_sm_resp, 0, 1}, MessageId{nul, {}}}, out));
    EXPECT_FALSE(encode({{Command::unbind, 0, 1}, Bind{}}, out));
    EXPECT_TRUE(out.empty());
}

TEST(Pdu, names) {
    EXPECT_EQ(name(Command::deliver_sm_resp), "deliver_sm_resp");
    EXPECT_EQ(name(static_cast<Command>(0x99)), "unknown");
    EXPECT_EQ(status_name(0x58), "ESME_RTHROTTLED");
    EXPECT_EQ(status_name(0x400), "0x00000400");
    EXPECT_EQ(response_to(Command::deliver_sm), Command::deliver_sm_resp);
    EXPECT_EQ(response_to(Command::alert_notification), std::nullopt);
}

TEST(Pdu, the_fuzzers_corpus_holds) {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(CHAPAR_SOURCE_DIR "/tests/fuzz/smpp/corpus")) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string content((std::istreambuf_iterator<char>(file)), {});
        EXPECT_EQ(fuzz::check_any(content), "") << entry.path();
        ++seen;
    }
    EXPECT_GT(seen, 20);
}

TEST(Pdu, every_cut_and_every_flipped_octet_of_the_corpus_is_survived) {
    for (const auto& entry : std::filesystem::directory_iterator(CHAPAR_SOURCE_DIR "/tests/fuzz/smpp/corpus")) {
        std::ifstream file(entry.path(), std::ios::binary);
        std::string content((std::istreambuf_iterator<char>(file)), {});
        content.resize(std::min<std::size_t>(content.size(), 400));
        for (std::size_t i = 0; i < content.size(); ++i) {
            EXPECT_EQ(fuzz::check_any(std::string_view(content).substr(0, i)), "") << entry.path() << " cut at " << i;
            for (const char flip : {'\x01', '\x80', '\xFF'}) {
                content[i] = static_cast<char>(content[i] ^ flip);
                EXPECT_EQ(fuzz::check_any(content), "") << entry.path() << " at " << i;
                content[i] = static_cast<char>(content[i] ^ flip);
            }
        }
    }
}

}  // namespace
}  // namespace chapar::smpp
