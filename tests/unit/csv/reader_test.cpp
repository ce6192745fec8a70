// CSV files in the habits of Excel, LibreOffice, Google Sheets and Numbers.
#include "csv/reader.hpp"
#include "csv/columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

namespace chapar::csv {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Read : Sink {
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> rows;
    std::vector<CsvPlace> places;  // of the first cell of each row
    std::vector<std::string> problems;
    Dialect dialect;

    void header(Row& cells) override {
        for (const auto& cell : cells)
            names.push_back(cell.text);
    }
    void row(Row& cells) override {
        auto& out = rows.emplace_back();
        for (const auto& cell : cells)
            out.push_back(cell.text);
        places.push_back(cells.front().at);
    }
    void problem(Problem problem) override {
        problems.push_back(fmt::format("{}:{}: {}", problem.at.line, problem.at.column, problem.sentence));
    }
};

/// In pieces of `step` bytes.
Read read(std::string_view bytes, std::optional<Encoding> encoding = std::nullopt, std::size_t step = 7) {
    Read out;
    Reader reader(out, encoding);
    for (std::size_t at = 0; at < bytes.size(); at += step)
        reader.feed(bytes.substr(at, step));
    reader.finish();
    out.dialect = reader.dialect();
    return out;
}

std::string in(const char* converter, std::string_view utf8) {
    UErrorCode status = U_ZERO_ERROR;
    std::string out(utf8.size() * 2 + 4, '\0');
    const auto size = ucnv_convert(converter, "utf-8", out.data(), static_cast<int32_t>(out.size()), utf8.data(),
                                   static_cast<int32_t>(utf8.size()), &status);
    EXPECT_TRUE(U_SUCCESS(status));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

constexpr std::string_view persian = "ایمیل;نام;مبلغ\r\nsara@example.com;سارا عزیز;۱۲٬۰۰۰\r\nali@example.com;علی;\r\n";

TEST(Csv, excel_saves_windows_1256_with_semicolons) {
    const auto got = read(in("windows-1256", "email;name;gift\r\nsara@example.com;سارا پژمان گلي;چك\r\n"));
    EXPECT_THAT(got.problems, IsEmpty());
    EXPECT_THAT(got.names, ElementsAre("email", "name", "gift"));
    ASSERT_EQ(got.rows.size(), 1u);
    EXPECT_THAT(got.rows[0], ElementsAre("sara@example.com", "سارا پژمان گلی", "چک"));
    EXPECT_THAT(words(got.dialect), HasSubstr("Windows-1256, separated by semicolons"));
}

TEST(Csv, excel_saves_unicode_text_as_utf_16_with_tabs) {
    std::string text(persian);
    std::ranges::replace(text, ';', '\t');
    for (const auto* encoding : {"UTF-16LE", "UTF-16BE"}) {
        const std::string mark = encoding[6] == 'L' ? "\xFF\xFE" : "\xFE\xFF";
        for (const auto& begin : {mark, std::string()}) {
            const auto got = read(begin + in(encoding, text));
            EXPECT_THAT(got.problems, IsEmpty()) << encoding;
            EXPECT_THAT(got.names, ElementsAre("ایمیل", "نام", "مبلغ")) << encoding;
            ASSERT_EQ(got.rows.size(), 2u);
            EXPECT_THAT(got.rows[0], ElementsAre("sara@example.com", "سارا عزیز", "۱۲٬۰۰۰"));
            EXPECT_THAT(got.rows[1], ElementsAre("ali@example.com", "علی", ""));
        }
    }
}

TEST(Csv, utf_8_with_and_without_mark_and_a_separator_line) {
    const std::string mark = "\xEF\xBB\xBF";
    for (const auto& text :
         {std::string(persian), mark + std::string(persian), "sep=;\r\n" + std::string(persian),
          mark + "\"sep=;\"\n" + std::string(persian),
          mark + "\"ایمیل\";\"نام\";\"مبلغ\"\nsara@example.com;سارا عزیز;۱۲٬۰۰۰\nali@example.com;علی;"}) {
        for (const std::size_t step : {1, 3, 4096}) {
            const auto got = read(text, std::nullopt, step);
            EXPECT_THAT(got.problems, IsEmpty()) << text;
            EXPECT_THAT(got.names, ElementsAre("ایمیل", "نام", "مبلغ"));
            ASSERT_EQ(got.rows.size(), 2u);
            EXPECT_THAT(got.rows[1], ElementsAre("ali@example.com", "علی", ""));
        }
    }
}

TEST(Csv, windows_1252_is_not_taken_for_arabic) {
    const auto got = read(
        in("windows-1252", "email,name\nj@x.example,Jérôme Müller\nk@x.example,Zoë – “Ça”\nl@x.example,naïve élève\n"));
    EXPECT_THAT(got.problems, IsEmpty());
    EXPECT_EQ(got.dialect.encoding, Encoding::windows1252);
    EXPECT_EQ(got.rows.at(0).at(1), "Jérôme Müller");
    EXPECT_EQ(read(in("windows-1256", "email,name\na@x.example,محمد رضا\n")).dialect.encoding, Encoding::windows1256);
    EXPECT_EQ(read(in("windows-1256", "email,name\na@x.example,علي\n")).rows.at(0).at(1), "علي");
    EXPECT_EQ(read("email\nx\xE4y@x.example\n", Encoding::windows1256).rows.at(0).at(0).substr(0, 1), "x");
}

TEST(Csv, tabs_bars_and_the_persian_semicolon_part_fields_too) {
    for (const std::string separator : {",", ";", "\t", "|", "؛"}) {
        const auto text = fmt::format("email{0}name{0}note\na@x.example{0}علی رضا{0}\"a{0}b\nc\"\n\n", separator);
        for (const std::size_t step : {1, 4096}) {
            const auto got = read(text, std::nullopt, step);
            EXPECT_THAT(got.problems, IsEmpty()) << separator;
            ASSERT_EQ(got.rows.size(), 1u) << separator;
            EXPECT_THAT(got.rows[0], ElementsAre("a@x.example", "علی رضا", "a" + separator + "b\nc"));
        }
    }
}

TEST(Csv, a_comma_in_the_text_does_not_part_what_semicolons_part) {
    const auto got = read("email;name\na@x.example;Shop, Inc.\nb@x.example;A, B, C\n");
    EXPECT_EQ(got.dialect.separator, ";");
    EXPECT_EQ(got.rows.at(1).at(1), "A, B, C");
}

TEST(Csv, empty_last_columns_and_blank_rows_are_nothing) {
    const auto got = read("email,name,,\r\na@x.example,Ali,,\r\n,,,\r\n\r\nb@x.example,Sara,,\r\n");
    EXPECT_THAT(got.problems, IsEmpty());
    EXPECT_THAT(got.names, ElementsAre("email", "name"));
    ASSERT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(got.places[1].line, 5);
}

TEST(Csv, lines_and_columns_are_those_of_an_editor) {
    const auto got = read(
        "email,name\n\"a@x.example\",\"two\nlines\"\nb@x.example,علی \"x\" "
        "رضا\nc@x.example\nd@x.example,x,y\ne@x.example,fine\n");
    EXPECT_EQ(got.rows.size(), 2u);
    EXPECT_EQ(got.places[1].line, 7);
    EXPECT_THAT(got.problems,
                ElementsAre("4:17: a quote inside of a field: put the field in quotes and write two",
                            "5:1: 1 fields, but the header names 2",
                            "6:15: 3 fields, but the header names 2: a field with a separator in it stands in quotes"));
}

TEST(Csv, every_kind_of_line_end) {
    for (const auto* end : {"\n", "\r\n", "\r"}) {
        for (const auto* last : {"", end}) {
            const auto got =
                read(fmt::format("email,name{0}a@x.example,A{0}b@x.example,B{1}", end, last), std::nullopt, 1);
            EXPECT_THAT(got.problems, IsEmpty());
            ASSERT_EQ(got.rows.size(), 2u);
            EXPECT_EQ(got.places[1].line, 3);
        }
    }
}

TEST(Csv, formulas_are_named_and_the_trick_that_keeps_a_zero_is_read) {
    const auto got = read(
        "phone,link\n=\"09121234570\",x\n\"=\"\"09121234571\"\"\",y\n09121234572,=HYPERLINK(\"x\")\n=SUM(A1),z\n+"
        "989121234573,-5\n");
    ASSERT_EQ(got.rows.size(), 3u);
    EXPECT_EQ(got.rows[0][0], "09121234570");
    EXPECT_EQ(got.rows[1][0], "09121234571");
    ASSERT_EQ(got.problems.size(), 2u);
    EXPECT_THAT(got.problems[0], HasSubstr("4:13: a formula in place of its value: =HYPERLINK(…"));
    EXPECT_THAT(got.problems[1], HasSubstr("5:1: a formula in place of its value: =SUM(A1)…"));
}

TEST(Csv, what_is_no_csv_is_named) {
    const auto said = [](std::string_view bytes) {
        const auto got = read(bytes);
        return got.problems.size() == 1 ? got.problems[0] : fmt::format("{} problems", got.problems.size());
    };
    using namespace std::string_view_literals;
    EXPECT_THAT(said("PK\x03\x04\x14\0\x06\0[Content_Types].xml"sv),
                HasSubstr("1:1: this is an Excel workbook (.xlsx), not CSV"));
    EXPECT_THAT(said("PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet"sv), HasSubstr("(.ods)"));
    EXPECT_THAT(said("PK\x03\x04\x14\0Index/Document.iwa"sv), HasSubstr("(.numbers)"));
    EXPECT_THAT(said("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"sv), HasSubstr("(.xls)"));
    EXPECT_THAT(said("\n <html><table>"), HasSubstr("an HTML page"));
    EXPECT_THAT(said("%PDF-1.7"), HasSubstr("a PDF"));
    EXPECT_THAT(said(""), HasSubstr("the file is empty"));
    EXPECT_THAT(said("\xEF\xBB\xBF\r\n\r\n"), HasSubstr("the file is empty"));
    EXPECT_THAT(said("email\n\"a@x.example\nb@x.example\n"), HasSubstr("2:1: this quote is never closed"));
    EXPECT_THAT(said("email,,name\na,b,c\n"), HasSubstr("1:7: column 2 has no name"));
    EXPECT_THAT(said("email\n\x01\0\0\x02\x03\0\0\0"sv), HasSubstr("no text"));
}

TEST(Csv, bytes_that_mean_nothing_are_refused_with_their_place) {
    const auto got = read("email,name\na@x.example,Ali\nb@x.example,\xD3\xC7\xD1\xC7\n", Encoding::utf8);
    EXPECT_EQ(got.rows.size(), 1u);
    ASSERT_EQ(got.problems.size(), 1u);
    EXPECT_THAT(got.problems[0], HasSubstr("3:13: these bytes are no UTF-8"));
}

TEST(Csv, memory_stays_bounded_where_a_quote_is_never_closed) {
    Read out;
    Reader reader(out);
    reader.feed("email\n\"");
    const std::string piece(1 << 16, 'x');
    int fed = 0;
    while (!reader.is_over() && fed < 1000) {
        reader.feed(piece);
        ++fed;
    }
    EXPECT_LT(fed, 100);
    EXPECT_THAT(out.problems, ElementsAre("2:1: this quote is never closed"));
}

TEST(Csv, columns_in_any_case_and_in_persian) {
    for (const auto* name : {"email", "Email", "E-Mail", "EMAIL ADDRESS", "ایمیل", "ايميل", "آدرس ایمیل",
                             "پست الکترونیک", "پست الكترونيكي", " ایمیل:", "رایانامه"})
        EXPECT_EQ(column_of_person(name), "email") << name;
    for (const auto* name : {"phone", "Mobile", "Phone Number", "موبایل", "موبايل", "شماره موبایل", "شمارهٔ موبایل",
                             "تلفن همراه", "تلفن\u200Cهمراه", "شماره_همراه", "همراه"})
        EXPECT_EQ(column_of_person(name), "phone") << name;
    EXPECT_EQ(column_of_person("شناسه"), "recipient");
    EXPECT_EQ(column_of_person("شناسهٔ مشتري"), "recipient");
    EXPECT_EQ(column_of_person("Idempotency_Key"), "idempotency_key");
    EXPECT_EQ(column_of_person("Start_URL"), "Start_URL");
    EXPECT_EQ(column_of_suppression("نشانی"), "address");
}

TEST(Csv, encodings_by_the_names_that_people_give_them) {
    EXPECT_EQ(encoding_named("cp1256"), Encoding::windows1256);
    EXPECT_EQ(encoding_named("Windows-1256"), Encoding::windows1256);
    EXPECT_EQ(encoding_named("UTF_8"), Encoding::utf8);
    EXPECT_EQ(encoding_named("utf-16"), Encoding::utf16le);
    EXPECT_EQ(encoding_named("klingon"), std::nullopt);
}

}  // namespace
}  // namespace chapar::csv
