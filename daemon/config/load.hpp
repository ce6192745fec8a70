#pragma once
// TOML files -> Settings. Strict: an unknown key, a wrong type or an impossible value is a problem with its place, what
// was expected and, where it can be guessed, what was meant. All problems are found, not only the first. Nothing is
// included, expanded or taken from the environment (attack S41). Pure but for reading the files; any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace chapar::config {

enum class Code { invalid };
constexpr std::string_view error_domain(Code) { return "config"; }

struct Problem {
    std::string file;
    std::uint32_t line = 0;  // 0: the file as a whole
    std::uint32_t column = 0;
    std::string text;
    /// "file:line:column: text", as compilers and editors have it.
    std::string sentence() const;
    bool operator==(const Problem&) const = default;
};

struct Loaded {
    Settings settings;              // meaningful only when there is no problem
    std::vector<Problem> problems;  // in the order of the files
    std::vector<std::string> files;
    bool ok() const { return problems.empty(); }
};

/// Reads `path`, then every conf.d/*.toml beside it in the order of their names: tables merge, arrays of tables append,
/// and a value that stands twice is a problem.
Loaded read(const std::string& path);

/// The same as a value or an error, whose message holds one problem a line.
Result<Settings> load(const std::string& path);

/// Settings of an empty file: the built-in classes and the defaults.
Settings defaults();

}  // namespace chapar::config
