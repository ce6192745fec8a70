#include "engage/correlate.hpp"

#include <algorithm>
#include <array>

namespace chapar::engage {
namespace {

Milliseconds apart(Timestamp a, Timestamp b) { return a < b ? b - a : a - b; }

}  // namespace

/// Marks every stretch of ten seconds around `hit` that has enough different links.
void Correlator::mark_bursts(std::vector<Kept>& hits, const Hit& hit) {
    const std::size_t enough = hit.links >= 2 ? std::min<std::size_t>(hit.links, burst_links) : burst_links;
    for (const auto& begin : hits) {
        const auto from = begin.hit.at, to = from + burst_within;
        if (hit.at < from || hit.at > to) continue;
        std::array<std::uint16_t, burst_links> links{};
        std::size_t different = 0;
        for (const auto& each : hits) {
            const bool counts = each.hit.kind == HitKind::click && !each.hit.is_decoy;
            if (!counts || each.hit.at < from || each.hit.at > to) continue;
            const auto known = std::ranges::subrange(links.begin(), links.begin() + different);
            if (std::ranges::find(known, each.hit.link) != known.end()) continue;
            links[different++] = each.hit.link;
            if (different == enough) break;
        }
        if (different < enough) continue;
        for (auto& each : hits)
            if (each.hit.at >= from && each.hit.at <= to) each.marks |= mark_burst;
    }
}

/// Whatever is a minute or less from a decoy's hit.
void Correlator::mark_decoys(std::vector<Kept>& hits, const Hit& hit) {
    auto& newest = hits.back();
    for (auto& each : hits) {
        if (apart(each.hit.at, hit.at) > decoy_within) continue;
        if (hit.is_decoy) each.marks |= mark_decoy;
        if (each.hit.is_decoy) newest.marks |= mark_decoy;
    }
}

void Correlator::forget_until(Timestamp now) {
    while (!ages_.empty() && now - ages_.front().at > window) {
        const auto found = messages_.find(ages_.front().message);
        ages_.pop_front();
        if (found == messages_.end()) continue;
        auto& hits = found->second.hits;
        std::erase_if(hits, [now](const Kept& each) { return now - each.hit.at > window; });
        if (hits.empty()) messages_.erase(found);
    }
}

void Correlator::make_room(const Hit& hit) {
    forget_until(hit.at);
    while (!messages_.contains(hit.message) && messages_.size() >= limits_.messages && !ages_.empty()) {
        // The oldest goes, unless it was hit again since: then its later age stands for it.
        const auto oldest = ages_.front();
        ages_.pop_front();
        const auto found = messages_.find(oldest.message);
        if (found != messages_.end() && found->second.last <= oldest.at) messages_.erase(found);
    }
    // Of a message that is hit without end the ages would grow.
    while (ages_.size() >= limits_.messages * 2) {
        const auto oldest = ages_.front();
        ages_.pop_front();
        const auto found = messages_.find(oldest.message);
        if (found != messages_.end() && found->second.last <= oldest.at) messages_.erase(found);
    }
}

Correlator::Found Correlator::add(const Hit& hit) {
    make_room(hit);
    auto& message = messages_[hit.message];
    message.last = std::max(message.last, hit.at);
    auto& hits = message.hits;
    if (hits.size() >= limits_.hits) hits.erase(hits.begin());
    hits.push_back({hit, 0, false});
    ages_.push_back({hit.at, hit.message});
    std::vector<std::uint8_t> before;
    before.reserve(hits.size());
    for (const auto& each : hits)
        before.push_back(each.marks);
    mark_bursts(hits, hit);
    mark_decoys(hits, hit);
    const auto is_person_elsewhere = [&](const Kept& other) {
        return other.is_human && other.hit.kind == HitKind::click && other.hit.network != hit.network;
    };
    if (std::ranges::any_of(hits, is_person_elsewhere)) hits.back().marks |= mark_after_human;
    Found out{.marks = hits.back().marks};
    for (std::size_t i = 0; i + 1 < hits.size(); ++i)
        if (hits[i].marks != before[i]) out.earlier.push_back({hits[i].hit.id, hits[i].marks});
    return out;
}

void Correlator::judged(MessageKey message, std::int64_t id, Verdict by) {
    const auto found = messages_.find(message);
    if (found == messages_.end()) return;
    for (auto& each : found->second.hits)
        if (each.hit.id == id) each.is_human = by == Verdict::human;
}

}  // namespace chapar::engage
