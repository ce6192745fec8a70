#include "web/keys.hpp"

#include <algorithm>

#include "base/secret.hpp"

namespace chapar::web {
namespace {

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

Result<std::shared_ptr<const seal::Sealer>> sealer(seal::Kind kind, const std::vector<std::string>& keys) {
    auto made = seal::Sealer::make(kind, keys);
    if (!made) return fail(KeyError::unusable, "[web] seal_key: " + made.error());
    return std::make_shared<const seal::Sealer>(std::move(*made));
}

}  // namespace

Result<std::vector<std::string>> read_site_keys(const config::WebSettings& settings) {
    std::vector<std::string> out;
    for (const auto* name : {&settings.seal_key, &settings.seal_key_previous}) {
        if (name->empty()) continue;
        const auto secret = read_secret(*name);
        if (!secret.has_value()) return std::unexpected(secret.error());
        out.emplace_back(without_blanks(secret->reveal()));
    }
    return out;
}

Result<SiteKeys> read_keys(const config::WebSettings& settings) {
    const auto keys = read_site_keys(settings);
    if (!keys.has_value()) return std::unexpected(keys.error());
    auto opens = sealer(seal::Kind::open, *keys);
    if (!opens.has_value()) return std::unexpected(opens.error());
    auto clicks = sealer(seal::Kind::click, *keys);
    if (!clicks.has_value()) return std::unexpected(clicks.error());
    return SiteKeys{std::move(*opens), std::move(*clicks)};
}

}  // namespace chapar::web
