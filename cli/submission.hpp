#pragma once
// What `chapar send` puts on the wire, from its options and from rows of a CSV file.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::cli {

/// The parts that every message of one `send` shares. Empty ones are left out.
struct Common {
    std::string template_name, class_name, campaign, send_at, expires_at, from, locale, country;
    std::string plan;  // a named one in place of channels
    std::vector<std::string> channels, tags, cc, bcc;
    std::vector<std::pair<std::string, std::string>> more;  // further members, their values as JSON
};

struct Parsed;
/// From the options of the same names.
Common common_of(const Parsed& options);

/// One message as JSON. `row` is by column name: recipient, email, phone, locale, timezone go to `to`; attr.NAME to
/// to.attributes; idempotency_key to the message; every other column to data.
std::string submission_json(const Common& common, const std::vector<std::pair<std::string, std::string>>& row,
                            const std::string& data_json = {});

/// The key that makes a broken run resume: the same text under the same common parts always has the same key.
std::string derived_key(const Common& common, std::string_view text);

/// `line` with an idempotency_key spliced in where it has none. Lines that are not JSON objects stay as they are: the
/// daemon refuses them with their number.
std::string with_key(std::string_view line);

}  // namespace chapar::cli
