// From the pick to the lease: a worker reads what the policy asks of each message, the store writes the attempts down.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds store_pause{200};

}  // namespace

void Dispatcher::lease(const std::shared_ptr<Route>& route, std::vector<queue::ItemPtr> items, Monotonic taken,
                       bool can_wait) {
    auto asking = std::make_shared<Asking>();
    asking->route = route;
    asking->taken = taken;
    asking->by = route->settings();
    asking->text = route->text();
    asking->settings = settings_;
    asking->rules = rules_;
    asking->paths = data_paths_;
    asking->counts_segments = counts_segments_;
    asking->is_priced = is_priced_;
    // With one route there is nothing to choose.
    const bool is_choice = chooses(asking->by.channel) && std::ranges::count_if(routes_, [&](const auto& each) {
                                                              return each->settings().channel == asking->by.channel;
                                                          }) > 1;
    auto first = config::Priority::bulk;
    for (const auto& item : items) {
        first = std::min(first, class_priority(item->queued.message.class_name));
        if (is_choice) asking->why.push_back(why_route(*route, *item));
    }
    asking->items = std::move(items);
    asking->can_wait = can_wait;
    ++unleased_;
    deps_.render.post(static_cast<std::size_t>(first), [this, asking] { ask(asking); });
}

/// False: it can't be read now.
bool Dispatcher::read_body(queue::Item& item) {
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
bool Dispatcher::set_apart(Asking& asking) {
    if (asking.items.back()->step().is_test) return false;
    for (auto& step : asking.items.back()->queued.message.plan)
        step.is_test = true;
    asking.tests.push_back(std::move(asking.items.back()));
    asking.items.pop_back();
    if (!asking.why.empty()) asking.why.pop_back();
    return true;
}

void Dispatcher::ask(const std::shared_ptr<Asking>& asking) {
    std::vector<queue::ItemPtr> items = std::exchange(asking->items, {});
    std::vector<std::string> why = std::exchange(asking->why, {});
    std::vector<store::Lease> leases;
    std::vector<Facts> facts;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!read_body(*items[i])) {
            asking->unread.push_back(std::move(items[i]));
            continue;
        }
        if (i < why.size()) asking->why.push_back(std::move(why[i]));
        asking->items.push_back(std::move(items[i]));
        auto found = facts_of(*asking, asking->items.size() - 1);
        if (found.is_test && set_apart(*asking)) continue;
        const auto& item = *asking->items.back();
        leases.push_back({item.queued.message.id.key(), item.queued.progress.attempts + 1, item.step().channel,
                          asking->by.name, deps_.clock.now(), asking->can_wait});
        facts.push_back(std::move(found));
        asking->items.back()->fallback_after = facts.back().fallback_after;
    }
    asking->gate = std::make_shared<PolicyGate>(asking->rules, deps_.clock, std::move(facts));
    if (leases.empty()) {
        boost::asio::post(deps_.strand, [this, asking] { leased(*asking, std::vector<model::Leased>()); });
        return;
    }
    deps_.queue.lease(std::move(leases), asking->gate, [this, asking](Result<std::vector<model::Leased>> answers) {
        auto answer = std::make_shared<Result<std::vector<model::Leased>>>(std::move(answers));
        boost::asio::post(deps_.strand, [this, asking, answer] { leased(*asking, std::move(*answer)); });
    });
}

void Dispatcher::not_begun(const Asking& asking, queue::Item& item) {
    Route& route = *asking.route;
    route.never_started(route.lane(item), item.queued.message.id.key(), deps_.clock.monotonic());
    route.bucket().give_back(asking.taken);
    free_memory(item);
}

void Dispatcher::not_leased(queue::ItemPtr item, const model::Leased& answer, std::optional<model::Reason> reason) {
    if (!answer.state) {
        scheduler_.mark_overflow(*item->pool, deps_.clock.now());  // it moved in the store: read it again
        scheduler_.forget(*item);
        return;
    }
    if (reason) {
        metrics::Counter*& counter = kept_back_counters_[*reason];
        if (counter == nullptr) {
            counter = &deps_.metrics.counter("messages_kept_back_total", "Messages that the policy delayed or ended.",
                                             {{"reason", std::string(model::name(*reason))}});
        }
        counter->add();
    }
    scheduler_.forget(*item);
    if (*answer.state != model::State::waiting) return;
    item->queued.progress.step = answer.step;
    item->queued.progress.due = answer.due;
    scheduler_.add(std::move(item), deps_.clock.now());
}

/// It stays in the store; the read that finds it again says what is wrong with it.
void Dispatcher::not_read(Asking& asking) {
    const Timestamp later = deps_.clock.now() + Milliseconds{1'000};
    for (auto& item : asking.unread) {
        not_begun(asking, *item);
        alone_.landed(item->queued.message.id.key());
        scheduler_.forget(*item);
        scheduler_.mark_overflow(*item->pool, later);
        item.reset();
    }
}

/// They are in the sandbox's line from now on.
void Dispatcher::queue_tests(Asking& asking) {
    for (auto& item : asking.tests) {
        not_begun(asking, *item);
        alone_.landed(item->queued.message.id.key());
        scheduler_.forget(*item);
        scheduler_.add(std::move(item), deps_.clock.now());
    }
}

void Dispatcher::leased(Asking& asking, Result<std::vector<model::Leased>> answers) {
    --unleased_;
    not_read(asking);
    queue_tests(asking);
    const auto& route = asking.route;
    const PolicyGate& gate = *asking.gate;
    auto& items = asking.items;
    std::vector<queue::Item*> go;
    std::vector<Landing> back;
    for (std::size_t i = items.size(); i-- > 0;) {
        queue::ItemPtr item = std::move(items[i]);
        Lane& lane = route->lane(*item);
        const bool is_granted = answers.has_value() && (*answers)[i].granted;
        if (!is_granted) alone_.landed(item->queued.message.id.key());
        if (answers.has_value()) raise(gate.alarms(i));
        if (!answers.has_value()) {
            not_begun(asking, *item);
            scheduler_.put_back(std::move(item));
            continue;
        }
        if (!is_granted) {
            not_begun(asking, *item);
            not_leased(std::move(item), (*answers)[i], gate.reason(i));
            continue;
        }
        item->queued.progress.attempts += 1;
        item->queued.progress.state = model::State::sending;
        if (const auto& digest = gate.digest(i)) model::append(item->queued.progress.trace, *digest);
        item->left_out = gate.left_out(i);
        const MessageKey key = item->queued.message.id.key();
        queue::Item* const going = item.get();
        flights_.emplace(
            key, Flight{std::move(item), route, route->shared_instance(), &lane, gate.facts(i).estimate, false});
        if (stopping_) {
            back.push_back({key, going->queued.progress.attempts, {}, std::nullopt, false});
        } else if (route->has_left()) {
            Refusal gone{model::Reason::given_back, "route " + route->settings().name + " has left the configuration"};
            back.push_back({key, going->queued.progress.attempts, {}, std::move(gone), false});
        } else {
            go.push_back(going);
        }
    }
    lease_fails_ = !answers.has_value();
    if (answers.has_value()) route->progress().moved();
    if (!answers.has_value()) {
        hold_until_ = deps_.clock.monotonic() + store_pause;
        log::error("store.lease_failed", "no attempt can be written down, so nothing is sent: {}",
                   answers.error().message());
    }
    std::reverse(go.begin(), go.end());
    if (!go.empty()) hand_over(route, go);
    if (!back.empty()) land(std::move(back));
    wake();
}

}  // namespace chapar::dispatch
