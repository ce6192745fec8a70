#pragma once
// RFC 4180 files (libcsv reads them) as rows of named columns. A UTF-8 byte order mark is dropped.

#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

struct csv_parser;

namespace chapar::cli {

class CsvReader {
  public:
    /// Borrows `file`, which stays open.
    explicit CsvReader(std::FILE* file);
    ~CsvReader();
    CsvReader(const CsvReader&) = delete;
    CsvReader& operator=(const CsvReader&) = delete;

    const std::vector<std::string>& columns() const { return columns_; }
    /// The next row with as many fields as there are columns. False: the end, or `error()` says what is wrong.
    bool next(std::vector<std::string>& row);
    /// The row number in the file, the header being 1.
    long line() const { return line_; }
    const std::string& error() const { return error_; }

  private:
    bool read_row(std::vector<std::string>& row);
    static void on_field(void* data, std::size_t size, void* self);
    static void on_row(int end, void* self);

    std::FILE* file_;
    std::unique_ptr<csv_parser> parser_;
    std::vector<std::string> columns_, building_;
    std::deque<std::vector<std::string>> rows_;
    long line_ = 0;
    bool ended_ = false;
    std::string error_;
};

}  // namespace chapar::cli
