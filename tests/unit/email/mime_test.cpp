#include "canonical.hpp"
#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"
#include "encoding.hpp"
#include "header.hpp"
#include "html.hpp"
#include "mail.hpp"
#include "unsubscribe.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace chapar::email {
namespace {

std::string encoded(std::string_view text, Encoding encoding) {
    std::string out;
    append_text_body(out, text, encoding);
    return out;
}

std::string header(std::string_view value) {
    std::string out;
    EXPECT_TRUE(append_text(out, "Subject", value).has_value()) << value;
    return out;
}

TEST(TransferEncoding, the_shortest_that_fits_is_chosen) {
    EXPECT_EQ(fitting_encoding("Plain lines\r\nof ASCII = text\n"), Encoding::seven_bit);
    EXPECT_EQ(fitting_encoding("Mostly ASCII with one é"), Encoding::quoted_printable);
    EXPECT_EQ(fitting_encoding("سلام به همهٔ شما"), Encoding::base64);
    EXPECT_EQ(fitting_encoding(std::string(77, 'a')), Encoding::quoted_printable);
    for (const char* fragile : {"trailing \nblank", "From here", "--=_boundary", ".", "\x01"})
        EXPECT_NE(fitting_encoding(fragile), Encoding::seven_bit) << fragile;
}

TEST(TransferEncoding, quoted_printable_follows_its_rules) {
    constexpr auto qp = Encoding::quoted_printable;
    EXPECT_EQ(encoded("a=b é", qp), "a=3Db =C3=A9\r\n");
    EXPECT_EQ(encoded("end \nof\tline\t\r\n", qp), "end=20\r\nof\tline=09\r\n");
    EXPECT_EQ(encoded(".\nFrom x\n", qp), "=2E\r\n=46rom x\r\n");
    EXPECT_EQ(encoded("a\rb\nc\r\nd", qp), "a\r\nb\r\nc\r\nd\r\n");
    const std::string longest(75, 'x');
    EXPECT_EQ(encoded(longest + "xxxxx", qp), longest + "=\r\nxxxxx\r\n");
    EXPECT_EQ(encoded("", qp), "");
}

TEST(TransferEncoding, base64_text_has_crlf_inside) { EXPECT_EQ(encoded("a\nb", Encoding::base64), "YQ0KYg==\r\n"); }

TEST(Header, plain_text_stands_and_folds_between_words) {
    EXPECT_EQ(header("Hello world"), "Subject: Hello world\r\n");
    const std::string folded =
        header("word word word word word word word word word word word word word word word word word");
    EXPECT_TRUE(folded.contains("\r\n word"));
    EXPECT_FALSE(folded.contains(" \r\n"));
}

TEST(Header, what_would_not_survive_as_it_is_becomes_encoded_words) {
    for (const char* value : {"a  b", " a", "a ", "=?utf-8?Q?x?=", "é", "\t", ""})
        EXPECT_EQ(header(value).contains("Subject: =?utf-8?"), *value != '\0') << value;
    EXPECT_EQ(header("a\tb"), header("a b").replace(9, 3, "=?utf-8?Q?a_b?="));
}

TEST(Header, encoded_words_are_cut_between_characters_only) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string value(static_cast<std::size_t>(random() % 7), 'a');
        for (unsigned i = 0; i < random() % 60; ++i)
            value += std::array{"س", "€", "👩", "é", "x"}.at(random() % 5);
        value += "é";
        const std::string line = header(value);
        for (std::size_t at = 0; (at = line.find("=?utf-8?B?", at)) != std::string::npos;) {
            const auto end = line.find("?=", at);
            EXPECT_LE(end + 2 - at, 75U);
            EXPECT_EQ((end - at - 10) % 4, 0U);
            at = end;
        }
    }
}

