#include "cli/findings.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace chapar::cli {
namespace {

std::string_view kind_of(csv::CsvTrouble kind) {
    switch (kind) {
        case csv::CsvTrouble::not_csv:
            return "files that are no CSV";
        case csv::CsvTrouble::encoding:
            return "bytes without a meaning";
        case csv::CsvTrouble::empty:
            return "empty files";
        case csv::CsvTrouble::header:
            return "columns";
        case csv::CsvTrouble::quote:
            return "quotes";
        case csv::CsvTrouble::formula:
            return "formulas";
        case csv::CsvTrouble::width:
            return "rows with more or fewer fields than columns";
        case csv::CsvTrouble::too_large:
            return "rows without end";
    }
    return {};
}

}  // namespace

void Findings::add(std::string_view kind, csv::CsvPlace at, std::string_view sentence) {
    ++total_;
    if (++counts_[std::string(kind)] > most_of_a_kind) return;
    std::fputs(fmt::format("{}:{}:{}: {}\n", file_, at.line, at.column, sentence).c_str(), stderr);
}

void Findings::add(const csv::Problem& problem) { add(kind_of(problem.kind), problem.at, problem.sentence); }

void Findings::finish() {
    for (const auto& [kind, count] : counts_) {
        if (count <= most_of_a_kind) continue;
        std::fputs(fmt::format("{}: and {} more of this kind ({})\n", file_, count - most_of_a_kind, kind).c_str(),
                   stderr);
    }
}

}  // namespace chapar::cli
