#include "fake_host.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include <unistd.h>

extern "C" const chapar_plugin* chapar_builtin_email(std::uint16_t, std::uint16_t);

namespace chapar::test {
namespace {

const chapar_plugin* email() { return chapar_builtin_email(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR); }

constexpr std::string_view simple = R"({"host": "smtp.example.com"})";

std::string openssl(const std::string& arguments) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("openssl " + arguments + " 2>/dev/null").c_str(), "r"),
                                                     ::pclose);
    std::string text;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;)
        text.append(buffer.data(), n);
    return text;
}

TEST(EmailPlugin, a_message_becomes_one_transfer_and_its_answer_the_verdict) {
    chapar_host host;
    host.secrets["smtp-password"] = "geheim";
    Instance instance(host, email(), R"({"host": "smtp.example.com", "user": "u", "password": "smtp-password",
        "return_path": "bounces@example.com", "helo": "gw.example.com", "ca_file": "/etc/ca.pem"})");
    ASSERT_EQ(instance.status, CHAPAR_OK) << host.failure;
    TestMessage message;
    instance.send({&message});
    ASSERT_EQ(host.transfers.size(), 1U);
    const auto& transfer = host.transfers.front();
    EXPECT_EQ(transfer.url, "smtp://smtp.example.com:587");
    EXPECT_EQ(transfer.tls, CHAPAR_TLS_REQUIRED);
    EXPECT_EQ(transfer.mail_from, "bounces@example.com");
    EXPECT_EQ(transfer.rcpt_to, "ali@example.org");
    EXPECT_EQ(transfer.user + '/' + transfer.password, "u/geheim");
    EXPECT_EQ(transfer.helo + transfer.ca_file, "gw.example.com/etc/ca.pem");
    EXPECT_TRUE(transfer.body.contains("Message-ID: <01900000-0000-7000-8000-000000000000.1@example.com>\r\n"));
    EXPECT_TRUE(host.results.empty());
    host.answer(Phase::answered, 250, "2.0.0 Ok: queued as ABC");
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::accepted);
    EXPECT_EQ(host.results[0].provider_id, "ABC");
}

TEST(EmailPlugin, cc_stands_in_the_mail_and_bcc_in_the_envelope_alone) {
    chapar_host host;
    Instance instance(host, email(), simple);
    TestMessage message;
    message.copies = {{"hidden@example.org", "/bcc/0", true}, {"b@example.org", "/cc/0"}, {"c@example.org", "/cc/1"}};
    instance.send({&message});
    ASSERT_EQ(host.transfers.size(), 1U);
    const auto& transfer = host.transfers.front();
    EXPECT_EQ(transfer.rcpt_to, "ali@example.org b@example.org c@example.org hidden@example.org");
    EXPECT_TRUE(transfer.copies);
    EXPECT_TRUE(transfer.body.contains("\r\nCc: b@example.org, c@example.org\r\n")) << transfer.body;
    EXPECT_FALSE(transfer.body.contains("hidden")) << transfer.body;
    EXPECT_FALSE(transfer.body.contains("cc:")) << transfer.body;
    host.answer(Phase::answered, 250, "2.0.0 Ok: queued as ABC", {}, false,
                {{"hidden@example.org", "550 5.1.1 <Hidden@Example.org>: no such user\nreally"},
                 {"c@example.org", "452 4.2.2 mailbox full"}});
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::accepted);
    EXPECT_EQ(host.results[0].provider_id, "ABC");
    EXPECT_TRUE(host.results[0].detail.ends_with(
        "; without /bcc/0: 550 5.1.1 <(address)>: no such user really; without /cc/1: 452 4.2.2 mailbox full"))
        << host.results[0].detail;
}

TEST(EmailPlugin, what_became_of_the_copies_is_not_told_of_a_mail_that_nobody_got) {
    chapar_host host;
    Instance instance(host, email(), simple);
    TestMessage message;
    message.copies = {{"b@example.org", "/cc/0"}};
    instance.send({&message});
    host.answer(Phase::recipient, 550, "5.1.1 no such user", {}, false, {{"b@example.org", "550 5.1.1 neither"}});
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::rejected);
    EXPECT_EQ(host.results[0].blame, Blame::gone);
    EXPECT_FALSE(host.results[0].detail.contains("neither")) << host.results[0].detail;
}

TEST(EmailPlugin, implicit_tls_is_smtps_on_its_own_port) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "::1", "tls": "implicit"})");
    TestMessage message;
    instance.send({&message});
    EXPECT_EQ(host.transfers.front().url, "smtps://[::1]:465");
}

