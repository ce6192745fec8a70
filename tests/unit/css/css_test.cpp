#include "render/css/inline.hpp"
#include "render/css/scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace chapar::css {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// The body of the page that `style` and `body` make, after the styles were written into it. "{{x}}" and "{%x%}" stand
/// for template language.
std::string inlined(const std::string& sheet, const std::string& body) {
    Page page{"<style>" + sheet + "</style><body>" + body, {}};
    const std::string source = page.html;
    for (std::size_t at = source.find('{'); at != std::string::npos; at = source.find('{', at + 1)) {
        const bool is_tag = source.compare(at, 2, "{%") == 0;
        if (!is_tag && source.compare(at, 2, "{{") != 0) continue;
        const std::size_t end = source.find(is_tag ? "%}" : "}}", at) + 2;
        page.html.replace(at, end - at, end - at, is_tag ? ' ' : '_');
        page.dynamic.push_back({at, end, is_tag});
        at = end - 1;
    }
    const Styled styled = style(page);
    EXPECT_EQ(styled.trouble, "");
    std::string made = source;
    std::vector<Edit> edits;
    for (const Styling& styling : styled.elements)
        for (Edit& edit : edits_for(styling, source))
            edits.push_back(std::move(edit));
    for (auto edit = edits.rbegin(); edit != edits.rend(); ++edit)
        made.replace(edit->offset, edit->removed, edit->text);
    return made.substr(made.find("</style><body") + 8);
}

TEST(CssInline, a_rule_becomes_the_attribute_of_its_elements) {
    EXPECT_EQ(inlined("p{color:red}", "<p>a</p><P>b"), "<body><p style=\"color:red\">a</p><P style=\"color:red\">b");
    EXPECT_EQ(inlined("body{margin:0}", "x"), "<body style=\"margin:0\">x");
}

TEST(CssInline, specificity_then_order_decide) {
    const std::string sheet = "#i{color:id} .c{color:class} p{color:tag} p{margin:0} .c{padding:1px}";
    EXPECT_EQ(inlined(sheet, "<p id=i class='b c'>"),
              "<body><p style=\"margin:0;padding:1px;color:id\" id=i class='b c'>");
    EXPECT_EQ(inlined("p{color:a}p{color:b}", "<p>"), "<body><p style=\"color:b\">");
}

TEST(CssInline, combinators_and_attributes) {
    const std::string sheet = "div p{a:1} div>p{b:1} td[align=left]{c:1} a[href^=\"http://\"]{d:1} table > tr{e:1}";
    EXPECT_EQ(inlined(sheet, "<div><b><p></p></b><p></p></div>"),
              "<body><div><b><p style=\"a:1\"></p></b><p style=\"a:1;b:1\"></p></div>");
    EXPECT_EQ(inlined(sheet, "<a href='HTTP://x'><a href='http://x'>"),
              "<body><a href='HTTP://x'><a style=\"d:1\" href='http://x'>");
    EXPECT_EQ(inlined(sheet, "<table><tr><td align=LEFT></table>"),
              "<body><table><tr><td style=\"c:1\" align=LEFT></table>");  // tbody is between
}

TEST(CssInline, what_an_element_says_itself_wins) {
    EXPECT_EQ(inlined("p{color:red;margin:0}", "<p style=\"color: blue\">"),
              "<body><p style=\"margin:0;color: blue\">");
    EXPECT_EQ(inlined("p{color:red !important}", "<p style='color:blue;'>"), "<body><p style='color:blue;color:red'>");
    EXPECT_EQ(inlined("p{color:red !important}", "<p style='color:blue !important'>"),
              "<body><p style='color:blue !important'>");
    EXPECT_EQ(inlined("p{color:red;a:\"q\"}", "<p style=color:blue>"), "<body><p style=\"a:'q';color:blue\">");
}

TEST(CssInline, importance_beats_specificity) {
    EXPECT_EQ(inlined("p{color:a!important} #i{color:b}", "<p id=i>"), "<body><p style=\"color:a\" id=i>");
}

TEST(CssInline, what_a_client_decides_stays_in_the_sheet) {
    EXPECT_EQ(inlined("@media (max-width:1px){p{a:1}} a:hover{b:1} p::before{c:1} @font-face{d:1} @import 'x';"
                      "/* p{e:1} */ p{f:1}",
                      "<p><a>"),
              "<body><p style=\"f:1\"><a>");
}

TEST(CssInline, a_rule_that_may_hold_keeps_its_properties_for_the_sheet) {
    // :first-child is not read, so it decides in the sheet, as before.
    EXPECT_EQ(inlined("li{color:a;margin:0} li:first-child{color:b}", "<li>"), "<body><li style=\"margin:0\">");
    EXPECT_EQ(inlined("li{margin:0} h1+li{margin-left:9px}", "<li>"), "<body><li>");
    EXPECT_EQ(inlined("li:first-child{color:b} #i{color:c}", "<li id=i>"), "<body><li style=\"color:c\" id=i>");
}

