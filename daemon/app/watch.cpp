// What the daemon does by the clock: templates, pruning, self-checks and the watchdog.

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "app/app.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"

namespace chapar::app {
namespace {

constexpr Milliseconds turn{1'000};
constexpr Milliseconds check_every{5'000};
constexpr Milliseconds ping_every{5'000};  // unless the watchdog wants it more often
/// A route that could send and begins nothing for so long is not left to itself: a restart mends what we don't know of.
constexpr Milliseconds longest_stall{60'000};
constexpr Milliseconds prune_every{60'000};
constexpr int prune_batch = 2'000;
constexpr int damaged_batch = 200;
/// A part that has not answered for this long is stuck: the watchdog is not pinged and readiness is withdrawn.
constexpr Milliseconds stuck{15'000};

}  // namespace

void App::watch() {
    if (stopping_) return;
    const Monotonic now = clock_.monotonic();
    watched_ = now.time_since_epoch().count();
    if (now >= templates_at_) {
        templates_at_ = now + turn;
        reload_templates();
    }
    if (now >= check_at_) {
        check_at_ = now + check_every;
        self_check();
    }
    if (now >= ping_at_) {
        ping_at_ = now + systemd::ping_interval(watchdog_, ping_every);
        ping_watchdog();
    }
    if (now >= prune_at_) {
        prune_at_ = now + prune_every;
        prune();
        prune_uses();
        prune_feed();
        prune_hits();
        prune_links();
        prune_tallies();
        prune_conversions();
        boost::asio::post(upkeep_.executor(), [this] { read_damaged_again(); });
    }
    watch_timer_.expires_at(std::min(now + turn, ping_at_));
    watch_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) watch();
    });
}

void App::self_check() {
    store_->put_setting("self_check", std::to_string(to_ms(clock_.now())), [this](Result<bool> written) {
        store_well_ = written.has_value();
        if (written.has_value()) store_answered_ = clock_.monotonic().time_since_epoch().count();
    });
    metrics_.gauge("log_lines_dropped", "Log lines that could not be written since start.")
        .set(static_cast<double>(log::dropped()));
    metrics_.gauge("outcome_lines_dropped", "Lines about outcomes that came faster than the log could write them.")
        .set(static_cast<double>(outcomes_->dropped()));
}

void App::ping_watchdog() {
    const auto state = health();
    const bool store_ok = std::ranges::all_of(state.checks, [](const auto& c) { return c.ok || c.name != "store"; });
    std::string stuck_part;
    for (const auto& check : state.checks) {
        // A full disk is not mended by a restart; a stall is reported at once, and may still end by itself.
        if (check.ok || !check.is_needed || check.name == "store" || check.name == "sending") continue;
        stuck_part = check.name + ": " + check.detail;
    }
    for (const auto& stall : dispatcher_->stalls()) {
        if (store_ok && clock_.now() - stall.since >= longest_stall) stuck_part = "sending: " + stall.why;
    }
    if (!stuck_part.empty()) log::error("watchdog.withheld", "{}", log::Field("part", stuck_part));
    systemd::notify((stuck_part.empty() ? "WATCHDOG=1\nSTATUS=" : "STATUS=") + status());
}

admin::Health App::health() const {
    const Monotonic now = clock_.monotonic();
    const auto since = [&](Monotonic then) { return std::chrono::duration_cast<Milliseconds>(now - then); };
    admin::Health out;
    const auto answered = since(Monotonic(Monotonic::duration(store_answered_.load())));
    const bool store_ok = store_well_ && answered < stuck;
    out.checks.push_back(
        {"store", store_ok, store_ok ? "" : fmt::format("no write succeeded for {} ms", answered.count())});
    const auto turned = since(dispatcher_->last_turn());
    out.checks.push_back(
        {"queue", turned < stuck, turned < stuck ? "" : fmt::format("no turn for {} ms", turned.count())});
    const auto lag = server_ ? server_->lag() : Milliseconds{0};
    out.checks.push_back(
        {"socket", lag < stuck, lag < stuck ? "" : fmt::format("its loop is {} ms late", lag.count())});
    std::string stalls, down;
    for (const auto& stall : dispatcher_->stalls())
        stalls += (stalls.empty() ? "" : "; ") + stall.why;
    out.checks.push_back({"sending", stalls.empty(), stalls});
    for (const auto& channel : dispatcher_->channels_down())
        down += (down.empty() ? "" : "; ") + channel;
    out.checks.push_back({"routes", down.empty(), down, false});
    out.ready = !stopping_;
    for (const auto& check : out.checks)
        out.ready = out.ready && (check.ok || !check.is_needed);
    return out;
}

std::vector<std::pair<std::string, Milliseconds>> App::lags() const {
    const Monotonic now = clock_.monotonic();
    /// Beyond the pause that each of them makes when nothing happens.
    const auto late = [&](Monotonic::rep then, Milliseconds pause) {
        const auto since = std::chrono::duration_cast<Milliseconds>(now - Monotonic(Monotonic::duration(then)));
        return then == 0 ? Milliseconds{0} : std::max(since - pause, Milliseconds{0});
    };
    std::vector<std::pair<std::string, Milliseconds>> out{
        {"main", late(watched_, turn)},
        {"dispatch", late(dispatcher_->last_turn().time_since_epoch().count(), turn)},
        {"store", late(store_answered_, check_every + turn)}};
    if (server_) out.emplace_back("socket", server_->lag());
    if (webhooks_) out.emplace_back("inbound", webhooks_->lag());
    if (web_) out.emplace_back("web", web_->lag());
    if (metrics_listener_) out.emplace_back("metrics", metrics_listener_->lag());
    return out;
}

std::string App::status() const {
    const auto counts = store_->counts();
    if (!counts.has_value()) return "the store can't be read";
    const auto of = [&](model::State state) { return counts->by_state[static_cast<int>(state)]; };
    return fmt::format("{} waiting, {} in flight, {} held", of(model::State::waiting), of(model::State::sending),
                       of(model::State::held));
}

void App::prune() {
    const auto before = clock_.now() - settings()->store.keep_finished;
    store_->prune(before, prune_batch, [this](Result<std::int64_t> gone) {
        if (!gone.has_value()) return;
        // A full batch: there is more, so don't wait for the next round.
        if (*gone == prune_batch) boost::asio::post(main_, [this] { prune(); });
    });
}

/// On a worker.
void App::read_damaged_again() {
    store_->read_damaged_again(damaged_batch, [this](Result<std::int64_t> released) {
        if (!released.has_value() || *released == 0) return;
        log::info("store.rows_whole", "{} messages that were held for a damaged row read whole and wait again",
                  *released);
        dispatcher_->moved({});
    });
}

void App::prune_feed() {
    const auto before = clock_.now() - settings()->store.keep_events;
    store_->prune_feed(before, prune_batch, [this](Result<std::int64_t> gone) {
        if (gone.has_value() && *gone >= prune_batch) boost::asio::post(main_, [this] { prune_feed(); });
    });
}

void App::prune_hits() {
    std::map<std::string, Timestamp> before;
    for (const auto& [name, each] : settings()->classes)
        before.emplace(name, clock_.now() - each.keep_hits);
    store_->prune_hits(std::move(before), prune_batch, [](Result<std::int64_t>) {});
}

void App::prune_links() {
    store_->prune_links(clock_.now(), prune_batch, [this](Result<std::int64_t> gone) {
        if (gone.has_value() && *gone == prune_batch) boost::asio::post(main_, [this] { prune_links(); });
    });
}

void App::prune_tallies() {
    store_->prune_tallies(clock_.now() - settings()->store.keep_reports, prune_batch,
                          [this](Result<std::int64_t> gone) {
                              if (gone.has_value() && *gone >= prune_batch)
                                  boost::asio::post(main_, [this] { prune_tallies(); });
                          });
}

void App::prune_conversions() {
    const auto before = clock_.now() - settings()->store.keep_conversions;
    store_->prune_conversions(before, prune_batch, [this](Result<std::int64_t> gone) {
        if (gone.has_value() && *gone >= prune_batch) boost::asio::post(main_, [this] { prune_conversions(); });
    });
}

void App::prune_uses() {
    const auto kept = rules_->history();
    if (!kept) return;  // a rule looks back for ever
    store_->prune_uses(clock_.now() - *kept, prune_batch, [this](Result<std::int64_t> gone) {
        if (gone.has_value() && *gone == prune_batch) boost::asio::post(main_, [this] { prune_uses(); });
    });
}

}  // namespace chapar::app
