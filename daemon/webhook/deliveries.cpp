#include "webhook/deliveries.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace chapar::webhook {
namespace {

/// What many commits in a row bring is read together.
constexpr Milliseconds gather{20};
/// What a crash in this time forgets is sent again.
constexpr Milliseconds write_every{200};
constexpr Milliseconds look_every{5'000};
constexpr Milliseconds read_again{1'000};
constexpr int parts_a_turn = 4;

}  // namespace

Deliveries::Deliveries(Deps deps)
    : deps_(std::move(deps)), window_(deps_.reports, deps_.clock), timer_(deps_.timers.make()) {}

Deliveries::~Deliveries() { *self_ = nullptr; }

void Deliveries::fed() {
    if (has_news_.exchange(true)) return;
    deps_.post([self = self_] {
        if (*self == nullptr) return;
        (*self)->has_news_ = false;
        (*self)->window_.news();
        if (!(*self)->endpoints_.empty()) (*self)->arm((*self)->soon(gather));
    });
}

// ---- which there are ----------------------------------------------------------------------------------------------

void Deliveries::apply(std::vector<DefinitionPtr> definitions) {
    const auto is_meant = [&](const std::string& name) {
        return std::ranges::any_of(definitions, [&](const auto& each) { return each->settings.name == name; });
    };
    for (auto& [name, endpoint] : endpoints_)
        if (!is_meant(name)) write(endpoint);
    std::erase_if(endpoints_, [&](const auto& each) { return !is_meant(each.first); });
    not_open_.clear();
    for (auto& definition : definitions) {
        const auto known = endpoints_.find(definition->settings.name);
        if (known == endpoints_.end())
            not_open_.push_back(std::move(definition));
        else
            known->second->redefine(std::move(definition));
    }
    window_.news();
    show_at_ = {};
    turn();
}

void Deliveries::open_new() {
    if (not_open_.empty()) return;
    const auto known = deps_.webhooks.webhooks();
    if (!known) return read_failed(known.error());
    forget_old(*known);
    while (!not_open_.empty()) {
        auto opened = open(not_open_.back(), *known);
        if (!opened) return read_failed(opened.error());
        not_open_.pop_back();
        write(*opened);
        endpoints_.emplace((*opened)->name(), *std::move(opened));
    }
}

Result<Deliveries::WebhookEndpointPtr> Deliveries::open(const DefinitionPtr& definition,
                                                        const std::vector<store::WebhookState>& known) {
    const auto& name = definition->settings.name;
    const auto found = std::ranges::find(known, name, &store::WebhookState::name);
    if (found == known.end()) {
        const auto end = deps_.webhooks.feed_end();
        if (!end) return std::unexpected(end.error());
        store::WebhookState state{.name = name, .cursor = *end, .last_success = deps_.clock.now()};
        return std::make_shared<WebhookEndpoint>(definition, std::move(state), std::vector<KnownWait>(), std::nullopt,
                                                 counters_of(name));
    }
    auto rows = deps_.webhooks.webhook_waits(name);
    if (!rows) return std::unexpected(rows.error());
    auto waits = known_waits(*rows);
    if (!waits) return std::unexpected(waits.error());
    return std::make_shared<WebhookEndpoint>(definition, *found, *std::move(waits), *std::move(rows),
                                             counters_of(name));
}

/// Of events that are still there.
Result<std::vector<KnownWait>> Deliveries::known_waits(const std::vector<store::WebhookWait>& rows) {
    std::vector<KnownWait> out;
    for (const auto& row : rows) {
        const auto event = window_.at(row.number);
        if (!event) return std::unexpected(event.error());
        if (*event) out.push_back({row, (*event)->person, (*event)->noted_at});
    }
    return out;
}

/// One that the configuration does not name any more is remembered as long as it could go on.
void Deliveries::forget_old(const std::vector<store::WebhookState>& known) {
    const auto page = deps_.reports.feed({}, {}, 1);
    if (!page) return;
    for (const auto& state : known) {
        const auto is_it = [&](const auto& each) { return each->settings.name == state.name; };
        if (endpoints_.contains(state.name) || std::ranges::any_of(not_open_, is_it)) continue;
        if (state.cursor + 1 < page->oldest) deps_.webhooks.drop_webhook(state.name, {});
    }
}

WebhookEndpoint::Counters Deliveries::counters_of(const std::string& name) {
    const auto tries = [&](const char* result) -> metrics::Counter& {
        return deps_.metrics.counter("webhook_tries_total",
                                     "Tries to deliver an event, by endpoint and how they ended.",
                                     {{"webhook", name}, {"result", result}});
    };
    return {tries("accepted"), tries("failed"),
            deps_.metrics.counter("webhook_given_up_total", "Events whose tries were used up, by endpoint.",
                                  {{"webhook", name}}),
            deps_.metrics.counter("webhook_missed_total",
                                  "Times that events were removed (keep_events) before an endpoint had taken them.",
                                  {{"webhook", name}})};
}

Deliveries::WebhookEndpointPtr Deliveries::find(const std::string& name) const {
    const auto found = endpoints_.find(name);
    return found == endpoints_.end() ? nullptr : found->second;
}

// ---- the turn -----------------------------------------------------------------------------------------------------

void Deliveries::arm(Monotonic at) {
    if (at >= armed_) return;
    armed_ = at;
    timer_->run_at(at, [this] {
        armed_ = Monotonic::max();
        turn();
    });
}

void Deliveries::arm(std::optional<Timestamp> at) {
    if (at) arm(soon(std::max(*at - deps_.clock.now(), Milliseconds{0})));
}

void Deliveries::turn() {
    open_new();
    for (const auto& [name, endpoint] : endpoints_)
        pump(endpoint);
    const auto now = deps_.clock.monotonic();
    if (now >= write_at_) {
        write_at_ = Monotonic::max();
        for (const auto& [name, endpoint] : endpoints_)
            write(endpoint);
    }
    if (now >= show_at_) {
        show_at_ = now + look_every;
        window_.news();
        show();
    }
    end_if_idle();
    if (endpoints_.empty() && not_open_.empty()) return;
    arm(std::min({write_at_, show_at_, stopped_ ? stop_by_ : Monotonic::max()}));
    for (const auto& [name, endpoint] : endpoints_)
        arm(endpoint->wakes_at(deps_.clock.now()));
}

void Deliveries::pump(const WebhookEndpointPtr& endpoint) {
    if (is_stopping_) return;
    const auto now = deps_.clock.now();
    if (endpoint->is_stale(deps_.clock.monotonic() - FeedWindow::kept)) endpoint->forget_given();
    const auto before = endpoint->cursor();
    for (int part = 0; part < parts_a_turn; ++part) {
        for (const auto number : endpoint->next(now))
            send(endpoint, number);
        if (!endpoint->wants_more(now) || !read_on(endpoint)) break;
        if (part + 1 == parts_a_turn) arm(deps_.clock.monotonic());  // others have their turn
    }
    if (endpoint->cursor() != before) touch(write_every);
}

bool Deliveries::read_on(const WebhookEndpointPtr& endpoint) {
    const auto part = window_.behind(endpoint->reads_behind());
    if (!part) {
        read_failed(part.error());
        return false;
    }
    is_read_failing_ = false;
    if (!*part) return false;
    if ((*part)->missed) {
        endpoint->note_missed();
        log::warning("webhook.missed", "webhook {}: events were removed before it had taken them",
                     log::Field("webhook", endpoint->name()));
    }
    endpoint->give(*part);
    return true;
}

void Deliveries::read_failed(const Error& error) {
    if (!std::exchange(is_read_failing_, true))
        log::error("webhook.unread", "the events can't be read for webhooks: {}", error.message());
    arm(soon(read_again));
}

/// Null: it is gone, or not wanted any more.
std::shared_ptr<const WebhookEvent> Deliveries::event_of(const WebhookEndpointPtr& endpoint, std::int64_t number) {
    auto event = endpoint->given(number);
    if (!event) {
        auto read = window_.at(number);
        if (!read) {
            read_failed(read.error());
            const Answer unread{.words = "the event could not be read: " + read.error().message()};
            finished(endpoint, number, unread);
            return nullptr;
        }
        event = *std::move(read);
    }
    if (event && endpoint->definition().wants(*event)) return event;
    endpoint->skip(number);
    touch(write_every);
    arm(deps_.clock.monotonic());  // what waited for it
    return nullptr;
}

void Deliveries::send(const WebhookEndpointPtr& endpoint, std::int64_t number) {
    const auto event = event_of(endpoint, number);
    if (!event) return;
    auto made = make_transfer(endpoint->shared_definition(), event->id, event->body, deps_.clock.now());
    if (!made) return finished(endpoint, number, {.words = made.error().message()});
    auto arrived = [self = self_, post = deps_.post, to = std::weak_ptr(endpoint), number,
                    generation = endpoint->generation()](net::TransferResult result) {
        post([self, to, number, generation, result = std::move(result)] {
            const auto still = to.lock();
            if (*self == nullptr || !still || still->generation() != generation) return;
            auto& room = **self;
            room.finished(still, number, read_answer(result, room.deps_.clock.now()));
            if (room.find(still->name()) == still) room.pump(still);
            room.arm(still->wakes_at(room.deps_.clock.now()));
            room.end_if_idle();
        });
    };
    deps_.transfer(*std::move(made), std::move(arrived));
}

void Deliveries::finished(const WebhookEndpointPtr& endpoint, std::int64_t number, const Answer& answer) {
    const auto turned = endpoint->finish(number, answer, deps_.clock.now(), deps_.chance());
    tell(*endpoint, turned, number, answer);
    touch(write_every);
    if (turned.is_disabled) write(endpoint);
}

void Deliveries::tell(const WebhookEndpoint& endpoint, const Turned& turned, std::int64_t number,
                      const Answer& answer) {
    const log::Field name("webhook", endpoint.name());
    if (turned.is_failing)
        log::warning("webhook.failing", "webhook {} takes nothing ({}); its events wait", name, answer.words);
    if (turned.is_well) log::info("webhook.well", "webhook {} takes events again", name);
    if (turned.is_given_up)
        log::warning("webhook.given_up", "webhook {}: event {} is given up after its last try ({})", name, number,
                     answer.words);
    if (turned.is_disabled) {
        const auto why = endpoint.view(deps_.clock.now(), 0).why;
        log::error("webhook.disabled", "webhook {} is disabled: {}", name, why);
    }
}

// ---- what is kept -------------------------------------------------------------------------------------------------

void Deliveries::write(const WebhookEndpointPtr& endpoint) {
    auto change = endpoint->begin_write();
    if (!change) return;
    ++writes_;
    deps_.webhooks.put_webhook(*std::move(change), [self = self_, post = deps_.post, endpoint](Result<bool> written) {
        post([self, endpoint, is_on_disk = written.has_value()] {
            endpoint->written(is_on_disk);
            if (*self != nullptr) (*self)->wrote(is_on_disk);
        });
    });
}

/// What changed meanwhile is written next.
void Deliveries::wrote(bool is_on_disk) {
    --writes_;
    is_unwritable_ = !is_on_disk;
    touch(is_on_disk ? write_every : read_again);
    end_if_idle();
}

void Deliveries::touch(Milliseconds in) {
    write_at_ = std::min(write_at_, soon(in));
    arm(write_at_);
}

std::int64_t Deliveries::feed_end() { return deps_.webhooks.feed_end().value_or(0); }

void Deliveries::show() {
    std::vector<std::pair<metrics::Labels, double>> lag, behind, waiting, flying, disabled;
    const auto now = deps_.clock.now();
    const auto end = endpoints_.empty() ? 0 : feed_end();
    for (const auto& [name, endpoint] : endpoints_) {
        const auto view = endpoint->view(now, end);
        const metrics::Labels labels{{"webhook", name}};
        lag.emplace_back(labels, std::chrono::duration<double>(view.lag).count());
        behind.emplace_back(labels, static_cast<double>(view.behind));
        waiting.emplace_back(labels, static_cast<double>(view.waiting));
        flying.emplace_back(labels, static_cast<double>(view.in_flight));
        disabled.emplace_back(labels, endpoint->is_disabled() ? 1 : 0);
    }
    auto& to = deps_.metrics;
    to.replace("webhook_lag_seconds", "Age of the oldest event that an endpoint has not taken.", std::move(lag));
    to.replace("webhook_behind", "Entries of the feed that an endpoint has not come to.", std::move(behind));
    to.replace("webhook_waiting", "Events that an endpoint gets later: after a failed try, or behind another.",
               std::move(waiting));
    to.replace("webhook_in_flight", "Events on their way to an endpoint.", std::move(flying));
    to.replace("webhook_disabled", "1: nothing is sent to the endpoint until it is enabled.", std::move(disabled));
}

void Deliveries::stop(Milliseconds limit, std::function<void()> done) {
    is_stopping_ = true;
    stop_by_ = soon(limit);
    stopped_ = std::move(done);
    arm(stop_by_);
    end_if_idle();
}

void Deliveries::end_if_idle() {
    if (!stopped_) return;
    const bool is_over = deps_.clock.monotonic() >= stop_by_;
    const auto flies = [](const auto& each) { return each.second->in_flight() > 0; };
    if (!is_over && std::ranges::any_of(endpoints_, flies)) return;
    for (const auto& [name, endpoint] : endpoints_)
        if (!is_unwritable_) write(endpoint);
    if (writes_ > 0) return;
    std::exchange(stopped_, nullptr)();
}

}  // namespace chapar::webhook
