#include "engage/score.hpp"

#include <algorithm>

namespace chapar::engage {
namespace {

bool is_gateway(NetworkClass network) {
    switch (network) {
        case NetworkClass::proofpoint:
        case NetworkClass::mimecast:
        case NetworkClass::barracuda:
        case NetworkClass::cisco:
            return true;
        case NetworkClass::unlisted:
        case NetworkClass::microsoft:
        case NetworkClass::apple:
        case NetworkClass::google:
        case NetworkClass::yahoo:
        case NetworkClass::hosting:
            return false;
    }
    return false;
}

bool holds(ScoreRule rule, const Features& f) {
    switch (rule) {
        case ScoreRule::prefetch:
            return f.method == Method::head || f.has(fetch_prefetch);
        case ScoreRule::crawler:
            return f.agent == AgentFamily::crawler;
        case ScoreRule::no_agent:
            return f.agent == AgentFamily::absent;
        case ScoreRule::apple_privacy:
            return f.agent == AgentFamily::bare_mozilla || f.network == NetworkClass::apple;
        case ScoreRule::google_proxy:
            return f.agent == AgentFamily::google_image_proxy;
        case ScoreRule::yahoo_proxy:
            return f.agent == AgentFamily::yahoo_mail_proxy;
        case ScoreRule::microsoft:
            return f.network == NetworkClass::microsoft;
        case ScoreRule::gateway:
            return is_gateway(f.network);
        case ScoreRule::at_once:
            // A hit before the provider's confirmation is one on its way through a gateway.
            return f.since_delivery != Features::unknown_delivery && f.since_delivery < at_once_below.count();
        case ScoreRule::decoy:
            return f.has(mark_decoy);
        case ScoreRule::burst:
            return f.has(mark_burst);
        case ScoreRule::no_navigation:
            return f.agent == AgentFamily::chromium && !f.has(fetch_navigate);
        case ScoreRule::after_human:
            return f.has(mark_after_human);
    }
    return false;
}

}  // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
        case Verdict::human:
            return "human";
        case Verdict::unknown:
            return "unknown";
        case Verdict::machine:
            return "machine";
    }
    return "";
}

Score score(const Features& features) {
    Score out;
    for (const auto& row : score_table) {
        if (!holds(row.rule, features)) continue;
        out.points += features.kind == HitKind::open ? row.open : row.click;
        out.reasons = static_cast<std::uint16_t>(out.reasons | 1U << static_cast<unsigned>(row.rule));
    }
    out.points = std::max(out.points, 0);
    out.by = out.points >= machine_from   ? Verdict::machine
             : out.points >= unknown_from ? Verdict::unknown
                                          : Verdict::human;
    return out;
}

std::vector<std::string_view> reasons(const Score& score) {
    std::vector<std::string_view> out;
    for (const auto& row : score_table)
        if (score.has(row.rule)) out.push_back(row.name);
    return out;
}

Rescored rescore(std::span<const KeptHit> hits) {
    Rescored out;
    for (const auto& hit : hits) {
        const auto features = decode(hit.features);
        if (!features) {
            ++out.unreadable;
            continue;
        }
        const auto now = score(*features);
        if (now.by != hit.by) out.changes.push_back({hit.id, hit.by, now});
    }
    return out;
}

}  // namespace chapar::engage
