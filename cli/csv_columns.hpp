#pragma once
// What the columns of a mailing mean: who it goes to, and the data of its template.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "csv/reader.hpp"
#include "render/data_shape.hpp"

namespace chapar::cli {

using Shape = render::DataKind;

/// What is known of a template's data.
struct DataContract {
    std::vector<std::string> required;
    std::map<std::string, render::DataShape, std::less<>> shapes;  // of the sample's members
};
/// `sample`: a JSON object.
DataContract contract_of(const std::vector<std::string>& required, std::string_view sample);

struct CsvColumn {
    enum class Kind : std::uint8_t { person, attribute, key, data } kind = Kind::data;
    std::string name;  // of the member
    Shape shape = Shape::unknown;
    bool is_required = false;
    render::DataShape inside{};  // of what JSON the cell may hold
};

/// By the names of the header; `contract` may be empty. `problems` receives two columns of one name, nobody to write
/// to, and what is required and there is no column for.
std::vector<CsvColumn> read_columns(const csv::Row& header, const DataContract& contract,
                                    std::vector<csv::Problem>& problems);

/// A cell of data as JSON: what begins with [ or { is JSON, unless the sample has a text there; a number or true and
/// false where the sample has them. False: `out` is what is wrong.
bool data_json(const csv::Cell& cell, const CsvColumn& column, std::string& out);

}  // namespace chapar::cli
