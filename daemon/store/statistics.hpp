#pragma once
// Counts for reports: kept in the commits that make them true, by campaign, template, variant, class, channel and day.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/counted_hit.hpp"
#include "model/tally.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// Which counts are meant; empty: all.
struct TallyFilter {
    std::string application{};
    std::optional<std::string> campaign{};                 // "": of messages without one
    std::optional<std::int32_t> since_day{}, until_day{};  // both belong to it
};

/// The counts of one day. Views are valid for the call alone.
struct TallyView {
    std::string_view application, class_name, campaign, channel, template_name, variant;
    std::int32_t day = 0;  // as the site's clock shows it, since 1970-01-01
    const model::Tally* tally = nullptr;
};

class Statistics {
  public:
    virtual ~Statistics() = default;

    /// Days begin by this zone (IANA) from now on; what was counted stays where it is.
    virtual void use_zone(std::string zone) = 0;
    /// By day; work by the number of days and of lines of messages, not of messages.
    virtual Result<void> tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) = 0;
    /// All opens and clicks of a message as they are judged now, in place of what was counted of it. False: there is no
    /// such message, it is a test, or its person is forgotten.
    virtual void judge_hits(MessageKey message, std::vector<model::CountedHit> hits, Done<bool> done) = 0;
    /// Drops counts of days before `before`, at most `limit` rows; answers how many.
    virtual void prune_tallies(Timestamp before, int limit, Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
