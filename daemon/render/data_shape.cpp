#include "render/data_shape.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/json_parser.hpp"
#include "render/data_document.hpp"

namespace chapar::render {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t most_told = 20, most_depth = 32;

bool is_plain(DataKind kind) { return kind == DataKind::text || kind == DataKind::number || kind == DataKind::truth; }

DataKind kind_of(element value) {
    switch (value.type()) {
        case element_type::ARRAY:
            return DataKind::list;
        case element_type::OBJECT:
            return DataKind::map;
        case element_type::INT64:
        case element_type::UINT64:
        case element_type::DOUBLE:
            return DataKind::number;
        case element_type::STRING:
            return DataKind::text;
        case element_type::BOOL:
            return DataKind::truth;
        case element_type::NULL_VALUE:
            return DataKind::unknown;
    }
    return DataKind::unknown;
}

/// Both are sorted, and so is what comes of it.
void merge_members(DataShape& into, const DataShape& other) {
    DataShape both{into.kind, {}, {}};
    const auto take = [&both](const DataShape& from, std::size_t i) {
        both.names.push_back(from.names[i]);
        both.shapes.push_back(from.shapes[i]);
    };
    std::size_t mine = 0, theirs = 0;
    while (mine < into.names.size() || theirs < other.names.size()) {
        const bool is_over = mine == into.names.size();
        if (is_over || (theirs < other.names.size() && other.names[theirs] < into.names[mine])) {
            take(other, theirs++);
            continue;
        }
        take(into, mine);
        if (theirs < other.names.size() && other.names[theirs] == into.names[mine])
            merge(both.shapes.back(), other.shapes[theirs++]);
        ++mine;
    }
    into = std::move(both);
}

DataShape shape_of_element(element value, std::size_t depth) {
    DataShape out;
    out.kind = kind_of(value);
    simdjson::dom::array items;
    simdjson::dom::object members;
    if (depth == most_depth) {
        out.kind = DataKind::any;
    } else if (value.get(items) == simdjson::SUCCESS) {
        DataShape all;
        for (const auto item : items)
            merge(all, shape_of_element(item, depth + 1));
        if (all.kind != DataKind::unknown) out.shapes.push_back(std::move(all));
    } else if (value.get(members) == simdjson::SUCCESS) {
        std::vector<std::pair<std::string_view, element>> sorted;
        for (const auto member : members)
            sorted.emplace_back(member.key, member.value);
        std::ranges::stable_sort(sorted, {}, &std::pair<std::string_view, element>::first);
        for (const auto& [name, inner] : sorted) {
            if (!out.names.empty() && out.names.back() == name) continue;  // said twice: the first counts
            out.names.emplace_back(name);
            out.shapes.push_back(shape_of_element(inner, depth + 1));
        }
    }
    return out;
}

bool is_empty(element value) {
    simdjson::dom::array items;
    simdjson::dom::object members;
    if (value.get(items) == simdjson::SUCCESS) return items.begin() == items.end();
    return value.get(members) == simdjson::SUCCESS && members.begin() == members.end();
}

bool agree(DataKind sample, DataKind data, element value) {
    if (sample == DataKind::unknown || sample == DataKind::any || data == DataKind::unknown || sample == data)
        return true;
    if (is_plain(sample)) return is_plain(data);
    return !is_plain(data) && is_empty(value);
}

}  // namespace

void find_contradictions(const DataShape& shape, DataElement value, const DataPlace& at,
                         std::vector<Contradiction>& out) {
    if (out.size() == most_told) return;
    const auto kind = kind_of(value);
    if (!agree(shape.kind, kind, value)) {
        auto pointer = at.pointer();
        const auto name = pointer.starts_with('/') ? std::string_view(pointer).substr(1) : std::string_view("the data");
        auto sentence =
            fmt::format("{} is {} in the template's sample, and {} here", name, words(shape.kind), words(kind));
        out.push_back({std::move(pointer), std::move(sentence)});
        return;
    }
    simdjson::dom::array items;
    simdjson::dom::object members;
    if (shape.kind == DataKind::list && !shape.shapes.empty() && value.get(items) == simdjson::SUCCESS) {
        std::size_t index = 0;
        for (const auto item : items)
            find_contradictions(shape.shapes.front(), item, at.item(index++), out);
    } else if (shape.kind == DataKind::map && value.get(members) == simdjson::SUCCESS) {
        for (const auto member : members) {
            if (const auto* known = shape.member(member.key))
                find_contradictions(*known, member.value, at.member(member.key), out);
        }
    }
}

const DataShape* DataShape::member(std::string_view name) const {
    if (kind != DataKind::map) return nullptr;
    const auto found = std::ranges::lower_bound(names, name);
    return found == names.end() || *found != name ? nullptr : &shapes[static_cast<std::size_t>(found - names.begin())];
}

std::string_view words(DataKind kind) {
    switch (kind) {
        case DataKind::unknown:
            return "nothing";
        case DataKind::any:
            return "anything";
        case DataKind::text:
            return "a text";
        case DataKind::number:
            return "a number";
        case DataKind::truth:
            return "true or false";
        case DataKind::list:
            return "a list";
        case DataKind::map:
            return "an object";
    }
    return {};
}

DataShape shape_of(std::string_view json) {
    simdjson::dom::parser parser;
    element value;
    if (parser.parse(json::begin_of(json), json.size()).get(value) != simdjson::SUCCESS) return {};
    return shape_of_element(value, 0);
}

void merge(DataShape& into, const DataShape& other) {
    if (other.kind == DataKind::unknown || into.kind == DataKind::any) return;
    if (into.kind == DataKind::unknown) {
        into = other;
    } else if (is_plain(into.kind) && is_plain(other.kind)) {
        if (into.kind != other.kind) into.kind = DataKind::text;
    } else if (into.kind != other.kind) {
        into = {DataKind::any, {}, {}};
    } else if (into.kind == DataKind::list) {
        if (into.shapes.empty())
            into.shapes = other.shapes;
        else if (!other.shapes.empty())
            merge(into.shapes.front(), other.shapes.front());
    } else {
        merge_members(into, other);
    }
}

std::vector<Contradiction> contradictions(const DataShape& shape, std::string_view json, const std::string& at) {
    element value;
    std::vector<Contradiction> out;
    if (parse_data(json).get(value) == simdjson::SUCCESS) find_contradictions(shape, value, {.name = at}, out);
    return out;
}

}  // namespace chapar::render
