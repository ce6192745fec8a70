#include "config/places.hpp"

#include "config/node.hpp"

namespace chapar::config {
namespace {

const Node* route_named(const Node& root, std::string_view name) {
    const Member* routes = root.find("route");
    if (routes == nullptr) return nullptr;
    for (const Node& route : routes->value.list) {
        const Member* own = route.find("name");
        if (own != nullptr && own->value.text == name) return &route;
    }
    return nullptr;
}

}  // namespace

Problem problem_of_route(const std::string& path, std::string_view route, std::string_view key, std::string text) {
    std::vector<Problem> ignored;
    for (const std::string& file : files_of(path, ignored)) {
        const Node root = parse_file(file, ignored);
        const Node* found = route_named(root, route);
        if (found == nullptr) continue;
        const Member* settings = found->find("settings");
        const Member* setting = settings == nullptr || key.empty() ? nullptr : settings->value.find(key);
        const Member* plugin = found->find("plugin");
        const Member* at = setting != nullptr ? setting : settings != nullptr && key.empty() ? settings : plugin;
        return problem_at(at == nullptr ? found->place : at->place, std::move(text));
    }
    return {path, 0, 0, std::move(text)};
}

}  // namespace chapar::config
