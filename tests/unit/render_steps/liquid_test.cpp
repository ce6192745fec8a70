// Filters and the parser take steps linear in what they read, however it is broken.
#include <utility>
#include <vector>

#include "../liquid/rendering.hpp"
#include "linear.hpp"

namespace chapar::liquid {
namespace {

using render::test::expect_linear;
using render::test::many;

TEST(LinearLiquid, filters) {
    const std::pair<const char*, std::string> all[] = {
        {"strip_html", "<!--"},
        {"strip_html", "<script"},
        {"strip_html", "<script></style"},
        {"strip_html", "<"},
        {"escape_once", "a"},
        {"escape_once", "&#1111111111"},
        {"split: 'aaaaaaab'", "a"},
        {"split: ''", "a"},
        {"replace: 'aaaaaaab', 'x'", "a"},
        {"replace_last: 'aaaaaaab', 'x'", "a"},
        {"squish", " "},
        {"truncatewords: 100000", "a "},
        {"url_decode", "%"},
        {"base64_decode", "="},
        {"date: '%Y'", "jan "},
        {"date: '%Y'", "12:"},
        {"plus: 1", "9"},
    };
    for (const auto& [filters, text] : all) {
        const std::string source = std::string("{{ a | ") + filters + " | size }}";
        expect_linear(source.c_str(), [&](int n) { rendered(source, R"({"a":"&)" + many(n, text) + "\"}"); }, 300'000);
    }
    expect_linear("a chain", [](int n) { rendered("{{ 'a'" + many(n, " | append: 'b'") + " }}"); }, 30'000);
}

TEST(LinearLiquid, broken_sources) {
    const std::pair<std::string, std::string> all[] = {
        {"", "{"},
        {"", "{{"},
        {"", "{%"},
        {"{{ ", "["},
        {"{{ ", "("},
        {"{{ a", "|b"},
        {"{% if ", "a and "},
        {"{% if ", "'"},
        {"{% assign ", "(("},
        {"{% cycle ", "a:"},
        {"{% for a in b ", "a"},
        {"{% raw %}", "{% "},
        {"{% comment %}", "{% raw %}"},
        {"", "{% assign a = 1 %}"},
    };
    for (const auto& [before, piece] : all)
        expect_linear((before + piece).c_str(), [&](int n) { rendered(before + many(n, piece)); }, 100'000);
}

}  // namespace
}  // namespace chapar::liquid
