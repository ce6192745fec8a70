// What is written as CSV opens in spreadsheets and reads back the same.
#include "csv/writer.hpp"

#include <gmock/gmock.h>

#include "csv/reader.hpp"

namespace chapar::csv {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A line at a time, as the suppression list is read.
struct Lines : Sink {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::pair<std::int64_t, CsvTrouble>> problems;
    void header(Row&) override {}
    void row(Row& cells) override {
        auto& out = rows.emplace_back();
        for (auto& cell : cells)
            out.push_back(unmarked(cell.text));
    }
    void problem(Problem problem) override { problems.emplace_back(problem.at.line, problem.kind); }
};

Lines read_lines(std::string_view text, std::size_t step = 3) {
    Lines out;
    Reader reader(out, std::nullopt, 64);
    for (std::size_t i = 0; i < text.size(); i += step)
        reader.feed(text.substr(i, step));
    reader.finish();
    return out;
}

TEST(CsvWriter, what_begins_a_formula_is_marked_and_reads_back_as_it_was) {
    for (const char* text : {"=1", "+98", "-1", "@x", "\tx", "'", "''", "'x", "'=1", "''=1", "'''", "=\"a\",b", "",
                             "a=b", "a,b", "d\"e"}) {
        const std::string field = text;
        const auto line = join({"x", field});
        EXPECT_EQ(std::string_view("=+-@\t").find(line[2]), std::string_view::npos) << line;
        const auto got = read_lines("a,b\r\n" + line);
        EXPECT_THAT(got.problems, IsEmpty()) << line;
        EXPECT_THAT(got.rows, ElementsAre(ElementsAre("x", field))) << line;
    }
    EXPECT_EQ(join({"a", "b,c", "d\"e", ""}), "a,\"b,c\",\"d\"\"e\",\r\n");
}

TEST(CsvLines, what_is_wrong_in_a_line_ends_with_it) {
    for (const std::string wrong :
         {"\"a,b", "a,\"b", "\"a\"b,c", "a\"b,c", "a", "a,b,c", "=SUM(A1),b", "a,\"=1\"x", "x,\xC3", "\xFF,b"}) {
        for (const std::string end : {"\n", "\r\n"}) {
            // The mark says that it is UTF-8.
            const auto got = read_lines("\xEF\xBB\xBFh,i" + end + "1,2" + end + wrong + end + "\"3\",4" + end + "5,6");
            EXPECT_THAT(got.rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4"), ElementsAre("5", "6")))
                << wrong;
            ASSERT_EQ(got.problems.size(), 1u) << wrong;
            EXPECT_EQ(got.problems[0].first, 3) << wrong;
        }
    }
    const auto last = read_lines("h,i\n1,2\n\"3,4");
    ASSERT_EQ(last.problems.size(), 1u);
    EXPECT_EQ(last.problems[0], std::pair(std::int64_t{3}, CsvTrouble::quote));
}

TEST(CsvLines, a_line_beyond_the_limit_is_skipped) {
    for (const std::string start : {"1,", "\"1\",\"", ",,,"}) {
        const auto got = read_lines("h,i\n" + start + std::string(100, start == ",,," ? ',' : 'x') + "\n3,4\n");
        EXPECT_THAT(got.rows, ElementsAre(ElementsAre("3", "4"))) << start;
        ASSERT_EQ(got.problems.size(), 1u) << start;
        EXPECT_EQ(got.problems[0], std::pair(std::int64_t{2}, CsvTrouble::too_large)) << start;
    }
}

TEST(CsvLines, a_broken_header_ends_the_reading) {
    const auto got = read_lines("h,\"i\n1,2\n");
    EXPECT_THAT(got.rows, IsEmpty());
    EXPECT_EQ(got.problems.size(), 1u);
}

}  // namespace
}  // namespace chapar::csv
