#include "render/html_text.hpp"

#include "render/catalogue.hpp"

#include <gtest/gtest.h>
#include <gumbo.h>

#include <string>
#include <string_view>

namespace chapar::render {
namespace {

TEST(HtmlToText, paragraphs_and_headings_stand_apart) {
    EXPECT_EQ(html_to_text("<h1>Hello</h1><p>One\n  line.</p><p>Another.</p>"), "Hello\n\nOne line.\n\nAnother.\n");
}

TEST(HtmlToText, a_link_says_where_it_goes) {
    EXPECT_EQ(html_to_text("See <a href=\"https://shop.example/cart?a=1&amp;b=2\">your cart</a>."),
              "See your cart (https://shop.example/cart?a=1&b=2).\n");
}

TEST(HtmlToText, a_parameter_of_a_link_that_is_named_like_a_character_stays) {
    EXPECT_EQ(html_to_text("<a href=\"https://shop.example/?a=1&copy=2&reg=3&lt=4&amp=5\">x</a>"),
              "x (https://shop.example/?a=1&copy=2&reg=3&lt=4&amp=5)\n");
    EXPECT_EQ(html_to_text("<a href=\"https://shop.example/?a&copycat&notit\">x</a>"),
              "x (https://shop.example/?a&copycat&notit)\n");
    EXPECT_EQ(html_to_text("<a href=\"https://shop.example/?a&amp;b&#38;c&#x26;d&eacute;\">x</a>"),
              "x (https://shop.example/?a&b&c&d\u00e9)\n");
    EXPECT_EQ(html_to_text("&copy=2 &copycat"), "\u00a9=2 \u00a9cat\n") << "in text they are characters";
}

TEST(HtmlToText, a_link_that_shows_its_address_does_not_repeat_it) {
    EXPECT_EQ(html_to_text("<a href=\"https://shop.example/\">shop.example</a>"), "shop.example\n");
    EXPECT_EQ(html_to_text("<a href=\"mailto:help@shop.example\">help@shop.example</a>"), "help@shop.example\n");
    EXPECT_EQ(html_to_text("<ul><li><a href=\"https://a.example\">https://a.example</a></ul>"),
              "- https://a.example\n");
}

TEST(HtmlToText, a_link_without_words_gives_its_address) {
    EXPECT_EQ(html_to_text("<a href=\"https://a.example\"><img src=\"x.png\"></a>"), "https://a.example\n");
    EXPECT_EQ(html_to_text("<a href=\"https://a.example\"><img src=\"x.png\" alt=\"Logo\"></a>"),
              "Logo (https://a.example)\n");
}

TEST(HtmlToText, links_to_nowhere_are_only_words) {
    EXPECT_EQ(html_to_text("<a href=\"#top\">up</a> <a href=\"javascript:alert(1)\">run</a> <a>plain</a>"),
              "up run plain\n");
}

TEST(HtmlToText, the_address_stays_with_the_words_of_a_button) {
    EXPECT_EQ(
        html_to_text("<table><tr><td><a href=\"https://a.example/x\"><div>Buy</div></a></td></tr></table><p>Next</p>"),
        "Buy (https://a.example/x)\n\nNext\n");
}

TEST(HtmlToText, lists_have_marks_and_levels) {
    EXPECT_EQ(html_to_text("<p>Why:</p><ul><li>one<li>two<ol><li>a</li><li>b</li></ol></li></ul><p>End</p>"),
              "Why:\n\n- one\n- two\n  1. a\n  2. b\n\nEnd\n");
}

TEST(HtmlToText, tables_read_row_by_row) {
    EXPECT_EQ(html_to_text("<table><tr><th>Item</th><th>Price</th></tr>\n<tr><td>Shoes</td><td>$40</td></tr></table>"),
              "Item  Price\nShoes  $40\n");
}

TEST(HtmlToText, a_row_of_several_lines_stands_apart) {
    EXPECT_EQ(
        html_to_text(
            "<table><tr><td>1</td><td>Shoes<div>size 38</div></td></tr><tr><td>2</td><td>Socks</td></tr></table>x"),
        "1  Shoes\nsize 38\n\n2  Socks\nx\n");
}

TEST(HtmlToText, what_nobody_sees_is_left_out) {
    EXPECT_EQ(html_to_text("<!doctype html><html><head><title>T</title><style>p{}</style></head><body>"
                           "<div style=\"Display : NONE; max-height:0\">preheader <div>more</div></div>"
                           "<!--[if mso]><p>old</p><![endif]--><script>if (a < b) x('</p>')</script>"
                           "<p hidden>no</p><p>yes</p></body></html>"),
              "yes\n");
}

TEST(HtmlToText, characters_are_decoded_once) {
    EXPECT_EQ(html_to_text("&lt;b&gt; &amp;lt; &#1587;&#x644;&zwnj;&nbsp;&copy;&Zopf; &unknown; a & b"),
              "<b> &lt; \u0633\u0644\u200c \u00a9\u2124 &unknown; a & b\n");
    EXPECT_EQ(html_to_text("&#0;&#xD800;&#x110000;&#99999999999;"), "\uFFFD\uFFFD\uFFFD\uFFFD\n");
}

TEST(HtmlToText, zero_width_joiners_of_persian_stay) {
    EXPECT_EQ(html_to_text("<p>می\u200cخواهیم</p>"), "می\u200cخواهیم\n");
}

TEST(HtmlToText, line_breaks_and_preformatted_text_keep_their_lines) {
    EXPECT_EQ(html_to_text("a<br>b<br/><br>c<pre>x  y\n  z</pre>"), "a\nb\n\nc\n\nx  y\n  z\n");
}

TEST(HtmlToText, quotations_are_marked) {
    EXPECT_EQ(html_to_text("<blockquote><p>one</p><p>two</p></blockquote>three"), "> one\n>\n> two\n\nthree\n");
}

TEST(HtmlToText, broken_markup_is_read_as_browsers_read_it) {
    EXPECT_EQ(html_to_text("1 < 2 <3 <b>bold<i>both</b>x</ >y<"), "1 < 2 <3 boldbothxy<\n");
    EXPECT_EQ(html_to_text("<p title='a>b'>text</p"), "text\n");
    EXPECT_EQ(html_to_text("<style>never closed"), "");
    EXPECT_EQ(html_to_text("<!-- never closed"), "");
    EXPECT_EQ(html_to_text(""), "");
}

TEST(HtmlToText, deep_nesting_costs_nothing_special) {
    std::string html;
    for (int i = 0; i < 100'000; ++i)
        html += "<div><ul><li>";
    html += "x";
    EXPECT_NE(html_to_text(html).find('x'), std::string::npos);
}

/// The letters of every text node that a browser would show, by another parser.
void collect(const GumboNode* node, std::string& out) {
    if (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE) {
        out += node->v.text.text;
    } else if (node->type == GUMBO_NODE_ELEMENT) {
        const GumboTag tag = node->v.element.tag;
        if (tag == GUMBO_TAG_SCRIPT || tag == GUMBO_TAG_STYLE || tag == GUMBO_TAG_TITLE) return;
        for (unsigned i = 0; i < node->v.element.children.length; ++i)
            collect(static_cast<const GumboNode*>(node->v.element.children.data[i]), out);
    }
}

std::string letters(std::string_view text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' && c != '\n' && c != '\t' && c != '-' && c != '\xC2' && c != '\xA0') out.push_back(c);
    return out;
}

TEST(HtmlToText, shows_the_same_letters_as_a_full_parser) {
    const char* pages[] = {
        "<p>a<b>b<p>c</b>d</p>e<h2>f<h3>g</h2>h",
        "<div>1<span title=\"x>y\">2</span>&amp;3&eacute4 &ampfoo &notit;</div>",
        "<table><tr><td>1<td>2<tr><td>3</table>4",
        "&#128;&#150;&#x9f;x",
        "a<!-->b<!--x--!>c--><?php d ?>e</>f<a b='c\"d' e=f/>g</a>",
        "<br/>x<hr>y<IMG SRC=a>z<sCript>no</ScRIPT >w",
    };
    for (const char* page : pages) {
        GumboOutput* tree = gumbo_parse(page);
        std::string expected;
        collect(tree->root, expected);
        gumbo_destroy_output(&kGumboDefaultOptions, tree);
        EXPECT_EQ(letters(html_to_text(page)), letters(expected)) << page;
    }
}

TEST(HtmlText, lists_count_as_html_says) {
    EXPECT_EQ(html_to_text("<ol start=\"3\"><li>a<li>b</ol>"), "3. a\n4. b\n");
    EXPECT_EQ(html_to_text("<ol><li>a<li value=7>b<li>c</ol>"), "1. a\n7. b\n8. c\n");
    EXPECT_EQ(html_to_text("<ol start=-1><li>a<li>b</ol>"), "-1. a\n0. b\n");
    EXPECT_EQ(html_to_text("<ol start=' +5 '><li>a</ol>"), "5. a\n");
    EXPECT_EQ(html_to_text("<ol start=x><li>a<li value=''>b</ol>"), "1. a\n2. b\n");
    EXPECT_EQ(html_to_text("<ol start=3 reversed><li>a<li>b</ol>"), "3. a\n2. b\n");
    EXPECT_EQ(html_to_text("<ol start=99999999999999999999><li>a</ol>"), "1. a\n");
    EXPECT_EQ(html_to_text("<ul start=3><li value=9>a</ul>"), "- a\n");
}

TEST(HtmlText, persian_lists_have_persian_digits) {
    EXPECT_EQ(html_to_text("<html lang=\"fa\"><ol start=9><li>a<li>b</ol>"), "۹. a\n۱۰. b\n");
    EXPECT_EQ(html_to_text("<ol><li>a</ol>", "fa-IR"), "۱. a\n");
    EXPECT_EQ(html_to_text("<html lang=en><ol><li>a</ol>", "fa"), "1. a\n");
}

TEST(HtmlText, what_is_struck_through_is_told_as_what_was) {
    EXPECT_EQ(html_to_text("<html lang=fa><p><del>۲٬۵۰۰</del> ۱٬۸۵۰ تومان</p>"), "(قبلاً ۲٬۵۰۰) ۱٬۸۵۰ تومان\n");
    EXPECT_EQ(html_to_text("<html lang=en-GB><s>$20</s> $15"), "(was $20) $15\n");
    EXPECT_EQ(html_to_text("<strike>20</strike> 15"), "~~20~~ 15\n");
    EXPECT_EQ(
        html_to_text("<span style=\"color:red;text-decoration: line-through\">20 <span>EUR</span></span> 15", "en"),
        "(was 20 EUR) 15\n");
    EXPECT_EQ(html_to_text("<s><s>a</s>b</s>c", "en"), "(was ab)c\n");
    EXPECT_EQ(html_to_text("<s>never closed", "en"), "(was never closed)\n");
}

}  // namespace
}  // namespace chapar::render
