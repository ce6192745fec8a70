#pragma once
// Reads one zone of the system's tz database (TZif, RFC 8536, versions 2 to 4). Pure but for reading the file; any
// thread. The files come with the tzdata package, which Debian keeps current in stable releases; a library that carries
// its own copy of the rules would go on observing summer times that were abolished.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::times {

/// What a zone calls its time: "CEST" and summer time, "+0330".
struct ZoneName {
    std::string text;
    bool is_summer = false;
    bool operator==(const ZoneName&) const = default;
};

/// From starts[i] on (milliseconds of Unix time, the first is the beginning of time) the wall is offsets[i] ahead of
/// UTC and called names[i], until starts[i + 1].
struct ZoneTable {
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> offsets;
    std::vector<ZoneName> names;
};

/// nullopt: no such zone, or its file is damaged. Rules for the future are written out until `last_ruled_year`.
std::optional<ZoneTable> read_zone(std::string_view name);
inline constexpr int last_ruled_year = 2199;

/// The transitions that a POSIX TZ text ("CET-1CEST,M3.5.0,M10.5.0/3") gives after the last one of `table`. False: it
/// can't be read.
bool extend(ZoneTable& table, std::string_view posix);

/// The same over the bytes of a file.
std::optional<ZoneTable> parse_tzif(std::string_view bytes);

}  // namespace chapar::times
