// Attack M6: what a template costs to load, to lint and to turn into text grows with its size and not with its square.
// Steps are counted, not seconds: ten times the tags may take at most twenty times the steps, a square takes a hundred.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>

#include "linear.hpp"
#include "render/catalogue.hpp"
#include "render/html_text.hpp"
#include "render/lint.hpp"
#include "render/mjml_source.hpp"

namespace chapar::render {
namespace {

using test::expect_linear;
using test::many;

using Files = std::map<std::string, std::string>;
std::string numbered(const std::string& before, int number, const std::string& after) {
    return before + std::to_string(number) + after;
}

const std::string head = "+++\nsubject = 'x'\nlang = 'en'\n+++\n";

struct Case {
    const char* name;
    int most;  // tags; a tenth of them first
    std::function<Files(int count)> files;
};

/// One mail of this body.
Case mail(const char* name, int most, std::function<std::string(int)> body) {
    return {name, most, [body = std::move(body)](int n) { return Files{{"a/email.liquid", head + body(n)}}; }};
}

std::vector<Case> cases() {
    return {
        mail("when", 50'000, [](int n) { return "{% case x %}" + many(n, "{% when 1 %}\n") + "{% endcase %}"; }),
        mail("elsif", 50'000, [](int n) { return "{% if x %}" + many(n, "{% elsif y %}") + "{% endif %}"; }),
        mail("blocks_of_if", 25'000, [](int n) { return many(n, "{% if x %}a{% endif %}\n"); }),
        mail("outputs", 50'000, [](int n) { return many(n, "{{ x }}\n"); }),
        mail("outputs_on_one_line", 50'000, [](int n) { return many(n, "{{ x }}"); }),
        mail("names_that_nobody_set", 50'000,
             [](int n) { return many(n, [](int i) { return numbered("{{v", i, "}}\n"); }); }),
        mail("names_with_blanks", 20'000,
             [](int n) { return many(n, [](int i) { return numbered("{{ x['a b", i, "'] }}\n"); }); }),
        mail("assigned_names", 20'000,
             [](int n) { return many(n, [](int i) { return numbered("{% assign v", i, " = 1 %}\n"); }); }),
        mail("open_elements", 50'000, [](int n) { return many(n, "<b>\n"); }),
        mail("open_elements_of_two_kinds", 50'000, [](int n) { return many(n, "<b>") + many(n, "</i>"); }),
        mail("crossed_elements", 30'000, [](int n) { return many(n, "<b><i></b></i>"); }),
        mail("closed_and_never_opened", 50'000, [](int n) { return many(n, "</b>\n"); }),
        mail("closed_elements", 50'000, [](int n) { return many(n, "<b>a</b>\n"); }),
        mail("images", 50'000, [](int n) { return many(n, "<img src=x>\n"); }),
        mail("links", 50'000, [](int n) { return many(n, "<a href=#>a</a>\n"); }),
        mail("unquoted", 40'000, [](int n) { return many(n, "<a href={{ x }}>a</a>\n"); }),
        mail("raw", 50'000, [](int n) { return many(n, "{{ x | raw }}\n"); }),
        mail("odd_comments", 50'000, [](int n) { return many(n, "<!-- --!>") + "-->"; }),
        mail("comments", 30'000, [](int n) { return many(n, "{% comment %}{% endcomment %}"); }),
        mail("raw_blocks", 30'000, [](int n) { return many(n, "{% raw %}{{{% endraw %}"); }),
        mail("address_of_pieces", 50'000, [](int n) { return "<a href=\"" + many(n, "{{ x }}/a") + "\">x</a>"; }),
        mail("pipe", 50'000, [](int n) { return "{{ x" + many(n, " | upcase") + " }}"; }),
        mail("conditions", 50'000, [](int n) { return "{% if " + many(n, "x and ") + "x %}a{% endif %}"; }),
        mail("steps_of_a_name", 50'000, [](int n) { return "{{ x" + many(n, ".a") + " }}"; }),
        mail("liquid_lines", 50'000, [](int n) { return "{% liquid\n" + many(n, "echo x\n") + "%}"; }),
        mail("rules", 20'000,
             [](int n) {
                 return "<style>" + many(n, [](int i) { return numbered(".a", i, "{color:red}"); }) +
                        "</style><p>a</p>";
             }),
        mail("declarations", 20'000,
             [](int n) {
                 return "<style>p{" + many(n, [](int i) { return numbered("a", i, ":b;"); }) + "}</style>" +
                        many(50, "<p>a</p>");
             }),
        mail("styled", 20'000, [](int n) { return "<style>p b{color:red}</style>" + many(n, "<p>a</p>\n"); }),
        mail("style_elements", 10'000, [](int n) { return many(n, "<style>p{color:{{ x }}}</style>"); }),
        mail("media", 10'000,
             [](int n) {
                 return "<style>" + many(n, "@media (x){p{color:red}}") + "</style>" +
                        many(n, "<p style=\"color:red\">a</p>");
             }),
        {"blocks_in_a_layout", 10'000,
         [](int n) {
             return Files{
                 {"a/email.liquid", "+++\nsubject = 'x'\nlang = 'en'\nlayout = 'l'\n+++\n" +
                                        many(n,
                                             [](int i) {
                                                 return "{% content_for 'x" + std::to_string(i) +
                                                        "' %}a{% endcontent_for %}\n";
                                             })},
                 {"_layouts/l.liquid", many(n, [](int i) { return numbered("{{ content_for.x", i, " }}\n"); })}};
         }},
        {"places_without_a_block", 10'000,
         [](int n) {
             return Files{
                 {"a/email.liquid", "+++\nsubject = 'x'\nlang = 'en'\nlayout = 'l'\n+++\n" + many(n, "{{ x }}\n")},
                 {"_layouts/l.liquid", many(n, [](int i) { return numbered("{{ content_for.x", i, " }}\n"); })}};
         }},
        {"samples", 50'000,
         [](int n) {
             return Files{
                 {"a/email.liquid", "+++\nsubject = 'x'\nlang = 'en'\n[sample]\n" +
                                        many(n, [](int i) { return numbered("v", i, " = 1\n"); }) + "+++\na\n"},
                 {"a/email.fa.liquid", "+++\nsubject = 'x'\nlang = 'fa'\n[sample]\n" +
                                           many(n, [](int i) { return numbered("w", i, " = 1\n"); }) + "+++\na\n"}};
         }},
        {"missing_translations", 20'000,
         [](int n) {
             return Files{
                 {"a/email.liquid", head + many(n, [](int i) { return "{{ 'k" + std::to_string(i) + "' | t }}\n"; })},
                 {"locales/en.toml", "a = 'b'\n"}};
         }},
        {"pieces_of_a_translation", 50'000,
         [](int n) {
             return Files{{"a/email.liquid", head + "{{ 'a_html' | t: x: 1 }}"},
                          {"locales/en.toml", "a_html = '" + many(n, "{{ x }} ") + "'\n"}};
         }},
    };
}

class Folder {
  public:
    explicit Folder(const Files& files) {
        std::string pattern = (std::filesystem::temp_directory_path() / "steps-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
        for (const auto& [name, text] : files) {
            const auto path = std::filesystem::path(path_) / name;
            std::filesystem::create_directories(path.parent_path());
            std::ofstream(path, std::ios::binary) << text;
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

TEST(Linear, loading) {
    for (const Case& each : cases())
        expect_linear(each.name, [&](int n) { open_catalogue(Folder(each.files(n)).path(), {}); }, each.most);
}

TEST(Linear, lint) {
    for (const Case& each : cases())
        expect_linear(each.name, [&](int n) { lint(Folder(each.files(n)).path()); }, each.most);
}

TEST(Linear, html_to_text) {
    const std::pair<const char*, std::string> pieces[] = {
        {"text", "a &amp; b\n"},   {"lists", "<ul><li>a"},      {"links", "<a href='https://a.example/'>b"},
        {"open", "<b>"},           {"quotes", "<blockquote>a"}, {"rows", "<table><tr><td>a"},
        {"hidden", "<p hidden>a"}, {"comments", "<!-- --!>"},   {"tags", "< a <"},
        {"attributes", "<p a=b "}, {"styles", "<style>a</x>"},  {"entities", "&#x202e;&amp;&nosuch;"},
    };
    for (const auto& [name, piece] : pieces)
        expect_linear(name, [&](int n) { html_to_text(many(n, piece) + "-->"); }, 50'000);
}

TEST(Linear, mjml) {
    const auto source = [](int n) {
        return "<mjml><mj-body><mj-section><mj-column><mj-text>" + many(n, "{{ x }}\n") +
               "</mj-text></mj-column></mj-section><!-- " + many(n / 2, "{{ x }}\n") + " --></mj-body></mjml>";
    };
    expect_linear(
        "protect and restore",
        [&](int n) {
            const std::string text = source(n);
            const auto mjml = protect_mjml(text);
            ASSERT_TRUE(mjml.has_value());
            static_cast<void>(restore_mjml("<html></html>", *mjml, text));
            static_cast<void>(restore_mjml(mjml->text, *mjml, text));
        },
        6000);
}

}  // namespace
}  // namespace chapar::render
