#include "cli/csv_table.hpp"

#include <fmt/format.h>

namespace chapar::cli {
namespace {

class Reader {
  public:
    explicit Reader(CsvTable& table) : table_(table), text_(table.text) {}

    std::string read() {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;
        while (at_ < text_.size() && problem_.empty())
            row();
        if (problem_.empty() && table_.columns.empty())
            problem_ = "1:1: the file is empty; its first row must name the columns";
        return problem_;
    }

  private:
    void wrong(std::size_t at, std::string_view what) {
        if (problem_.empty()) problem_ = fmt::format("{}:{}: {}", line_, at - line_begin_ + 1, what);
    }

    void row() {
        const bool blank =
            text_[at_] == '\n' || (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
        const auto row_line = line_;
        const auto before = table_.fields.size();
        for (bool more = true; more && problem_.empty();)
            more = field();
        if (!problem_.empty()) return;
        const auto width = table_.fields.size() - before;
        if (blank) {
            table_.fields.resize(before);
        } else if (table_.columns.empty()) {
            for (const auto& each : table_.fields)
                table_.columns.push_back(each.text);
            table_.fields.clear();
        } else if (width != table_.columns.size()) {
            problem_ = fmt::format("{}:1: {} fields, but the header names {}", row_line, width, table_.columns.size());
        }
    }

    /// One field and what ends it; true: another follows in this row.
    bool field() {
        CsvField out;
        out.line = static_cast<std::int32_t>(line_);
        out.column = static_cast<std::int32_t>(at_ - line_begin_ + 1);
        out.text = at_ < text_.size() && text_[at_] == '"' ? quoted() : plain();
        table_.fields.push_back(out);
        if (at_ >= text_.size()) return false;
        const char end = text_[at_];
        if (end == ',') {
            ++at_;
            if (at_ == text_.size()) table_.fields.push_back({{}, out.line, out.column + 1});
            return at_ < text_.size();
        }
        if (end == '\r') ++at_;
        if (at_ < text_.size() && text_[at_] != '\n') wrong(at_, "expected a comma or the end of the row");
        ++at_;
        ++line_;
        line_begin_ = at_;
        return false;
    }

    std::string_view plain() {
        const auto from = at_;
        while (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\n' && text_[at_] != '\r') {
            if (text_[at_] == '"') wrong(at_, "a quote inside of a field: put the field in quotes and write two");
            ++at_;
        }
        return std::string_view(text_).substr(from, at_ - from);
    }

    std::string_view quoted() {
        const auto open = at_++;
        const auto open_line = line_, open_begin = line_begin_;
        const auto from = at_;
        auto to = at_;
        while (at_ < text_.size()) {
            const char c = text_[at_++];
            if (c == '"') {
                if (at_ < text_.size() && text_[at_] == '"') {
                    ++at_;
                } else {
                    return std::string_view(text_).substr(from, to - from);
                }
            }
            text_[to++] = c;
            if (c != '\n') continue;
            ++line_;
            line_begin_ = at_;
        }
        line_ = open_line;
        line_begin_ = open_begin;
        wrong(open, "this quote is never closed");
        return {};
    }

    CsvTable& table_;
    std::string& text_;
    std::size_t at_ = 0, line_ = 1, line_begin_ = 0;
    std::string problem_;
};

}  // namespace

std::string read_csv(std::string text, CsvTable& table) {
    table = CsvTable{};
    table.text = std::move(text);
    return Reader(table).read();
}

}  // namespace chapar::cli