TEST(EmailPlugin, what_can_never_be_sent_is_refused_without_a_transfer) {
    chapar_host host;
    Instance instance(host, email(), simple);
    TestMessage injected, broken_address, no_from, good;
    injected.content[0].second = "Hi\r\nBcc: evil@example.net";
    broken_address.address = "\"a@b.c\r\nRCPT TO:<x@y.z>\"@b.c";
    no_from.content.pop_back();
    instance.send({&injected, &broken_address, &no_from, &good});
    ASSERT_EQ(host.results.size(), 3U);
    EXPECT_EQ(host.results[0].verdict, Verdict::rejected);
    EXPECT_EQ(host.results[0].blame, Blame::message);
    EXPECT_EQ(host.results[0].detail, "the header Subject holds a line break");
    EXPECT_EQ(host.results[1].blame, Blame::recipient);
    EXPECT_EQ(host.results[2].verdict, Verdict::rejected);
    EXPECT_EQ(host.transfers.size(), 1U);
}

TEST(EmailPlugin, the_routes_from_stands_in_for_a_missing_one) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "from": "فروشگاه <news@example.com>"})");
    TestMessage message;
    message.content.pop_back();
    instance.send({&message});
    EXPECT_EQ(host.transfers.front().mail_from, "news@example.com");
}

TEST(EmailPlugin, no_more_mails_are_on_their_way_than_connections_allow) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "connections": 2})");
    TestMessage a, b, c;
    instance.send({&a, &b, &c});
    EXPECT_EQ(host.transfers.size(), 2U);
    host.answer(Phase::answered, 250, "ok");
    EXPECT_EQ(host.transfers.size(), 2U);
    host.answer(Phase::recipient, 550, "5.1.1 no");
    host.answer(Phase::sent, 0, "", "connection reset");
    ASSERT_EQ(host.results.size(), 3U);
    EXPECT_EQ(host.results[1].verdict, Verdict::rejected);
    EXPECT_EQ(host.results[2].verdict, Verdict::unknown);
    EXPECT_EQ(host.results[2].index, 2U);
}

TEST(EmailPlugin, a_connection_is_kept_for_urgent_mails) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "connections": 4})");
    TestMessage a, b, c, d, e, otp;
    otp.urgent = true;
    otp.address = "otp@example.org";
    instance.send({&a, &b, &c, &d, &e});
    EXPECT_EQ(host.transfers.size(), 3U);
    instance.send({&otp}, 2);
    ASSERT_EQ(host.transfers.size(), 4U);
    EXPECT_EQ(host.transfers.back().rcpt_to, "otp@example.org");
}

TEST(EmailPlugin, urgent_mails_go_first_and_every_fourth_turn_is_an_ordinary_ones) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "connections": 1})");
    TestMessage running, ordinary, otp;
    ordinary.address = "news@example.org";
    otp.urgent = true;
    otp.address = "otp@example.org";
    instance.send({&running}, 1);
    instance.send({&ordinary}, 2);
    instance.send({&otp, &otp, &otp, &otp}, 3);
    std::string order;
    for (int turn = 0; turn < 6; ++turn) {
        order += host.transfers.back().rcpt_to.front();
        host.answer(Phase::answered, 250, "ok");
    }
    EXPECT_EQ(order, "aooono");
}

TEST(EmailPlugin, a_host_that_takes_no_transfer_gets_the_message_back) {
    chapar_host host;
    host.accepts_transfers = false;
    Instance instance(host, email(), simple);
    TestMessage message;
    instance.send({&message});
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::retry);
}

TEST(EmailPlugin, a_cancelled_batch_is_answered_and_makes_room) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "connections": 1})");
    TestMessage a, b, c;
    instance.send({&a, &b}, 1);
    instance.send({&c}, 2);
    instance.cancel(1);
    ASSERT_EQ(host.results.size(), 2U);
    EXPECT_EQ(host.results[0].verdict, Verdict::retry);    // b had not left
    EXPECT_EQ(host.results[1].verdict, Verdict::unknown);  // a may have
    EXPECT_EQ(host.transfers.size(), 1U);
}

TEST(EmailPlugin, what_waits_when_the_instance_ends_goes_back_unsent) {
    chapar_host host;
    Instance instance(host, email(), R"({"host": "h", "connections": 1})");
    TestMessage a, b;
    instance.send({&a, &b});
    instance.destroy();
    ASSERT_EQ(host.results.size(), 2U);
    EXPECT_EQ(host.results[0].index, 1U);
    EXPECT_EQ(host.results[0].verdict, Verdict::retry);
    EXPECT_EQ(host.results[1].verdict, Verdict::unknown);  // its transfer was under way
}

TEST(EmailPlugin, with_keys_every_mail_is_signed_off_the_strand) {
    chapar_host host;
    host.secrets["rsa"] = openssl("genrsa 2048");
    host.secrets["ed"] = openssl("genpkey -algorithm ed25519");
    Instance instance(host, email(),
                      R"({"host": "h", "dkim_domain": "example.com", "dkim_selector": "s1", "dkim_key": "rsa",
        "dkim_ed25519_selector": "s2", "dkim_ed25519_key": "ed", "dkim_threads": 2})");
    ASSERT_EQ(instance.status, CHAPAR_OK) << host.failure;
    TestMessage a, b;
    instance.send({&a, &b});
    EXPECT_TRUE(host.transfers.empty());
    host.run_post();
    host.run_post();
    ASSERT_EQ(host.transfers.size(), 2U);
    for (const auto& transfer : host.transfers) {
        EXPECT_TRUE(transfer.body.starts_with("DKIM-Signature: v=1; a=rsa-sha256;"));
        EXPECT_TRUE(transfer.body.contains("\r\nDKIM-Signature: v=1; a=ed25519-sha256;"));
    }
}

