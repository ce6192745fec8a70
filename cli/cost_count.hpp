#pragma once
// Segments and money of a template over the rows of a CSV file. Reads the file, sends nothing; uses every core.

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "cli/csv_input.hpp"
#include "config/settings.hpp"
#include "render/catalogue.hpp"

namespace chapar::cli {

struct Question {
    config::Settings settings;  // routes with their prices
    std::shared_ptr<const render::Template> program;
    std::string channel, class_name, locale, country, timezone;
};

/// Of a row, or of a field in it; the first line is 1.
struct Place {
    std::int64_t line = 0, column = 1;
};

struct Worst {
    Place at;
    int segments = 0, units = 0;
    std::string encoding, forced_by;
};

struct Bad {
    Place at;
    std::string what;
};

struct Sum {
    std::int64_t messages = 0, segments = 0;
    Money amount;
};

struct Totals {
    std::int64_t messages = 0, segments = 0, failed = 0, unrouted = 0;
    std::map<int, std::int64_t> by_segments;
    std::map<std::string, std::int64_t> by_encoding, forced_by;
    std::map<std::pair<std::string, std::string>, Sum> by_route;  // (route, currency)
    std::optional<Worst> worst;                                   // of equal ones the first
    std::vector<Bad> bad;                                         // the first `most_shown`

    static constexpr std::size_t most_shown = 1000;
};

/// Whether a row is counted.
using RowFilter = std::function<bool(const csv::Row&)>;

/// The error: the file is no CSV ("file:line:column: ...").
std::expected<Totals, std::string> count_costs(const Question& question, CsvInput& input, const RowFilter& wanted = {});

/// As people read it, on standard output.
void print_totals(const std::string& file, const Totals& totals);
/// As members of the object that is open.
void write_totals(json::Writer& out, const Totals& totals);

}  // namespace chapar::cli
