// What the names of a template's files say, and which of them speaks to a reader.
#include "render/compiled.hpp"
#include "render/locale.hpp"

#include <algorithm>

namespace chapar::render {

namespace {
constexpr std::string_view email = "email", extension = ".liquid";
}

const Variant& CompiledChannel::choose(std::string_view locale) const {
    if (variants.size() > 1 && !locale.empty()) {
        const std::string canonical = canonical_locale(locale);
        for (std::string_view tag = canonical; !tag.empty(); tag = parent_locale(tag)) {
            const auto found =
                std::find_if(variants.begin(), variants.end(), [&](const Variant& v) { return v.locale == tag; });
            if (found != variants.end()) return *found;
        }
    }
    return variants.front();
}

const CompiledChannel* Compiled::channel(std::string_view wanted) const {
    const auto found =
        std::find_if(channels.begin(), channels.end(), [&](const CompiledChannel& c) { return c.name == wanted; });
    return found == channels.end() ? nullptr : &*found;
}

bool is_plain_name(std::string_view name) {
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 100 && is_word(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_word(c) || c == '-' || c == '_'; });
}

std::optional<FileName> parse_file_name(std::string_view file) {
    if (!file.ends_with(extension)) return std::nullopt;
    file.remove_suffix(extension.size());
    FileName result;
    const std::size_t dot = file.find('.');
    result.channel = file.substr(0, dot);
    if (!is_plain_name(result.channel)) return std::nullopt;
    std::string_view rest = dot == std::string_view::npos ? "" : file.substr(dot + 1);
    const std::string_view kind = rest.substr(0, rest.find('.'));
    if (result.channel == email && (kind == "text" || kind == "mjml")) {
        result.text = kind == "text";
        result.mjml = kind == "mjml";
        rest.remove_prefix(std::min<std::size_t>(rest.size(), kind.size() + 1));
    } else if (dot != std::string_view::npos && rest.empty()) {
        return std::nullopt;
    }
    if (rest.empty()) return result;
    result.locale = canonical_locale(rest);
    if (result.locale.empty()) return std::nullopt;
    return result;
}

}  // namespace chapar::render
