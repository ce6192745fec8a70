#pragma once
// What a careful colleague would say about a folder of templates before it is used. Reads files, changes nothing.
// Each rule has a name, by which the front matter silences it: silence = ["image-width"]. docs/templates.md lists them.

#include <string>
#include <tuple>
#include <vector>

namespace chapar::render {

struct Finding {
    std::string file;  // below the folder: "welcome/email.fa.liquid"
    unsigned line = 1, column = 1;
    std::string rule;
    std::string sentence;
    auto key() const { return std::tie(file, line, column, rule, sentence); }
    bool operator<(const Finding& other) const { return key() < other.key(); }
};

/// The names of all rules, sorted.
std::vector<std::string> lint_rules();

/// Sorted by place.
std::vector<Finding> lint(const std::string& folder);

}  // namespace chapar::render
