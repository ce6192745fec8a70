#pragma once
// A CSV file that is read more than once without being held: what its encoding is, then all that is wrong, then the
// rows.

#include <cstdio>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "csv/reader.hpp"

namespace chapar::cli {

class CsvInput {
  public:
    /// "-" is standard input, which is kept in a temporary file. `encoding` as people name it; empty: recognised from
    /// the whole file. The error: a sentence.
    static std::expected<CsvInput, std::string> open(const std::string& path, const std::string& encoding);
    /// As it is named in what is said of it.
    const std::string& name() const { return name_; }
    csv::Encoding encoding() const { return encoding_; }
    /// From the beginning; up to `most` bytes. Empty: the end.
    bool rewind() { return std::fseek(file_.get(), 0, SEEK_SET) == 0; }
    std::string_view piece();

  private:
    CsvInput() = default;
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_;
    std::unique_ptr<std::vector<char>> buffer_;
    std::string name_;
    csv::Encoding encoding_ = csv::Encoding::utf8;
};

/// Row by row, from the beginning.
class CsvRows : private csv::Sink {
  public:
    explicit CsvRows(CsvInput& input) : input_(input), reader_(*this, input.encoding()) { input.rewind(); }
    /// Reads on until the header is there; empty: there is none.
    const csv::Row& header();
    /// False: the end.
    bool next(csv::Row& row);
    const csv::Dialect& dialect() const { return reader_.dialect(); }
    /// What was found so far, and is taken with it.
    std::vector<csv::Problem> take_problems() { return std::exchange(problems_, {}); }

  private:
    void header(csv::Row& names) override { header_ = names; }
    void row(csv::Row& cells) override { rows_.push_back(std::move(cells)); }
    void problem(csv::Problem problem) override { problems_.push_back(std::move(problem)); }
    bool read_on();
    CsvInput& input_;
    csv::Reader reader_;
    csv::Row header_;
    std::deque<csv::Row> rows_;
    std::vector<csv::Problem> problems_;
    bool ended_ = false;
};

}  // namespace chapar::cli
