#include <gmock/gmock.h>

#include <random>

#include "engage/link_hosts.hpp"
#include "mail.hpp"
#include "render/bundle.hpp"

namespace chapar::engage {
namespace {

std::string rewritten(const std::string& html, const Shop& shop = {}) {
    const auto rules = shop.rules();
    const auto done = rewrite_html(html, rules, write_numbered);
    EXPECT_EQ(restored(html, done), html);
    return done.text;
}
void expect_untouched(const std::string& html, const Shop& shop = {}) { EXPECT_EQ(rewritten(html, shop), html); }

TEST(HtmlLinks, only_the_address_changes_whatever_its_quotes) {
    EXPECT_EQ(rewritten(R"(<a href="https://shop.ir/a">x</a>)"), R"(<a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten("<a href='https://shop.ir/a'>x</a>"), "<a href='https://m.shop.ir/c/0'>x</a>");
    EXPECT_EQ(rewritten("<a href=https://shop.ir/a>x</a>"), "<a href=https://m.shop.ir/c/0>x</a>");
    EXPECT_EQ(rewritten("<a href=https://shop.ir/a class=b>x</a>"), "<a href=https://m.shop.ir/c/0 class=b>x</a>");
    EXPECT_EQ(rewritten("<A  CLASS = 'b'\n HREF = \"https://shop.ir/a\" TARGET=_blank >x</A>"),
              "<A  CLASS = 'b'\n HREF = \"https://m.shop.ir/c/0\" TARGET=_blank >x</A>");
    EXPECT_EQ(rewritten(R"(<a style="color:#fff" href="  https://shop.ir/a
" title="a > b">x</a>)"),
              R"(<a style="color:#fff" href="https://m.shop.ir/c/0" title="a > b">x</a>)");
    EXPECT_EQ(rewritten(R"(<area shape="rect" href="https://shop.ir/a" alt="">)"),
              R"(<area shape="rect" href="https://m.shop.ir/c/0" alt="">)");
    EXPECT_EQ(rewritten(R"(<a/href="https://shop.ir/a"/>x</a>)"), R"(<a/href="https://m.shop.ir/c/0"/>x</a>)");
}

TEST(HtmlLinks, the_destination_is_what_a_browser_would_open) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto destination = [&](const std::string& value) {
        return only_link("<a href=\"" + value + "\">x</a>", rules).destination;
    };
    EXPECT_EQ(destination("https://shop.ir/?a=1&amp;b=2"), "https://shop.ir/?a=1&b=2");
    EXPECT_EQ(destination("https://shop.ir/?a=1&#38;b=2"), "https://shop.ir/?a=1&b=2");
    EXPECT_EQ(destination("https://shop.ir/?a=1&#x26;b=2"), "https://shop.ir/?a=1&b=2");
    EXPECT_EQ(destination("https:&#47;&#x2f;shop.ir&#47;a"), "https://shop.ir/a");
    EXPECT_EQ(destination("https://shop.ir/?a=1&b=2"), "https://shop.ir/?a=1&b=2");
    // Names that go without a semicolon in text, and not before "=" or a letter of an attribute.
    EXPECT_EQ(destination("https://shop.ir/?a=1&copy=2&reg=3&amp=4&lt=5"),
              "https://shop.ir/?a=1&copy=2&reg=3&amp=4&lt=5");
    EXPECT_EQ(destination("https://shop.ir/?a=1&copycat&notify&section"),
              "https://shop.ir/?a=1&copycat&notify&section");
    EXPECT_EQ(destination("https://shop.ir/?a&copy"), "https://shop.ir/?a%C2%A9");
    EXPECT_EQ(destination("https://shop.ir/?a&copycat;b"), "https://shop.ir/?a&copycat;b");
    EXPECT_EQ(destination("https://shop.ir/?a&semi;b"), "https://shop.ir/?a;b");
    EXPECT_EQ(destination("https://shop.ir/تخفیف ویژه"),
              "https://shop.ir/%D8%AA%D8%AE%D9%81%DB%8C%D9%81%20%D9%88%DB%8C%DA%98%D9%87");
    EXPECT_EQ(destination("https://shop.ir/a#part"), "https://shop.ir/a#part");
}

TEST(HtmlLinks, what_is_not_to_be_rewritten_stays_to_the_byte) {
    for (
        const char* html :
        {R"(<a href="mailto:info@shop.ir">x</a>)",
         R"(<a href="tel:+982188">x</a>)",
         R"(<a href="sms:3000">x</a>)",
         R"(<a href="#top">x</a>)",
         R"(<a href="">x</a>)",
         R"(<a href>x</a>)",
         R"(<a name="x">x</a>)",
         R"(<a href="/relative">x</a>)",
         R"(<a href="//shop.ir/">x</a>)",
         R"h(<a href="javascript:x()">x</a>)h",
         R"(<a href="https://shop.ir/" data-chapar-track="off">x</a>)",
         R"(<a data-chapar-track=OFF href="https://shop.ir/">x</a>)",
         R"(<a DATA-CHAPAR-TRACK=" off " href="https://shop.ir/">x</a>)",
         R"(<a href="https://user@shop.ir/">x</a>)",
         R"(<a href="https://shop.ir@evil.example/">x</a>)",
         R"(<a href="https://evil.example/">x</a>)",
         R"(<a href="https://shop.ir.evil.example/">x</a>)",
         R"(<a href="https://m.shop.ir/u/abc">x</a>)",
         R"(<a href="https://m.shop.ir/p/abc">x</a>)",
         R"(<a href="https://m.shop.ir/c/abc">x</a>)",
         R"(<!-- <a href="https://shop.ir/">x</a> -->)",
         R"(<!--[if mso]><v:roundrect href="https://shop.ir/"><a href="https://shop.ir/">x</a></v:roundrect><![endif]-->)",
         R"(<v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" href="https://shop.ir/"></v:roundrect>)",
         R"(<script>var a = '<a href="https://shop.ir/">x</a>';</script>)",
         R"(<style>a[href="https://shop.ir/"] { color: red } <a href="https://shop.ir/"></style>)",
         R"(<title><a href="https://shop.ir/">x</a></title>)",
         R"(<textarea><a href="https://shop.ir/">x</a></textarea>)",
         R"(<base href="https://shop.ir/">)",
         R"(<link rel="canonical" href="https://shop.ir/">)",
         R"(<img src="https://shop.ir/a.png">)",
         R"(<form action="https://shop.ir/"></form>)",
         R"(<svg><a href="https://shop.ir/"><text>x</text></a></svg>)",
         R"(<abbr href="https://shop.ir/">x</abbr>)",
         R"(<a data-href="https://shop.ir/">x</a>)",
         R"(<a title="href=https://shop.ir/">x</a>)",
         R"(<a href="https://shop.ir/)",
         R"(<a href='https://shop.ir/">x</a>)",
         R"(x < y <a)",
         R"(</a href="https://shop.ir/">)",
         R"(<!doctype html><p>https://shop.ir/</p>)",
         R"(<?php <a href="https://shop.ir/"?>)",
         ""})
        expect_untouched(html);
}

TEST(HtmlLinks, what_stands_beside_a_comment_a_script_or_a_drawing_is_a_link) {
    EXPECT_EQ(rewritten(R"(<!--[if !mso]><!--><a href="https://shop.ir/">x</a><!--<![endif]-->)"),
              R"(<!--[if !mso]><!--><a href="https://m.shop.ir/c/0">x</a><!--<![endif]-->)");
    EXPECT_EQ(rewritten(R"(<script><!-- <scripts></script><a href="https://shop.ir/">x</a>)"),
              R"(<script><!-- <scripts></script><a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten(R"(<script><!--><script></script><a href="https://shop.ir/">x</a>)"),
              R"(<script><!--><script></script><a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten(R"(<![if !mso]><a href="https://shop.ir/">x</a><![endif]>)"),
              R"(<![if !mso]><a href="https://m.shop.ir/c/0">x</a><![endif]>)");
    EXPECT_EQ(rewritten(R"(<!--><a href="https://shop.ir/">x</a>)"), R"(<!--><a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten(R"(<svg><a href="https://shop.ir/"/></svg><svg/><a href="https://shop.ir/">x</a>)"),
              R"(<svg><a href="https://shop.ir/"/></svg><svg/><a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten(R"(<base href="https://shop.ir/"><a href="a"></a><a href="https://shop.ir/">x</a>)"),
              R"(<base href="https://shop.ir/"><a href="a"></a><a href="https://m.shop.ir/c/0">x</a>)");
    EXPECT_EQ(rewritten(R"(<a href="https://shop.ir/" href="https://evil.example/">x</a>)"),
              R"(<a href="https://m.shop.ir/c/0" href="https://evil.example/">x</a>)");
    EXPECT_EQ(rewritten(R"(<a href="https://shop.ir/" data-chapar-track="on">x</a>)"),
              R"(<a href="https://m.shop.ir/c/0" data-chapar-track="on">x</a>)");
}

TEST(HtmlLinks, a_host_that_data_brought_is_left_and_told) {
    Shop shop;
    shop.literal_hosts = literal_hosts(R"(<a href="https://shop.ir/{{ path }}">x</a><a href="{{ url }}">y</a>)");
    const auto rules = shop.rules();
    EXPECT_EQ(only_link(R"(<a href="https://shop.ir/offers">x</a>)", rules).fate, LinkFate::rewritten);
    EXPECT_EQ(only_link(R"(<a href="https://evil.example/">x</a>)", rules).fate, LinkFate::foreign_host);
    EXPECT_EQ(only_link(R"(<a href="https://partner.example/">x</a>)", rules).fate, LinkFate::rewritten);
    EXPECT_EQ(only_link(R"(<a href="https://img.cdn.example/">x</a>)", rules).fate, LinkFate::rewritten);
    EXPECT_EQ(only_link(R"(<a href="https://cdn.example/">x</a>)", rules).fate, LinkFate::foreign_host);
    EXPECT_EQ(only_link(R"(<a href="https://shop.ir.evil.example/">x</a>)", rules).fate, LinkFate::foreign_host);
}

TEST(HtmlLinks, each_place_has_its_number_and_tells_its_destination) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto done =
        rewrite_html(R"(<a href="https://shop.ir/1">a</a><a href="mailto:x@shop.ir">b</a>)"
                     R"(<a href="https://shop.ir/2" data-chapar-name="main">c</a><a href="https://shop.ir/1">d</a>)",
                     rules, write_numbered);
    ASSERT_EQ(done.links.size(), 4U);
    EXPECT_EQ(done.links[0].index, 0);
    EXPECT_EQ(done.links[1].fate, LinkFate::not_web);
    EXPECT_EQ(done.links[2].index, 1);
    EXPECT_EQ(done.links[2].name, "main");
    EXPECT_EQ(done.links[2].destination, "https://shop.ir/2");
    EXPECT_EQ(done.links[3].index, 2);
}

TEST(HtmlLinks, a_destination_of_1500_bytes_with_its_parameters_is_the_longest) {
    Shop shop;
    const std::string start = "https://shop.ir/";
    const auto link = [&](std::size_t size, const LinkRules& rules) {
        return only_link("<a href=\"" + start + std::string(size - start.size(), 'a') + "\">x</a>", rules);
    };
    const auto plain = shop.rules();
    EXPECT_EQ(link(1500, plain).fate, LinkFate::rewritten);
    EXPECT_EQ(link(1501, plain).fate, LinkFate::too_long);
    shop.utm.medium = "email";
    const std::vector<std::string> hosts{"shop.ir"};
    shop.utm.hosts = hosts;
    const auto with_utm = shop.rules_with_utm();
    const std::size_t added = std::string_view("?utm_source=chapar&utm_medium=email").size();
    EXPECT_EQ(link(1500 - added, with_utm).fate, LinkFate::rewritten);
    EXPECT_EQ(link(1500 - added + 1, with_utm).fate, LinkFate::too_long);
}

TEST(HtmlLinks, parameters_are_added_for_the_hosts_that_want_them) {
    Shop shop;
    const std::vector<std::string> hosts{"shop.ir"};
    shop.utm.hosts = hosts;
    shop.utm.medium = "email";
    const auto rules = shop.rules_with_utm();
    EXPECT_EQ(only_link(R"(<a href="https://shop.ir/?a=1&amp;b=2#c" data-chapar-name="top">x</a>)", rules).destination,
              "https://shop.ir/?a=1&b=2&utm_source=chapar&utm_medium=email&utm_content=top#c");
    EXPECT_EQ(only_link(R"(<a href="https://partner.example/">x</a>)", rules).destination, "https://partner.example/");
    // Of what is left alone nothing changes.
    expect_untouched(R"(<a href="https://evil.example/">x</a>)", shop);
}

TEST(HtmlLinks, the_application_s_own_way_out_is_left_alone) {
    Shop shop;
    shop.as_written = {"https://SHOP.ir/unsubscribe?u=1&t=2"};
    expect_untouched(R"(<a href="https://shop.ir/unsubscribe?u=1&amp;t=2">لغو</a>)", shop);
    EXPECT_EQ(rewritten(R"(<a href="https://shop.ir/unsubscribe?u=2">x</a>)", shop),
              R"(<a href="https://m.shop.ir/c/0">x</a>)");
}

// ---- any page at all
// --------------------------------------------------------------------------------------------------

TEST(HtmlLinks, any_page_without_a_link_to_rewrite_comes_out_as_it_was) {
    std::mt19937 random(20300101);  // NOLINT(cert-msc51-cpp)
    Shop nobody;
    nobody.literal_hosts.clear();
    nobody.link_hosts.clear();
    const auto rules = nobody.rules();
    for (int i = 0; i < 20'000; ++i) {
        const auto page = random_page(random);
        ASSERT_EQ(rewrite_html(page, rules, write_numbered).text, page);
        ASSERT_EQ(rewrite_text(page, rules, write_numbered).text, page);
    }
}

TEST(HtmlLinks, any_page_is_what_it_was_when_its_addresses_are_put_back) {
    std::mt19937 random(20300102);  // NOLINT(cert-msc51-cpp)
    const Shop shop;
    const auto rules = shop.rules();
    std::size_t rewrites = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto page = random_page(random);
        const auto html = rewrite_html(page, rules, write_numbered);
        ASSERT_EQ(restored(page, html), page);
        const auto text = rewrite_text(page, rules, write_numbered, html.links);
        ASSERT_EQ(restored(page, text), page);
        rewrites += static_cast<std::size_t>(std::ranges::count(html.links, LinkFate::rewritten, &Link::fate));
        // A second time there is nothing left to do.
        const auto again = rewrite_html(html.text, rules, write_numbered);
        ASSERT_EQ(again.text, html.text);
    }
    EXPECT_GT(rewrites, 1000U);
}

// ---- the pixel
// --------------------------------------------------------------------------------------------------------

TEST(HtmlLinks, a_megabyte_of_any_oddity_takes_no_more_than_a_megabyte) {
    const Shop shop;
    const auto rules = shop.rules();
    for (const std::string piece : {")",
                                    "]",
                                    "(",
                                    "'",
                                    "\u200c",
                                    "http://",
                                    "https://shop.ir/)",
                                    "://",
                                    "https://.",
                                    "&a",
                                    "&",
                                    "&copy",
                                    "<a href=",
                                    "<a ",
                                    "<!--",
                                    "<!-- --!>",
                                    "</",
                                    "<svg>",
                                    "<title>",
                                    "<a href='",
                                    "=",
                                    "{{",
                                    "{%",
                                    "https://shop.ir/(",
                                    "&#x",
                                    "a",
                                    "<",
                                    "</body>",
                                    "<a href=https://shop.ir/>"}) {
        std::string all = "https://shop.ir/x";
        while (all.size() < 1'000'000)
            all += piece;
        // With a step for each pair of bytes this would not end today.
        EXPECT_GE(rewrite_html(all, rules, write_numbered, Pixel{Pixel::Place::end, "P"}).text.size(), 1000U);
        EXPECT_GE(rewrite_text(all, rules, write_numbered).text.size(), 20U);
        (void)literal_hosts(all);
    }
}

std::string with_pixel(const std::string& html, Pixel::Place place) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto done = rewrite_html(html, rules, write_numbered, Pixel{place, "https://m.shop.ir/o/S.gif"});
    const auto at = done.text.find("<img src=\"https://m.shop.ir/o/S.gif\"");
    EXPECT_NE(at, std::string::npos) << html;
    const auto end = done.text.find('>', at) + 1;
    EXPECT_EQ(done.text.substr(0, at) + done.text.substr(end), html) << "only the picture is new";
    return done.text.substr(0, at) + "@" + done.text.substr(end);
}

TEST(Pixel, at_the_top_is_the_first_thing_in_the_body) {
    const auto top = [](const std::string& html) { return with_pixel(html, Pixel::Place::top); };
    EXPECT_EQ(top("<!doctype html><html><head><title>x</title></head><body class='a'><p>y</p></body></html>"),
              "<!doctype html><html><head><title>x</title></head><body class='a'>@<p>y</p></body></html>");
    EXPECT_EQ(top("<p>y</p>"), "@<p>y</p>");
    EXPECT_EQ(top("y"), "@y");
    EXPECT_EQ(top(""), "@");
    EXPECT_EQ(top("<!doctype html>\n<p>y"), "<!doctype html>\n@<p>y");
    EXPECT_EQ(top("<!-- <body> --><p>y"), "<!-- <body> -->@<p>y");
    EXPECT_EQ(top("<html><head><style>p{}</style><meta charset=utf-8></head>\n<table>"),
              "<html><head><style>p{}</style><meta charset=utf-8></head>\n@<table>");
    EXPECT_EQ(top("<title>a <body> b</title>c"), "<title>a <body> b</title>@c");
    EXPECT_EQ(top("<!doctype html><html><head></head></html>"), "<!doctype html><html><head></head></html>@");
    EXPECT_EQ(top("<!--[if mso]><body><![endif]--><!--[if !mso]><!--><body><!--<![endif]-->x"),
              "<!--[if mso]><body><![endif]--><!--[if !mso]><!--><body>@<!--<![endif]-->x");
}

TEST(Pixel, at_the_end_is_the_last_thing_that_is_shown) {
    const auto end = [](const std::string& html) { return with_pixel(html, Pixel::Place::end); };
    EXPECT_EQ(end("<body><p>y</p></body></html>"), "<body><p>y</p>@</body></html>");
    EXPECT_EQ(end("<p>y</p>"), "<p>y</p>@");
    EXPECT_EQ(end("y"), "y@");
    EXPECT_EQ(end(""), "@");
    EXPECT_EQ(end("<p>y</p></html>\n"), "<p>y</p>@</html>\n");
    EXPECT_EQ(end("<p>y</p></BODY >\n</html>"), "<p>y</p>@</BODY >\n</html>");
    EXPECT_EQ(end("y</body><!-- </body> --></html>"), "y@</body><!-- </body> --></html>");
    EXPECT_EQ(end("y<script>'</body>'</script>"), "y<script>'</body>'</script>@");
    EXPECT_EQ(end("y<!-- never closed </body>"), "y@<!-- never closed </body>");
    EXPECT_EQ(end("y<style>never closed </body>"), "y@<style>never closed </body>");
    EXPECT_EQ(end("y<style>"), "y@<style>");
    EXPECT_EQ(end("y<a href=\"never closed"), "y@<a href=\"never closed");
    EXPECT_EQ(end("y</bod"), "y@</bod");
    EXPECT_EQ(end("<body>a</body>b</body>"), "<body>a</body>b@</body>");
}

TEST(Pixel, goes_with_links_before_and_behind_it) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto done = rewrite_html(R"(<a href="https://shop.ir/">x</a></body><a href="https://shop.ir/">y</a>)", rules,
                                   write_numbered, Pixel{Pixel::Place::end, "P"});
    EXPECT_THAT(done.text, testing::StartsWith(R"(<a href="https://m.shop.ir/c/0">x</a><img src="P")"));
    EXPECT_THAT(done.text, testing::EndsWith(R"(></body><a href="https://m.shop.ir/c/1">y</a>)"));
}

// ---- which hosts a template names
// --------------------------------------------------------------------------------------

TEST(LiteralHosts, are_those_of_the_text_and_of_literals) {
    using testing::ElementsAre;
    EXPECT_THAT(literal_hosts(R"(<a href="https://Shop.IR/a">x</a> http://b.example:8080 https://b.example)"),
                ElementsAre("b.example", "shop.ir"));
    EXPECT_THAT(literal_hosts(R"({% assign base = "https://shop.ir" %}<a href="{{ base }}/a">)"),
                ElementsAre("shop.ir"));
    EXPECT_THAT(literal_hosts(R"({{ url | default: 'https://shop.ir/' }})"), ElementsAre("shop.ir"));
    EXPECT_THAT(literal_hosts("https://shop.ir{{ path }} https://shop.ir?{{ q }}"), ElementsAre("shop.ir"));
    EXPECT_THAT(literal_hosts("[خرید](https://فروشگاه.ایران/الف)"), ElementsAre("xn--mgbtj4c7ad63e.xn--mgba3a4f16a"));
}

TEST(LiteralHosts, are_not_what_comments_users_and_outputs_bring) {
    using testing::IsEmpty;
    EXPECT_THAT(literal_hosts("{% comment %}https://old.example/{% endcomment %}"), IsEmpty());
    EXPECT_THAT(literal_hosts("https://{{ host }}/a"), IsEmpty());
    EXPECT_THAT(literal_hosts("{{ url }} xhttps://a.example ftp://b.example ://c.example"), IsEmpty());
    EXPECT_THAT(literal_hosts("https://user@shop.ir/"), IsEmpty());
    EXPECT_THAT(literal_hosts(""), IsEmpty());
}

TEST(LiteralHosts, of_a_template_are_those_of_all_its_files_and_not_of_its_sample) {
    const auto bundle = render::write_bundle(
        {.name = "welcome",
         .files = {
             {"email.liquid",
              "+++\nsubject = \"x\"\ntext = \"https://text.example/{{ id }}\"\n[sample]\n"
              "url = \"https://sample.example/\"\n+++\n<a href=\"https://shop.ir/\">x</a>"},
             {"_layouts/base.liquid", "<a href=\"https://layout.example/\">y</a>{{ content }}"},
             {"_partials/foot.liquid", "{% comment %}https://old.example/{% endcomment %}https://foot.example/"}}});
    EXPECT_THAT(bundle_hosts(bundle),
                testing::ElementsAre("foot.example", "layout.example", "shop.ir", "text.example"));
    EXPECT_THAT(bundle_hosts("not a bundle"), testing::IsEmpty());
}

TEST(LiteralHosts, a_host_that_data_goes_on_with_is_another_host) {
    Shop shop;
    shop.link_hosts.clear();
    shop.literal_hosts = literal_hosts(R"(<a href="https://shop.ir{{ path }}">)");
    const auto rules = shop.rules();
    EXPECT_EQ(only_link(R"(<a href="https://shop.ir/x">)", rules).fate, LinkFate::rewritten);
    for (const char* path : {".evil.example/", "@evil.example/", "x.example", "-evil.example", ":x@evil.example"})
        EXPECT_NE(only_link(std::string("<a href=\"https://shop.ir") + path + "\">", rules).fate, LinkFate::rewritten)
            << path;
}

}  // namespace
}  // namespace chapar::engage
