#include "world.hpp"

namespace chapar::webhook {
namespace {

class Definitions : public Room {
  protected:
    /// The key that is refused; empty: none is.
    std::string refused(const std::function<void(config::WebhookSettings&)>& change) {
        auto all = settings("shop");
        change(all);
        const auto defined = define(all);
        return defined ? "" : defined.error().key;
    }
};

/// S11: whatever means this machine or a network inside, however it is written.
TEST_F(Definitions, an_url_that_leads_inside_is_refused_before_anything_is_sent) {
    for (const std::string url : {"https://127.0.0.1/",
                                  "https://127.1.2.3:8443/x",
                                  "https://10.0.0.8/",
                                  "https://172.16.0.1/",
                                  "https://192.168.1.1/",
                                  "https://169.254.169.254/latest/meta-data/",
                                  "https://100.64.0.1/",
                                  "https://168.63.129.16/",
                                  "https://0.0.0.0/",
                                  "https://[::1]/",
                                  "https://[::]/",
                                  "https://[fe80::1]/",
                                  "https://[fd00::1]/",
                                  "https://[::ffff:127.0.0.1]/",
                                  "https://[::ffff:10.0.0.1]/",
                                  "https://[64:ff9b::7f00:1]/",
                                  "https://[2002:7f00:1::]/",
                                  "https://224.0.0.1/",
                                  "https://255.255.255.255/",
                                  "http://shop.example/",
                                  "https://user@shop.example/",
                                  "https://user:pw@127.0.0.1/",
                                  "ftp://shop.example/",
                                  "https://",
                                  "https:///x",
                                  "https://shop.example/#part",
                                  "file:///etc/passwd",
                                  "unix:/run/x",
                                  "gopher://127.0.0.1/"})
        EXPECT_EQ(refused([&](auto& all) { all.url = url; }), "url") << url;
    for (const std::string url : {"https://shop.example/hooks?a=b", "https://93.184.215.14:8443/x",
                                  "https://[2606:2800:220:1::1]/x", "https://xn--mgba3a4f16a.ir/"})
        EXPECT_EQ(refused([&](auto& all) { all.url = url; }), "") << url;
}

TEST_F(Definitions, a_network_is_opened_for_one_endpoint_and_no_further) {
    const auto with = [&](const std::string& url, const std::vector<std::string>& networks, bool insecure) {
        return refused([&](auto& all) {
            all.url = url;
            all.allow_networks = networks;
            all.insecure = insecure;
        });
    };
    EXPECT_EQ(with("http://127.0.0.1:80/", {"127.0.0.1"}, true), "");
    EXPECT_EQ(with("http://127.0.0.1:80/", {"127.0.0.1"}, false), "url");
    EXPECT_EQ(with("https://127.0.0.2/", {"127.0.0.1"}, false), "url");
    EXPECT_EQ(with("https://10.1.2.3/", {"10.1.0.0/16"}, false), "");
    EXPECT_EQ(with("https://10.2.2.3/", {"10.1.0.0/16"}, false), "url");
    EXPECT_EQ(with("https://169.254.169.254/", {"10.0.0.0/8", "127.0.0.0/8", "192.168.0.0/16"}, true), "url");
    EXPECT_EQ(with("https://shop.example/", {"10.1.0.0/99"}, false), "allow_networks");
}

TEST_F(Definitions, secrets_are_read_and_judged) {
    EXPECT_EQ(refused([](auto& all) { all.secrets = {"/nowhere/at/all"}; }), "secrets");
    const auto written = [&](const std::string& text) {
        auto path = secret('z');
        std::ofstream(path) << text;
        return path;
    };
    EXPECT_EQ(refused([&](auto& all) { all.secrets = {written("hunter2")}; }), "secrets");
    EXPECT_EQ(refused([&](auto& all) { all.secrets = {written("whsec_c2hvcnQ=")}; }), "secrets");
    EXPECT_EQ(refused([&](auto& all) { all.signing_key = written("whsec_" + std::string(32, 'A')); }), "signing_key");
    EXPECT_EQ(refused([&](auto& all) { all.ca_file = "/nowhere.pem"; }), "ca_file");
    const auto key = written("whsk_" + engage::to_base64(std::string(32, 'k')));
    auto all = settings("shop");
    all.signing_key = key;
    const auto defined = define(all);
    ASSERT_TRUE(defined.has_value());
    const auto made = make_transfer(*defined, "evt_1", "{}", world.clock.now());
    ASSERT_TRUE(made.has_value());
    EXPECT_TRUE(std::ranges::any_of(made->headers, [](const auto& header) { return header.second.contains(" v1a,"); }));
}

TEST_F(Definitions, each_address_is_looked_at_when_it_is_connected_to) {
    auto all = settings("shop");
    all.allow_networks = {"10.1.0.0/16"};
    const auto made = make_transfer(*define(all), "evt_1", "{}", world.clock.now());
    ASSERT_TRUE(made.has_value() && made->refuse_address);
    for (const std::string address : {"127.0.0.1", "10.2.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1", "", "x",
                                      "0.0.0.0", "fe80::1", "64:ff9b::a00:1"})
        EXPECT_FALSE(made->refuse_address(address).empty()) << address;
    for (const std::string address : {"10.1.7.7", "93.184.215.14", "2606:2800:220:1::1"})
        EXPECT_EQ(made->refuse_address(address), "") << address;
}

TEST(WebhookAnswers, a_status_counts_whatever_follows_it) {
    const auto at = from_ms(1'790'000'000'000);
    const auto read = [&](int code, std::string error, bool timed_out = false) {
        net::TransferResult result;
        result.code = code;
        result.error = std::move(error);
        result.timed_out = timed_out;
        return read_answer(result, at);
    };
    EXPECT_EQ(read(200, "").is, engage::WebhookAnswer::accepted);
    EXPECT_EQ(read(204, "the server's answer is longer than the limit").is, engage::WebhookAnswer::accepted);
    EXPECT_EQ(read(302, "").is, engage::WebhookAnswer::failed);
    EXPECT_EQ(read(100, "it broke").is, engage::WebhookAnswer::failed);
    EXPECT_EQ(read(0, "no route to host").words, "no route to host");
    EXPECT_EQ(read(0, "x", true).words, "no answer within 15 s");
    EXPECT_EQ(read(410, "").is, engage::WebhookAnswer::gone);
    EXPECT_EQ(read(502, "").is, engage::WebhookAnswer::slow_down);
}

}  // namespace
}  // namespace chapar::webhook
