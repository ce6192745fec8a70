#include "config/load.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* least =
    "[web]\nlisten = \"127.0.0.1:8082\"\nbase_url = \"https://m.shop.ir\"\nseal_key = \"k\"\n";

class Web : public Files {
  protected:
    std::string said(const std::string& text) {
        std::string out;
        for (const auto& problem : with(text).problems)
            out += problem.sentence() + "\n";
        return out;
    }
};

TEST_F(Web, nobody_is_listened_to_unless_an_address_is_written) {
    EXPECT_EQ(with("").settings.web, WebSettings{});
    const auto loaded = with(std::string(least) +
                             "keep_links = \"30d\"\npixel = \"top\"\nutm_hosts = [\"shop.ir\"]\n"
                             "trusted_proxies = [\"127.0.0.1\", \"10.1.0.0/16\", \"2001:db8::/32\"]\n"
                             "short_url = \"https://zb.ir\"\nlink_hosts = [\"*.shop.ir\"]\n");
    ASSERT_THAT(loaded.problems, IsEmpty());
    EXPECT_EQ(loaded.settings.web.keep_links, std::chrono::hours(24 * 30));
    EXPECT_EQ(loaded.settings.web.pixel, "top");
    EXPECT_EQ(loaded.settings.web.trusted_proxies.size(), 3u);
}

TEST_F(Web, an_address_for_people_is_https_and_a_host_alone) {
    for (const char* good : {"https://m.shop.ir", "https://m.shop.ir:8443", "https://xn--mgb.ir",
                             "http://127.0.0.1:8082", "http://localhost:1", "http://[::1]:8082", "https://zb.ir"})
        EXPECT_EQ(said("[web]\nseal_key = \"k\"\nbase_url = \"" + std::string(good) + "\"\n"), "") << good;
    for (const char* bad : {"m.shop.ir",
                            "http://m.shop.ir",
                            "https://",
                            "https://m.shop.ir/",
                            "https://m.shop.ir/x",
                            "https://M.shop.ir",
                            "https://u@m.shop.ir",
                            "https://m.shop.ir?x",
                            "https://m.shop.ir#x",
                            "https://m shop.ir",
                            "https://m.shop.ir:",
                            "https://m.shop.ir:0",
                            "https://m.shop.ir:70000",
                            "https://.shop.ir",
                            "https://m..ir",
                            "https://-m.ir",
                            "ftp://m.shop.ir",
                            "https://[::1",
                            "javascript:alert(1)",
                            "https://m.shop.ir\\\\x",
                            "https://فروشگاه.ir"})
        EXPECT_THAT(said("[web]\nseal_key = \"k\"\nbase_url = \"" + std::string(bad) + "\"\n"), HasSubstr("https"))
            << bad;
}

TEST_F(Web, a_trusted_proxy_is_an_address_or_a_block) {
    for (const char* bad : {"", "localhost", "127.0.0.1/33", "127.0.0.1/8", "10.0.0.0/08", "10.0.0.0/", "::1/129",
                            "2001:db8::1/32", "10.0.0", "unix:", "*", "0.0.0.0/0", "::/0", "127.0.0.1:80"})
        EXPECT_THAT(said(std::string(least) + "trusted_proxies = [\"" + bad + "\"]\n"), HasSubstr("expected")) << bad;
    for (const char* good : {"127.0.0.1", "::1", "10.0.0.0/8", "127.0.0.1/32", "fd00::/8", "::ffff:10.0.0.0/104"})
        EXPECT_EQ(said(std::string(least) + "trusted_proxies = [\"" + good + "\"]\n"), "") << good;
}

TEST_F(Web, what_belongs_together_is_asked_for_together) {
    EXPECT_THAT(said("[web]\nlisten = \"127.0.0.1:8082\"\n"), HasSubstr("no base_url"));
    EXPECT_THAT(said("[web]\nbase_url = \"https://m.shop.ir\"\n"), HasSubstr("no seal_key"));
    EXPECT_THAT(said("[web]\nshort_url = \"https://zb.ir\"\n"), HasSubstr("no base_url"));
    EXPECT_THAT(said(std::string(least) + "short_url = \"https://m.shop.ir\"\n"), HasSubstr("a name of their own"));
    EXPECT_THAT(said(std::string(least) + "seal_key_previous = \"k\"\n"), HasSubstr("same secret"));
    EXPECT_THAT(said(std::string(least) + "proxy_protocol = true\n"), HasSubstr("trusted_proxies"));
    EXPECT_THAT(said(std::string(least) + "keep_links = \"0s\"\n"), HasSubstr("keep_links"));
    EXPECT_THAT(said(std::string(least) + "pixel = \"middle\"\n"), HasSubstr("pixel"));
    for (const char* bad : {"https://shop.ir", "Shop.ir", "*", "*shop.ir", "shop.*", "a.*.ir", "shop.ir/x", ""})
        EXPECT_THAT(said(std::string(least) + "link_hosts = [\"" + bad + "\"]\n"), HasSubstr("expected")) << bad;
    for (const char* bad : {"a/b", "../key", "..", ""})
        EXPECT_NE(said("[web]\nbase_url = \"https://m.shop.ir\"\nseal_key = \"" + std::string(bad) + "\"\n"), "")
            << bad;
}

}  // namespace
}  // namespace chapar::config
