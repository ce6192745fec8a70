#pragma once
// Human, machine or unknown: the table that docs/engagement.md publishes, and nothing else. Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engage/features.hpp"

namespace chapar::engage {

enum class Verdict : std::uint8_t { human = 0, unknown = 1, machine = 2 };
std::string_view name(Verdict verdict);  // "human"

/// Kept with each hit, as a bit of Score::reasons.
enum class ScoreRule : std::uint8_t {
    prefetch = 0,
    crawler = 1,
    no_agent = 2,
    apple_privacy = 3,
    google_proxy = 4,
    yahoo_proxy = 5,
    microsoft = 6,
    gateway = 7,
    at_once = 8,
    decoy = 9,
    burst = 10,
    no_navigation = 11,
    after_human = 12,
};

struct ScoreRow {
    ScoreRule rule;
    std::string_view name;   // in events and in the table of the documentation
    std::string_view words;  // for a person
    int open, click;         // points
};

inline constexpr int machine_from = 60, unknown_from = 30;
/// "At once" is less than this after the delivery.
inline constexpr Milliseconds at_once_below{10'000};

inline constexpr auto score_table = std::to_array<ScoreRow>({
    {ScoreRule::prefetch, "prefetch", "HEAD, or a request that says it prefetches", 100, 100},
    {ScoreRule::crawler, "crawler", "the agent is on the list of crawler-user-agents", 80, 80},
    {ScoreRule::no_agent, "no_agent", "no agent is named, which every browser does", 0, 80},
    {ScoreRule::apple_privacy, "apple_privacy", "Apple's Mail Privacy Protection, by agent or network", 70, 0},
    {ScoreRule::google_proxy, "google_proxy", "Gmail's picture proxy, which fetches when the mail is shown", 0, 0},
    {ScoreRule::yahoo_proxy, "yahoo_proxy", "Yahoo's picture proxy", 40, 0},
    {ScoreRule::microsoft, "microsoft", "Microsoft's network", 0, 70},
    {ScoreRule::gateway, "gateway", "the network of Proofpoint, Mimecast, Barracuda or Cisco", 40, 70},
    {ScoreRule::at_once, "at_once", "less than 10 s after the delivery", 20, 40},
    {ScoreRule::decoy, "decoy", "within 60 s of a hit on a decoy link", 80, 100},
    {ScoreRule::burst, "burst", "three links of the message in 10 s, or all of two and more", 30, 70},
    {ScoreRule::no_navigation, "no_navigation", "Chrome 80 or later without Sec-Fetch-Mode: navigate", 0, 30},
    {ScoreRule::after_human, "after_human", "a person clicked in the message before, from another network", 0, -20},
});

struct Score {
    int points = 0;
    Verdict by = Verdict::human;
    std::uint16_t reasons = 0;  // bits of ScoreRule, those of no points too

    bool has(ScoreRule rule) const { return (reasons >> static_cast<unsigned>(rule) & 1U) != 0; }
    bool operator==(const Score&) const = default;
};

Score score(const Features& features);
/// Names of its rules, in the table's order.
std::vector<std::string_view> reasons(const Score& score);

/// A hit as it is kept.
struct KeptHit {
    std::int64_t id = 0;
    std::string features;  // encode()
    Verdict by = Verdict::unknown;
};
struct Rescored {
    struct Change {
        std::int64_t id = 0;
        Verdict from = Verdict::unknown;
        Score to;
    };
    std::vector<Change> changes;  // in the order given
    std::size_t unreadable = 0;   // of a later version; they keep their verdict
};
/// By the table as it is now.
Rescored rescore(std::span<const KeptHit> hits);

}  // namespace chapar::engage
