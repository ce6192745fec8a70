#include "track/received.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "base/log.hpp"
#include "model/policy_fields.hpp"

namespace chapar::track {
namespace {

constexpr std::string_view by_mail = "mailto";  // the code of the bounces receiver for a mail that unsubscribes

const model::PlanStep* step_of(const model::Message& message, const model::Attempt& attempt) {
    const auto found = std::ranges::find(message.plan, attempt.channel, &model::PlanStep::channel);
    return found == message.plan.end() ? nullptr : &*found;
}

bool is_same(std::string_view a, std::string_view b) {
    const auto canonical = [](std::string_view text) {
        return admission::canonical_email(text).value_or(std::string(text));
    };
    return address::key(canonical(a)) == address::key(canonical(b));
}

/// It is about somebody in cc or bcc, not about whom the message is for.
bool is_about_a_copy(const model::Report& told, const model::PlanStep& step) {
    if (told.address.empty() || is_same(told.address, step.address)) return false;
    return std::ranges::any_of(step.copies, [&](const auto& copy) { return is_same(told.address, copy.address); });
}

model::Suppression hard_bounce_of(const model::Report& report, MessageId message, Timestamp now) {
    return {.channel = report.channel,
            .address = report.address,
            .reach = model::SuppressionReach::all,
            .reason = "hard_bounce",
            .source = "bounce of message " + message.text() + ": " + report.code + ' ' + report.detail,
            .at = now,
            .until = std::nullopt};
}

}  // namespace

std::optional<model::Report> as_of_route(model::Report told, const store::Record& record, bool may_suppress,
                                         Timestamp now) {
    const auto attempt = std::ranges::find(record.attempts, told.attempt->number, &model::Attempt::number);
    if (attempt == record.attempts.end()) return std::nullopt;
    const auto* step = step_of(record.message, *attempt);
    if (step == nullptr) return std::nullopt;
    auto out = std::move(told);
    out.route = attempt->route;
    out.channel = attempt->channel;
    const bool is_gone = std::exchange(out.suppress, std::nullopt).has_value();
    if (is_about_a_copy(out, *step)) {
        out.kind = "copy_" + out.kind;  // a note: the message did arrive, for all that this says
        out.is_soft = false;
        return out;
    }
    out.address = step->address;
    if (is_gone && may_suppress) out.suppress = hard_bounce_of(out, record.message.id, now);
    return out;
}

std::optional<model::Consent> mailed_no(const model::Report& told, const store::Record& record, Timestamp now) {
    if (told.kind != "unsubscribed" || told.code != by_mail) return std::nullopt;
    const auto attempt = std::ranges::find(record.attempts, told.attempt->number, &model::Attempt::number);
    const auto* step = attempt == record.attempts.end() ? nullptr : step_of(record.message, *attempt);
    if (step == nullptr) return std::nullopt;
    const auto& message = record.message;
    const auto fields = model::decode_policy_fields(message.fields, message.plan);
    model::Consent no;
    no.application = message.application;
    no.recipient = message.recipient.empty() ? address::key(step->address) : message.recipient;
    no.channel = step->channel;
    no.topic = fields && !fields->category.empty() ? fields->category : message.class_name;
    no.state = model::ConsentState::unsubscribed;
    no.source = "unsubscribe mail";
    no.proof = "a mail to the mailbox of message " + message.id.text();
    no.at = now;
    return no.recipient.empty() ? std::nullopt : std::optional(std::move(no));
}

void ReceivedReports::take(std::string_view receiver, model::Report told, std::function<void(bool)> durable) {
    if (!told.attempt) {
        count(receiver, told.kind, "unsealed");
        return durable(true);
    }
    boost::asio::post(deps_.upkeep,
                      [this, name = std::string(receiver), told = std::move(told),
                       durable = std::move(durable)]() mutable { look_up(name, std::move(told), std::move(durable)); });
}

void ReceivedReports::look_up(const std::string& receiver, model::Report told, std::function<void(bool)> durable) {
    const auto record = deps_.messages.find(told.attempt->message);
    if (!record.has_value()) {
        const bool is_gone = record.error().is(store::Code::not_found);
        count(receiver, told.kind, is_gone ? "forgotten" : "failed");
        return durable(is_gone);  // of a message that is pruned or erased nothing is left to say
    }
    const std::string kind = told.kind;
    if (auto no = mailed_no(told, *record, deps_.clock.now())) {
        count(receiver, kind, "taken");
        const auto about = record->message.id.key();
        return deps_.people.say({{std::move(*no)}, true, about},
                                [durable](const Result<std::int64_t>& kept) { durable(kept.has_value()); });
    }
    told.is_soft = told.is_soft && deps_.settings()->policy.soft_bounces;
    auto report = as_of_route(std::move(told), *record, deps_.settings()->policy.hard_bounces, deps_.clock.now());
    if (!report) {
        count(receiver, kind, "forgotten");
        return durable(true);
    }
    count(receiver, kind, "taken");
    const std::string route = report->route;
    deps_.intake.take(route, std::move(*report), std::move(durable));
}

void ReceivedReports::count(std::string_view receiver, std::string_view kind, std::string_view effect) {
    deps_.metrics
        .counter("received_total", "What receivers reported of messages, by receiver, kind and what came of it.",
                 {{"receiver", std::string(receiver)}, {"kind", std::string(kind)}, {"effect", std::string(effect)}})
        .add();
}

}  // namespace chapar::track
