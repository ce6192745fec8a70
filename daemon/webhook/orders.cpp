// What an operator asks of deliveries.

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/log.hpp"
#include "engage/webhook_signature.hpp"
#include "webhook/deliveries.hpp"

namespace chapar::webhook {
namespace {

std::unexpected<Error> no_such() { return fail(Code::unknown, "there is no such webhook"); }

}  // namespace

void Deliveries::list(const Done<std::vector<View>>& done) {
    const auto end = deps_.webhooks.feed_end();
    if (!end) return done(std::unexpected(end.error()));
    std::vector<View> out;
    for (const auto& [name, endpoint] : endpoints_)
        out.push_back(endpoint->view(deps_.clock.now(), *end));
    done(std::move(out));
}

void Deliveries::answer_view(const WebhookEndpointPtr& endpoint, const Done<View>& done) {
    write(endpoint);
    turn();
    done(endpoint->view(deps_.clock.now(), feed_end()));
}

void Deliveries::enable(const std::string& name, const Done<View>& done) {
    const auto endpoint = find(name);
    if (!endpoint) return done(no_such());
    if (!endpoint->is_disabled()) return done(fail(Code::not_enabled, "the webhook is not disabled"));
    endpoint->enable(deps_.clock.now());
    log::info("webhook.enabled", "webhook {} is enabled; what waited for it goes", log::Field("webhook", name));
    answer_view(endpoint, done);
}

void Deliveries::disable(const std::string& name, const Done<View>& done) {
    const auto endpoint = find(name);
    if (!endpoint) return done(no_such());
    if (!endpoint->is_disabled()) {
        endpoint->disable(deps_.clock.now(), "by the operator");
        log::info("webhook.disabled_by_operator", "webhook {} is disabled by the operator; its events wait",
                  log::Field("webhook", name));
    }
    answer_view(endpoint, done);
}

void Deliveries::test(const std::string& name, Done<Tested> done) {
    const auto endpoint = find(name);
    if (!endpoint) return done(no_such());
    if (is_stopping_) return done(fail(Code::stopping, "the daemon is stopping"));
    const auto now = deps_.clock.now();
    json::Writer data;
    data.begin_object().member("webhook", name).end_object();
    auto body = engage::webhook_body("webhook.test", now, data.text());
    if (!body) return done(std::unexpected(body.error()));
    const auto id = "evt_test_" + std::to_string(to_ms(now));
    auto made = make_transfer(endpoint->shared_definition(), id, *std::move(body), now);
    if (!made) return done(std::unexpected(made.error()));
    const auto began = deps_.clock.monotonic();
    auto arrived = [self = self_, post = deps_.post, began, done = std::move(done)](net::TransferResult result) {
        post([self, began, done, result = std::move(result)] {
            if (*self == nullptr) return done(fail(Code::stopping, "the daemon is stopping"));
            const auto& clock = (*self)->deps_.clock;
            done(Tested{read_answer(result, clock.now()),
                        std::chrono::duration_cast<Milliseconds>(clock.monotonic() - began)});
        });
    };
    deps_.transfer(*std::move(made), std::move(arrived));
}

void Deliveries::replay_since(const std::string& name, Timestamp since, const Done<View>& done) {
    const auto endpoint = find(name);
    if (!endpoint) return done(no_such());
    const auto number = deps_.webhooks.feed_before(since);
    if (!number) return done(std::unexpected(number.error()));
    endpoint->replay_behind(*number);
    log::info("webhook.replay", "webhook {} gets again what came since then", log::Field("webhook", name));
    answer_view(endpoint, done);
}

void Deliveries::replay_one(const std::string& name, std::int64_t number, const Done<View>& done) {
    const auto endpoint = find(name);
    if (!endpoint) return done(no_such());
    const auto event = window_.at(number);
    if (!event) return done(std::unexpected(event.error()));
    if (!*event) return done(fail(Code::not_there, "the event is not kept any more (keep_events), or never was"));
    if (!endpoint->definition().wants(**event))
        return done(fail(Code::not_wanted, "the webhook is not told of " + (*event)->type + " of this application"));
    endpoint->replay(**event, deps_.clock.now());
    answer_view(endpoint, done);
}

}  // namespace chapar::webhook
