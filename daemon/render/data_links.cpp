#include "render/data_links.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <span>
#include <string>

#include "base/json_pointer.hpp"

namespace chapar::render {
namespace {

using simdjson::dom::element;

constexpr std::size_t most_links_told = 20;

class LinkCheck {
  public:
    explicit LinkCheck(std::vector<Contradiction>& out) : out_(out) {}

    void look(element value, std::span<const std::string> path, const std::string& at) {
        if (out_.size() == most_links_told) return;
        if (path.empty()) return judge(value, at);
        simdjson::dom::array items;
        element inner;
        if (path.front().empty() && value.get(items) == simdjson::SUCCESS) {
            std::size_t index = 0;
            for (const auto item : items)
                look(item, path.subspan(1), fmt::format("{}/{}", at, index++));
        } else if (value.is_object() && value.at_key(path.front()).get(inner) == simdjson::SUCCESS) {
            look(inner, path.subspan(1), json::pointer_to(at, path.front()));
        }
    }

  private:
    void judge(element value, const std::string& at) {
        std::string_view text;
        if (value.get(text) != simdjson::SUCCESS || liquid::is_safe_link(text)) return;
        if (std::ranges::find(out_, at, &Contradiction::pointer) != out_.end()) return;
        out_.push_back(
            {at, fmt::format("{} begins a link, and this is none: it may begin with https:, http:, mailto: or "
                             "tel:, and with nothing else before a colon",
                             std::string_view(at).substr(1))});
    }

    std::vector<Contradiction>& out_;
};

}  // namespace

std::vector<Contradiction> unsafe_links(const std::vector<liquid::LinkPath>& paths, std::string_view json) {
    std::vector<Contradiction> out;
    if (paths.empty()) return out;
    thread_local simdjson::dom::parser parser;
    element root;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return out;
    LinkCheck check(out);
    for (const auto& path : paths)
        check.look(root, path, "");
    return out;
}

}  // namespace chapar::render
