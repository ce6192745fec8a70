#pragma once
// All sources that influence one template, as one text, and its name: the revision. Values; callable from any thread.

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::render {

struct Bundle {
    std::string name;
    /// "email.fa.liquid", "_layouts/base.liquid", "_partials/button.liquid" -> source
    std::map<std::string, std::string, std::less<>> files;
};

/// The same sources always give the same text.
std::string write_bundle(const Bundle& bundle);
/// nullopt: not a text that write_bundle made.
std::optional<Bundle> read_bundle(std::string_view text);
/// XXH3-128 of the bundle's text in hexadecimal.
std::string revision_of(std::string_view bundle_text);

}  // namespace chapar::render
