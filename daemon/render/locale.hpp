#pragma once
// Which file speaks a recipient's language, and which way it is written. Pure functions, callable from any thread.
// Source: RFC 4647, 3.4 (lookup); right-to-left by CLDR's likely script, from ICU.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

/// "fa_ir" -> "fa-IR", "zh-hant-tw" -> "zh-Hant-TW"; empty when it is no language tag.
std::string canonical_locale(std::string_view tag);

/// The next more general tag: "zh-Hant-TW" -> "zh-Hant" -> "zh" -> "".
std::string_view parent_locale(std::string_view canonical_tag);

bool is_right_to_left(const std::string& language);

/// The name of `known` that is nearest to `word`, empty when none is near. For "did you mean".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace chapar::render
