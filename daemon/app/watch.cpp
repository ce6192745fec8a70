// What the daemon does by the clock: templates, pruning, self-checks and the watchdog; and what plugins report later.

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "admission/address.hpp"
#include "app/app.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"
#include "dispatch/costs.hpp"
#include "track/receipt.hpp"

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

/// As admission keeps it; what admission would refuse stays as it came. SMSCs leave the plus away.
std::string canonical(std::string_view channel, const std::string& address, std::string_view country) {
    std::expected<std::string, std::string> made;
    const bool is_mail = channel == "email" || (channel == "*" && address.contains('@'));
    if (is_mail) {
        made = admission::canonical_email(address);
    } else if (channel == "sms" || channel == "*") {
        const bool is_whole = address.starts_with('+') || address.starts_with('0');
        made = admission::canonical_phone(is_whole ? address : '+' + address, country);
    }
    return made.has_value() && !made->empty() ? *made : address;
}

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

void App::prune_uses() {
    const auto kept = rules_->history();
    if (!kept) return;  // a rule looks back for ever
    store_->prune_uses(clock_.now() - *kept, prune_batch, [this](Result<std::int64_t> gone) {
        if (gone.has_value() && *gone == prune_batch) boost::asio::post(main_, [this] { prune_uses(); });
    });
}

void App::take_event(std::string_view route, plugin::InboundEvent event, std::function<void(bool)> durable) {
    std::string channel = "*";  // the route is gone since; the address says enough
    const auto now = settings();
    for (const auto& known : now->routes) {
        if (known.name == route) channel = known.channel;
    }
    track::Told told{std::move(event.attempt), std::move(event.provider_id), std::move(event.kind),       {},
                     std::move(event.code),    std::move(event.detail),      std::move(event.dedupe_key), event.at};
    told.cost = std::move(event.cost);
    told.address = canonical(channel, event.address, now->daemon.country);
    auto report = track::to_report(route, channel, std::move(told), clock_.now());
    if (route == model::sandbox_name) report.suppress.reset();  // nobody said it
    if (report.suppress)
        log::info("event.opt_out", "an address of route {} opted out: {}", log::Field("route", route),
                  log::Field("reason", report.suppress->reason));
    // To whom we wrote, and once for each opt-out: a robot that goes on with STOP gets no other answer.
    const std::string opted_out = report.channel == "sms" && report.kind == "unsubscribed" ? report.address : "";
    auto done = [this, opted_out, durable = std::move(durable), route = report.route, kind = report.kind,
                 id = report.provider_id, bill = report.bill,
                 is_receipt = report.word != model::Word::person](const Result<store::Reported>& reported) {
        if (reported.has_value()) {
            count_event(route, kind, id, reported->effect);
            using model::Effect;
            const bool is_new = reported->effect != Effect::repeated && reported->effect != Effect::contradicted;
            if (bill && reported->message && is_new) dispatch::count_cost(metrics_, "billed", route, *bill);
            if (!opted_out.empty() && reported->is_new_stop && reported->message)
                boost::asio::post(upkeep_.executor(),
                                  [this, opted_out, latest = *reported->message] { answer_stop(opted_out, latest); });
            if (reported->message && is_receipt) receipts_.put(route, reported->message->key());
        }
        durable(reported.has_value());  // otherwise the plugin reports it again
    };
    bool first = false;
    {
        const std::lock_guard lock(reports_mutex_);
        first = reports_.empty();
        reports_.emplace_back(std::move(report), std::move(done));
    }
    if (first) boost::asio::post(strand_, [this] { store_reports(); });
}

/// On the strand, behind the outcomes that were handed in before: a receipt that reaches the store ahead of its outcome
/// has to be kept aside there, which costs two more writes.
void App::store_reports() {
    std::vector<Reporting> reports;
    {
        const std::lock_guard lock(reports_mutex_);
        reports.swap(reports_);
    }
    for (auto& [report, done] : reports)
        store_->report(std::move(report), std::move(done));
}

void App::count_event(const std::string& route, const std::string& kind, const std::string& id, model::Effect effect) {
    metrics_
        .counter("events_total", "What providers reported later, by route and what came of it.",
                 {{"route", route}, {"effect", std::string(model::name(effect))}})
        .add();
    if (effect != model::Effect::unknown) return;
    log::warning("event.unmatched", "route {}: \"{}\" for the id {} that no message of ours has; it is kept",
                 log::Field("route", route), log::Field("kind", kind), log::Field("provider_id", id));
}

}  // namespace chapar::app
