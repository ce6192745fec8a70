// STARTTLS, implicit TLS, certificates and passwords.
#include <gmock/gmock.h>

#include "mail_case.hpp"

namespace chapar::net {
namespace {

using test::SmtpServer;
using ::testing::Contains;
using ::testing::HasSubstr;

class SmtpTls : public SmtpCase {
  protected:
    static Transfer secure(const SmtpServer& server, const std::string& scheme = "smtp") {
        Transfer t = mail(server);
        t.url = server.url(scheme);
        t.tls = TlsMode::required;
        t.ca_file = pem();
        return t;
    }
    static const std::string& pem() {
        static const std::string file = test::make_certificate();
        return file;
    }
};

TEST_F(SmtpTls, starttls_with_a_trusted_certificate_carries_the_mail) {
    SmtpServer server({}, pem());
    TransferResult r = send(secure(server));
    EXPECT_EQ(r.code, 250) << r.error;
    EXPECT_THAT(server.commands(), Contains("STARTTLS"));
    r = send(secure(server));
    EXPECT_EQ(r.code, 250) << r.error;
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(SmtpTls, implicit_tls_carries_the_mail) {
    SmtpServer server({}, pem(), true);
    TransferResult r = send(secure(server, "smtps"));
    EXPECT_EQ(r.code, 250) << r.error;
}

TEST_F(SmtpTls, a_stripped_starttls_is_refused_before_anything_is_said) {
    SmtpServer server;
    TransferResult r = send(secure(server));
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_THAT(r.error, HasSubstr("does not offer STARTTLS"));
    EXPECT_EQ(server.commands().size(), 1u);  // EHLO
}

TEST_F(SmtpTls, a_refused_starttls_is_reported_with_its_code) {
    SmtpServer server({{"STARTTLS", {.reply = "454 4.7.0 not available"}}}, pem());
    TransferResult r = send(secure(server));
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_EQ(r.code, 454);
}

TEST_F(SmtpTls, bytes_between_starttls_and_the_handshake_are_an_attack) {
    SmtpServer server({{"STARTTLS", {.reply = "220 ready\r\n250 trust me"}}}, pem());
    TransferResult r = send(secure(server));
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_THAT(r.error, HasSubstr("between STARTTLS and the handshake"));
}

TEST_F(SmtpTls, an_untrusted_certificate_is_refused) {
    SmtpServer server({}, pem());
    Transfer t = secure(server);
    t.ca_file.clear();  // the system's do not know it
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_THAT(r.error, HasSubstr("not trusted"));
}

TEST_F(SmtpTls, a_certificate_for_another_name_is_refused) {
    std::string other = test::make_certificate("mail.example.org", "192.0.2.1");
    SmtpServer server({}, other);
    Transfer t = secure(server);
    t.ca_file = other;
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_THAT(r.error, HasSubstr("not trusted"));
    t.url = "smtp://localhost:" + std::to_string(server.port());
    EXPECT_EQ(send(t).phase, Phase::tls);
}

TEST_F(SmtpTls, opportunistic_tls_takes_what_there_is) {
    SmtpServer plain;
    SmtpServer with_tls({}, pem());
    for (SmtpServer* server : {&plain, &with_tls}) {
        Transfer t = secure(*server);
        t.ca_file.clear();
        t.tls = TlsMode::opportunistic;
        EXPECT_EQ(send(t).code, 250);
    }
    EXPECT_THAT(with_tls.commands(), Contains("STARTTLS"));
}

TEST_F(SmtpTls, a_missing_certificate_file_is_named) {
    SmtpServer server({}, pem());
    Transfer t = secure(server);
    t.ca_file = "/nonexistent/ca.pem";
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::tls);
    EXPECT_THAT(r.error, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(SmtpTls, auth_plain_is_preferred_and_login_is_known) {
    SmtpServer plain({}, pem());
    Transfer t = secure(plain);
    t.user = "user";
    t.password = "pass";
    EXPECT_EQ(send(t).code, 250);
    EXPECT_THAT(plain.commands(), Contains("AUTH PLAIN AHVzZXIAcGFzcw=="));
    SmtpServer login({{"EHLO", {.reply = "250-test\r\n250 AUTH LOGIN"}},
                      {"AUTH", {.reply = "334 VXNlcm5hbWU6"}},
                      {"DXNLCG==", {.reply = "334 UGFzc3dvcmQ6"}},
                      {"CGFZCW==", {.reply = "235 2.7.0 welcome"}}},
                     pem(), true);
    t.url = login.url("smtps");
    EXPECT_EQ(send(t).code, 250);
}

TEST_F(SmtpTls, wrong_credentials_are_reported_at_auth) {
    SmtpServer server({{"AUTH", {.reply = "535 5.7.8 no"}}}, pem());
    Transfer t = secure(server);
    t.user = "user";
    t.password = "wrong";
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::auth);
    EXPECT_EQ(r.code, 535);
}

TEST_F(SmtpTls, a_password_is_never_sent_in_clear_by_accident) {
    SmtpServer server;
    Transfer t = mail(server);
    t.tls = TlsMode::opportunistic;
    t.user = "user";
    t.password = "pass";
    TransferResult r = send(t);
    EXPECT_EQ(r.phase, Phase::auth);
    EXPECT_THAT(r.error, HasSubstr("without TLS"));
    for (const std::string& command : server.commands())
        EXPECT_THAT(command, ::testing::Not(HasSubstr("AUTH")));
}

}  // namespace
}  // namespace chapar::net
