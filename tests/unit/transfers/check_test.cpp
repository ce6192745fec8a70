// The pure parts: URLs, addresses, bodies, replies.
#include "net/transfer_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/transfer_smtp_reply.hpp"

namespace chapar::net {
namespace {

using ::testing::HasSubstr;

TEST(TransferUrl, hosts_and_ports_are_found) {
    EXPECT_EQ(parse_url("smtp://mail.example.org")->port, 25);
    EXPECT_EQ(parse_url("smtps://mail.example.org/")->port, 465);
    EXPECT_EQ(parse_url("smtp://[::1]:2525")->host, "::1");
    EXPECT_EQ(parse_url("smtp://[::1]:2525")->port, 2525);
    EXPECT_EQ(parse_url("https://example.org:8443/a?b=c")->port, 8443);
    EXPECT_EQ(parse_url("http://example.org?x")->host, "example.org");
}

TEST(TransferUrl, everything_else_is_refused) {
    for (const char* bad :
         {"", "ftp://a", "file:///etc/passwd", "smtp://", "smtp://a:0", "smtp://a:99999", "smtp://a:x",
          "http://user@host/", "http://a b/", "http://a\r\nHost: b/", "smtp://[::1", "http://a\\b/", "HTTP://a"}) {
        EXPECT_FALSE(parse_url(bad)) << bad;
    }
}

TEST(TransferRefusal, control_characters_in_http_headers_are_refused) {
    Transfer t;
    t.url = "http://example.org/";
    t.method = "GET";
    EXPECT_EQ(refusal(t, parse_url(t.url)), "");
    t.headers = {{"X-A", "tab\tis fine"}};
    EXPECT_EQ(refusal(t, parse_url(t.url)), "");
    t.headers = {{"X-A", "one\r\nX-B: two"}};
    EXPECT_THAT(refusal(t, parse_url(t.url)), HasSubstr("X-A"));
    t.headers = {{"X A", "b"}};
    EXPECT_NE(refusal(t, parse_url(t.url)), "");
    t.headers = {};
    t.method = "GET / HTTP/1.1\r\n";
    EXPECT_NE(refusal(t, parse_url(t.url)), "");
}

TEST(SmtpBody, an_orderly_body_is_left_alone) {
    std::string body = "a: b\r\n\r\nx.\r\ny\r\n";
    EXPECT_EQ(smtp_body(body), body);
}

TEST(SmtpBody, line_ends_become_crlf_and_dots_are_doubled) {
    EXPECT_EQ(smtp_body(""), "\r\n");
    EXPECT_EQ(smtp_body("a"), "a\r\n");
    EXPECT_EQ(smtp_body("a\nb"), "a\r\nb\r\n");
    EXPECT_EQ(smtp_body("a\rb\r"), "a\r\nb\r\n");
    EXPECT_EQ(smtp_body("a\r\r\nb\n\rc"), "a\r\n\r\nb\r\n\r\nc\r\n");
    EXPECT_EQ(smtp_body(".\r\n"), "..\r\n");
    EXPECT_EQ(smtp_body("a\r\n.\r\n"), "a\r\n..\r\n");
    EXPECT_EQ(smtp_body("a\n.b\n..c"), "a\r\n..b\r\n...c\r\n");
    EXPECT_EQ(smtp_body("a\r.\rb"), "a\r\n..\r\nb\r\n");
}

/// Every body of up to six of the dangerous bytes: nothing in it can end the message or be a bare line end.
TEST(SmtpBody, no_short_body_can_end_the_message) {
    constexpr std::string_view bytes = "\r\n.a";
    for (int length = 1, count = 4; length <= 6; ++length, count *= 4) {
        for (int n = 0; n < count; ++n) {
            std::string body;
            for (int i = 0, rest = n; i < length; ++i, rest /= 4)
                body.push_back(bytes[static_cast<std::size_t>(rest % 4)]);
            std::string wire = "\r\n" + smtp_body(body);
            ASSERT_EQ(wire.find("\r\n.\r\n"), wire.npos);
            ASSERT_TRUE(wire.ends_with("\r\n"));
            for (std::size_t i = 0; i < wire.size(); ++i) {
                bool is_bare = (wire[i] == '\n' && wire[i - 1] != '\r') || (wire[i] == '\r' && wire[i + 1] != '\n');
                ASSERT_FALSE(is_bare);
            }
        }
    }
}

TEST(SmtpReplies, come_whole_however_the_bytes_are_cut) {
    const std::string stream = "220 hello\r\n250-first\r\n250-second\r\n250 third\n354\r\n";
    for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
        ReplyBuffer buffer(1000);
        std::vector<SmtpReply> replies;
        SmtpReply reply;
        for (std::size_t at = 0; at < stream.size(); at += cut) {
            buffer.append(std::string_view(stream).substr(at, cut));
            while (buffer.next(reply) == ReplyBuffer::State::ready)
                replies.push_back(reply);
        }
        ASSERT_EQ(replies.size(), 3u) << cut;
        EXPECT_EQ(replies[0].text, "hello");
        EXPECT_EQ(replies[1].text, "first\nsecond\nthird");
        EXPECT_EQ(replies[2].code, 354);
    }
}

TEST(SmtpReplies, nonsense_and_endless_ones_are_errors) {
    SmtpReply reply;
    for (const char* bad : {"hello\r\n", "2xx no\r\n", "250?no\r\n", "150 no\r\n", "250-a\r\n251 b\r\n", "\r\n"}) {
        ReplyBuffer buffer(100);
        buffer.append(bad);
        EXPECT_EQ(buffer.next(reply), ReplyBuffer::State::malformed) << bad;
    }
    ReplyBuffer buffer(100);
    buffer.append(std::string(200, '2'));
    EXPECT_EQ(buffer.next(reply), ReplyBuffer::State::too_long);
    ReplyBuffer lines(100);
    for (int i = 0; i < 20; ++i)
        lines.append("250-more\r\n");
    EXPECT_EQ(lines.next(reply), ReplyBuffer::State::too_long);
}

TEST(SmtpExtensions, are_read_whatever_their_case) {
    SmtpExtensions e =
        SmtpExtensions::parse("mail.example.org\npipelining\nSize 1000\nAUTH login PLAIN\nAUTH=CRAM-MD5\n8bitmime");
    EXPECT_TRUE(e.pipelining && e.eight_bit && e.auth_plain && e.auth_login && e.size);
    EXPECT_EQ(e.max_size, 1000u);
    EXPECT_FALSE(e.starttls || e.utf8);
    EXPECT_FALSE(SmtpExtensions::parse("PIPELINING").pipelining);  // the first line is a name
}

}  // namespace
}  // namespace chapar::net
