#include "web/hit_keeper.hpp"

#include <algorithm>
#include <future>
#include <memory>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::web {
namespace {

constexpr std::size_t most_in_a_commit = 4'096;  // what is sent waits for no longer commit
constexpr std::size_t most_facts = 50'000;
constexpr std::chrono::seconds store_patience{30};

constexpr std::array hit_kinds{model::Engaged::opened, model::Engaged::clicked};
constexpr std::array hit_sources{model::HitBy::human, model::HitBy::unknown, model::HitBy::machine};

}  // namespace

HitKeeper::HitKeeper(HitQueue& queue, store::Hits& store, metrics::Registry& metrics)
    : queue_(queue),
      store_(store),
      lost_(metrics.counter("web_hits_lost_total", "Hits that could not be written down")) {
    for (const auto kind : hit_kinds) {
        const std::string name(model::name(kind));
        for (const auto by : hit_sources)
            by_.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(by)) =
                &metrics.counter("web_hits_total", "Looks at messages, as they were judged when they came",
                                 {{"kind", name}, {"by", std::string(model::name(by))}});
        uncounted_.at(static_cast<std::size_t>(kind)) = &metrics.counter(
            "web_hits_not_kept_total", "Hits that are counted and not kept: of messages that are gone, or have many",
            {{"kind", name}});
    }
}

HitKeeper::~HitKeeper() { stop(); }

void HitKeeper::start() {
    thread_ = std::thread([this] {
        name_thread("hits");
        while (!is_stopping_) {
            queue_.wait(turn);
            run_once();
        }
        run_once();
    });
}

void HitKeeper::stop() {
    if (!thread_.joinable()) return;
    is_stopping_ = true;
    queue_.wake();
    thread_.join();
}

std::vector<store::HitFacts> HitKeeper::facts_of(std::span<const RawHit> hits) {
    if (known_.size() > most_facts) known_.clear();
    std::vector<MessageKey> unknown;
    for (const auto& hit : hits)
        if (!known_.contains(hit.message)) unknown.push_back(hit.message);
    std::ranges::sort(unknown);
    unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
    std::unordered_map<MessageKey, store::HitFacts> fresh;
    const auto read = store_.hit_facts(unknown);
    for (std::size_t i = 0; read.has_value() && i < unknown.size(); ++i)
        ((*read)[i].is_final ? known_ : fresh).emplace(unknown[i], (*read)[i]);
    std::vector<store::HitFacts> out;
    out.reserve(hits.size());
    for (const auto& hit : hits) {
        const auto known = known_.find(hit.message);
        out.push_back(known != known_.end() ? known->second : fresh[hit.message]);
    }
    return out;
}

void HitKeeper::count(const store::HitBatch& batch, std::span<const std::int64_t> numbers) {
    for (std::size_t i = 0; i < batch.hits.size(); ++i) {
        const auto& hit = batch.hits[i].hit;
        const auto kind = static_cast<std::size_t>(hit.kind);
        if (numbers[i] == 0)
            uncounted_.at(kind)->add();
        else
            by_.at(kind).at(static_cast<std::size_t>(hit.by))->add();
    }
}

/// False: the store takes nothing now, and the batch waits.
bool HitKeeper::write() {
    // Owned by the answer as well: it may come when nobody waits any more.
    auto answer = std::make_shared<std::promise<Result<std::vector<std::int64_t>>>>();
    auto noted = answer->get_future();
    store_.note_hits(*pending_,
                     [answer](Result<std::vector<std::int64_t>> numbers) { answer->set_value(std::move(numbers)); });
    // The next batch builds on this one's numbers.
    const bool is_answered = noted.wait_for(store_patience) == std::future_status::ready;
    const auto numbers = is_answered ? noted.get() : Result<std::vector<std::int64_t>>(std::vector<std::int64_t>());
    if (numbers.has_value() && is_answered) {
        judge_.noted(*numbers);
        count(*pending_, *numbers);
    } else if (is_answered && numbers.error().is(store::Code::unavailable) && !is_stopping_) {
        return false;  // nothing of it is on disk
    } else {
        // What may be on disk is not written again.
        lost_.add(static_cast<double>(pending_->hits.size()));
        log::warning("web.hits_lost", "{} looks at messages could not be written down: {}", pending_->hits.size(),
                     is_answered ? numbers.error().message() : "the store does not answer");
    }
    pending_.reset();
    return true;
}

bool HitKeeper::run_once() {
    if (pending_ && !write()) return false;
    if (judged_ == taken_.hits.size()) {
        taken_ = queue_.take();
        judged_ = 0;
    }
    while (judged_ < taken_.hits.size() || taken_.has_totals) {
        const auto left = std::span<const RawHit>(taken_.hits).subspan(judged_);
        const auto part = left.first(std::min(left.size(), most_in_a_commit));
        pending_ = judge_.judge(part, facts_of(part));
        pending_->totals = taken_.totals;
        taken_.has_totals = false;
        taken_.totals = {};
        judged_ += part.size();
        if (!write()) return false;
    }
    return true;
}

}  // namespace chapar::web
