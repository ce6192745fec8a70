// Attack H1: a configuration whose depth or number of keys would use up the stack or the minute is a problem with a
// place, and never the end of the process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <chapar/toml_bounds.hpp>

#include <toml++/toml.h>

#include <random>

#include "config/load.hpp"
#include "files.hpp"

namespace chapar::config {
namespace {

using ::testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

using Bounds = Files;

struct Deep {
    const char* name;
    std::string before, text;  // the text begins where the problem is told
};

std::vector<Deep> deep_texts() {
    constexpr std::size_t n = 50'000;
    return {
        {"dotted_key", "", repeated("a.", n) + "a=1\n"},
        {"quoted_key", "", repeated("\"a\" . ", n) + "'a' =1\n"},
        {"key_with_blanks", "", repeated("a\t .\t ", n) + "a = 1\n"},
        {"header", "", "[" + repeated("a.", n) + "a]\n"},
        {"header_of_a_list", "", "[[" + repeated("a . ", n) + "a]]\n"},
        {"key_under_a_header", "[" + repeated("a.", 40) + "a]\nb = 1\n", repeated("c.", 40) + "c = 1\n"},
        {"key_in_an_inline_table", "x = { y = 1, ", repeated("a.", n) + "a = 1 }\n"},
    };
}

TEST_F(Bounds, a_key_or_header_of_many_parts_is_refused_with_its_place) {
    for (const auto& deep : deep_texts()) {
        const auto loaded = with(deep.before + deep.text);
        ASSERT_FALSE(loaded.ok()) << deep.name;
        const auto& problem = loaded.problems.front();
        EXPECT_THAT(problem.text, HasSubstr("is nested deeper than 64 levels: take dots out")) << deep.name;
        const auto line = static_cast<std::uint32_t>(std::ranges::count(deep.before, '\n') + 1);
        EXPECT_EQ(problem.line, line) << deep.name;
        EXPECT_GT(problem.column, 0u) << deep.name;
    }
}

TEST_F(Bounds, brackets_within_brackets_are_refused) {
    constexpr std::size_t n = 100'000;
    for (const auto& text :
         {"a=" + repeated("[", n) + repeated("]", n), "a=" + repeated("{a=", n) + "1" + repeated("}", n),
          "a=" + repeated("[{a=", n), "a=" + repeated("[\n# note ]\n", n), "a=" + repeated("{a.b.c=", n) + "1"}) {
        const auto loaded = with(text);
        ASSERT_FALSE(loaded.ok());
        EXPECT_THAT(loaded.problems.front().text, HasSubstr("nested deeper than 64"));
    }
}

TEST_F(Bounds, conf_d_is_held_to_the_same) {
    put("conf.d/deep.toml", repeated("a.", 50'000) + "a=1\n");
    const auto loaded = with("");
    ASSERT_FALSE(loaded.ok());
    EXPECT_THAT(loaded.problems.front().file, HasSubstr("conf.d/deep.toml"));
}

TEST_F(Bounds, very_many_keys_are_refused) {
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += "k" + std::to_string(i) + "=1\n";
    const auto loaded = with(text);
    ASSERT_EQ(loaded.problems.size(), 1u);
    EXPECT_THAT(loaded.problems.front().text, HasSubstr("keys: divide the file"));
    EXPECT_EQ(loaded.problems.front().line, 20'001u);
}

/// What the parser's tree says of the same text.
std::size_t depth_of(const toml::node& node) {
    std::size_t deepest = 0;
    if (const auto* table = node.as_table())
        for (const auto& [key, value] : *table)
            deepest = std::max(deepest, depth_of(value));
    if (const auto* list = node.as_array())
        for (const auto& value : *list)
            deepest = std::max(deepest, depth_of(value));
    return deepest + (node.is_table() || node.is_array() ? 1 : 0);
}

class Writer {
  public:
    explicit Writer(unsigned seed) : random_(seed) {}
    std::string document() {
        std::string text;
        for (int lines = pick(1, 12); lines > 0; --lines) {
            if (pick(0, 3) == 0) text += (pick(0, 1) != 0 ? "[" : "[ ") + key() + "]\n";
            text +=
                blank() + key() + blank() + "=" + blank() + value(0) + (pick(0, 3) == 0 ? " # a.b.c = [{" : "") + "\n";
        }
        return text;
    }

  private:
    int pick(int low, int high) { return std::uniform_int_distribution(low, high)(random_); }
    std::string blank() { return pick(0, 2) == 0 ? " " : ""; }
    std::string part() {
        const std::string name = "k" + std::to_string(number_++);
        switch (pick(0, 3)) {
            case 0:
                return "\"" + name + ".[{\\\"=#\"";
            case 1:
                return "'" + name + ".\\'";
            default:
                return name;
        }
    }
    std::string key() {
        std::string text = part();
        for (int more = pick(0, 5); more > 0; --more)
            text += blank() + "." + blank() + part();
        return text;
    }
    std::string value(int depth) {
        switch (depth > 6 ? pick(0, 5) : pick(0, 9)) {
            case 0:
                return "1.5";
            case 1:
                return "\"a.b = [ { \\\" # \\\\\"";
            case 2:
                return "'a.b \\'";
            case 3:
                return "\"\"\"a\n.b = [[[ \"\" \\\"\"\" ] }\"\"\"\"";
            case 4:
                return "'''a\n\\'' [{ .'''";
            case 5:
                return "1979-05-27T07:32:00.5Z";
            case 6:
            case 7: {
                std::string text = "[";
                for (int items = pick(0, 3); items > 0; --items)
                    text += blank() + value(depth + 1) + blank() + "," + (pick(0, 2) == 0 ? " # ] }\n" : "");
                return text + "]";
            }
            default: {
                std::string text = "{";
                for (int items = pick(0, 3); items > 0; --items)
                    text += blank() + key() + "=" + value(depth + 1) + (items > 1 ? "," : "");
                return text + "}";
            }
        }
    }
    std::mt19937 random_;
    int number_ = 0;
};

TEST(Gauge, the_depth_is_the_parsers_own) {
    std::size_t deepest = 0;
    for (unsigned seed = 0; seed < 3000; ++seed) {
        const std::string text = Writer(seed).document();
        const toml::table table = toml::parse(text);
        const std::size_t depth = depth_of(table);
        deepest = std::max(deepest, depth);
        EXPECT_FALSE(toml_excess(text, {.depth = depth}).has_value()) << depth << "\n" << text;
        EXPECT_TRUE(toml_excess(text, {.depth = depth - 1}).has_value()) << depth << "\n" << text;
    }
    EXPECT_GT(deepest, 15u);
}

}  // namespace
}  // namespace chapar::config
