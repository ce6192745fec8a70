#pragma once
// One row of the suppression list from its words, as JSON members or CSV columns say them. Pure.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "model/ledger.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

struct SuppressionWords {
    std::string channel, address, reach, reason, source, at, until;
    std::string* member(std::string_view name);
};
/// The names of its members: JSON members, CSV columns, in the order of an export.
std::vector<std::string_view> suppression_members();

/// As admission makes addresses canonical for this channel; `country` is the site's; for "*" by the look of it. "h:HEX"
/// stays: an erased one.
std::expected<std::string, std::string> canonical_address(std::string_view channel, std::string_view address,
                                                          std::string_view country);

/// Every problem with its pointer ("/address"); the address is its key. `source`: where none is named.
std::expected<model::Suppression, std::vector<net::ProblemDetail>> read_suppression(const SuppressionWords& words,
                                                                                    Timestamp now,
                                                                                    std::string_view source,
                                                                                    const config::Settings& settings);

}  // namespace chapar::ingress
