#include "config/node.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace chapar::config {
namespace {

void write_json(json::Writer& out, const Node& node, std::vector<Problem>& problems) {
    switch (node.type) {
        case Node::Type::flag:
            out.value(node.flag);
            return;
        case Node::Type::integer:
            out.value(node.integer);
            return;
        case Node::Type::number:
            if (!std::isfinite(node.number)) problems.push_back(problem_at(node.place, "expected a finite number"));
            out.value(node.number);
            return;
        case Node::Type::text:
            out.value(node.text);
            return;
        case Node::Type::date:
            problems.push_back(problem_at(node.place, "a date is not possible here: write it as a string, in quotes"));
            out.null();
            return;
        case Node::Type::list:
            out.begin_array();
            for (const auto& element : node.list)
                write_json(out, element, problems);
            out.end_array();
            return;
        case Node::Type::table:
            out.begin_object();
            for (const auto& member : node.table) {
                out.key(member.key);
                write_json(out, member.value, problems);
            }
            out.end_object();
            return;
    }
}

bool is_open_table(const Node& node) { return node.type == Node::Type::table && !node.is_inline; }

}  // namespace

std::string Place::text() const { return line == 0 ? *file : fmt::format("{}:{}:{}", *file, line, column); }

const Member* Node::find(std::string_view key) const {
    const auto at = std::ranges::find(table, key, &Member::key);
    return at == table.end() ? nullptr : &*at;
}

bool Node::is_list_of_tables() const {
    return type == Type::list && !list.empty() && std::ranges::all_of(list, is_open_table);
}

std::string_view Node::described() const {
    switch (type) {
        case Type::flag:
            return flag ? "true" : "false";
        case Type::integer:
            return "a whole number";
        case Type::number:
            return "a number";
        case Type::text:
            return "a string";
        case Type::date:
            return "a date or time";
        case Type::list:
            return "a list";
        case Type::table:
            return "a table";
    }
    return "";
}

Problem problem_at(const Place& place, std::string text) {
    return Problem{place.file ? *place.file : std::string(), place.line, place.column, std::move(text)};
}

void merge(Node& into, Node more, std::vector<Problem>& problems, const std::string& path) {
    for (auto& member : more.table) {
        const auto at = std::ranges::lower_bound(into.table, member.key, {}, &Member::key);
        const auto name = path.empty() ? member.key : path + "." + member.key;
        if (at == into.table.end() || at->key != member.key) {
            into.table.insert(at, std::move(member));
        } else if (is_open_table(at->value) && is_open_table(member.value)) {
            merge(at->value, std::move(member.value), problems, name);
        } else if (at->value.is_list_of_tables() && member.value.is_list_of_tables()) {
            std::ranges::move(member.value.list, std::back_inserter(at->value.list));
        } else {
            problems.push_back(problem_at(
                member.place, fmt::format("{} stands already at {}: keep one of them", name, at->place.text())));
        }
    }
}

std::string to_json(const Node& node, std::vector<Problem>& problems) {
    json::Writer out;
    write_json(out, node, problems);
    return out.take();
}

}  // namespace chapar::config