TEST(CssInline, template_language_is_left_alone) {
    EXPECT_EQ(inlined("p{color:a;margin:0} .x{color:b}", "<p class=\"{{c}}\">"),
              "<body><p style=\"margin:0\" class=\"{{c}}\">");
    EXPECT_EQ(inlined("p{color:a}", "<p {%if b%}style=\"c:d\"{%endif%}>"), "<body><p {%if b%}style=\"c:d\"{%endif%}>");
    EXPECT_EQ(inlined("p{color:a}", "<p style=\"{{s}}\">"), "<body><p style=\"color:a;{{s}}\">");
    EXPECT_EQ(inlined("p{color:{{c}};margin:0}", "<p>"), "<body><p style=\"margin:0\">");
    EXPECT_EQ(inlined("{%if a%}p{color:a}{%endif%}", "<p>"), "<body><p>");
    EXPECT_EQ(inlined(".{{x}} p{color:a} p{color:b}", "<p>"), "<body><p>");
    EXPECT_EQ(inlined("td{a:b}", "<table>{%for%}<tr><td>{{x}}</td></tr>{%endfor%}</table>"),
              "<body><table>{%for%}<tr><td style=\"a:b\">{{x}}</td></tr>{%endfor%}</table>");
    EXPECT_EQ(inlined("p{a:b}", "<p title=\"{{ 'a' }}\" id=x>"), "<body><p style=\"a:b\" title=\"{{ 'a' }}\" id=x>");
}

TEST(CssInline, an_ancestor_that_may_fit_makes_the_rule_unsure) {
    EXPECT_EQ(inlined(".x p{color:a} p{color:b;margin:0}", "<div class=\"{{c}}\"><p></div><p>"),
              "<body><div class=\"{{c}}\"><p style=\"margin:0\"></div><p style=\"color:b;margin:0\">");
}

TEST(CssInline, sheets_for_some_media_or_kept_by_their_author) {
    EXPECT_EQ(inlined("</style><style media=print>p{a:1}</style><style data-embed>p{b:1}</style><style>p{c:1}", "<p>"),
              "<body><p style=\"c:1\">");
}

TEST(CssInline, values_are_written_for_an_attribute) {
    EXPECT_EQ(inlined("p{font-family:\"A B\",'C'}", "<p>"), "<body><p style=\"font-family:&quot;A B&quot;,'C'\">");
    EXPECT_EQ(inlined("p{background:url(\"a?b&c;d\")}", "<p>"), "<body><p style=\"background:url('a?b&amp;c;d')\">");
}

TEST(CssInline, agreement_drops_what_one_alone_could_change) {
    const auto of = [](std::string_view text) { return parse_declarations(text); };
    const auto names = [](const std::vector<Declaration>& all) {
        std::vector<std::string> properties;
        for (const Declaration& one : all)
            properties.push_back(one.property);
        return properties;
    };
    EXPECT_THAT(names(agreed(of("color:a;margin:0"), of("color:a;margin:0"))), ElementsAre("color", "margin"));
    EXPECT_THAT(names(agreed(of("color:a;margin:0"), of("color:a;margin:0;margin-left:1px"))), ElementsAre("color"));
    EXPECT_THAT(names(agreed(of("color:a"), of("color:b"))), IsEmpty());
}

TEST(CssSelectors, what_is_none_is_left_out) {
    EXPECT_THAT(parse_selectors("p, a:hover, .x , ::before, ., [, #"), SizeIs(2));
    EXPECT_THAT(parse_selectors("a:not(.b, .c) d"), SizeIs(1));
    EXPECT_EQ(parse_selectors("#a .b c[d]")[0].specificity, (1u << 20) + (2u << 10) + 1);
    EXPECT_EQ(parse_selectors(".\\31 0\\%")[0].compounds[0].classes[0], "10%");
}

TEST(CssStylesheet, what_is_broken_is_skipped) {
    EXPECT_THAT(parse_stylesheet("} p{} q{a} r{b:1;;:2;c:} s{d:1"), SizeIs(2));
    EXPECT_THAT(parse_stylesheet("p{a:url(x;y);b:'}'}q{c:1}"), SizeIs(2));
    EXPECT_THAT(parse_stylesheet("@media x{p{a:1}}q{c:1}"), SizeIs(1));
    EXPECT_THAT(parse_stylesheet("@media x{p{a:1}"), IsEmpty());
    EXPECT_THAT(parse_stylesheet(std::string(100'000, '{')), IsEmpty());
    EXPECT_THAT(parse_stylesheet(std::string(100'000, '(')), IsEmpty());
}

TEST(CssTree, a_page_meant_to_hurt_is_refused_at_once) {
    std::string deep, formats, attributes = "<p";
    for (int i = 0; i < 20'000; ++i) {
        deep += "<div>";
        formats += "<b id=" + std::to_string(i) + "><p>";
        attributes += " a" + std::to_string(i);
    }
    EXPECT_FALSE(read_tree(deep));
    EXPECT_FALSE(read_tree(formats));
    EXPECT_FALSE(read_tree(attributes + ">"));
    EXPECT_TRUE(read_tree("<table><tr><td>x"));
}

}  // namespace
}  // namespace chapar::css
