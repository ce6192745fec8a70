#pragma once
// A configuration file as a tree with places. Keeps the TOML library out of every file but parse.cpp.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace chapar::config {

struct Place {
    std::shared_ptr<const std::string> file;
    std::uint32_t line = 0, column = 0;
    std::string text() const;
};

struct Member;

struct Node {
    enum class Type : std::uint8_t { flag, integer, number, text, date, list, table };
    Type type = Type::table;
    Place place;
    bool is_inline = false;  // { a = 1 }: a value, so it does not merge
    bool flag = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string text;
    std::vector<Node> list;
    std::vector<Member> table;  // ordered by key

    const Member* find(std::string_view key) const;
    bool is_list_of_tables() const;
    /// "a string", "a table", ... for sentences.
    std::string_view described() const;
};

struct Member {
    std::string key;
    Place place;
    Node value;
};

Problem problem_at(const Place& place, std::string text);

/// `path`, then conf.d/*.toml beside it by name: the files of one configuration in the order of reading.
std::vector<std::string> files_of(const std::string& path, std::vector<Problem>& problems);

/// Reads and parses one file. A syntax error or an unreadable file is a problem, and the tree is empty.
Node parse_file(const std::string& path, std::vector<Problem>& problems);
/// The same of a text that is called `name` in problems.
Node parse_text(const std::string& text, const std::string& name, std::vector<Problem>& problems);

/// Adds `more` to `into` (both tables): tables merge, arrays of tables append, anything that stands twice is a problem.
void merge(Node& into, Node more, std::vector<Problem>& problems, const std::string& path = {});

/// A free table as JSON text with its keys ordered. A date is a problem: JSON has none.
std::string to_json(const Node& node, std::vector<Problem>& problems);

}  // namespace chapar::config
