#include "dispatch/refill/recovery.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "base/log.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr int doubt_batch = 500;

}  // namespace

Result<void> Recovery::run() {
    auto suspects = deps_.queue.suspects();
    if (!suspects.has_value()) return std::unexpected(suspects.error());
    for (const auto& [key, deaths] : *suspects)
        deps_.suspects.suspect(key, deaths);
    while (true) {
        auto doubts = deps_.queue.in_doubt(doubt_batch);
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

std::vector<store::Settlement> Recovery::decide(const std::vector<store::InDoubt>& doubts, bool is_alone) {
    std::vector<store::Settlement> out;
    for (const auto& doubt : doubts) {
        const auto& message = doubt.queued.message;
        const auto& cls = deps_.config.class_settings(message.class_name);
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

void Recovery::hold(const store::InDoubt& doubt, const store::Settlement& decided, int deaths) {
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

Result<void> Recovery::write(const std::vector<store::InDoubt>& doubts, std::vector<store::Settlement> settlements) {
    std::vector<track::OutcomeLine> lines;
    for (std::size_t i = 0; i < doubts.size(); ++i) {
        const auto& queued = doubts[i].queued;
        lines.push_back(track::line_of(queued.message, queued.progress.step, doubts[i].attempt.route, settlements[i]));
    }
    auto answer = std::make_shared<std::promise<Result<std::vector<bool>>>>();
    deps_.queue.settle(std::move(settlements),
                       [answer](Result<std::vector<bool>> r) { answer->set_value(std::move(r)); });
    const auto applied = answer->get_future().get();
    if (!applied.has_value()) return std::unexpected(applied.error());
    for (std::size_t i = applied->size(); i-- > 0;) {
        if (!(*applied)[i]) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (deps_.log != nullptr) deps_.log->put(std::move(lines));
    if (std::ranges::find(*applied, true) == applied->end())
        return fail(store::Code::corrupt, "attempts in doubt can't be resolved; see `chapar list --state sending`");
    return {};
}

}  // namespace chapar::dispatch
