#pragma once
// A whole RFC 4180 file in memory as fields with their places. Strict: a stray quote or a row of another width is an
// error that names file, line and column. A UTF-8 byte order mark is dropped.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::cli {

struct CsvField {
    std::string_view text;  // into the table
    std::int32_t line = 0, column = 0;
};

struct CsvTable {
    std::string text;  // quoted fields are unquoted in place
    std::vector<std::string_view> columns;
    std::vector<CsvField> fields;  // row by row, as many in each as there are columns

    std::size_t rows() const { return columns.empty() ? 0 : fields.size() / columns.size(); }
    const CsvField* row(std::size_t index) const { return fields.data() + index * columns.size(); }
};

/// Fills `table`; empty: well, otherwise "LINE:COLUMN: what is wrong".
std::string read_csv(std::string text, CsvTable& table);

}  // namespace chapar::cli
