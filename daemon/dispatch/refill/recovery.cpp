#include "dispatch/refill/recovery.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "base/log.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr int doubt_batch = 500;
constexpr Milliseconds beat_interval{2'000};

}  // namespace

Result<void> Recovery::run() {
    auto suspects = deps_.queue.suspects();
    if (!suspects.has_value()) return std::unexpected(suspects.error());
    for (const auto& [key, deaths] : *suspects)
        deps_.suspects.suspect(key, deaths);
    while (true) {
        auto doubts = deps_.queue.orphans(doubt_batch);
        if (!doubts.has_value()) return std::unexpected(doubts.error());
        if (doubts->empty()) break;
        const bool is_alone = doubts->size() == 1 && again_ + held_ == 0;
        if (auto done = write(*doubts, decide(*doubts, is_alone)); !done.has_value()) return done;
    }
    const auto found = again_ + held_;
    if (found == 0) return {};
    log::warning("start.in_doubt",
                 "{} attempts of the last run ended without a known outcome: {} go again, each alone; {} are held, {} "
                 "of them as poison",
                 log::Field("attempts", found), log::Field("again", again_), log::Field("held", held_),
                 log::Field("poison", poison_));
    deps_.metrics.counter("attempts_in_doubt_total", "Attempts found open at start.").add(static_cast<double>(found));
    return {};
}

std::vector<store::Settlement> Recovery::decide(const std::vector<store::Orphan>& doubts, bool is_alone) {
    std::vector<store::Settlement> out;
    for (const auto& doubt : doubts) {
        const auto& message = doubt.queued.message;
        const auto& cls = deps_.config->class_settings(message.class_name);
        const auto delay = queue::retry_delay(cls.backoff, doubt.queued.progress.attempts, std::nullopt, deps_.random);
        // The last time counts only against a message that nothing else can be guilty for.
        const int before = deps_.suspects.deaths(message.id.key());
        const int deaths = before + 1 < track::poison_deaths || is_alone ? before + 1 : before;
        out.push_back(track::resolve_in_doubt(doubt, cls, deps_.clock.now(), delay, deaths));
        if (out.back().deaths != 0) {
            deps_.suspects.suspect(message.id.key(), deaths);
            ++again_;
        } else {
            hold(doubt, out.back(), deaths);
        }
    }
    return out;
}

void Recovery::hold(const store::Orphan& doubt, const store::Settlement& decided, int deaths) {
    const auto& id = doubt.queued.message.id;
    deps_.suspects.clear(id.key());
    ++held_;
    if (decided.event != model::Event::quarantine) return;
    ++poison_;
    log::error("message.poison",
               "message {} is held: the daemon ended {} times while route {} had it in hand, the last time with "
               "nothing else. chapar explain {}",
               log::Field("message", id.text()), log::Field("deaths", deaths), log::Field("route", doubt.attempt.route),
               id.text());
}

Recovery::Batch Recovery::batch_of(std::vector<store::Orphan> orphans,
                                   const std::vector<store::Settlement>& settlements) {
    Batch out;
    for (std::size_t i = 0; i < orphans.size(); ++i) {
        const auto& queued = orphans[i].queued;
        out.lines.push_back(
            track::line_of(queued.message, queued.progress.step, orphans[i].attempt.route, settlements[i]));
    }
    out.orphans = std::move(orphans);
    return out;
}

bool Recovery::note(Batch batch, const std::vector<bool>& applied) {
    for (std::size_t i = applied.size(); i-- > 0;) {
        if (applied[i]) continue;
        deps_.suspects.clear(batch.orphans[i].queued.message.id.key());  // whoever was quicker watches it
        batch.lines.erase(batch.lines.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const bool is_any = !batch.lines.empty();
    if (deps_.log != nullptr) deps_.log->put(std::move(batch.lines));
    return is_any;
}

Result<void> Recovery::write(const std::vector<store::Orphan>& doubts, std::vector<store::Settlement> settlements) {
    auto batch = batch_of(doubts, settlements);
    auto answer = std::make_shared<std::promise<Result<std::vector<bool>>>>();
    deps_.queue.settle(std::move(settlements),
                       [answer](Result<std::vector<bool>> r) { answer->set_value(std::move(r)); });
    const auto applied = answer->get_future().get();
    if (!applied.has_value()) return std::unexpected(applied.error());
    if (!note(std::move(batch), *applied))
        return fail(store::Code::corrupt, "attempts in doubt can't be resolved; see `chapar list --state sending`");
    return {};
}

void Recovery::beat() {
    if (is_beating_ || deps_.clock.monotonic() < beat_at_) return;
    is_beating_ = true;
    beat_at_ = deps_.clock.monotonic() + beat_interval;
    deps_.nodes.beat([this](Result<std::int64_t> ended) {
        const bool is_news = ended.has_value() && *ended > 0;
        boost::asio::post(deps_.strand, [this, is_news] {
            is_beating_ = false;
            has_orphans_ = has_orphans_ || is_news;
            if (has_orphans_) look();
        });
    });
}

void Recovery::look() {
    if (is_looking_) return;
    is_looking_ = true;
    boost::asio::post(deps_.upkeep, [this] {
        auto found = std::make_shared<Result<std::vector<store::Orphan>>>(deps_.queue.orphans(doubt_batch));
        boost::asio::post(deps_.strand, [this, found] {
            is_looking_ = false;
            if (!found->has_value()) return;  // the next beat looks again
            has_orphans_ = !(*found)->empty();
            if (has_orphans_) take_over(std::move(**found));
        });
    });
}

void Recovery::take_over(std::vector<store::Orphan> orphans) {
    auto settlements = decide(orphans, false);
    auto batch = std::make_shared<Batch>(batch_of(std::move(orphans), settlements));
    deps_.queue.settle(std::move(settlements), [this, batch](Result<std::vector<bool>> applied) {
        auto answer = std::make_shared<Result<std::vector<bool>>>(std::move(applied));
        boost::asio::post(deps_.strand, [this, batch, answer] {
            const auto found = batch->orphans.size();
            if (!answer->has_value()) return;  // the next beat looks again
            has_orphans_ = note(std::move(*batch), **answer);
            if (!has_orphans_) return;
            log::warning("lease.taken_over", "{} of {} attempts that another node left behind were taken over",
                         log::Field("taken", std::ranges::count(**answer, true)), log::Field("found", found));
            on_change_();
            look();
        });
    });
}

}  // namespace chapar::dispatch
