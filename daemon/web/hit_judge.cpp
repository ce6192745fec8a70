#include "web/hit_judge.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "engage/judged.hpp"

namespace chapar::web {
namespace {

/// A hit before its mail's server confirmed it is one on its way through a gateway.
constexpr std::int32_t before_delivery = -1;

std::int32_t since(Timestamp at, const store::HitFacts& facts) {
    if (facts.is_on_its_way) return before_delivery;
    if (!facts.delivered) return engage::Features::unknown_delivery;
    const std::int64_t lowest = engage::Features::unknown_delivery + 1;
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>((at - *facts.delivered).count(), lowest, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

/// An earlier hit has these marks now.
void HitJudge::mark(std::int64_t id, std::uint8_t marks, store::HitBatch& batch) {
    const auto found = known_.find(id);
    if (found == known_.end()) return;
    auto& known = found->second;
    // Those that it was seen with stay: a proxy's.
    const auto with = static_cast<std::uint8_t>((known.features.marks & engage::mark_proxied) | marks);
    if (with == known.features.marks) return;
    known.features.marks = with;
    correlator_.judged(known.message, id, engage::score(known.features).by);
    if (id >= batch_begins_) return engage::put_score(known.features, batch.hits[known.place].hit);
    if (known.number == 0) return;
    const auto is_it = [&](const auto& each) {
        return each.hit.number == known.number && each.message == known.message;
    };
    auto revision = std::ranges::find_if(batch.revisions, is_it);
    if (revision == batch.revisions.end()) {
        batch.revisions.push_back({known.message, {.number = known.number}});
        revision = std::prev(batch.revisions.end());
    }
    engage::put_score(known.features, revision->hit);
}

void HitJudge::forget(Timestamp now) {
    while (!ages_.empty() && now - ages_.front().first > engage::Correlator::window) {
        known_.erase(ages_.front().second);
        ages_.pop_front();
    }
    while (ages_.size() > 2 * engage::Correlator::Limits{}.messages) {
        known_.erase(ages_.front().second);
        ages_.pop_front();
    }
}

store::HitBatch HitJudge::judge(std::span<const RawHit> hits, std::span<const store::HitFacts> facts) {
    store::HitBatch batch;
    batch.hits.reserve(hits.size());
    batch_begins_ = last_id_ + 1;
    for (std::size_t i = 0; i < hits.size(); ++i) {
        const auto& raw = hits[i];
        const auto id = ++last_id_;
        auto features = raw.features;
        features.since_delivery = since(raw.at, facts[i]);
        const auto found = correlator_.add({.message = raw.message,
                                            .id = id,
                                            .link = features.link,
                                            .network = raw.network,
                                            .kind = features.kind,
                                            .at = raw.at});
        features.marks |= found.marks;
        const bool is_click = features.kind == engage::HitKind::click;
        model::Hit hit{.at = raw.at, .kind = is_click ? model::Engaged::clicked : model::Engaged::opened};
        hit.link = features.link;
        hit.is_short = raw.is_short;
        engage::put_score(features, hit);
        batch.hits.push_back({raw.message, std::move(hit)});
        correlator_.judged(raw.message, id, engage::score(features).by);
        known_.emplace(id, Known{raw.message, 0, features, i});
        ages_.emplace_back(raw.at, id);
        for (const auto& change : found.earlier)
            mark(change.id, change.marks, batch);
    }
    if (!hits.empty()) forget(hits.back().at);
    return batch;
}

void HitJudge::noted(std::span<const std::int64_t> numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto found = known_.find(batch_begins_ + static_cast<std::int64_t>(i));
        if (found != known_.end()) found->second.number = numbers[i];
    }
}

}  // namespace chapar::web
