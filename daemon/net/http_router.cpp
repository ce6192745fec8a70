#include "net/http_endpoint.hpp"

namespace chapar::net {
namespace {

std::vector<std::string_view> split(std::string_view path) {
    std::vector<std::string_view> out;
    while (!path.empty()) {
        path.remove_prefix(1);  // the slash
        const auto end = std::min(path.find('/'), path.size());
        out.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return out;
}

}  // namespace

void EndpointRouter::add(Endpoint endpoint) {
    Entry entry;
    for (const auto segment : split(endpoint.pattern))
        entry.segments.emplace_back(segment.starts_with('{') ? std::string_view("{") : segment);
    entry.endpoint = std::move(endpoint);
    entries_.push_back(std::move(entry));
}

EndpointRouter::Match EndpointRouter::find(Method method, std::string_view path) const {
    Match match;
    if (!path.starts_with('/')) return match;
    const auto segments = split(path);
    const Method wanted = method == Method::head ? Method::get : method;
    for (const auto& entry : entries_) {
        if (entry.segments.size() != segments.size()) continue;
        std::vector<std::string> parameters;
        bool same = true;
        for (std::size_t i = 0; same && i < segments.size(); ++i) {
            if (entry.segments[i] != "{") {
                same = entry.segments[i] == segments[i];
                continue;
            }
            std::string value;
            same = percent_decode(segments[i], value) && !value.empty();
            parameters.push_back(std::move(value));
        }
        if (!same) continue;
        if (entry.endpoint.method == wanted) return {&entry.endpoint, std::move(parameters), {}};
        if (!match.allow.empty()) match.allow += ", ";
        match.allow += entry.endpoint.method == Method::get ? "GET, HEAD" : std::string(name(entry.endpoint.method));
    }
    return match;
}

}  // namespace chapar::net