TEST(EmailPlugin, a_mail_signed_while_the_instance_ends_goes_back_unsent) {
    chapar_host host;
    host.accepts_posts = false;
    host.secrets["ed"] = openssl("genpkey -algorithm ed25519");
    Instance instance(host, email(), R"({"host": "h", "dkim_domain": "example.com", "dkim_ed25519_selector": "s",
        "dkim_ed25519_key": "ed"})");
    TestMessage a, b, c;
    instance.send({&a, &b, &c});
    instance.destroy();
    ASSERT_EQ(host.results.size(), 3U);
    for (const auto& result : host.results)
        EXPECT_EQ(result.verdict, Verdict::retry);
}

TEST(EmailPlugin, settings_that_can_not_work_are_refused_with_a_sentence) {
    const std::string weak = openssl("genrsa 512"),
                      curve = openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    for (const std::string_view settings :
         {R"({})", R"({"host": ""})", R"({"host": "a b"})", R"({"host": "h", "port": 0})",
          R"({"host": "h", "port": 70000})", R"({"host": "h", "tls": "maybe"})", R"({"host": "h", "user": "u"})",
          R"({"host": "h", "from": "nobody"})", R"({"host": "h", "return_path": "A <a@b.c>"})",
          R"({"host": "h", "connections": 0})", R"({"host": "h", "user": "u", "password": "p", "tls": "none"})",
          R"({"host": "h", "user": "u", "password": "p", "tls": "opportunistic"})",
          R"({"host": "h", "user": "u", "password": "missing"})", R"({"host": "h", "dkim_domain": "example.com"})",
          R"({"host": "h", "dkim_selector": "s", "dkim_key": "p"})",
          R"({"host": "h", "dkim_domain": "example.com", "dkim_selector": "s", "dkim_key": "p"})",
          R"({"host": "h", "dkim_domain": "example.com", "dkim_selector": "s", "dkim_key": "weak"})",
          R"({"host": "h", "dkim_domain": "example.com", "dkim_selector": "s", "dkim_key": "curve"})",
          R"({"host": "h", "helo": "a\r\nb"})"}) {
        chapar_host host;
        host.secrets = {{"p", "not a key"}, {"weak", weak}, {"curve", curve}};
        const Instance instance(host, email(), settings);
        EXPECT_EQ(instance.status, CHAPAR_INVALID) << settings;
        EXPECT_FALSE(host.failure.empty()) << settings;
    }
}

TEST(EmailPlugin, a_routes_own_rules_for_replies_are_asked_first) {
    const auto file = std::filesystem::temp_directory_path() / ("replies-" + std::to_string(getpid()) + ".toml");
    const std::string settings = R"({"host": "h", "replies": ")" + file.string() + R"("})";
    const auto write = [&](std::string_view verdict) {
        std::ofstream(file) << "[[rule]]\nname = \"mute\"\ntext = \"zimmer voll\"\nverdict = \"" << verdict << "\"\n";
    };
    write("retry/lain");
    {
        chapar_host host;
        const Instance refused(host, email(), settings);
        EXPECT_EQ(refused.status, CHAPAR_INVALID);
        EXPECT_TRUE(host.failure.contains(file.string() + ":4:11: ")) << host.failure;
        EXPECT_TRUE(host.failure.contains("did you mean \"lane\"?")) << host.failure;
    }
    write("retry/lane");
    chapar_host host;
    Instance instance(host, email(), settings);
    ASSERT_EQ(instance.status, CHAPAR_OK) << host.failure;
    std::filesystem::remove(file);
    TestMessage message;
    instance.send({&message});
    host.answer(Phase::answered, 554, "5.7.1 Zimmer voll");
    ASSERT_EQ(host.results.size(), 1U);
    EXPECT_EQ(host.results.front().verdict, Verdict::retry);
    EXPECT_EQ(host.results.front().blame, Blame::lane);
    chapar_host without;
    const Instance missing(without, email(), R"({"host": "h", "replies": "/nowhere/replies.toml"})");
    EXPECT_EQ(missing.status, CHAPAR_INVALID);
    EXPECT_TRUE(without.failure.contains("/nowhere/replies.toml")) << without.failure;
}

TEST(EmailPlugin, a_password_may_go_to_this_machine_in_the_clear) {
    chapar_host host;
    host.secrets["p"] = "x";
    const Instance instance(host, email(), R"({"host": "127.0.0.1", "user": "u", "password": "p", "tls": "none"})");
    EXPECT_EQ(instance.status, CHAPAR_OK) << host.failure;
}

}  // namespace
}  // namespace chapar::test
