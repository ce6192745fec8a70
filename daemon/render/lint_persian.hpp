#pragma once
// Lint in Persian: a catalogue of every sentence, built in. Each entry is the English sentence, with %1, %2 in place of
// what it names, and what Persian says for it.

#include <string_view>

namespace chapar::render {

/// TOML with the tables [rules], by name, and [sentences], by the English sentence.
std::string_view persian_catalogue();

}  // namespace chapar::render
