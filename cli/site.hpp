#pragma once
// What the command line knows of the site without asking the daemon: its configuration, where it can be read.

#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace chapar::cli {

struct Parsed;

struct Site {
    config::Settings settings;
    std::string source;  // the file; empty: the defaults
};

/// `--config`, else the usual place, else the defaults. The error: the file that was named can't be read.
std::expected<Site, std::string> read_site(const Parsed& options);

/// The times among `names`, as people write them, become those of the wire: on the clock of the site's zone unless they
/// name an offset. Answers what is wrong; empty: nothing.
std::string read_times(Parsed& options, const Site& site, std::initializer_list<std::string_view> names);

}  // namespace chapar::cli
