#include "web/client.hpp"

#include <gmock/gmock.h>

#include "net/proxy_header.hpp"
#include "web/network_limit.hpp"

namespace chapar::web {
namespace {

using namespace std::chrono_literals;

net::NetAddress bytes_of(std::string_view text) {
    const auto address = *engage::parse_address(text);
    net::NetAddress out{};
    for (std::size_t i = 0; i < 8; ++i) {
        out[i] = static_cast<std::uint8_t>(address.high >> (56 - 8 * i));
        out[i + 8] = static_cast<std::uint8_t>(address.low >> (56 - 8 * i));
    }
    return out;
}

/// Who a request is taken to come from.
std::string asked_by(std::string_view peer, std::vector<std::string> forwarded_for, std::vector<std::string> trusted) {
    net::Request request;
    for (auto& value : forwarded_for)
        request.headers.emplace_back("X-Forwarded-For", std::move(value));
    return client_of({.address = bytes_of(peer)}, request, TrustedProxies(trusted)).text();
}

TEST(Client, a_peer_that_is_no_trusted_proxy_speaks_for_itself) {
    EXPECT_EQ(asked_by("198.51.100.7", {"203.0.113.9"}, {"127.0.0.1"}), "198.51.100.7");
    EXPECT_EQ(asked_by("198.51.100.7", {"203.0.113.9"}, {}), "198.51.100.7");
    EXPECT_EQ(asked_by("127.0.0.1", {"203.0.113.9"}, {}), "127.0.0.1");
    EXPECT_EQ(asked_by("127.0.0.2", {"203.0.113.9"}, {"127.0.0.1"}), "127.0.0.2");
    EXPECT_EQ(asked_by("2001:db8::1", {"203.0.113.9"}, {"fd00::/8"}), "2001:db8::1");
}

TEST(Client, of_what_a_trusted_proxy_says_the_last_address_that_is_no_proxys_counts) {
    EXPECT_EQ(asked_by("127.0.0.1", {}, {"127.0.0.1"}), "127.0.0.1");
    EXPECT_EQ(asked_by("127.0.0.1", {"203.0.113.9"}, {"127.0.0.1"}), "203.0.113.9");
    // What the client itself wrote stands before what the proxy added.
    EXPECT_EQ(asked_by("127.0.0.1", {"8.8.8.8, 203.0.113.9"}, {"127.0.0.1"}), "203.0.113.9");
    EXPECT_EQ(asked_by("127.0.0.1", {"8.8.8.8", "203.0.113.9"}, {"127.0.0.1"}), "203.0.113.9");
    EXPECT_EQ(asked_by("127.0.0.1", {"8.8.8.8, 203.0.113.9, 10.0.0.5"}, {"127.0.0.1", "10.0.0.0/8"}), "203.0.113.9");
    EXPECT_EQ(asked_by("127.0.0.1", {"8.8.8.8, 203.0.113.9", "10.0.0.5"}, {"127.0.0.1", "10.0.0.0/8"}), "203.0.113.9");
    EXPECT_EQ(asked_by("127.0.0.1", {"127.0.0.1, 10.0.0.5"}, {"127.0.0.1", "10.0.0.0/8"}), "127.0.0.1");
    EXPECT_EQ(asked_by("::1", {"2001:db8::9"}, {"::1"}), "2001:db8::9");
    EXPECT_EQ(asked_by("127.0.0.1", {"203.0.113.9:5555"}, {"127.0.0.1"}), "203.0.113.9");
    EXPECT_EQ(asked_by("127.0.0.1", {"[2001:db8::9]:443"}, {"127.0.0.1"}), "2001:db8::9");
    EXPECT_EQ(asked_by("127.0.0.1", {"::ffff:203.0.113.9"}, {"127.0.0.1"}), "203.0.113.9");
}

TEST(Client, what_is_no_address_ends_the_way) {
    for (const char* bad : {"unknown", "", "_hidden", "203.0.113", "203.0.113.999", "[2001:db8::9", "a, b", "8.8.8.8, ",
                            "8.8.8.8, unknown", "203.0.113.9 10.0.0.1", "8.8.8.8,,"})
        EXPECT_EQ(asked_by("127.0.0.1", {bad}, {"127.0.0.1"}), "127.0.0.1") << bad;
}

TEST(Client, privacy_is_asked_for_by_either_header) {
    const auto wants = [](std::string name, std::string value) {
        net::Request request;
        request.headers.emplace_back(std::move(name), std::move(value));
        return read_headers(request).wants_privacy;
    };
    EXPECT_TRUE(wants("DNT", "1"));
    EXPECT_TRUE(wants("dnt", " 1 "));
    EXPECT_TRUE(wants("Sec-GPC", "1"));
    EXPECT_TRUE(wants("SEC-GPC", "1"));
    for (const auto* value : {"0", "", "null", "unspecified", "11", "true"}) {
        EXPECT_FALSE(wants("DNT", value)) << value;
        EXPECT_FALSE(wants("Sec-GPC", value)) << value;
    }
}

TEST(Client, of_the_words_for_prefetching_the_standards_own_counts_first) {
    net::Request request;
    request.headers = {{"X-Moz", "prefetch"}, {"Purpose", "preview"}, {"Sec-Purpose", "prefetch;prerender"}};
    EXPECT_EQ(read_headers(request).purpose, "prefetch;prerender");
    request.headers = {{"X-Purpose", "preview"}, {"X-Moz", "prefetch"}};
    EXPECT_EQ(read_headers(request).purpose, "preview");
    request.headers = {{"Sec-Purpose", ""}, {"X-Moz", "prefetch"}};
    EXPECT_EQ(read_headers(request).purpose, "prefetch");
}

TEST(Client, a_language_is_what_the_browser_prefers_of_the_two) {
    for (const auto* fa : {"fa", "fa-IR", "FA-ir", "en;q=0.5, fa", "de, fa;q=0.2", "fa;q=0.9,en;q=0.9",
                           "en;q=0.8,fa;q=0.85", "en ; q=0.5 , fa ; q=0.7", "fa;q=1.0, en;q=0.999"})
        EXPECT_EQ(language_of(fa), "fa") << fa;
    for (const auto* en : {"en", "en-US,en;q=0.9,fa;q=0.8", "fa;q=0, en;q=0.1", "fa;q=0.0,en"})
        EXPECT_EQ(language_of(en), "en") << en;
    for (const auto* none : {"", "*", "de", "far", "fas, eng", ",,;", "fa;q=0"})
        EXPECT_EQ(language_of(none), "") << none;
}

TEST(Client, a_host_is_compared_without_its_port_and_case) {
    EXPECT_EQ(host_of("M.Shop.IR:8443"), "m.shop.ir");
    EXPECT_EQ(host_of("zb.ir."), "zb.ir");
    EXPECT_EQ(host_of("[::1]:80"), "[::1]");
    EXPECT_EQ(host_of(""), "");
}

TEST(NetworkLimit, counts_by_the_minute_and_stays_small) {
    NetworkLimit limit(20, 100);
    const Monotonic start{1h};
    for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(limit.take(1, start)) << i;
    EXPECT_FALSE(limit.take(1, start));
    EXPECT_TRUE(limit.is_reached(1, start + 59s));
    EXPECT_TRUE(limit.take(2, start));
    EXPECT_TRUE(limit.take(1, start + 60s));
    for (std::uint64_t network = 0; network < 10'000; ++network)
        limit.count(network, start + 60s);
    EXPECT_LE(limit.networks(), 100u);
}

std::string proxy_header(char command, char family, std::string addresses, std::string more = {}) {
    std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
    out += command;
    out += family;
    addresses += more;
    out += static_cast<char>(addresses.size() >> 8);
    out += static_cast<char>(addresses.size());
    return out + addresses;
}

TEST(ProxyHeader, says_who_is_behind_the_proxy) {
    const std::string v4("\xCB\x00\x71\x09\x7F\x00\x00\x01\x30\x39\x00\x50", 12);
    const auto header = proxy_header('\x21', '\x11', v4, "\x03\x04");
    const auto read = net::read_proxy_header(header + "GET / HTTP/1.1\r\n");
    ASSERT_EQ(read.is, net::ProxyHeader::Is::good);
    EXPECT_EQ(read.size, header.size());
    EXPECT_EQ(to_address(*read.source).text(), "203.0.113.9");
    std::string v6(36, '\0');
    v6.replace(0, 4, "\x20\x01\x0d\xb8");
    v6[15] = 9;
    EXPECT_EQ(to_address(*net::read_proxy_header(proxy_header('\x21', '\x21', v6)).source).text(), "2001:db8::9");
    // A health check is the proxy's own, and so is what came by a Unix socket or by nothing that has addresses.
    EXPECT_FALSE(net::read_proxy_header(proxy_header('\x20', '\x00', "")).source);
    EXPECT_EQ(net::read_proxy_header(proxy_header('\x20', '\x11', v4)).is, net::ProxyHeader::Is::good);
    EXPECT_FALSE(net::read_proxy_header(proxy_header('\x20', '\x11', v4)).source);
    EXPECT_FALSE(net::read_proxy_header(proxy_header('\x21', '\x31', std::string(216, 'x'))).source);
}

TEST(ProxyHeader, is_waited_for_as_long_as_it_may_still_be_one) {
    const auto whole = proxy_header('\x21', '\x11', std::string(12, '\1'), std::string(200, '\2'));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(net::read_proxy_header(whole.substr(0, size)).is, net::ProxyHeader::Is::incomplete) << size;
    EXPECT_EQ(net::read_proxy_header(whole).is, net::ProxyHeader::Is::good);
}

TEST(ProxyHeader, what_is_none_is_refused) {
    const std::string v4(12, '\1');
    for (const auto& bad :
         {std::string("GET / HTTP/1.1\r\n"), std::string("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"),
          std::string("\r\n\r\n\r\n"), std::string("\r\n\r\n\0\r\nQUIX", 11), proxy_header('\x11', '\x11', v4),
          proxy_header('\x31', '\x11', v4), proxy_header('\x22', '\x11', v4), proxy_header('\x21', '\x41', v4),
          proxy_header('\x21', '\x11', "short"), proxy_header('\x21', '\x21', v4), proxy_header('\x21', '\x31', v4),
          proxy_header('\x21', '\x11', v4, std::string(3000, 'x'))})
        EXPECT_EQ(net::read_proxy_header(bad).is, net::ProxyHeader::Is::wrong) << bad;
}

}  // namespace
}  // namespace chapar::web
