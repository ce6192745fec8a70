#pragma once
// What the daemon answers of a campaign, as numbers that can be added up.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/tally.hpp"

namespace chapar::cli {

/// What a line of messages is, beside its day.
struct ReportPart {
    std::string class_name, channel, template_name, variant;
    auto operator<=>(const ReportPart&) const = default;
};

struct Report {
    std::string campaign, timezone, locale;
    std::map<std::int32_t, model::Tally> days;  // every day from the first to the last, also those without a count
    std::map<ReportPart, model::Tally> parts;
    model::Tally total;
};

/// Of GET /v1/reports/counts?by=day,class,channel,template,variant. nullopt: it is no such answer.
std::optional<Report> read_report(std::string_view json);

/// Sums of one kind by the name behind the first blank, or by the whole of it: {"IRR": 12}.
std::map<std::string, std::int64_t> named(const model::Tally& tally, model::Named what);
std::int64_t bounced(const model::Tally& tally);
std::int64_t kept_back(const model::Tally& tally);

}  // namespace chapar::cli
