#include <gmock/gmock.h>

#include "mail.hpp"

namespace chapar::engage {
namespace {

std::string text_after(const std::string& text, const Shop& shop = {}) {
    const auto rules = shop.rules();
    const auto done = rewrite_text(text, rules, write_numbered);
    EXPECT_EQ(restored(text, done), text);
    return done.text;
}

TEST(TextLinks, end_where_a_reader_would_end_them) {
    const std::string link = "https://m.shop.ir/c/0";
    for (const auto& [before, after] : std::vector<std::pair<std::string, std::string>>{{"", ""},
                                                                                        {"See ", "."},
                                                                                        {"(", ")"},
                                                                                        {"(", ")."},
                                                                                        {"<", ">"},
                                                                                        {"\"", "\""},
                                                                                        {"'", "'"},
                                                                                        {"*", "*"},
                                                                                        {"[", "]"},
                                                                                        {"[x](", ")"},
                                                                                        {"", ", and"},
                                                                                        {"", "!"},
                                                                                        {"", "?"},
                                                                                        {"", "..."},
                                                                                        {"", ":\n"},
                                                                                        {"", ";"},
                                                                                        {"ببینید: ", "، و"},
                                                                                        {"", "؟"},
                                                                                        {"", "؛ "},
                                                                                        {"«", "»"},
                                                                                        {"", "…"},
                                                                                        {"", "۔"},
                                                                                        {"“", "”"},
                                                                                        {"‘", "’"},
                                                                                        {"\u200f", "\u200f"},
                                                                                        {"\u2066", "\u2069"},
                                                                                        {"", "\u00a0x"},
                                                                                        {"", "\u200c "},
                                                                                        {"", "\u200b"},
                                                                                        {"", "\u3000"},
                                                                                        {"ببین", ""},
                                                                                        {"", "\t"},
                                                                                        {"\r\n", "\r\n"},
                                                                                        {"", "\u060cسلام"},
                                                                                        {"-> ", " <-"}})
        EXPECT_EQ(text_after(before + "https://shop.ir/a" + after), before + link + after);
}

TEST(TextLinks, what_belongs_to_an_address_is_not_cut_off) {
    const Shop shop;
    const auto rules = shop.rules();
    for (const std::string address :
         {"https://shop.ir/wiki/A_(b)", "https://shop.ir/a?b=[c]", "https://shop.ir/a_b_", "https://shop.ir/a/",
          "https://shop.ir/?q=a,b;c:d", "https://shop.ir/#/x!y", "https://shop.ir/~me", "https://shop.ir/a-",
          "https://shop.ir/=", "https://shop.ir/a|b", "https://shop.ir/$", "HTTPS://SHOP.IR/x"}) {
        const auto text = "(" + address + ").";
        const auto done = rewrite_text(text, rules, write_numbered);
        ASSERT_EQ(done.links.size(), 1U) << address;
        EXPECT_EQ(text.substr(done.links[0].begin, done.links[0].end - done.links[0].begin), address);
    }
}

TEST(TextLinks, persian_hosts_and_paths_are_addresses) {
    Shop shop;
    shop.link_hosts.push_back(comparable_host("فروشگاه.ایران"));
    EXPECT_EQ(text_after("خرید از https://فروشگاه.ایران/تخفیف‌ویژه، تا شب", shop),
              "خرید از https://m.shop.ir/c/0، تا شب");
    EXPECT_EQ(text_after("https://shop.ir/می‌روم‌ "), "https://m.shop.ir/c/0‌ ");
}

TEST(TextLinks, what_is_no_address_of_the_web_stays) {
    for (const char* text : {"shop.ir/a", "www.shop.ir", "mailto:a@shop.ir", "ftp://shop.ir/", "xhttps://shop.ir/",
                             "1https://shop.ir/", "git+https://shop.ir/", "https://", "https://.", "https:// shop.ir",
                             "https://evil.example/", "https://a@shop.ir/", "https://m.shop.ir/u/x", "://shop.ir", "",
                             "https://shop.ir@evil.example/", "view-source.https://shop.ir/"})
        EXPECT_EQ(text_after(text), text);
}

TEST(TextLinks, several_in_a_line_are_told_apart) {
    EXPECT_EQ(text_after("https://shop.ir/a https://shop.ir/b"), "https://m.shop.ir/c/0 https://m.shop.ir/c/1");
    EXPECT_EQ(text_after("https://shop.ir/a,https://shop.ir/b"), "https://m.shop.ir/c/0");
    EXPECT_EQ(text_after("https://shop.ir/?u=https://evil.example/"), "https://m.shop.ir/c/0");
    EXPECT_EQ(text_after("a://b https://shop.ir/x"), "a://b https://m.shop.ir/c/0");
}

TEST(TextLinks, the_page_s_links_keep_their_numbers_and_what_it_turned_off) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto html = rewrite_html(R"(<a href="https://shop.ir/1">a</a><a href="https://shop.ir/2?x&amp;y">b</a>)"
                                   R"(<a href="https://shop.ir/off" data-chapar-track="off">c</a>)",
                                   rules, write_numbered);
    const auto text = rewrite_text("b (https://shop.ir/2?x&y) c (https://shop.ir/off) d (https://shop.ir/new)", rules,
                                   write_numbered, html.links);
    EXPECT_EQ(text.text, "b (https://m.shop.ir/c/1) c (https://shop.ir/off) d (https://m.shop.ir/c/2)");
}

}  // namespace
}  // namespace chapar::engage
