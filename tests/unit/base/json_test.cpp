#include "base/json.hpp"
#include "base/json_parser.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace chapar::json {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

TEST(Json, what_rfc_8259_demands_is_escaped) {
    EXPECT_EQ(quoted("a\"b\\c"), R"("a\"b\\c")");
    EXPECT_EQ(quoted("\n\r\t"), R"("\n\r\t")");
    EXPECT_EQ(quoted(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
    EXPECT_EQ(quoted("سلام"), "\"سلام\"");
    EXPECT_EQ(quoted("\xF0\x9F\x98\x80"), "\"\xF0\x9F\x98\x80\"");
}

TEST(Json, bytes_that_are_not_utf8_become_the_replacement_character) {
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(quoted("\xFF"), '"' + bad + '"');
    EXPECT_EQ(quoted("a\xC3"), "\"a" + bad + '"');
    EXPECT_EQ(quoted("\xC0\xAF").find('/'), std::string::npos) << "overlong";
    EXPECT_EQ(quoted("\xED\xA0\x80").find('\xED'), std::string::npos) << "surrogate";
    EXPECT_EQ(quoted("\xF4\x90\x80\x80").find('\xF4'), std::string::npos) << "beyond U+10FFFF";
}

TEST(Json, commas_stand_between_and_nowhere_else) {
    Writer writer;
    writer.begin_object()
        .member("a", 1)
        .key("b")
        .begin_array()
        .value("x")
        .value(true)
        .null()
        .begin_object()
        .end_object();
    writer.begin_array().end_array().end_array().member("c", "d").end_object();
    EXPECT_EQ(writer.text(), R"({"a":1,"b":["x",true,null,{},[]],"c":"d"})");
}

TEST(Json, numbers_are_written_whole_and_never_as_words) {
    Writer writer;
    writer.begin_array().value(std::numeric_limits<std::int64_t>::min()).value(std::uint64_t{18446744073709551615U});
    writer.value(std::numeric_limits<double>::infinity()).value(std::numeric_limits<double>::quiet_NaN()).value(0.5);
    writer.end_array();
    EXPECT_EQ(writer.text(), "[-9223372036854775808,18446744073709551615,null,null,0.5]");
}

TEST(Json, keys_are_escaped_too) {
    Writer writer;
    writer.begin_object().member("a\"b", std::string("v")).end_object();
    EXPECT_EQ(writer.take(), R"({"a\"b":"v"})");
}

TEST(JsonParser, a_text_read_while_another_is_in_use_leaves_that_as_it_is) {
    Parser outer;
    simdjson::dom::element first, second, third;
    ASSERT_EQ(outer.parse(std::string(R"({"a":"the first text, which is long"})"), first), simdjson::SUCCESS);
    {
        Parser inner;
        ASSERT_EQ(inner.parse(std::string(R"({"a":"another, which would stand in its place"})"), second),
                  simdjson::SUCCESS);
        Parser innermost;
        ASSERT_EQ(innermost.parse(std::string_view("[1]"), third), simdjson::SUCCESS);
        EXPECT_EQ(std::string_view(second["a"]), "another, which would stand in its place");
    }
    EXPECT_EQ(std::string_view(first["a"]), "the first text, which is long");
}

}  // namespace
}  // namespace chapar::json
