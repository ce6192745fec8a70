#pragma once
// Looks at messages: noted, judged again, read, forgotten. What they are judged by is the caller's (engage/score.hpp).

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/engagement.hpp"
#include "store/values.hpp"

namespace chapar::store {

struct NewHit {
    MessageKey message{};
    model::Hit hit{};  // its number is given when it is noted
};

/// A hit that is seen in another light now.
struct HitRevision {
    MessageKey message{};
    model::Hit hit{};  // of its number: by whom, its points, its reasons and its features count
};

/// Why a hit is counted in the totals of the site alone. Kept: the numbers never change their meaning.
enum class TotalOnly : std::uint8_t {
    old_link = 0,    // older than keep_links
    privacy = 1,     // DNT or GPC
    no_message = 2,  // its message is gone, or forgotten
};
inline constexpr std::size_t total_reasons = 3;
std::string_view name(TotalOnly why);  // "old_link"

/// By model::Engaged, then by TotalOnly.
using HitTotals = std::array<std::array<std::int64_t, total_reasons>, 2>;

struct HitBatch {
    std::vector<NewHit> hits{};
    std::vector<HitRevision> revisions{};  // of hits of earlier batches
    HitTotals totals{};
};

/// What a hit's judgement asks of its message.
struct HitFacts {
    bool is_kept = false;  // else: it is gone, or its person was forgotten
    /// When it reached the mailbox or the telephone, where that is known.
    std::optional<Timestamp> delivered{};
    bool is_on_its_way = false;  // a mail whose server has not confirmed it yet
    bool is_final = false;       // what is known of its delivery changes no more
};

struct DayTotals {
    std::int64_t day = 0;  // since 1970, UTC
    HitTotals totals{};
};

class Hits {
  public:
    virtual ~Hits() = default;

    /// In one commit. The number of each hit, in their order; 0: it is counted and not kept.
    virtual void note_hits(HitBatch batch, Done<std::vector<std::int64_t>> done) = 0;
    /// In the order of `messages`.
    virtual Result<std::vector<HitFacts>> hit_facts(std::span<const MessageKey> messages) = 0;
    /// Nothing: there was no hit, or none is kept.
    virtual Result<std::optional<Engagement>> engagement(MessageKey message) = 0;
    /// By key, behind `after`.
    virtual Result<std::vector<Engagement>> engagements(MessageKey after, int limit) = 0;
    /// From that day on.
    virtual Result<std::vector<DayTotals>> hit_totals(std::int64_t from_day) = 0;
    /// Forgets the hits of messages accepted before the time of their class, looking at no more than `limit` rows; goes
    /// on where it stopped. How many messages' hits went.
    virtual void prune_hits(std::map<std::string, Timestamp> before, int limit, Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
