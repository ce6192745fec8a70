#include "render/data_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>

#include "render/data_document.hpp"

namespace chapar::render {
namespace {

using simdjson::dom::element;

constexpr std::size_t most_links_told = 20;

void judge(element value, const DataPlace& at, std::vector<Contradiction>& out) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS || liquid::is_safe_link(text)) return;
    auto pointer = at.pointer();
    if (std::ranges::find(out, pointer, &Contradiction::pointer) != out.end()) return;
    auto sentence = fmt::format(
        "{} begins a link, and this is none: it may begin with https:, http:, mailto: or tel:, "
        "and with nothing else before a colon",
        std::string_view(pointer).substr(1));
    out.push_back({std::move(pointer), std::move(sentence)});
}

void look(element value, std::span<const std::string> path, const DataPlace& at, std::size_t most,
          std::vector<Contradiction>& out) {
    if (out.size() == most) return;
    if (path.empty()) return judge(value, at, out);
    simdjson::dom::array items;
    element inner;
    if (path.front().empty() && value.get(items) == simdjson::SUCCESS) {
        std::size_t index = 0;
        for (const auto item : items)
            look(item, path.subspan(1), at.item(index++), most, out);
    } else if (value.is_object() && value.at_key(path.front()).get(inner) == simdjson::SUCCESS) {
        look(inner, path.subspan(1), at.member(path.front()), most, out);
    }
}

}  // namespace

void find_unsafe_links(const std::vector<liquid::LinkPath>& paths, DataElement root, std::vector<Contradiction>& out) {
    const auto most = out.size() + most_links_told;
    for (const auto& path : paths)
        look(root, path, {}, most, out);
}

std::vector<Contradiction> unsafe_links(const std::vector<liquid::LinkPath>& paths, std::string_view json) {
    std::vector<Contradiction> out;
    element root;
    if (!paths.empty() && parse_data(json).get(root) == simdjson::SUCCESS) find_unsafe_links(paths, root, out);
    return out;
}

}  // namespace chapar::render
