#pragma once
// The one reader of CSV files, as offices write them: any of the encodings of encoding.hpp, separated by comma,
// semicolon, tab or bar, with a "sep=" line or without. Bytes go in, rows with their places come out; nothing is held
// but a row. One object belongs to one thread. Source: RFC 4180, and the habits of Excel, LibreOffice, Google Sheets
// and Numbers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/encoding.hpp"

namespace chapar::csv {

/// Characters and lines count from 1.
struct CsvPlace {
    std::int64_t line = 1, column = 1;
};

struct Cell {
    std::string text;
    CsvPlace at;
    bool is_quoted = false;
};
using Row = std::vector<Cell>;

enum class CsvTrouble : std::uint8_t {
    not_csv,    // a workbook, an archive, a picture
    encoding,   // bytes that mean nothing
    empty,      // no header
    header,     // columns without or with one name
    quote,      // a stray or unclosed quote
    formula,    // a formula in place of its value
    width,      // more or fewer fields than columns
    too_large,  // a field or a row beyond all sense
};

struct Problem {
    CsvTrouble kind = CsvTrouble::not_csv;
    CsvPlace at;
    std::string sentence;
    bool is_fatal = false;  // nothing after it is read
};

/// How the file is written.
struct Dialect {
    Encoding encoding = Encoding::utf8;
    bool has_mark = false;
    std::string separator = ",";
    bool has_separator_line = false;
    bool is_persian = false;  // Arabic letters of Windows-1256 stand for Persian ones
};
/// "Windows-1256, separated by semicolons".
std::string words(const Dialect& dialect);

/// Receives what is read. A row that has a problem does not come.
class Sink {
  public:
    virtual ~Sink() = default;
    /// Once, before all rows; as they are written, trimmed. Empty columns at the end are gone.
    virtual void header(Row& names) = 0;
    /// As many cells as the header has.
    virtual void row(Row& cells) = 0;
    virtual void problem(Problem problem) = 0;
};

class Reader {
  public:
    /// `encoding`: known or said by the user; else recognised from the beginning.
    /// `most_line`: a row is one line of at most so many bytes, quotes or not, and what is wrong in it ends with it;
    /// 0: fields in quotes may hold line ends.
    explicit Reader(Sink& sink, std::optional<Encoding> encoding = std::nullopt, std::size_t most_line = 0)
        : sink_(sink), wanted_(encoding), most_line_(most_line) {}
    void feed(std::string_view bytes);
    void finish();
    /// Known when the header came.
    const Dialect& dialect() const { return dialect_; }
    bool is_over() const { return over_; }
    /// The line that is being read.
    std::int64_t line() const { return line_; }
    /// Bytes that wait until the encoding can be told.
    std::size_t held() const { return head_.size(); }

  private:
    enum class At : std::uint8_t { field_start, plain, quoted, quote_in_quoted, after_return, skipping };
    void begin(bool is_whole);
    void decode(std::string_view bytes);
    void decode_lines(std::string_view bytes);
    void skip_line(CsvTrouble kind, CsvPlace at, std::string sentence);
    void end_line(char c);
    void parse(std::string_view text);
    void step(char c);
    void in_plain(char c);
    void after_quote(char c);
    bool ends_field(char c);
    bool takes_end(char c);
    void start_field();
    void end_field();
    void end_row();
    void finish_row();
    void take_header();
    void check_formula(Cell& cell);
    void advance(char c);
    void row_problem(CsvTrouble kind, CsvPlace at, std::string sentence);
    void fatal(CsvTrouble kind, CsvPlace at, std::string sentence);
    void too_long();

    Sink& sink_;
    std::optional<Encoding> wanted_;
    std::size_t most_line_;
    Dialect dialect_;
    std::optional<Decoder> decoder_;
    std::string head_;
    bool begun_ = false, over_ = false, skips_line_ = false;

    At at_ = At::field_start;
    bool half_separator_ = false, is_formula_text_ = false;
    std::int64_t line_ = 1, column_ = 1;
    Row row_;
    Cell cell_;
    std::size_t row_bytes_ = 0;
    bool row_is_bad_ = false, field_is_bad_ = false;
    std::optional<Row> header_;
    std::size_t columns_ = 0;
};

/// What a file that is no text is, by its first bytes: "an Excel workbook (.xlsx)". Empty: nothing known.
std::string_view foreign_kind(std::string_view head);

/// The separator of a text by its first rows; "," when there is none.
std::string separator_of(std::string_view text);

}  // namespace chapar::csv
