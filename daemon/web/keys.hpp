#pragma once
// The site's keys, read once: what seals and opens what leaves by links. Immutable; any thread.

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/web_settings.hpp"
#include "seal/seal.hpp"

namespace chapar::web {

enum class KeyError { unusable };
constexpr std::string_view error_domain(KeyError) { return "web"; }

struct SiteKeys {
    std::shared_ptr<const seal::Sealer> opens, clicks;
};

/// The site keys that `seal_key` and `seal_key_previous` name, the new one first. The error is a sentence for the
/// operator and holds nothing of a key.
Result<std::vector<std::string>> read_site_keys(const config::WebSettings& settings);
Result<SiteKeys> read_keys(const config::WebSettings& settings);

}  // namespace chapar::web
