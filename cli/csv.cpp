#include "cli/csv.hpp"

#include <csv.h>
#include <fmt/format.h>

#include <array>

namespace chapar::cli {

CsvReader::CsvReader(std::FILE* file) : file_(file), parser_(std::make_unique<csv_parser>()) {
    csv_init(parser_.get(), CSV_STRICT | CSV_STRICT_FINI);
    if (!read_row(columns_)) {
        if (error_.empty()) error_ = "the file is empty; its first row must name the columns";
        return;
    }
    if (!columns_.empty() && columns_.front().starts_with("\xEF\xBB\xBF")) columns_.front().erase(0, 3);
}

CsvReader::~CsvReader() { csv_free(parser_.get()); }

bool CsvReader::next(std::vector<std::string>& row) {
    if (!error_.empty() || !read_row(row)) return false;
    if (row.size() == columns_.size()) return true;
    error_ = fmt::format("row {}: {} fields, but the header names {}", line_, row.size(), columns_.size());
    return false;
}

bool CsvReader::read_row(std::vector<std::string>& row) {
    while (rows_.empty() && !ended_ && error_.empty()) {
        std::array<char, 1 << 16> buffer;
        const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file_);
        if (got == 0) {
            ended_ = true;
            if (csv_fini(parser_.get(), on_field, on_row, this) != 0) error_ = "the last row has an unclosed quote";
        } else if (csv_parse(parser_.get(), buffer.data(), got, on_field, on_row, this) != got) {
            error_ = fmt::format("near row {}: {}", line_ + static_cast<long>(rows_.size()) + 1,
                                 csv_strerror(csv_error(parser_.get())));
        }
    }
    if (rows_.empty()) return false;
    row = std::move(rows_.front());
    rows_.pop_front();
    ++line_;
    return true;
}

void CsvReader::on_field(void* data, std::size_t size, void* self) {
    static_cast<CsvReader*>(self)->building_.emplace_back(static_cast<const char*>(data), size);
}

void CsvReader::on_row(int, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    const bool blank = reader.building_.size() == 1 && reader.building_.front().empty();
    if (!blank) reader.rows_.push_back(std::move(reader.building_));
    reader.building_.clear();
}

}  // namespace chapar::cli
