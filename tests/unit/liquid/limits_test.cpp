// Templates that mean harm end at once, with an error that names the limit.
#include "rendering.hpp"

#include <chrono>
#include <thread>

namespace chapar::liquid {
namespace {

void expect_limit(const std::string& source, const std::string& limit, const std::string& json = "{}",
                  std::map<std::string, std::string> partials = {}) {
    const auto start = std::chrono::steady_clock::now();
    const auto result = rendered(source, json, {.on_error = OnError::stop, .partials = std::move(partials)});
    EXPECT_NE(result.find("! "), std::string::npos) << source.substr(0, 80);
    EXPECT_NE(result.find(limit), std::string::npos) << source.substr(0, 80) << "\n" << result.substr(0, 200);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << source.substr(0, 80);
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

TEST(LiquidLimits, broken_sources_are_read_in_linear_time) {
    const int n = 100000;
    const auto start = std::chrono::steady_clock::now();
    for (const auto& source :
         {repeated("{", n), repeated("{{", n), repeated("{%", n), "{{ " + repeated("[", n) + " }}",
          "{{ " + repeated("(", n) + " }}", "{{ a" + repeated("|b", n) + " }}",
          "{% if " + repeated("a and ", n) + "b %}{% endif %}", "{% if " + repeated("'", n + 1) + " %}{% endif %}",
          "{% assign " + repeated("((", n) + " = 1 %}", "{% cycle " + repeated("a:", n) + " %}",
          "{% for a in b " + repeated("a", n) + " %}{% endfor %}", "{% raw %}" + repeated("{% ", n),
          "{% comment %}" + repeated("{% raw %}", n), repeated("{% assign a = 1 %}", n / 4)}) {
        rendered(source);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
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
