// Blocks of a mail in its layout, the way back to the author's line, MJML with its Liquid out of the way.
#include "render/catalogue.hpp"
#include "render/lint.hpp"
#include "render/liquid_spans.hpp"
#include "render/mjml_source.hpp"
#include "render/place_map.hpp"
#include "scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace chapar::render {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class AuthoringTest : public testing::Test {
  protected:
    void mail(std::string_view body, std::string_view front = "layout = \"l\"\n") const {
        folder_.write("t/email.liquid",
                      "+++\nsubject = \"s\"\nlang = \"en\"\n" + std::string(front) + "+++\n" + std::string(body));
    }
    void layout(std::string_view text) const { folder_.write("_layouts/l.liquid", text); }
    /// The html, or what went wrong.
    std::string html(std::string_view data = "{}") const {
        const auto catalogue = open_catalogue(folder_.path(), nullptr);
        const auto loaded = catalogue->find("t");
        if (!loaded) return catalogue->list().front().broken;
        Input input;
        input.data_json = data;
        const auto rendered = loaded->render("email", input);
        if (!rendered) return rendered.error().message();
        for (const auto& [name, text] : rendered->parts)
            if (name == "html") return text;
        return {};
    }
    std::vector<std::string> found() const {
        std::vector<std::string> lines;
        for (const Finding& f : lint(folder_.path()).findings)
            lines.push_back(f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.column) + ": " + f.rule);
        return lines;
    }
    ScratchFolder folder_;
};

TEST_F(AuthoringTest, a_block_stands_where_the_layout_wants_it) {
    layout("[{{ content_for.side }}|{{ content }}|{{ content_for.foot | default: 'none' }}]");
    mail("a{% content_for 'side' %}<b>{{ x }}</b>{% endcontent_for %}c");
    EXPECT_EQ(html("{\"x\":\"<i>\"}"), "[<b>&lt;i&gt;</b>|ac|none]");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:6:32: undefined-variable"));
}

TEST_F(AuthoringTest, pieces_of_a_block_follow_each_other_and_see_their_place) {
    layout("{{ content_for.x }}/{{ content_for_layout }}");
    mail("{% for i in (1..3) %}{% content_for 'x' %}{{ i }}{% endcontent_for %}-{% endfor %}");
    EXPECT_EQ(html(), "123/---");
}

TEST_F(AuthoringTest, a_block_may_be_filled_by_a_partial) {
    layout("{{ content_for.x }}/{{ content }}");
    folder_.write("_partials/p.liquid", "1{% content_for 'x' %}2{% endcontent_for %}3");
    mail("{% include 'p' %}");
    EXPECT_EQ(html(), "2/13");
}

TEST_F(AuthoringTest, a_block_that_is_no_block_is_told_at_its_place) {
    layout("{{ content }}");
    mail("x\n {% content_for 'a' %}");
    EXPECT_THAT(html(), HasSubstr("t/email.liquid:7:2: 'content_for' tag was never closed"));
    mail("{% endcontent_for %}");
    EXPECT_THAT(html(), HasSubstr("t/email.liquid:6:1: 'endcontent_for' without"));
    mail("{% content_for a %}{% endcontent_for %}");
    EXPECT_THAT(html(), HasSubstr("content_for 'name'"));
    mail("x{% for i in (1..2) %}{% content_for 'a' %}{% break %}{% endcontent_for %}{% endfor %}");
    EXPECT_THAT(html(), HasSubstr("'a' is left by break"));
    mail("x");
    layout("{{ content }}\n{% content_for 'a' %}{% endcontent_for %}");
    EXPECT_THAT(html(), StartsWith("_layouts/l.liquid:2:1: 'content_for' belongs into the body"));
}

TEST_F(AuthoringTest, a_subject_has_no_blocks) {
    layout("{{ content }}");
    folder_.write("t/email.liquid", "+++\nsubject = \"{% content_for 'a' %}x{% endcontent_for %}\"\n+++\nx");
    EXPECT_THAT(html(), HasSubstr("'content_for' belongs into the body"));
}

TEST_F(AuthoringTest, blocks_count_against_the_limits) {
    layout("{{ content }}");
    mail("{% for i in (1..100000) %}{% content_for 'a' %}{{ x }}{{ x }}{{ x }}{{ x }}{% endcontent_for %}{% endfor %}");
    EXPECT_THAT(html("{\"x\":\"" + std::string(1000, 'x') + "\"}"), HasSubstr("limit"));
}

