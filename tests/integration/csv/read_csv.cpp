// read_csv FILE ENCODING: all that the reader finds, as JSON; for the property test against Python's csv module.
#include <cstdio>
#include <vector>

#include "base/json.hpp"
#include "csv/reader.hpp"

namespace {

struct Everything : chapar::csv::Sink {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> problems;

    void header(chapar::csv::Row& cells) override { row(cells); }
    void row(chapar::csv::Row& cells) override {
        auto& out = rows.emplace_back();
        for (const auto& cell : cells)
            out.push_back(cell.text);
    }
    void problem(chapar::csv::Problem problem) override { problems.push_back(std::move(problem.sentence)); }
};

}  // namespace

int main(int count, char** words) {
    std::FILE* file = count == 3 ? std::fopen(words[1], "rb") : nullptr;
    if (file == nullptr) return 2;
    Everything all;
    chapar::csv::Reader reader(all, chapar::csv::encoding_named(words[2]));
    char buffer[100];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, file))
        reader.feed({buffer, got});
    std::fclose(file);
    reader.finish();
    chapar::json::Writer out;
    out.begin_object().member("separator", reader.dialect().separator).member("persian", reader.dialect().is_persian);
    out.key("problems").begin_array();
    for (const auto& problem : all.problems)
        out.value(problem);
    out.end_array().key("rows").begin_array();
    for (const auto& row : all.rows) {
        out.begin_array();
        for (const auto& text : row)
            out.value(text);
        out.end_array();
    }
    std::puts(out.end_array().end_object().take().c_str());
    return 0;
}
