#include "cli/csv_columns.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "base/json_parser.hpp"
#include "base/written_number.hpp"
#include "csv/columns.hpp"

namespace chapar::cli {
namespace {

constexpr std::array<std::string_view, 5> of_person = {"email", "phone", "recipient", "locale", "timezone"};

std::string_view first_name(std::string_view path) { return path.substr(0, path.find_first_of(".[")); }

bool is_required(const DataContract& contract, std::string_view name) {
    return std::ranges::any_of(contract.required, [&](const std::string& path) { return first_name(path) == name; });
}

/// The variable that is meant by a column: "Start URL" is start_url.
std::string variable_of(const DataContract& contract, const std::string& column) {
    const auto folded = csv::folded_column(column);
    const auto is_meant = [&](std::string_view name) { return csv::folded_column(name) == folded; };
    if (contract.shapes.contains(column) || is_required(contract, column)) return column;
    for (const auto& [name, shape] : contract.shapes)
        if (is_meant(name)) return name;
    for (const auto& path : contract.required)
        if (is_meant(first_name(path))) return std::string(first_name(path));
    return column;
}

std::string listed_names(const csv::Row& header) {
    std::string out;
    for (const auto& cell : header)
        out += (out.empty() ? "«" : ", «") + cell.text + "»";
    return out;
}

void check_columns(const csv::Row& header, const std::vector<CsvColumn>& columns, const DataContract& contract,
                   std::vector<csv::Problem>& problems) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (columns[i].name != columns[j].name || columns[i].kind != columns[j].kind) continue;
            problems.push_back(
                {csv::CsvTrouble::header, header[i].at,
                 fmt::format("two columns mean {}: «{}» and «{}»", columns[i].name, header[j].text, header[i].text),
                 true});
        }
    }
    const bool names_somebody = std::ranges::any_of(columns, [](const CsvColumn& c) {
        return c.kind == CsvColumn::Kind::person && (c.name == "email" || c.name == "phone" || c.name == "recipient");
    });
    if (!names_somebody) {
        const auto hint = header.size() == 1 ? "the only column is" : "the columns are";
        problems.push_back({csv::CsvTrouble::header,
                            {1, 1},
                            fmt::format("no column email, phone or recipient (ایمیل، موبایل، شناسه); {} {}", hint,
                                        listed_names(header)),
                            true});
    }
    for (const auto& path : contract.required) {
        const auto name = first_name(path);
        const bool is_there = std::ranges::any_of(
            columns, [&](const CsvColumn& c) { return c.kind == CsvColumn::Kind::data && c.name == name; });
        if (!is_there)
            problems.push_back(
                {csv::CsvTrouble::header,
                 {1, 1},
                 fmt::format("the template requires «{}», and no column has that name; the columns are {}", name,
                             listed_names(header)),
                 true});
    }
}

bool is_json_start(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && (text[first] == '[' || text[first] == '{');
}

bool json_cell(const csv::Cell& cell, const CsvColumn& column, std::string& out) {
    json::Parser parser;
    simdjson::dom::element value;
    const auto error = parser.parse(cell.text, value);
    if (error != simdjson::SUCCESS) {
        out = fmt::format("a cell that begins with [ or {{ is JSON, and this is none: {}",
                          simdjson::error_message(error));
        return false;
    }
    const auto wrong = render::contradictions(column.inside, cell.text, '/' + column.name);
    if (!wrong.empty()) {
        out = wrong.front().sentence;
        return false;
    }
    out = simdjson::minify(value);
    return true;
}

std::optional<bool> truth_of(std::string_view text) {
    const auto folded = csv::folded_column(text);
    for (const std::string_view word : {"true", "yes", "1", "بله", "بلی", "درست"})
        if (folded == word) return true;
    for (const std::string_view word : {"false", "no", "0", "خیر", "نه", "نادرست"})
        if (folded == word) return false;
    return std::nullopt;
}

}  // namespace

DataContract contract_of(const std::vector<std::string>& required, std::string_view sample) {
    DataContract out{required, {}};
    auto shape = render::shape_of(sample);
    for (std::size_t i = 0; i < shape.names.size(); ++i)
        out.shapes.emplace(shape.names[i], std::move(shape.shapes[i]));
    return out;
}

std::vector<CsvColumn> read_columns(const csv::Row& header, const DataContract& contract,
                                    std::vector<csv::Problem>& problems) {
    std::vector<CsvColumn> out;
    for (const auto& cell : header) {
        CsvColumn column;
        const auto person = csv::column_of_person(cell.text);
        if (cell.text.starts_with("attr.")) {
            column = {CsvColumn::Kind::attribute, cell.text.substr(5), Shape::unknown, false, {}};
        } else if (person == "idempotency_key") {
            column = {CsvColumn::Kind::key, person, Shape::unknown, false, {}};
        } else if (std::ranges::find(of_person, person) != of_person.end()) {
            column = {CsvColumn::Kind::person, person, Shape::unknown, false, {}};
        } else {
            const auto name = variable_of(contract, cell.text);
            const auto known = contract.shapes.find(name);
            column = {CsvColumn::Kind::data, name, Shape::unknown, is_required(contract, name), {}};
            if (known != contract.shapes.end()) {
                column.shape = known->second.kind;
                column.inside = known->second;
            }
        }
        out.push_back(std::move(column));
    }
    check_columns(header, out, contract, problems);
    return out;
}

bool data_json(const csv::Cell& cell, const CsvColumn& column, std::string& out) {
    out.clear();
    const auto wrong = [&] {
        out = fmt::format("{} is {} in the template's sample, and the text \"{}\" here", column.name,
                          render::words(column.shape), cell.text.substr(0, 60));
        return false;
    };
    if (column.shape != Shape::text && is_json_start(cell.text)) return json_cell(cell, column, out);
    const bool is_empty = cell.text.find_first_not_of(" \t") == std::string::npos;
    if (is_empty && column.shape != Shape::text && column.shape != Shape::unknown && column.shape != Shape::any) {
        out = "null";
        return true;
    }
    if (column.shape == Shape::list || column.shape == Shape::map) return wrong();
    if (column.shape == Shape::number) {
        const auto number = written::read_percent(cell.text);
        if (!number) return wrong();
        // A code such as 0123 is no 123: it stays a text, which filters read as a number all the same.
        const std::string_view digits = number->number;
        const auto from = digits.starts_with('-') ? 1U : 0U;
        const bool is_code = digits.size() > from + 1 && digits[from] == '0' && digits[from + 1] != '.';
        if (is_code) {
            json::append_string(out, cell.text);
        } else {
            out = digits;
        }
        return true;
    }
    if (column.shape == Shape::truth) {
        const auto truth = truth_of(cell.text);
        if (!truth) return wrong();
        out = *truth ? "true" : "false";
        return true;
    }
    json::append_string(out, cell.text);
    return true;
}

}  // namespace chapar::cli
