#include "config/places.hpp"

#include "config/node.hpp"

namespace chapar::config {
namespace {

const Node* table_named(const Node& root, std::string_view kind, std::string_view name) {
    const Member* list = root.find(kind);
    if (list == nullptr) return nullptr;
    for (const Node& each : list->value.list) {
        const Member* own = each.find("name");
        if (own != nullptr && own->value.text == name) return &each;
    }
    return nullptr;
}

/// Routes and receivers share no name.
const Node* route_named(const Node& root, std::string_view name) {
    const Node* route = table_named(root, "route", name);
    return route != nullptr ? route : table_named(root, "receiver", name);
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

Problem problem_of_webhook(const std::string& path, std::string_view webhook, std::string_view key, std::string text) {
    std::vector<Problem> ignored;
    for (const std::string& file : files_of(path, ignored)) {
        const Node root = parse_file(file, ignored);
        const Node* found = table_named(root, "webhook", webhook);
        if (found == nullptr) continue;
        const Member* at = found->find(key);
        return problem_at(at == nullptr ? found->place : at->place, std::move(text));
    }
    return {path, 0, 0, std::move(text)};
}

}  // namespace chapar::config