TEST_F(AuthoringTest, blocks_without_place_and_places_without_block) {
    layout("{{ content }}{{ content_for.foot }}{% if content_for.side %}{{ content_for.side }}{% endif %}");
    mail("{% content_for 'fot' %}x{% endcontent_for %}");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:6:1: block-unfilled", "t/email.liquid:6:1: block-unplaced"));
    EXPECT_THAT(lint(folder_.path()).findings[1].sentence, HasSubstr("did you mean 'foot'"));
    mail("{% content_for 'foot' %}x{% endcontent_for %}");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(AuthoringTest, styles_of_the_layout_reach_a_block) {
    layout("<style>.s p{color:red}</style><div class=\"s\">{{ content_for.side }}</div>{{ content }}");
    mail("<p>a</p>{% content_for 'side' %}<p>b</p>{% endcontent_for %}");
    EXPECT_THAT(html(), HasSubstr("<div class=\"s\"><p style=\"color:red\">b</p></div><p>a</p>"));
}

TEST_F(AuthoringTest, places_of_errors_survive_the_styles) {
    layout("<style>p{color:red;margin:0 auto}</style>\n<p>{{ content }}</p><p>{{ 1 | divided_by: 0 }}</p>");
    mail("<p>x</p>");
    EXPECT_EQ(html(), "_layouts/l.liquid:2:24: divided by 0");
    mail("<p>x</p>\n<p>y</p>  {% if %}");
    EXPECT_THAT(html(), StartsWith("t/email.liquid:7:"));
}

TEST_F(AuthoringTest, a_pinned_revision_is_the_one_that_was_sent) {
    layout("<style>p{color:red}</style>{{ content }}");
    mail("<p>x</p>");
    const auto catalogue = open_catalogue(folder_.path(), nullptr);
    const auto loaded = catalogue->find("t");
    const auto other = open_catalogue(folder_.path() + "/none", [&](std::string_view) { return loaded->bundle(); });
    const auto pinned = other->pinned("t", loaded->revision());
    ASSERT_TRUE(pinned) << pinned.error().message();
    EXPECT_EQ((*pinned)->render("email", {})->parts.back().second, loaded->render("email", {})->parts.back().second);
}

TEST(MjmlSource, liquid_goes_out_of_the_way_and_comes_back) {
    const std::string source =
        "{% assign a = 1 %}<mjml><mj-body>\n<mj-section>{% for i in x %}<mj-column><mj-text color=\"{{ c }}\">{{ i }}"
        "</mj-text></mj-column>{% endfor %}</mj-section></mj-body></mjml>{{ z }}";
    const auto mjml = protect_mjml(source);
    ASSERT_TRUE(mjml) << mjml.error().sentence;
    EXPECT_EQ(mjml->text.find('{'), std::string::npos);
    EXPECT_EQ(mjml->pieces.size(), 6u);
    const auto back = restore_mjml(mjml->text, *mjml, source);
    ASSERT_TRUE(back) << back.error().sentence;
    EXPECT_THAT(back->text,
                StartsWith("{% assign a = 1 %}<mjml><mj-body>\n<mj-section><mj-raw>{% for i in x %}</mj-raw>"));
    EXPECT_TRUE(back->text.ends_with("</mjml>{{ z }}"));
    const std::size_t made = back->text.find("{{ i }}");
    EXPECT_EQ(back->map.file_offset(made), source.find("{{ i }}"));
}

TEST(MjmlSource, what_does_not_come_back_is_an_error) {
    const std::string source = "<mjml><mj-body><mj-text>{{ a }}</mj-text><mj-text>{{ b }}</mj-text></mj-body></mjml>";
    const auto mjml = protect_mjml(source);
    ASSERT_TRUE(mjml);
    const std::string a = mjml->word + "0000z", b = mjml->word + "0001z";
    EXPECT_THAT(restore_mjml(a, *mjml, source).error().sentence, HasSubstr("leaves this place out"));
    EXPECT_THAT(restore_mjml(b + a, *mjml, source).error().sentence, HasSubstr("moves this"));
    EXPECT_EQ(restore_mjml(a + "<b " + b + "=\"\">", *mjml, source)->text, "{{ a }}<b {{ b }}>");
}

TEST(PlaceMap, the_way_back_goes_through_several_changes) {
    const Replaced first = replace("abcdef", {{1, 1, "XX"}});  // aXXcdef
    EXPECT_EQ(first.text, "aXXcdef");
    const Replaced second = replace(first.text, {{0, 0, "--"}, {4, 1, ""}});  // --aXXcef
    EXPECT_EQ(second.text, "--aXXcef");
    const PlaceMap whole = second.map.through(first.map);
    EXPECT_EQ(whole.file_offset(2), 0u);
    EXPECT_EQ(whole.file_offset(5), 2u);
    EXPECT_EQ(whole.file_offset(7), 5u);
}

TEST(LiquidSpans, blocks_without_language_are_passed_over) {
    const auto spans = liquid_spans("{% raw %}{{ a }}{% endraw %}{% comment %}{{ b }}{% endcomment %}{{- c.d | e -}}");
    ASSERT_EQ(spans.size(), 4u);
    EXPECT_EQ(spans[0].name, "raw");
    EXPECT_EQ(spans[1].name, "endraw");
    EXPECT_EQ(spans[2].kind, LiquidSpan::Kind::comment);
    EXPECT_EQ(spans[3].name, "c.d");
    EXPECT_EQ(spans[3].markup, "| e");
}

TEST(Lint, every_rule_is_documented_and_every_documented_rule_exists) {
    std::ifstream file(std::string(CHAPAR_SOURCE_DIR) + "/docs/templates.md");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::vector<std::string> documented, existing;
    const std::regex row("\\| `([a-z-]+)` \\| (error|warning) \\|");
    for (std::sregex_iterator at(text.begin(), text.end(), row), end; at != end; ++at)
        documented.push_back((*at)[1].str() + " " + (*at)[2].str());
    for (const LintRule& rule : lint_rules())
        existing.push_back(std::string(rule.name) + " " + std::string(name_of(rule.severity)));
    EXPECT_EQ(documented, existing);
}

}  // namespace
}  // namespace chapar::render
