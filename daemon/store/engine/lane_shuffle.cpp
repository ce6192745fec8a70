#include "store/engine/lane_shuffle.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace chapar::store::engine {
namespace {

/// What those are about that were left where they are: nothing of it may pass them.
class LeftBehind {
  public:
    void add(const Lanes& lanes) {
        is_any_ = true;
        is_all_ = is_all_ || lanes.is_all;
        of_.insert(lanes.of.begin(), lanes.of.end());
    }
    bool holds(const Lanes& lanes) const {
        if (is_all_ || (lanes.is_all && is_any_)) return true;
        return std::ranges::any_of(lanes.of, [this](std::uint64_t each) { return of_.contains(each); });
    }

  private:
    bool is_any_ = false, is_all_ = false;
    std::unordered_set<std::uint64_t> of_;
};

}  // namespace

void LaneShuffle::add(Group writes) { std::ranges::move(writes, std::back_inserter(waiting_)); }

LaneShuffle::Group LaneShuffle::take() {
    Group out, stay;
    LeftBehind left;
    for (auto& write : waiting_) {
        const auto lanes = write->lanes();
        const bool goes = !left.holds(lanes) && coin();
        if (!goes) left.add(lanes);
        (goes ? out : stay).push_back(std::move(write));
    }
    if (out.empty()) {  // nothing is ahead of the first
        out.push_back(std::move(stay.front()));
        stay.erase(stay.begin());
    }
    waiting_ = std::move(stay);
    return out;
}

void LaneShuffle::add_answer(std::function<void()> answer, bool is_behind_all) {
    while (is_behind_all && has_answers())
        tell_one();
    answers_.push_back(std::move(answer));
}

void LaneShuffle::tell_one() {
    std::swap(answers_[random_() % answers_.size()], answers_.back());
    const auto answer = std::move(answers_.back());
    answers_.pop_back();
    answer();
}

}  // namespace chapar::store::engine