TEST(Header, malformed_utf8_is_refused) {
    for (const char* value : {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x80"}) {
        std::string out;
        EXPECT_FALSE(append_text(out, "Subject", value).has_value());
        EXPECT_EQ(header_flaw(value), "is not UTF-8");
    }
}

TEST(Header, file_names_lose_their_path_and_their_tricks) {
    EXPECT_EQ(clean_file_name("../../etc/passwd"), "passwd");
    EXPECT_EQ(clean_file_name("C:\\x\\گزارش.pdf"), "گزارش.pdf");
    EXPECT_EQ(clean_file_name("\xe2\x80\xaegpj.exe"), "gpj.exe");
    EXPECT_EQ(clean_file_name("a\r\nb\0c.txt"), "ab");  // a C string ends at its NUL
    EXPECT_EQ(clean_file_name("..."), "attachment");
    EXPECT_EQ(clean_file_name("\xff\xfe"), "attachment");
    EXPECT_LE(clean_file_name(std::string(5000, 'x')).size(), 150U);
}

TEST(Header, a_long_file_name_keeps_its_ending) {
    std::string persian;
    for (int i = 0; i < 99; ++i)
        persian += "گ";
    for (const std::string ending : {".pdf", ".tar", ".jpeg", ".گزارش"}) {
        const auto name = clean_file_name(persian + ending);
        EXPECT_TRUE(name.ends_with(ending)) << name;
        EXPECT_LE(name.size(), 150U);
        EXPECT_GE(name.size(), 145U);
        EXPECT_TRUE(is_utf8(name));
    }
    EXPECT_EQ(clean_file_name(std::string(200, 'x') + "." + std::string(200, 'y')).size(), 150U) << "that is no ending";
    EXPECT_EQ(clean_file_name(persian.substr(0, 140) + "   .pdf").substr(140), "   .pdf");
}

TEST(Header, pieces_of_a_parameter_end_between_characters) {
    for (const std::string each : {"گ", "€", "👩", "é", "x گ"}) {
        std::string value, out, whole;
        for (int i = 0; i < 30; ++i)
            value += each;
        append_parameter(out, "filename", value);
        for (std::size_t at = 0; (at = out.find("filename*", at)) != std::string::npos; ++at) {
            auto piece = out.substr(out.find("*=", at) + 2);
            piece = piece.substr(0, piece.find(";\r\n"));
            if (piece.starts_with("utf-8''")) piece.erase(0, 7);
            EXPECT_LE(piece.size(), 50U);
            std::string decoded;
            for (std::size_t i = 0; i < piece.size(); ++i) {
                if (piece[i] == '%') {
                    decoded += static_cast<char>(std::stoi(piece.substr(i + 1, 2), nullptr, 16));
                    i += 2;
                } else {
                    decoded += piece[i];
                }
            }
            EXPECT_TRUE(is_utf8(decoded)) << piece;
            whole += decoded;
        }
        EXPECT_EQ(whole, value);
    }
}

std::string sent_type(std::string_view type) {
    const std::array<File, 1> files{File{"a.bin", type, "", "x"}};
    Mail mail;
    mail.attempt = "1.1";
    mail.to = "a@b.example";
    mail.from = "c@d.example";
    mail.subject = "s";
    mail.text = "t";
    mail.files = files;
    const auto built = build(mail);
    if (!built) return built.error().sentence;
    const auto first = built->body.rfind("Content-Type: ") + 14;
    auto out = built->body.substr(first, built->body.find("\r\nContent-Transfer", first) - first);
    for (auto at = out.find("\r\n"); at != std::string::npos; at = out.find("\r\n"))
        out.erase(at, 2);
    return out;
}

TEST(Mail, an_attachments_type_keeps_its_parameters) {
    EXPECT_EQ(sent_type("text/calendar; method=REQUEST"), "text/calendar; method=\"REQUEST\"");
    EXPECT_EQ(sent_type("text/calendar;method=REQUEST;charset=\"utf-8\""),
              "text/calendar; method=\"REQUEST\"; charset=\"utf-8\"");
    EXPECT_EQ(sent_type("application/pdf"), "application/pdf");
    EXPECT_EQ(sent_type("text/csv; header=present ; name=\"x.csv\""), "text/csv; header=\"present\"");
    EXPECT_EQ(sent_type("text/plain; note=\"a \\\"b\\\"; c\"").substr(0, 11), "text/plain;");
    EXPECT_EQ(sent_type("text/calendar; method"), "text/calendar") << "what is malformed is left out";
    EXPECT_EQ(sent_type("text/calendar; a=\"b\r\nX-Y: z\""), "text/calendar");
    EXPECT_EQ(sent_type("multipart/mixed; boundary=x"), "application/octet-stream");
    EXPECT_EQ(sent_type("nonsense; x=y"), "application/octet-stream");
}

TEST(Header, dates_are_utc) {
    EXPECT_EQ(date_text(std::chrono::sys_seconds(std::chrono::seconds(0))), "Thu, 01 Jan 1970 00:00:00 +0000");
    EXPECT_EQ(date_text(std::chrono::sys_seconds(std::chrono::seconds(1709251199))), "Thu, 29 Feb 2024 23:59:59 +0000");
}

TEST(Unsubscribe, one_click_needs_https) {
    const auto both = [](std::string_view given) {
        std::string out;
        return append_unsubscribe(out, given) ? out : "refused";
    };
    EXPECT_EQ(both("mailto:u@example.com"), "List-Unsubscribe: <mailto:u@example.com>\r\n");
    EXPECT_EQ(both("https://e.com/u?a=1,2"),
              "List-Unsubscribe: <https://e.com/u?a=1,2>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
    EXPECT_EQ(both("<https://e.com/u>, <mailto:u@e.com>"), both("https://e.com/u mailto:u@e.com"));
    for (const char* given :
         {"javascript:alert(1)", "ftp://x", "<https://e.com/u", "https://e.com/> <x", "https://e.com/é", ",", " "})
        EXPECT_EQ(both(given), "refused") << given;
}

TEST(Html, a_fragment_becomes_a_document_in_the_direction_of_its_language) {
    std::string scratch;
    EXPECT_TRUE(complete_html("<p>x", "", "fa_IR", scratch).contains("<html lang=\"fa-IR\" dir=\"rtl\">"));
    EXPECT_TRUE(complete_html("<p>x", "", "en", scratch).contains("<html lang=\"en\">"));
    EXPECT_TRUE(complete_html("<p>x", "", "\"><script>", scratch).contains("<html>"));
    EXPECT_EQ(complete_html("<html><body>x", "", "fa", scratch), "<html><body>x");
    for (const char* locale : {"ar", "he-IL", "ur", "az-Arab", "ckb"})
        EXPECT_TRUE(is_right_to_left(locale)) << locale;
    for (const char* locale : {"", "en", "az", "ku-Latn", "far", "ar-Latn"})
        EXPECT_FALSE(is_right_to_left(locale)) << locale;
}

TEST(Html, a_preheader_is_hidden_at_the_start_unless_it_is_shown_already) {
    std::string scratch;
    const auto html = complete_html("<html><BODY class=a>text", "a < b", "", scratch);
    EXPECT_TRUE(html.starts_with("<html><BODY class=a>\r\n<div style=\"display:none")) << html;
    EXPECT_TRUE(html.contains("a &lt; b</div>"));
    EXPECT_EQ(complete_html("<html><body><i>a &lt; b</i>", "a < b", "", scratch), "<html><body><i>a &lt; b</i>");
}

TEST(Html, the_preheader_stands_in_the_body_and_a_document_is_wrapped_once) {
    const std::string line = "\r\n<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">hi</div>\r\n";
    const std::string long_comment = "<!-- " + std::string(3000, 'x') + " -->";
    // `|` is where the hidden line belongs.
    for (const std::string& marked : {
             std::string("<html><!--[if mso]><body class=\"mso\"><![endif]--><body>|x</body></html>"),
             std::string("<!doctype html><!--[if mso]><body><![endif]--><html><head></head><body bgcolor='#fff'>|x"),
             long_comment + "<!doctype html><html><body>|x</body></html>",
             std::string("\xEF\xBB\xBF") + long_comment + "<HTML><BODY>|x",
             std::string("<html><body data-a=\"a > b\" class='c>d'>|x"),
             std::string("<html><head><style>/* <body> "
                         "*/</style><script>'<body>'</script><title><body></title></head><body>|x"),
             std::string("<!DOCTYPE html><title>t</title>|<p>x"),
             std::string("<html><head><meta charset=utf-8><title>t</title></head>|<p>x</p></html>"),
             std::string("<?xml version=\"1.0\"?><!DOCTYPE html><html xmlns=\"u\"><body>|x"),
             std::string("<html><!--><body>|x--></body>"),
             std::string("<html>\n<BODY\n id=a\n>|x"),
             std::string("<html>|text <b>first</b>"),
         }) {
        const std::size_t at = marked.find('|');
        const std::string html = marked.substr(0, at) + marked.substr(at + 1);
        std::string scratch;
        EXPECT_EQ(complete_html(html, "hi", "en", scratch), marked.substr(0, at) + line + marked.substr(at + 1));
    }
    std::string scratch;
    EXPECT_TRUE(
        complete_html("<p>a page about &lt;html&gt; <!-- <html> --></p>", "", "en", scratch).starts_with("<!DOCTYPE"));
}

TEST(Canonical, the_examples_of_rfc_6376) {
    std::string out;
    canonical_body(" C \r\nD \t E\r\n\r\n\r\n", out);
    EXPECT_EQ(out, " C\r\nD E\r\n");
    canonical_body("\r\n\r\n", out);
    EXPECT_EQ(out, "");
    canonical_body("a\r\n\r\nb", out);
    EXPECT_EQ(out, "a\r\n\r\nb\r\n");
    out.clear();
    append_canonical_field("B : Y\t\r\n\tZ  ", out);
    EXPECT_EQ(out, "b:Y Z");
}

TEST(Canonical, every_short_body_is_what_a_byte_by_byte_reading_gives) {
    const auto plainly = [](const std::string& body) {
        std::string lines, line;
        for (std::size_t i = 0; i <= body.size(); ++i) {
            const bool end = i == body.size() || body.compare(i, 2, "\r\n") == 0;
            if (!end) {
                const bool blank = body[i] == ' ' || body[i] == '\t';
                if (!blank || !line.ends_with(' ')) line += blank ? ' ' : body[i];
                continue;
            }
            if (line.ends_with(' ')) line.pop_back();
            lines += line + (i == body.size() && line.empty() ? "" : "\r\n");
            line.clear();
            ++i;
        }
        while (lines.ends_with("\r\n"))
            lines.resize(lines.size() - 2);
        return lines.empty() ? lines : lines + "\r\n";
    };
    std::mt19937 random(3);
    std::string out;
    for (int round = 0; round < 20000; ++round) {
        std::string body;
        for (unsigned pieces = random() % 30; pieces > 0; --pieces)
            body += std::array{"a", "bc", "word", " ", "  ", "\t", "\r\n", "=20"}.at(random() % 8);
        canonical_body(body, out);
        ASSERT_EQ(out, plainly(body)) << testing::PrintToString(body);
    }
}

TEST(Mail, without_a_text_or_an_html_part_there_is_nothing_to_send) {
    Mail mail{};
    mail.attempt = "a.1";
    mail.from = "a@b.c";
    mail.to = "d@e.f";
    EXPECT_EQ(build(mail).error().sentence, "the message has neither text nor html");
    mail.text = "\xff";
    EXPECT_EQ(build(mail).error().sentence, "the text part is not UTF-8");
    mail.text = "x";
    const auto built = build(mail);
    ASSERT_TRUE(built.has_value());
    EXPECT_TRUE(
        built->head.ends_with("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"));
    EXPECT_EQ(built->body, "x\r\n");
}

TEST(Header, many_addresses_stand_on_lines_of_bearable_length) {
    std::vector<Address> many;
    for (int i = 0; i < 50; ++i)
        many.push_back({"person-with-a-long-name-" + std::to_string(i), "department.example.com"});
    std::string out;
    append_addresses(out, "Cc", many);
    EXPECT_TRUE(out.starts_with("Cc: person-with-a-long-name-0@department.example.com,\r\n person-"));
    EXPECT_TRUE(out.ends_with("name-49@department.example.com\r\n"));
    for (std::size_t at = 0; at < out.size();) {
        const auto end = out.find("\r\n", at);
        EXPECT_LE(end - at, 78U);
        at = end + 2;
    }
}

}  // namespace
}  // namespace chapar::email
