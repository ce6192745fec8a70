#include "dispatch/lease/leaser.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "config/prices.hpp"
#include "dispatch/prepare.hpp"
#include "engage/site_links.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds after_refused_lease{200};
constexpr Milliseconds unread_pause{1'000};

}  // namespace

/// A batch on its way to the store, with what other threads need to know of the strand to ask for it.
struct Leaser::Request {
    std::shared_ptr<Route> route;  // the strand's
    config::RouteSettings by;
    sms::TextOptions text;
    ConfigInUse config;
    std::vector<queue::ItemPtr> items, unread;
    std::vector<queue::ItemPtr> tests;  // of an earlier version, which did not tell them apart: to be queued again
    std::vector<std::string> why;       // this route, by item; empty: there was no choice
    std::shared_ptr<PolicyGate> gate;
    bool can_wait = false;
    LeaseTickets::Ticket ticket = 0;
    Monotonic taken{};  // when their parts of the route's rate were
};

Leaser::Leaser(Deps deps, OnLeased on_leased)
    : deps_(deps), on_leased_(std::move(on_leased)), alarms_(deps.clock, deps.metrics) {}

void Leaser::lease(Batch batch) {
    auto request = std::make_shared<Request>();
    request->ticket = deps_.tickets.open();
    request->taken = batch.taken;
    request->by = batch.route->settings();
    request->text = batch.route->text();
    request->config = deps_.config;
    const auto& channel = request->by.channel;
    const bool is_choice = deps_.router.chooses(channel) && deps_.router.has_choice(channel);
    auto first = config::Priority::bulk;
    for (const auto& item : batch.items) {
        first = std::min(first, deps_.config->priority(item->queued.message.class_name));
        if (is_choice) request->why.push_back(deps_.router.why(*batch.route, *item));
    }
    request->route = std::move(batch.route);
    request->items = std::move(batch.items);
    request->can_wait = batch.can_wait;
    ++under_way_;
    deps_.render.post(static_cast<std::size_t>(first), [this, request] { ask(request); });
}

/// False: it can't be read now.
bool Leaser::read_body(queue::Item& item) {
    if (item.has_body()) return true;
    auto found = deps_.messages.find(item.queued.message.id);
    if (!found.has_value()) {
        log::warning("store.read_failed", "message {} can't be read: {}",
                     log::Field("message", item.queued.message.id.text()), found.error().message());
        return false;
    }
    item.queued.message.body = std::move(found->message.body);
    return true;
}

/// This is the last look at a message before it may leave. Of a test that an earlier version accepted the row says
/// nothing, its request does: then the last item is marked and not asked for. False: it is in its line already.
bool Leaser::set_test_apart(Request& request) {
    if (request.items.back()->step().is_test) return false;
    for (auto& step : request.items.back()->queued.message.plan)
        step.is_test = true;
    request.tests.push_back(std::move(request.items.back()));
    request.items.pop_back();
    if (!request.why.empty()) request.why.pop_back();
    return true;
}

void Leaser::ask(const std::shared_ptr<Request>& request) {
    std::vector<queue::ItemPtr> items = std::exchange(request->items, {});
    std::vector<std::string> why = std::exchange(request->why, {});
    std::vector<store::Lease> leases;
    std::vector<Facts> facts;
    const Timestamp now = deps_.clock.now();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!read_body(*items[i])) {
            request->unread.push_back(std::move(items[i]));
            continue;
        }
        if (i < why.size()) request->why.push_back(std::move(why[i]));
        request->items.push_back(std::move(items[i]));
        auto found = facts_of(*request, request->items.size() - 1);
        if (found.fields.is_test && set_test_apart(*request)) continue;
        auto& item = *request->items.back();
        store::Lease lease{item.queued.message.id.key(),
                           item.queued.progress.attempts + 1,
                           item.step().channel,
                           request->by.name,
                           now,
                           request->can_wait};
        if (!draw_links(*request, item, lease, found)) {
            request->unread.push_back(std::move(request->items.back()));
            request->items.pop_back();
            if (!request->why.empty()) request->why.pop_back();
            continue;
        }
        leases.push_back(std::move(lease));
        item.leased_at = now;
        item.fallback_after = found.fields.fallback_after;
        facts.push_back(std::move(found));
    }
    request->gate = std::make_shared<PolicyGate>(request->config->rules, deps_.clock, now, std::move(facts));
    if (leases.empty()) {
        boost::asio::post(deps_.strand, [this, request] { answered(*request, std::vector<model::Leased>()); });
        return;
    }
    deps_.queue.lease(std::move(leases), request->gate, [this, request](Result<std::vector<model::Leased>> answers) {
        auto answer = std::make_shared<Result<std::vector<model::Leased>>>(std::move(answers));
        boost::asio::post(deps_.strand, [this, request, answer] { answered(*request, std::move(*answer)); });
    });
}

