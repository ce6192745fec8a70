#include "csv/writer.hpp"

#include <string_view>

namespace chapar::csv {
namespace {

/// With these a spreadsheet begins a formula, whatever the quotes around the field.
constexpr std::string_view formula_starts = "=+-@\t\r";

bool begins_formula(std::string_view field) {
    return !field.empty() && formula_starts.find(field.front()) != std::string_view::npos;
}

/// Whether an apostrophe in front is, or would be taken for, the one that `join` sets.
bool is_marked(std::string_view field) {
    return field.starts_with('\'') && field.size() > 1 && (field[1] == '\'' || begins_formula(field.substr(1)));
}

}  // namespace

std::string join(const std::vector<std::string>& fields) {
    std::string out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) out += ',';
        const std::string_view mark = begins_formula(fields[i]) || is_marked(fields[i]) ? "'" : "";
        if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
            out.append(mark).append(fields[i]);
            continue;
        }
        out.append("\"").append(mark);
        for (const char c : fields[i]) {
            if (c == '"') out += '"';
            out += c;
        }
        out += '"';
    }
    return out + "\r\n";
}

std::string unmarked(std::string field) {
    if (is_marked(field)) field.erase(0, 1);
    return field;
}

}  // namespace chapar::csv
