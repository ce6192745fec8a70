#include "render/data_shape.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

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
        for (const auto member : members) {
            out.names.emplace_back(member.key);
            out.shapes.push_back(shape_of_element(member.value, depth + 1));
        }
    }
    return out;
}

/// RFC 6901.
std::string pointer_to(const std::string& at, std::string_view name) {
    std::string out = at + '/';
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
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

void compare(const DataShape& shape, element value, const std::string& at, std::vector<Contradiction>& out) {
    if (out.size() == most_told) return;
    const auto kind = kind_of(value);
    if (!agree(shape.kind, kind, value)) {
        const auto name = at.starts_with('/') ? std::string_view(at).substr(1) : std::string_view("the data");
        out.push_back(
            {at, fmt::format("{} is {} in the template's sample, and {} here", name, words(shape.kind), words(kind))});
        return;
    }
    simdjson::dom::array items;
    simdjson::dom::object members;
    if (shape.kind == DataKind::list && !shape.shapes.empty() && value.get(items) == simdjson::SUCCESS) {
        std::size_t index = 0;
        for (const auto item : items)
            compare(shape.shapes.front(), item, fmt::format("{}/{}", at, index++), out);
    } else if (shape.kind == DataKind::map && value.get(members) == simdjson::SUCCESS) {
        for (const auto member : members) {
            if (const auto* known = shape.member(member.key))
                compare(*known, member.value, pointer_to(at, member.key), out);
        }
    }
}

}  // namespace

const DataShape* DataShape::member(std::string_view name) const {
    if (kind != DataKind::map) return nullptr;
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? nullptr : &shapes[static_cast<std::size_t>(found - names.begin())];
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
    if (parser.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS) return {};
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
        for (std::size_t i = 0; i < other.names.size(); ++i) {
            const auto found = std::ranges::find(into.names, other.names[i]);
            if (found != into.names.end()) {
                merge(into.shapes[static_cast<std::size_t>(found - into.names.begin())], other.shapes[i]);
                continue;
            }
            into.names.push_back(other.names[i]);
            into.shapes.push_back(other.shapes[i]);
        }
    }
}

std::vector<Contradiction> contradictions(const DataShape& shape, std::string_view json, const std::string& at) {
    thread_local simdjson::dom::parser parser;
    element value;
    std::vector<Contradiction> out;
    if (parser.parse(json.data(), json.size()).get(value) == simdjson::SUCCESS) compare(shape, value, at, out);
    return out;
}

}  // namespace chapar::render
