#include "cli/findings.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace chapar::cli {
namespace {

std::string_view kind_of(csv::Trouble kind) {
    switch (kind) {
        case csv::Trouble::not_csv:
            return "files that are no CSV";
        case csv::Trouble::encoding:
            return "bytes without a meaning";
        case csv::Trouble::empty:
            return "empty files";
        case csv::Trouble::header:
            return "columns";
        case csv::Trouble::quote:
            return "quotes";
        case csv::Trouble::formula:
            return "formulas";
        case csv::Trouble::width:
            return "rows with more or fewer fields than columns";
        case csv::Trouble::too_large:
            return "rows without end";
    }
    return {};
}

}  // namespace

void Findings::add(std::string_view kind, csv::Place at, std::string_view sentence) {
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
