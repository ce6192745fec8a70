#pragma once
// A table of an operator's TOML file being read: typed values, unknown keys refused, mistakes named by file, line and
// column with the nearest known word. It shows toml++, so only sources and private headers include it.

#include <toml++/toml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chapar/plugin.hpp"

namespace chapar::toml_file {

class Reader {
  public:
    /// `table` and `file` must outlive the reader.
    Reader(const toml::table& table, std::string title, const std::string& file)
        : table_(table), title_(std::move(title)), file_(file) {}

    /// Throws BadConfig: "FILE:LINE:COLUMN: [TITLE]: SENTENCE".
    [[noreturn]] void fail(const toml::node& at, const std::string& sentence) const;
    [[noreturn]] void fail(std::string_view key, const std::string& sentence) const;
    void allow(std::initializer_list<std::string_view> keys) const;
    void need(std::string_view key, std::string_view what) const;

    bool has(std::string_view key) const { return table_.contains(key); }
    const toml::table& table() const { return table_; }
    const std::string& title() const { return title_; }
    const std::string& file() const { return file_; }
    const toml::node* node(std::string_view key) const { return table_.get(key); }
    std::string string(std::string_view key, std::string_view otherwise = {}) const;
    std::string string(const toml::node& node) const;
    std::int64_t integer(std::string_view key, std::int64_t otherwise, std::int64_t lowest, std::int64_t highest) const;
    bool boolean(std::string_view key, bool otherwise) const;
    /// A list of strings; absent: empty.
    std::vector<std::string> strings(std::string_view key) const;
    /// The values of a list, or the one value that stands there without brackets.
    std::vector<const toml::node*> each(std::string_view key) const;
    std::optional<Reader> section(std::string_view key) const;
    template <class Value>
    Value choice(std::string_view key, Value otherwise,
                 std::initializer_list<std::pair<std::string_view, Value>> choices) const {
        if (!has(key)) return otherwise;
        const auto given = string(key);
        std::vector<std::string_view> names;
        for (const auto& [name, value] : choices) {
            if (name == given) return value;
            names.push_back(name);
        }
        fail(key, "unknown " + std::string(key) + " \"" + given + "\"" + suggestion(given, names));
    }

    /// What `word`, which stands at `at`, means in a table of pairs; any other is an "unknown WHAT".
    template <class Table>
    auto meaning(const Table& table, std::string_view word, const toml::node& at, std::string_view what) const {
        std::vector<std::string_view> known;
        for (const auto& [name, value] : table) {
            if (name == word) return value;
            known.push_back(name);
        }
        fail(at, "unknown " + std::string(what) + " \"" + std::string(word) + "\"" + suggestion(word, known));
    }

    /// "; did you mean ...?" or "; known: ...".
    static std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

  private:
    const toml::table& table_;
    std::string title_;
    const std::string& file_;
};

/// The text of a file; throws BadConfig with `what` ("the provider description") when it can't be read.
std::string read_file(const std::string& file, std::string_view what, std::string_view advice = {});

/// Throws BadConfig: "FILE:LINE:COLUMN: what is wrong".
toml::table parse(std::string_view text, const std::string& file);

}  // namespace chapar::toml_file
