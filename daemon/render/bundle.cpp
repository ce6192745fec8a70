#include "render/bundle.hpp"

#include "base/json.hpp"
#include "render/liquid/value.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace chapar::render {

namespace {
constexpr int format = 1;
}

std::string write_bundle(const Bundle& bundle) {
    json::Writer out;
    out.begin_object().member("bundle", format).member("name", bundle.name).key("files").begin_object();
    for (const auto& [path, source] : bundle.files)
        out.member(path, source);
    out.end_object().end_object();
    return out.take();
}

std::optional<Bundle> read_bundle(std::string_view text) {
    liquid::Document document;
    const auto root = document.parse(text);
    if (!root || !root->is_hash()) return std::nullopt;
    const liquid::Value* version = root->as_hash().find("bundle");
    const liquid::Value* name = root->as_hash().find("name");
    const liquid::Value* files = root->as_hash().find("files");
    const bool complete = version != nullptr && version->type() == liquid::Type::integer &&
                          version->as_integer() == format && name != nullptr && name->is_string() && files != nullptr &&
                          files->is_hash();
    if (!complete) return std::nullopt;
    Bundle bundle{std::string(name->as_string()), {}};
    for (const liquid::Member& file : files->as_hash().span()) {
        if (!file.value.is_string()) return std::nullopt;
        bundle.files.emplace(file.key, file.value.as_string());
    }
    return bundle;
}

std::string revision_of(std::string_view bundle_text) {
    const XXH128_hash_t hash = XXH3_128bits(bundle_text.data(), bundle_text.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace chapar::render
