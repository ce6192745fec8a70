#include "sms/http/reader.hpp"

#include <algorithm>

namespace chapar::sms::http {

std::string Reader::currency(std::string_view key) const {
    const auto out = string(key);
    const bool is_one = out.size() == 3 && std::ranges::all_of(out, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (has(key) && !is_one) fail(key, "expected a currency such as \"USD\" or \"IRR\"");
    return out;
}

Pattern Reader::pattern(std::string_view key) const {
    const toml::node* at = node(key);
    return at == nullptr ? Pattern() : pattern(*at);
}

Pattern Reader::pattern(const toml::node& node) const {
    auto parsed = Pattern::parse(string(node));
    if (!parsed) fail(node, parsed.error());
    return std::move(*parsed);
}

std::optional<Reader> Reader::section(std::string_view key) const {
    const auto inner = toml_file::Reader::section(key);
    if (!inner) return std::nullopt;
    return Reader(inner->table(), inner->title(), file());
}

Names::Names(const Description& description)
    : known_{"to",      "to.digits", "to.national", "to.significant", "from",     "from.digits", "text",
             "attempt", "number",    "message",     "class",          "segments", "encoding",    "callback"} {
    for (const auto* settings : {&description.required, &description.optional})
        for (const auto& [name, what] : *settings)
            if (name != "sender") known_.push_back(name);
}

void Names::check(const Pattern& pattern, const Reader& reader, const toml::node& at) const {
    for (const auto& name : pattern.names()) {
        if (std::ranges::find(known_, name) != known_.end()) continue;
        const std::vector<std::string_view> views(known_.begin(), known_.end());
        reader.fail(at, "{" + name + "} stands for nothing" + Reader::suggestion(name, views) +
                            "; a setting must be named in [settings.required] or [settings.optional]");
    }
}

}  // namespace chapar::sms::http
