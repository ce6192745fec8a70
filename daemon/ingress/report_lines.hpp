#pragma once
// Counts as a report shows them: gathered by what is asked for, and written as JSON or CSV. Pure.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/statistics.hpp"

namespace chapar::ingress {

/// By what counts are gathered; the names are those of the query.
enum class Dimension : std::uint8_t { day, application, campaign, class_name, channel, template_name, variant };
inline constexpr std::array<std::string_view, 7> dimension_names{"day",     "application", "campaign", "class",
                                                                 "channel", "template",    "variant"};

/// Which counts, beside those that the store chooses; empty: all.
struct LineFilter {
    std::optional<std::string> class_name, channel, template_name, variant;
    bool takes(const store::TallyView& view) const;
};

class ReportLines {
  public:
    explicit ReportLines(std::vector<Dimension> by) : by_(std::move(by)) {}
    void add(const store::TallyView& view);
    void write_json(json::Writer& out) const;
    /// With a line of names. What a spreadsheet would take for a formula is marked; numbers are numbers.
    std::string csv() const;

  private:
    struct Key {
        std::int32_t day = 0;
        std::array<std::string, dimension_names.size()> of;  // by Dimension; empty where it is not asked for
        auto operator<=>(const Key&) const = default;
    };
    std::vector<std::pair<model::Named, std::string>> names() const;

    const std::vector<Dimension> by_;
    std::map<Key, model::Tally> lines_;
    model::Tally total_;
};

/// All counts of a tally, as members of the object that is open.
void write_tally(json::Writer& out, const model::Tally& tally);
/// "2026-11-30", and "1405-09-09" of the Iranian calendar.
std::string iso_day(std::int32_t day);
std::string jalali_text(std::int32_t day);
/// Millionths as the shortest text: "1", "0.333333".
std::string decimal(std::int64_t millionths);

}  // namespace chapar::ingress