/// What the attempt asks about being tracked, and the short links that it may go with. False: no codes can be drawn
/// now.
bool Leaser::draw_links(const Request& request, const queue::Item& item, store::Lease& lease, Facts& facts) {
    const auto& config = *request.config;
    const auto& message = item.queued.message;
    const int step = item.queued.progress.step;
    const auto& channel = item.step().channel;
    if (config.site == nullptr || (channel != "email" && channel != "sms")) return true;
    facts.tracking = tracking_question(config.settings, message, step);
    if (channel != "sms" || config.site->short_url().empty()) return true;
    SiteDefaults site{config.settings.daemon.timezone, config.settings.daemon.locale};
    site.links = linking_for(config.settings, config.site, message, step, engage::Tracking::none);
    auto drawn = dispatch::draw_links(message, step, deps_.catalogue, site, lease.at);
    if (!drawn.has_value()) {
        log::error("links.no_codes", "message {} waits: {}", log::Field("message", message.id.text()),
                   drawn.error().message());
        return false;
    }
    const bool is_tracked = engage::decide_tracking(*facts.tracking).tracking != engage::Tracking::none;
    if (drawn->empty()) facts.tracking.reset();
    lease.links = {std::move(*drawn), lease.at + config.site->keep_links(), is_tracked};
    return true;
}

Facts Leaser::facts_of(const Request& request, std::size_t index) {
    const auto& item = *request.items[index];
    const auto& config = *request.config;
    const auto& message = item.queued.message;
    const int step = item.queued.progress.step;
    const Timestamp now = deps_.clock.now();
    auto facts = read_facts(message, step, config.settings.daemon.country, config.data_paths);
    facts.carries = !digest_template(item.queued.progress.trace).empty();
    const bool has_sms = std::ranges::any_of(message.plan, [](const auto& each) { return each.channel == "sms"; });
    if (config.counts_segments && has_sms) {
        SiteDefaults site{config.settings.daemon.timezone, config.settings.daemon.locale};
        site.links = linking_for(config.settings, config.site, message, step, engage::Tracking::none);
        facts.segments = count_segments(message, deps_.catalogue, site, now, step, request.text);
    }
    if (config.is_priced && !facts.fields.is_test) estimate(request, item, facts);
    if (index < request.why.size()) facts.notes.push_back({now, model::Reason::routed, request.why[index]});
    return facts;
}

/// Notes what the attempt will cost, as far as prices are configured.
void Leaser::estimate(const Request& request, const queue::Item& item, Facts& facts) const {
    const auto& settings = request.config->settings;
    const int step = item.queued.progress.step;
    facts.price(settings, &request.by);
    const auto segments = facts.segments_of(step);
    const auto* price = config::price_of(request.by, item.step().address);
    const Money unit = price != nullptr ? price->segment * recipients_of(item.step())
                                        : facts.unit_costs[static_cast<std::size_t>(step)];
    if (price == nullptr && unit.micros == 0) return;
    const bool has_own_currency = price != nullptr && !price->currency.empty();
    facts.estimate = model::Cost{item.queued.progress.attempts + 1, segments, unit * segments,
                                 has_own_currency ? price->currency : settings.policy.currency};
    facts.notes.push_back({deps_.clock.now(), model::Reason::estimated, model::estimated_detail(*facts.estimate)});
}

void Leaser::free(const Request& request, queue::Item& item) {
    Route& route = *request.route;
    route.never_started(route.lane(item), item.queued.message.id.key(), deps_.clock.monotonic());
    route.bucket().give_back(request.taken);
    deps_.memory.release(item);
}

