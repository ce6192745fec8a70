#pragma once
// The reference of keys, written from the key table: docs/configuration.md and chapar.toml(5) hold exactly this text.

#include <string>

namespace chapar::config {

std::string reference_markdown();
/// The body of section KEYS in mdoc(7).
std::string reference_mdoc();

}  // namespace chapar::config
