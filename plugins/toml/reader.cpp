#include "toml/reader.hpp"

#include <cerrno>
#include <chapar/toml_bounds.hpp>
#include <cstring>

#include <algorithm>
#include <fstream>
#include <numeric>

namespace chapar::toml_file {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t swapped = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, swapped});
        }
    }
    return row.back();
}

std::string place(const toml::node& at, const std::string& file) {
    const auto where = at.source().begin;
    return file + ':' + std::to_string(where.line) + ':' + std::to_string(where.column) + ": ";
}

}  // namespace

std::string Reader::suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    std::string all;
    std::string_view best;
    std::size_t least = word.size() / 3 + 2;  // one edit, and one more for each three letters
    for (const auto each : known) {
        all.append(all.empty() ? "" : ", ").append(each);
        if (const auto far = distance(word, each); far < least) least = far, best = each;
    }
    if (!best.empty()) return "; did you mean \"" + std::string(best) + "\"?";
    return known.empty() ? std::string() : "; known: " + all;
}

void Reader::fail(const toml::node& at, const std::string& sentence) const {
    throw BadConfig(place(at, file_) + (title_.empty() ? "" : "[" + title_ + "]: ") + sentence);
}

void Reader::fail(std::string_view key, const std::string& sentence) const {
    const toml::node* at = node(key);
    fail(at != nullptr ? *at : static_cast<const toml::node&>(table_), sentence);
}

void Reader::allow(std::initializer_list<std::string_view> keys) const {
    const std::vector<std::string_view> known(keys);
    for (const auto& [key, value] : table_) {
        if (std::ranges::find(known, key.str()) == known.end())
            fail(value, "unknown key \"" + std::string(key.str()) + "\"" + suggestion(key.str(), known));
    }
}

void Reader::need(std::string_view key, std::string_view what) const {
    if (!has(key)) fail(key, "the key \"" + std::string(key) + "\" is missing: " + std::string(what));
}

std::string Reader::string(std::string_view key, std::string_view otherwise) const {
    const toml::node* at = node(key);
    return at == nullptr ? std::string(otherwise) : string(*at);
}

std::string Reader::string(const toml::node& node) const {
    const auto value = node.value_exact<std::string>();
    if (!value) fail(node, "expected a string, in quotes");
    return *value;
}

std::int64_t Reader::integer(std::string_view key, std::int64_t otherwise, std::int64_t lowest,
                             std::int64_t highest) const {
    const toml::node* at = node(key);
    if (at == nullptr) return otherwise;
    const auto value = at->value_exact<std::int64_t>();
    if (!value || *value < lowest || *value > highest)
        fail(*at, "\"" + std::string(key) + "\" must be a number from " + std::to_string(lowest) + " to " +
                      std::to_string(highest));
    return *value;
}

bool Reader::boolean(std::string_view key, bool otherwise) const {
    const toml::node* at = node(key);
    if (at == nullptr) return otherwise;
    const auto value = at->value_exact<bool>();
    if (!value) fail(*at, "\"" + std::string(key) + "\" must be true or false");
    return *value;
}

std::vector<std::string> Reader::strings(std::string_view key) const {
    std::vector<std::string> out;
    const toml::node* at = node(key);
    if (at == nullptr) return out;
    const auto* array = at->as_array();
    if (array == nullptr) fail(*at, "\"" + std::string(key) + "\" must be a list of strings");
    for (const auto& each : *array)
        out.push_back(string(each));
    return out;
}

std::vector<const toml::node*> Reader::each(std::string_view key) const {
    std::vector<const toml::node*> out;
    const toml::node* at = node(key);
    if (at == nullptr) return out;
    const auto* array = at->as_array();
    if (array == nullptr) return {at};
    for (const auto& one : *array)
        out.push_back(&one);
    return out;
}

std::optional<Reader> Reader::section(std::string_view key) const {
    const toml::node* at = node(key);
    if (at == nullptr) return std::nullopt;
    const auto* inner = at->as_table();
    if (inner == nullptr) fail(*at, "\"" + std::string(key) + "\" must be a table");
    return Reader(*inner, title_.empty() ? std::string(key) : title_ + "." + std::string(key), file_);
}

std::string read_file(const std::string& file, std::string_view what, std::string_view advice) {
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw BadConfig(std::string(what) + ' ' + file + " can't be read: " + std::strerror(errno) +
                        std::string(advice));
    // One byte more than there may be, so that too much is seen as such.
    std::string text(TomlBounds{}.bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

toml::table parse(std::string_view text, const std::string& file) {
    if (const auto excess = toml_excess(text))
        throw BadConfig(file + ':' + std::to_string(excess->line) + ':' + std::to_string(excess->column) + ": " +
                        excess->sentence);
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        const auto where = error.source().begin;
        throw BadConfig(file + ':' + std::to_string(where.line) + ':' + std::to_string(where.column) + ": " +
                        std::string(error.description()));
    }
}

}  // namespace chapar::toml_file
