// What a file is and how its fields are parted, by its beginning.
#include <algorithm>
#include <array>

#include "csv/reader.hpp"

namespace chapar::csv {
namespace {

constexpr std::string_view arabic_semicolon = "؛";
constexpr std::array<std::string_view, 5> separators = {",", ";", "\t", arabic_semicolon, "|"};
constexpr std::size_t rows_looked_at = 20;

/// How many of `separator` stand outside of quotes in each of the first rows.
std::vector<std::size_t> counts(std::string_view text, std::string_view separator) {
    std::vector<std::size_t> out;
    std::size_t count = 0;
    bool quoted = false, blank = true;
    for (std::size_t i = 0; i < text.size() && out.size() < rows_looked_at; ++i) {
        const char c = text[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '\n' || c == '\r')) {
            if (!blank) out.push_back(count);
            count = 0;
            blank = true;
            continue;
        } else if (!quoted && text.substr(i).starts_with(separator)) {
            ++count;
        }
        blank = false;
    }
    if (!blank && out.size() < rows_looked_at) out.push_back(count);
    return out;
}

std::string_view separator_word(std::string_view separator) {
    if (separator == ",") return "commas";
    if (separator == ";") return "semicolons";
    if (separator == "\t") return "tabs";
    if (separator == arabic_semicolon) return "«؛»";
    return separator == "|" ? "bars" : separator;
}

}  // namespace

std::string separator_of(std::string_view text) {
    std::string best(",");
    std::size_t most_alike = 0, most = 0;
    for (const auto separator : separators) {
        const auto found = counts(text, separator);
        if (found.empty() || found.front() == 0) continue;
        // The last row of a sample may be cut.
        const auto alike = static_cast<std::size_t>(std::ranges::count(found, found.front()));
        const bool is_better = alike > most_alike || (alike == most_alike && found.front() > most);
        if (!is_better) continue;
        most_alike = alike;
        most = found.front();
        best = separator;
    }
    return best;
}

std::string_view foreign_kind(std::string_view head) {
    const auto has = [&](std::string_view word) { return head.find(word) != std::string_view::npos; };
    if (head.starts_with("PK\x03\x04")) {
        if (has("application/vnd.oasis.opendocument.spreadsheet")) return "a LibreOffice workbook (.ods)";
        if (has("Index/Document.iwa") || has("Index.zip") || has(".iwa")) return "a Numbers document (.numbers)";
        if (has("[Content_Types].xml") || has("xl/")) return "an Excel workbook (.xlsx)";
        return "a ZIP archive";
    }
    if (head.starts_with("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")) return "an old Excel workbook (.xls)";
    if (head.starts_with("\x09\x08") && head.size() > 4 && head[3] == '\0') return "an old Excel workbook (.xls)";
    if (head.starts_with("%PDF")) return "a PDF";
    if (head.starts_with("\x1F\x8B")) return "a gzip archive";
    if (head.starts_with("\x89PNG") || head.starts_with("\xFF\xD8\xFF")) return "a picture";
    if (head.starts_with("{\\rtf")) return "a text of Word (.rtf)";
    auto text = head;
    if (const auto mark = byte_order_mark(text)) text.remove_prefix(mark->size);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.starts_with("<?xml") || text.starts_with("<Workbook")) return "XML";
    for (const std::string_view tag : {"<!DOCTYPE", "<!doctype", "<html", "<HTML", "<table", "<TABLE"})
        if (text.starts_with(tag)) return "an HTML page";
    return {};
}

std::string words(const Dialect& dialect) {
    auto out = std::string(name(dialect.encoding));
    if (dialect.has_mark) out += " with a byte order mark";
    out += ", separated by ";
    out += separator_word(dialect.separator);
    if (dialect.has_separator_line) out += " (as its \"sep=\" line says)";
    if (dialect.is_persian) out += "; the Arabic ye and kaf of this encoding are read as Persian";
    return out;
}

}  // namespace chapar::csv
