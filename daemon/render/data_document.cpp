#include "render/data_document.hpp"

#include "base/json_parser.hpp"
#include "base/json_pointer.hpp"

namespace chapar::render {

simdjson::simdjson_result<DataElement> parse_data(std::string_view json) {
    thread_local simdjson::dom::parser parser;
    return parser.parse(json::begin_of(json), json.size());
}

std::string DataPlace::pointer() const {
    if (above == nullptr) return std::string(name);
    auto out = above->pointer();
    if (!is_item) return json::pointer_to(out, name);
    return out.append("/").append(std::to_string(index));
}

}  // namespace chapar::render