/// They stay in the store; the read that finds them again says what is wrong with them.
void Leaser::return_unread(Request& request) {
    const Timestamp later = deps_.clock.now() + unread_pause;
    for (auto& item : request.unread) {
        free(request, *item);
        deps_.suspects.came_back(item->queued.message.id.key());
        deps_.scheduler.forget(*item);
        deps_.scheduler.mark_overflow(*item->pool, later);
        item.reset();
    }
}

/// They are in the sandbox's line from now on.
void Leaser::queue_tests(Request& request) {
    for (auto& item : request.tests) {
        free(request, *item);
        deps_.suspects.came_back(item->queued.message.id.key());
        deps_.scheduler.forget(*item);
        deps_.scheduler.add(std::move(item), deps_.clock.now());
    }
}

void Leaser::answered(Request& request, Result<std::vector<model::Leased>> answers) {
    --under_way_;
    return_unread(request);
    queue_tests(request);
    store_fails_ = !answers.has_value();
    if (store_fails_) {
        hold_until_ = deps_.clock.monotonic() + after_refused_lease;
        log::error("store.lease_failed", "no attempt can be written down, so nothing is sent: {}",
                   answers.error().message());
    } else {
        request.route->stall_detector().moved();
    }
    Leased out{request.route, {}, {}, request.ticket};
    // The last one first: what goes back to the front of its line keeps its order.
    for (std::size_t i = request.items.size(); i-- > 0;) {
        queue::ItemPtr item = std::move(request.items[i]);
        const bool is_granted = answers.has_value() && (*answers)[i].granted;
        if (!is_granted) deps_.suspects.came_back(item->queued.message.id.key());
        if (answers.has_value()) alarms_.raise(request.gate->alarms(i));
        if (is_granted) {
            grant(request, i, std::move(item), (*answers)[i], out);
            continue;
        }
        free(request, *item);
        if (answers.has_value())
            refuse(std::move(item), (*answers)[i], request.gate->reason(i));
        else
            deps_.scheduler.put_back(std::move(item));
    }
    std::ranges::reverse(out.go);
    on_leased_(std::move(out));
}

void Leaser::grant(const Request& request, std::size_t index, queue::ItemPtr item, model::Leased& answer, Leased& out) {
    const PolicyGate& gate = *request.gate;
    const auto& route = request.route;
    auto& progress = item->queued.progress;
    progress.attempts += 1;
    progress.state = model::State::sending;
    if (const auto& digest = gate.digest(index)) model::append(progress.trace, *digest);
    item->left_out = gate.left_out(index);
    item->is_tracked = gate.tracking(index) != engage::Tracking::none;
    item->short_links = std::move(answer.links);
    if (is_stopping_ || route->has_left()) {
        const auto why =
            is_stopping_ ? "the daemon is stopping" : "route " + route->settings().name + " has left the configuration";
        out.back.push_back(
            {item->queued.message.id.key(), progress.attempts, {}, NotSent{model::Reason::given_back, why}});
    } else {
        out.go.push_back(item.get());
    }
    Lane* const lane = &route->lane(*item);
    deps_.in_flight.add({std::move(item), route, route->shared_instance(), lane, gate.facts(index).estimate, false});
}

void Leaser::refuse(queue::ItemPtr item, const model::Leased& answer, std::optional<model::Reason> reason) {
    if (!answer.state) {
        deps_.scheduler.mark_overflow(*item->pool, deps_.clock.now());  // it moved in the store: read it again
        deps_.scheduler.forget(*item);
        return;
    }
    if (reason) count_kept_back(*reason);
    deps_.scheduler.forget(*item);
    if (*answer.state != model::State::waiting) return;
    item->queued.progress.step = answer.step;
    item->queued.progress.due = answer.due;
    deps_.scheduler.add(std::move(item), deps_.clock.now());
}

void Leaser::count_kept_back(model::Reason reason) {
    metrics::Counter*& counter = kept_back_[reason];
    if (counter == nullptr) {
        counter = &deps_.metrics.counter("messages_kept_back_total", "Messages that the policy delayed or ended.",
                                         {{"reason", std::string(model::name(reason))}});
    }
    counter->add();
}

}  // namespace chapar::dispatch
