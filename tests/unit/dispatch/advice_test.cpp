#include "dispatch/outcomes/advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chapar::dispatch {
namespace {

using testing::HasSubstr;

std::string advice_on(std::string detail) {
    return advice({model::Verdict::retry, model::Blame::provider, {}, "", "", std::move(detail)});
}

TEST(Advice, names_what_to_look_at) {
    EXPECT_THAT(advice_on("can't connect: 127.0.0.1 port 2604: Connection refused"), HasSubstr("host and port"));
    EXPECT_THAT(advice_on("can't resolve smtp.exmaple: Host not found (authoritative)"), HasSubstr("DNS"));
    EXPECT_THAT(advice_on("the certificate of smtp.example is not trusted: unable to get local issuer certificate"),
                HasSubstr("ca_file"));
    EXPECT_THAT(advice_on("the certificate of a.example is not trusted: hostname mismatch"), HasSubstr("another name"));
    EXPECT_THAT(advice_on("the certificate of a.example is not trusted: certificate has expired"), HasSubstr("clock"));
    EXPECT_THAT(advice_on("can't read the certificates of /etc/ca.pem: No such file or directory"),
                HasSubstr("daemon's user"));
    EXPECT_THAT(advice_on("TLS handshake failed: wrong version number"), HasSubstr("465"));
    EXPECT_THAT(advice_on("no word from the plugin within the deadline"), HasSubstr("firewall"));
}

TEST(Advice, has_a_sentence_for_what_it_does_not_know) {
    EXPECT_THAT(advice_on("4.3.0 Mail system full"), HasSubstr("provider"));
}

}  // namespace
}  // namespace chapar::dispatch
