#include "engage/address_guard.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace chapar::engage {
namespace {

std::optional<AddressFlaw> flaw(std::string_view text) {
    const auto address = parse_address(text);
    EXPECT_TRUE(address) << text;
    return flaw_of(*address);
}

TEST(AddressGuard, addresses_of_the_internet_are_called) {
    for (const std::string_view text : {"8.8.8.8",
                                        "5.160.1.1",
                                        "185.143.233.5",
                                        "172.15.255.255",
                                        "172.32.0.0",
                                        "192.167.255.255",
                                        "192.169.0.0",
                                        "100.63.255.255",
                                        "100.128.0.0",
                                        "169.253.255.255",
                                        "169.255.0.0",
                                        "126.255.255.255",
                                        "128.0.0.0",
                                        "9.255.255.255",
                                        "11.0.0.0",
                                        "198.17.255.255",
                                        "198.20.0.0",
                                        "223.255.255.255",
                                        "1.0.0.0",
                                        "168.63.129.15",
                                        "2606:4700::1111",
                                        "2a01:4f8::1",
                                        "2001:4860:4860::8888",
                                        "64:ff9b::808:808",
                                        "2002:808:808::1",
                                        "::ffff:8.8.8.8",
                                        "2001:200::"})
        EXPECT_EQ(flaw(text), std::nullopt) << text;
}

TEST(AddressGuard, this_machine_and_what_is_around_it_is_not) {
    for (const std::string_view text : {"127.0.0.1",
                                        "127.255.255.255",
                                        "0.0.0.0",
                                        "0.1.2.3",
                                        "10.0.0.1",
                                        "10.255.255.255",
                                        "172.16.0.0",
                                        "172.31.255.255",
                                        "192.168.1.1",
                                        "169.254.169.254",
                                        "169.254.0.1",
                                        "100.64.0.0",
                                        "100.100.100.200",
                                        "100.127.255.255",
                                        "192.0.0.192",
                                        "192.0.0.8",
                                        "192.0.2.1",
                                        "192.88.99.1",
                                        "198.18.0.1",
                                        "198.19.255.255",
                                        "198.51.100.1",
                                        "203.0.113.1",
                                        "224.0.0.1",
                                        "239.255.255.250",
                                        "240.0.0.1",
                                        "255.255.255.255",
                                        "168.63.129.16",
                                        "::",
                                        "::1",
                                        "fe80::1",
                                        "febf::1",
                                        "fc00::1",
                                        "fd00:ec2::254",
                                        "fdff::1",
                                        "fec0::1",
                                        "ff02::1",
                                        "2001:db8::1",
                                        "2001::1",
                                        "2001:2::1",
                                        "3fff::1",
                                        "100::1",
                                        "5f00::1",
                                        "4000::1",
                                        "64:ff9b:1::1",
                                        "::2"})
        EXPECT_TRUE(flaw(text)) << text;
}

TEST(AddressGuard, an_address_inside_another_is_judged_by_the_inner_one) {
    for (const std::string_view text :
         {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.1.2.3",
          "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
          "2002:c0a8:101::", "::ffff:0:10.0.0.1", "::ffff:0:127.0.0.1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"})
        EXPECT_TRUE(flaw(text)) << text;
    EXPECT_EQ(flaw("::ffff:169.254.169.254"), AddressFlaw::link_local);
    EXPECT_EQ(flaw("64:ff9b::a00:1"), AddressFlaw::private_use);
}

TEST(AddressGuard, one_address_inside_condemns_the_name) {
    const auto list = [](std::initializer_list<std::string_view> texts) {
        std::vector<IpAddress> out;
        for (const auto text : texts)
            out.push_back(*parse_address(text));
        return out;
    };
    EXPECT_EQ(refuse_addresses(list({"8.8.8.8", "2606:4700::1111"})), std::nullopt);
    EXPECT_EQ(refuse_addresses(list({"8.8.8.8", "10.0.0.1"})),
              "10.0.0.1 is not called: it belongs to a private network");
    EXPECT_EQ(refuse_addresses({}), "the name has no address");
}

TEST(AddressGuard, the_operator_may_open_a_block_and_opens_no_way_around_it) {
    const std::vector<Cidr> allowed = {*parse_cidr("10.1.0.0/16")};
    EXPECT_EQ(flaw_of(*parse_address("10.1.2.3"), allowed), std::nullopt);
    EXPECT_EQ(flaw_of(*parse_address("::ffff:10.1.2.3"), allowed), std::nullopt) << "the same address";
    EXPECT_TRUE(flaw_of(*parse_address("10.2.0.1"), allowed));
    EXPECT_TRUE(flaw_of(*parse_address("64:ff9b::a01:203"), allowed));
}

TEST(AddressGuard, an_endpoint_is_an_https_url) {
    for (const std::string_view url :
         {"https://shop.ir/hooks", "https://shop.ir:8443/hooks?a=b", "https://فروشگاه.ایران/h", "HTTPS://shop.ir"})
        EXPECT_EQ(refuse_endpoint(url, false), std::nullopt) << url;
    EXPECT_EQ(refuse_endpoint("http://shop.ir/", true), std::nullopt);
    for (const std::string_view url :
         {"http://shop.ir/", "ftp://shop.ir/", "shop.ir", "", "https://", "https://user:pw@shop.ir/",
          "https://shop.ir/#a", "file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "https://shop.ir:99999/",
          "https://sh\xFFop.ir/", "javascript:1"})
        EXPECT_TRUE(refuse_endpoint(url, false)) << url;
    EXPECT_EQ(refuse_endpoint("http://shop.ir/", false), "the URL begins with https, unless insecure is true");
}

}  // namespace
}  // namespace chapar::engage
