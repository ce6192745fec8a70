// Templates that mean harm end at once, with an error that names the limit.
#include "rendering.hpp"

#include <thread>

namespace chapar::liquid {
namespace {

void expect_limit(const std::string& source, const std::string& limit, const std::string& json = "{}",
                  std::map<std::string, std::string> partials = {}) {
    const auto result = rendered(source, json, {.on_error = OnError::stop, .partials = std::move(partials)});
    EXPECT_NE(result.find("! "), std::string::npos) << source.substr(0, 80);
    EXPECT_NE(result.find(limit), std::string::npos) << source.substr(0, 80) << "\n" << result.substr(0, 200);
}

std::string repeated(const std::string& text, int n) {
    std::string out;
    for (int i = 0; i < n; ++i)
        out += text;
    return out;
}

TEST(LiquidLimits, endless_ranges_end) {
    expect_limit("{% for i in (1..50000000000) %}{% endfor %}", "limit reached: steps");
    expect_limit("{% tablerow i in (1..50000000000) %}{% endtablerow %}", "limit reached: steps");
    expect_limit("{{ (1..50000000000) | join }}", "limit reached: steps");
    expect_limit("{% render 'a' for (1..50000000000) %}", "limit reached: steps", "{}", {{"a", "x"}});
    EXPECT_EQ(rendered("{{ (1..50000000000) | size }}"), "50000000000");
}

TEST(LiquidLimits, doubling_texts_end) {
    expect_limit("{% assign a = 'xxxxxxxx' %}{% for i in (1..64) %}{% assign a = a | append: a %}{% endfor %}",
                 "limit reached: assigned bytes");
    expect_limit(
        "{% capture a %}xxxxxxxx{% endcapture %}{% for i in (1..64) %}{% capture a %}{{ a }}{{ a }}{% endcapture %}{% "
        "endfor %}",
        "limit reached: assigned bytes");
    expect_limit("{% assign a = 'a' %}{% for i in (1..64) %}{% assign a = a | replace: 'a', 'aaaaaaaa' %}{% endfor %}",
                 "limit reached: assigned bytes");
    expect_limit("{{ 'now' | date: '%1000000000Y' }}", "limit reached: assigned bytes");
    expect_limit("{% assign n = 9999999999 %}{% for i in (1..64) %}{% assign n = n | times: n %}{% endfor %}{{ n }}",
                 "limit reached: digits of a number");
}

TEST(LiquidLimits, output_ends) {
    expect_limit("{% for i in (1..200000) %}" + repeated("x", 1000) + "{% endfor %}", "limit reached: output bytes");
}

TEST(LiquidLimits, nesting_ends) {
    expect_limit(repeated("{% if true %}", 101) + repeated("{% endif %}", 101), "Nesting too deep");
    EXPECT_EQ(rendered(repeated("{% if true %}", 100) + "x" + repeated("{% endif %}", 100)), "x");
    expect_limit(repeated("{% if true %}", 90) + "{% include 'a' %}" + repeated("{% endif %}", 90),
                 "limit reached: depth", "{}",
                 {{"a", repeated("{% if true %}", 90) + "{% include 'a' %}" + repeated("{% endif %}", 90)}});
    expect_limit("{{ " + repeated("a[", 100000) + repeated("]", 100000) + " }}", "Nesting too deep");
}

TEST(LiquidLimits, work_on_large_values_counts) {
    const auto loop = [](const std::string& body) { return "{% for i in (1..1000000) %}" + body + "{% endfor %}"; };
    const std::string large = R"({"a":")" + repeated("x", 1000000) + R"(","b":")" + repeated("x", 1000000) +
                              R"(","n":)" + repeated("9", 3000) + R"(,"h":{"k":1},"l":[)" + repeated("1,", 9999) +
                              "1]}";
    for (const char* body : {
             "{% assign z = a.size %}",
             "{% if a < b %}{% endif %}",
             "{% if a == b %}{% endif %}",
             "{% if a contains 'y' %}{% endif %}",
             "{% assign z = h[a] %}",
             "{% assign z = [a] %}",
             "{% case a %}{% when b %}{% endcase %}",
             "{{ n | size }}{{ n }}",
             "{% assign z = n | times: n %}",
             "{% assign z = n | divided_by: 7 %}",
             "{% assign z = l | sort %}",
             "{% assign z = l | uniq | size %}",
             "{% assign z = a | strip_html %}",
             "{% assign z = a | replace: 'y', 'z' %}",
             "{% assign z = a | split: 'y' %}",
             "{% assign z = a | upcase | size %}",
             "{% ifchanged %}{{ a }}{% endifchanged %}",
             "{% capture z %}{{ a }}{% endcapture %}",
             "{% cycle i: 1, 2 %}",
             "{% assign z = l | where: 'a', 1 %}",
         }) {
        expect_limit(loop(body), "limit reached: ", large);
    }
}

TEST(LiquidLimits, numbers_at_the_edge_do_not_wrap) {
    EXPECT_EQ(rendered("{{ 9223372036854775807 | plus: 1 }} {{ -9223372036854775808 | abs }} {{ -9223372036854775808 | "
                       "divided_by: -1 }} {{ -9223372036854775808 | modulo: -1 }}"),
              "9223372036854775808 9223372036854775808 9223372036854775808 0");
    EXPECT_EQ(rendered("{% for i in (9223372036854775806..9223372036854775807) %}{{ i }},{% endfor %}"),
              "9223372036854775806,9223372036854775807,");
    EXPECT_EQ(rendered("{{ 'abc' | slice: -9223372036854775808, 9223372036854775807 }}|{{ 'x' | truncate: "
                       "99999999999999999999999 }}"),
              "|x");
    expect_limit("{% for i in (-9223372036854775808..9223372036854775807) %}{% endfor %}", "limit reached: steps");
}

TEST(LiquidLimits, a_budget_holds_over_several_renderings) {
    const auto program = parse("{% for i in (1..100) %}{{ i }}{% endfor %}");
    ASSERT_TRUE(program.has_value());
    Budget budget(Limits{.steps = 1000});
    RenderOptions options;
    options.budget = &budget;
    std::string out;
    EXPECT_TRUE(render(**program, Value(), options, out).has_value());
    EXPECT_TRUE(render(**program, Value(), options, out).has_value());
    auto last = render(**program, Value(), options, out);
    for (int i = 0; i < 5 && last; ++i)
        last = render(**program, Value(), options, out);
    ASSERT_FALSE(last.has_value());
    EXPECT_EQ(last.error().code, Code::limit);
    EXPECT_EQ(last.error().message, "limit reached: steps (1000)");
}

TEST(LiquidLimits, programs_are_shared_between_threads) {
    const auto program = parse(
        "{% assign s = 0 %}{% for i in (1..50) %}{% assign s = s | plus: i %}{% endfor %}{{ s }} {{ 'Ab' | upcase }} "
        "{{ '2020-06-15' | date: '%B' }}");
    ASSERT_TRUE(program.has_value());
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (std::size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 200; ++i) {
                std::string out;
                if (!render(**program, Value(), {}, out) || out != "1275 AB June") ++wrong[t];
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace chapar::liquid
