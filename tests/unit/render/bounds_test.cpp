// Attack H1 for those who write templates: what would use up the stack is refused with its place, in every file that
// is TOML, Liquid or HTML; and the last good version stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "render/catalogue.hpp"
#include "render/front_matter.hpp"
#include "render/l10n/translations.hpp"
#include "render/lint.hpp"
#include "scratch_folder.hpp"

namespace chapar::render {
namespace {

using ::testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

TEST(Bounds, a_deep_front_matter_is_refused_with_its_place_in_the_file) {
    constexpr std::size_t n = 50'000;
    for (const auto& key : {repeated("a.", n) + "a=1", repeated("\"a\" .", n) + "a=1", "[" + repeated("a.", n) + "a]",
                            "a=" + repeated("[", n), "a=" + repeated("{a=", n)}) {
        const auto front = read_front_matter("+++\nsubject = 'x'\n[sample]\n" + key + "\n+++\nbody\n");
        ASSERT_FALSE(front.has_value());
        EXPECT_THAT(front.error().sentence, HasSubstr("the front matter is nested deeper than 64 levels"));
        EXPECT_EQ(front.error().place.line, 4u);
    }
}

TEST(Bounds, deep_translations_are_refused_with_their_place) {
    const auto read = Translations::read({{"fa.toml", "ok = 'x'\n" + repeated("a.", 50'000) + "a = 'x'\n"}});
    ASSERT_FALSE(read.has_value());
    EXPECT_THAT(read.error(), HasSubstr("locales/fa.toml:2:1: is nested deeper than 64 levels"));
}

class LastGood : public ::testing::Test {
  protected:
    ScratchFolder folder_;
};

TEST_F(LastGood, a_template_that_became_too_deep_stays_as_it_was) {
    folder_.write("welcome/sms.liquid", "+++\n+++\nhello\n");
    auto catalogue = open_catalogue(folder_.path(), {});
    ASSERT_NE(catalogue->find("welcome"), nullptr);
    folder_.write("welcome/sms.liquid", "+++\n[sample]\n" + repeated("a.", 50'000) + "a=1\n+++\nhello\n");
    const auto problems = catalogue->reload();
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_THAT(problems.front(), HasSubstr("welcome/sms.liquid:3:1: the front matter is nested deeper"));
    EXPECT_NE(catalogue->find("welcome"), nullptr);
}

TEST_F(LastGood, partials_that_include_each_other_without_end_are_refused) {
    constexpr int files = 5000;
    folder_.write("welcome/sms.liquid", "{% include 'p0' %}");
    for (int i = 0; i < files; ++i)
        folder_.write("_partials/p" + std::to_string(i) + ".liquid", "{% include 'p" + std::to_string(i + 1) + "' %}");
    folder_.write("_partials/p" + std::to_string(files) + ".liquid", "end");
    auto catalogue = open_catalogue(folder_.path(), {});
    EXPECT_EQ(catalogue->find("welcome"), nullptr);
    EXPECT_THAT(catalogue->reload(), ::testing::Contains(HasSubstr("100th partial within a partial")));
}

TEST_F(LastGood, deep_nesting_of_liquid_and_html_ends_no_process) {
    constexpr std::size_t n = 50'000;
    const std::string head = "+++\nsubject = 'x'\nlang = 'en'\n+++\n";
    const std::string texts[] = {
        repeated("{% if a %}", n),
        "{{ " + repeated("a[", n) + " }}",
        "{{ " + repeated("(1..", n) + " }}",
        "{% if " + repeated("a and ", n) + "a %}x{% endif %}",
        "{% if a %}" + repeated("{% elsif b %}", n) + "{% endif %}",
        "{{ a" + repeated(" | upcase", n) + " }}",
        "{% liquid\n" + repeated("if a\n", n) + " %}",
        repeated("<div>", n),
        "<style>a{color:red}</style>" + repeated("<div>", n),
        "<style>a{color:red}</style>" + repeated("<b x=1>", n) + repeated("<p>", n),
        "<style>" + repeated("a{", n) + "</style><p>x</p>",
        "<style>" + repeated("a(", n) + "</style><p>x</p>",
        repeated("<table><tr><td>", n / 3),
    };
    int number = 0;
    for (const std::string& text : texts)
        folder_.write("t" + std::to_string(number++) + "/email.liquid", head + text);
    auto catalogue = open_catalogue(folder_.path(), {});
    static_cast<void>(catalogue->reload());
    for (int i = 0; i < number; ++i) {
        if (const auto loaded = catalogue->find("t" + std::to_string(i))) {
            Input input;
            input.data_json = "{}";
            input.recipient_json = "{}";
            static_cast<void>(loaded->render("email", input));
        }
    }
    SUCCEED();
}

}  // namespace
}  // namespace chapar::render
