// Mails of any shape cost bounded time and memory, and what a real report has survives the bounds.
#include "bounce/bounded.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <functional>

#include "bounce/judge.hpp"

namespace chapar::bounce {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

const std::string head = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n";
const std::string status =
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: "
    "message/delivery-status\n\n"
    "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n\n";

Judgement shipped() { return {shipped_rules(), {}}; }

std::string nested(std::size_t depth) {
    std::string out = head;
    for (std::size_t i = 0; i < depth; ++i)
        out += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n";
    return out;
}

std::string nested_digests(std::size_t depth) {
    std::string out = head;
    for (std::size_t i = 0; i < depth; ++i)
        out +=
            "Content-Type: multipart/digest; boundary=b" + std::to_string(i) + "\n\n--b" + std::to_string(i) + "\n\n";
    return out;
}

TEST(Bounded, an_ordinary_mail_stays_as_it_is) {
    const std::string mail = head + status;
    const auto out = bound(mail);
    EXPECT_FALSE(out.is_changed);
    EXPECT_EQ(out.text().data(), mail.data());
    EXPECT_TRUE(bound("").text().empty());
}

TEST(Bounded, what_comes_before_a_bound_is_still_read) {
    const std::string large =
        head + status + "--b\nContent-Type: message/rfc822\n\n" + repeated("0123456789\n", 1'000'000);
    const auto found = judge(large, shipped());
    EXPECT_EQ(found.kind, Kind::hard);
    EXPECT_EQ(found.bound, "the mail is larger than its bound");
}

TEST(Bounded, what_comes_after_a_long_line_or_field_is_still_read) {
    for (const std::string& noise :
         {"X-Noise: " + std::string(200'000, 'x') + "\n", "X-Noise: a\n" + repeated(" 0123456789\n", 20'000),
          repeated("X-Noise: a\n", 5'000)}) {
        const std::string mail = "Received: from x\n" + status.substr(0, status.find('\n') + 1) + noise +
                                 status.substr(status.find('\n') + 1);
        const auto found = judge(mail, shipped());
        EXPECT_EQ(found.kind, Kind::hard) << noise.substr(0, 30);
        EXPECT_FALSE(found.bound.empty());
    }
}

TEST(Bounded, nothing_is_deeper_larger_or_longer_than_it_may_be) {
    const Limits limits;
    EXPECT_LE(bound(std::string(3 * limits.bytes, 'x')).text().size(), limits.bytes);
    const auto line = bound("X: " + std::string(limits.line * 4, 'y') + "\n\n" + std::string(limits.line * 4, 'z'));
    for (std::size_t from = 0; from < line.text().size();) {
        const auto end = std::min(line.text().find('\n', from), line.text().size());
        EXPECT_LE(end - from, limits.line);
        from = end + 1;
    }
    for (const auto& deep : {nested(10'000), nested_digests(10'000)}) {
        const auto out = bound(deep);
        std::size_t declared = 0;
        for (auto at = out.text().find("boundary="); at != std::string_view::npos;
             at = out.text().find("boundary=", at + 1))
            ++declared;
        EXPECT_LE(declared, limits.containers);
        EXPECT_EQ(out.why, "it is nested deeper than its bound");
    }
}

double seconds_of(const std::function<void()>& work) {
    const auto used = [] {
        rusage usage{};
        getrusage(RUSAGE_THREAD, &usage);
        return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    };
    const double before = used();
    work();
    return used() - before;
}

/// The work for a hostile mail is of the same order as for an innocent one of a megabyte, so it is measured against
/// that.
TEST(Bounded, hostile_mails_cost_no_more_than_a_few_innocent_ones) {
    const std::string innocent = head + status + "--b\nContent-Type: message/rfc822\n\nFrom: a@b\n\n" +
                                 repeated("All work and no play makes a dull boy.\n", 27'000);
    const auto shipped_by = shipped();
    EXPECT_EQ(judge(innocent, shipped_by).kind, Kind::hard);
    const double usual = seconds_of([&] {
        for (int i = 0; i < 20; ++i)
            judge(innocent, shipped_by);
    });
    const std::string hostile[] = {
        nested(10'000),
        nested_digests(10'000),
        head + "Content-Type: multipart/mixed; boundary=b\n\n" + repeated("--b\n\nx\n", 1'000'000),
        head + "Content-Type: text/plain\n\n" + std::string(100'000'000, 'x'),
        "Subject: " + std::string(100'000'000, 'x'),
        repeated("X-Endless: header\n", 4'000'000),
        "Subject: x\n" + repeated(" folded\n", 4'000'000),
        "Content-Type: text/plain" + repeated(";a=b", 200'000) + "\n\nx",
        "Content-Type: text/plain" + repeated(";\n a*0=b", 200'000) + "\n\nx",
        "To: " + repeated("(", 500'000) + "\n\nx",
        "To: " + repeated("a:", 500'000) + "\nFrom: " + repeated("<", 500'000) + "\n\nx",
        "From: " + repeated("=?utf-8?q?=61?= ", 500'000) + "\n\nx",
        head + "Content-Type: text/html\n\n" + repeated("<", 1'000'000),
        head + "Content-Type: text/html\n\n" + repeated("<style>", 140'000),
        head + "Content-Type: text/html\n\n" + repeated("&", 1'000'000),
        head + "\n" + repeated("5.5.", 250'000),
        head + "\n" + repeated("550 ", 250'000),
        head + "\n" + repeated("@", 1'000'000),
        head + "\n" + repeated("a@b.example ", 80'000),
        head + "\n" + repeated("over quota exceeded\n", 50'000),
        head + "\n" + repeated("over ", 200'000),
        head + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
            repeated("Final-Recipient: rfc822; a@b.example\nStatus: 5.1.1\nAction: failed\n\n", 15'000),
        head + "Content-Type: multipart/report; boundary=b\n\n" +
            repeated("--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nStatus: "
                     "5.0.0\nDiagnostic-Code: x;y\n\n",
                     9'000),
        head + "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nStatus: " +
            repeated("(", 900'000),
        head + "Content-Transfer-Encoding: base64\n\n" + repeated("====", 250'000),
        head + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n" + repeated("M", 1'000'000),
        head + "Content-Type: text/plain; charset=utf-7\n\n" + repeated("+AGE-", 200'000),
    };
    for (const std::string& mail : hostile) {
        const double taken = seconds_of([&] { judge(mail, shipped_by); });
        EXPECT_LT(taken, usual * 5 + 0.2) << mail.substr(0, 120);
    }
}

}  // namespace
}  // namespace chapar::bounce
