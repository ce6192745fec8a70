#pragma once
// From hits as they came to hits as they are kept: compared with the others of their message, scored. Knows no store
// and no thread. Not synchronised; one owner.

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engage/correlate.hpp"
#include "engage/score.hpp"
#include "store/hits.hpp"
#include "web/hit_queue.hpp"

namespace chapar::web {

class HitJudge {
  public:
    explicit HitJudge(engage::Correlator::Limits limits = {}) : correlator_(limits) {}

    /// `facts`: of each hit's message, in their order. What becomes of these hits and of earlier ones.
    store::HitBatch judge(std::span<const RawHit> hits, std::span<const store::HitFacts> facts);
    /// The numbers that the hits of the last batch were given, in their order; 0: not kept. Not called: the batch was
    /// lost.
    void noted(std::span<const std::int64_t> numbers);
    std::size_t remembered() const { return known_.size(); }

  private:
    struct Known {
        MessageKey message;
        std::int64_t number = 0;  // 0: of the batch that is being judged, or not kept
        engage::Features features;
        std::size_t place = 0;  // in the batch that is being judged
    };
    void mark(std::int64_t id, std::uint8_t marks, store::HitBatch& batch);
    void forget(Timestamp now);

    engage::Correlator correlator_;
    std::int64_t last_id_ = 0;
    std::int64_t batch_begins_ = 1;  // the first id of the batch
    std::unordered_map<std::int64_t, Known> known_;
    std::deque<std::pair<Timestamp, std::int64_t>> ages_;
};

}  // namespace chapar::web
