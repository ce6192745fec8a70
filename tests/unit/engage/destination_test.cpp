#include "engage/destination.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace chapar::engage {
namespace {

std::string url_of(std::string_view href) {
    const auto read = read_destination(href);
    return read ? read->url : "(" + std::string(explain(read.error())) + ")";
}
std::string host_of(std::string_view href) {
    const auto read = read_destination(href);
    return read ? read->host : std::string();
}
LinkFate fate_of(std::string_view href) {
    const auto read = read_destination(href);
    return read ? LinkFate::rewritten : read.error();
}

TEST(Destination, what_a_browser_would_open_is_kept_as_it_is) {
    for (const std::string_view href :
         {"https://shop.ir/", "http://shop.ir/a/b?c=d&e=f#g", "https://shop.ir", "https://shop.ir?x",
          "https://shop.ir#top", "https://shop.ir:8443/a", "https://192.0.2.7/x", "https://[2001:db8::1]:8443/x",
          "https://shop.ir/a%20b", "https://shop.ir/100%", "https://shop.ir/%zz",
          "https://shop.ir/?sig=a{b}|c^d`e~'!*();:@$,", "https://my_bucket.cdn.example/x", "https://shop.ir//double",
          "https://xn--mgba3a4fra.example/"})
        EXPECT_EQ(url_of(href), href);
}

TEST(Destination, case_blanks_breaks_and_backslashes_are_read_as_browsers_read_them) {
    EXPECT_EQ(url_of("HTTPS://Shop.IR/Path"), "https://shop.ir/Path");
    EXPECT_EQ(url_of("  https://shop.ir/ \r\n"), "https://shop.ir/");
    EXPECT_EQ(url_of("https://shop.ir/lo\nng/\tpath"), "https://shop.ir/long/path");
    EXPECT_EQ(url_of("htt\nps://shop.ir/"), "https://shop.ir/");
    EXPECT_EQ(url_of("https://shop.ir\\a\\b?c\\d"), "https://shop.ir/a/b?c\\d");
    EXPECT_EQ(url_of("https://shop.ir/a b"), "https://shop.ir/a%20b");
    EXPECT_EQ(url_of("https://shop.ir./"), "https://shop.ir./");
    EXPECT_EQ(host_of("https://shop.ir./"), "shop.ir");
    EXPECT_EQ(host_of("https://SHOP.ir:443/"), "shop.ir");
    EXPECT_EQ(url_of("https://shop.ir:/a"), "https://shop.ir/a");
}

TEST(Destination, persian_hosts_paths_and_queries_become_ascii) {
    EXPECT_EQ(url_of("https://فروشگاه.ایران/"), "https://xn--mgbtj4c7ad63e.xn--mgba3a4f16a/");
    EXPECT_EQ(url_of("https://shop.ir/تخفیف"), "https://shop.ir/%D8%AA%D8%AE%D9%81%DB%8C%D9%81");
    EXPECT_EQ(url_of("https://shop.ir/?q=کیف#ب"), "https://shop.ir/?q=%DA%A9%DB%8C%D9%81#%D8%A8");
    EXPECT_EQ(url_of("https://shop.ir/می‌روم"), "https://shop.ir/%D9%85%DB%8C%E2%80%8C%D8%B1%D9%88%D9%85");
    EXPECT_EQ(host_of("https://bücher.example/"), "xn--bcher-kva.example");
    EXPECT_EQ(host_of("https://Bücher.Example/"), "xn--bcher-kva.example");
}

TEST(Destination, nothing_that_could_end_a_header_or_an_attribute_gets_out) {
    std::string all;
    for (int c = 1; c < 128; ++c)
        all += static_cast<char>(c);
    for (const std::string& href : {"https://shop.ir/" + all, "https://shop.ir/?" + all, "https://shop.ir/#" + all}) {
        const auto read = read_destination(href);
        ASSERT_TRUE(read);
        for (const char c : read->url)
            EXPECT_TRUE(c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>') << static_cast<int>(c);
    }
}

TEST(Destination, what_is_no_web_address_is_told_apart) {
    for (const std::string_view href : {"",
                                        "#",
                                        "#top",
                                        "mailto:a@shop.ir",
                                        "tel:+982112345",
                                        "sms:+98912",
                                        "/path",
                                        "path",
                                        "?q",
                                        "//shop.ir/a",
                                        "javascript:alert(1)",
                                        "data:text/html,x",
                                        "ftp://shop.ir/",
                                        "https:shop.ir",
                                        "https:/shop.ir",
                                        "httpss://x.ir/",
                                        "cid:logo",
                                        "tg://resolve?domain=x",
                                        "intent://scan/#Intent;end",
                                        "about:blank",
                                        "whatsapp://send?text=a"})
        EXPECT_EQ(fate_of(href), LinkFate::not_web) << href;
    for (const std::string_view href :
         {"https://", "https:///", "https:///a", "http://?", "https://:80/", "https://a b/", "https://shop.ir:x/",
          "https://shop.ir:99999/", "https://shop.ir:123456/", "https://[::1/", "https://[x]/", "https://sh%6Fp.ir/",
          "https://a..b/", "https://.ir/", "https://shop.ir\xFF/", "https://shop.ir/\xC3", "https://{{ host }}/",
          "https://shop,ir/", "https://-بد-.ایران.../"})
        EXPECT_EQ(fate_of(href), LinkFate::not_a_url) << href;
}

TEST(Destination, a_user_before_the_host_is_never_led_on) {
    for (const std::string_view href :
         {"https://shop.ir@evil.example/", "https://user:password@shop.ir/", "https://@shop.ir/",
          "https://a@b@shop.ir/", "HTTP://Shop.ir@evil.example", "https://shop.ir:80@evil.example/"})
        EXPECT_EQ(fate_of(href), LinkFate::has_user) << href;
    // Behind the host it is a path like another.
    EXPECT_EQ(host_of("https://shop.ir/@user"), "shop.ir");
    EXPECT_EQ(host_of("https://shop.ir\\@evil.example"), "shop.ir");
    EXPECT_EQ(host_of("https://shop.ir?@evil.example"), "shop.ir");
    EXPECT_EQ(host_of("https://shop.ir#@evil.example"), "shop.ir");
}

TEST(Destination, a_list_of_hosts_holds_names_and_what_is_below_them) {
    const std::vector<std::string> hosts{"shop.ir", "*.cdn.example"};
    EXPECT_TRUE(is_among("shop.ir", hosts));
    EXPECT_TRUE(is_among("a.cdn.example", hosts));
    EXPECT_TRUE(is_among("a.b.cdn.example", hosts));
    for (const std::string_view host :
         {"www.shop.ir", "cdn.example", "evilcdn.example", "shop.ir.evil.example", "", ".cdn.example"})
        EXPECT_FALSE(is_among(host, hosts)) << host;
    EXPECT_EQ(comparable_host("Shop.IR."), "shop.ir");
    EXPECT_EQ(comparable_host("*.فروشگاه.ایران"), "*.xn--mgbtj4c7ad63e.xn--mgba3a4f16a");
    EXPECT_EQ(comparable_host("not a host"), "");
    EXPECT_EQ(comparable_host("*."), "");
}

std::string with_utm(std::string url, std::string_view name = {}) {
    Utm utm;
    utm.medium = "email";
    utm.campaign = "Yalda 1405";
    add_utm(url, utm, name);
    return url;
}

TEST(Utm, is_added_before_the_fragment_and_behind_what_is_there) {
    const std::string all = "utm_source=chapar&utm_medium=email&utm_campaign=Yalda%201405";
    EXPECT_EQ(with_utm("https://shop.ir/"), "https://shop.ir/?" + all);
    EXPECT_EQ(with_utm("https://shop.ir"), "https://shop.ir?" + all);
    EXPECT_EQ(with_utm("https://shop.ir/?"), "https://shop.ir/?" + all);
    EXPECT_EQ(with_utm("https://shop.ir/?a=1"), "https://shop.ir/?a=1&" + all);
    EXPECT_EQ(with_utm("https://shop.ir/?a=1&"), "https://shop.ir/?a=1&" + all);
    EXPECT_EQ(with_utm("https://shop.ir/#top"), "https://shop.ir/?" + all + "#top");
    EXPECT_EQ(with_utm("https://shop.ir/#/app?x=1"), "https://shop.ir/?" + all + "#/app?x=1");
    EXPECT_EQ(with_utm("https://shop.ir/?a#b?c"), "https://shop.ir/?a&" + all + "#b?c");
    EXPECT_EQ(with_utm("https://shop.ir/", "main button"), "https://shop.ir/?" + all + "&utm_content=main%20button");
}

TEST(Utm, what_the_author_set_stays) {
    EXPECT_EQ(with_utm("https://shop.ir/?utm_source=me"),
              "https://shop.ir/?utm_source=me&utm_medium=email&utm_campaign=Yalda%201405");
    EXPECT_EQ(with_utm("https://shop.ir/?utm_campaign=&utm_medium&utm_source=x"),
              "https://shop.ir/?utm_campaign=&utm_medium&utm_source=x");
    EXPECT_EQ(with_utm("https://shop.ir/?utm%5Fsource=me&%75tm_medium=m&utm_campaign=c"),
              "https://shop.ir/?utm%5Fsource=me&%75tm_medium=m&utm_campaign=c");
    // Other keys that only look like one.
    EXPECT_EQ(with_utm("https://shop.ir/?xutm_source=a&utm_source2=b&utm_medium=m&utm_campaign=c"),
              "https://shop.ir/?xutm_source=a&utm_source2=b&utm_medium=m&utm_campaign=c&utm_source=chapar");
}

}  // namespace
}  // namespace chapar::engage
