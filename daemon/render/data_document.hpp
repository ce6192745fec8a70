#pragma once
// A message's data, parsed: for the checks of this folder. One parser a thread.

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "render/data_shape.hpp"
#include "render/liquid/links.hpp"

namespace chapar::render {

using DataElement = simdjson::dom::element;

/// Valid until the thread parses the next text.
simdjson::simdjson_result<DataElement> parse_data(std::string_view json);

/// Where a value is in the data: a chain of members and items, which costs nothing until somebody asks for the text.
struct DataPlace {
    const DataPlace* above = nullptr;
    std::string_view name{};
    std::size_t index = 0;
    bool is_item = false;

    DataPlace member(std::string_view of_name) const { return {this, of_name, 0, false}; }
    DataPlace item(std::size_t at) const { return {this, {}, at, true}; }
    /// As a JSON Pointer. The first of a chain gives its `name` as it is.
    std::string pointer() const;
};

/// The checks of data_shape.hpp, data_links.hpp and template.hpp over what is parsed; what is found is appended.
void find_contradictions(const DataShape& shape, DataElement value, const DataPlace& at,
                         std::vector<Contradiction>& out);
void find_unsafe_links(const std::vector<liquid::LinkPath>& paths, DataElement root, std::vector<Contradiction>& out);
void find_missing(const std::vector<std::string>& paths, DataElement root, std::vector<std::string>& out);

}  // namespace chapar::render
