#include "track/report_intake.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "track/cost_metrics.hpp"
#include "track/receipt.hpp"

namespace chapar::track {
namespace {

ReportOrigin origin_of(std::string_view route, const config::Settings& settings, Timestamp now) {
    ReportOrigin out{std::string(route), "*", settings.daemon.country, now, route == model::sandbox_name};
    for (const auto& known : settings.routes) {
        if (known.name == route) out.channel = known.channel;
    }
    return out;
}

/// An opt-out that gets an answer; others have one of their own, or none.
bool is_stop(const model::Report& report) { return report.channel == "sms" && report.kind == "unsubscribed"; }

/// The part of a report that is needed when the store has answered: not its long texts.
model::Report brief(const model::Report& report) {
    model::Report out;
    out.route = report.route;
    out.channel = report.channel;
    out.provider_id = report.provider_id;
    out.word = report.word;
    out.kind = report.kind;
    if (is_stop(report)) out.address = report.address;
    out.bill = report.bill;
    return out;
}

}  // namespace

void ReportIntake::take(std::string_view route, model::Report told, std::function<void(bool)> durable) {
    const auto settings = deps_.settings();
    auto report = complete(std::move(told), origin_of(route, *settings, deps_.clock.now()));
    if (report.suppress)
        log::info("event.opt_out", "an address of route {} opted out: {}", log::Field("route", route),
                  log::Field("reason", report.suppress->reason));
    auto done = [this, durable = std::move(durable), what = brief(report)](const Result<store::Reported>& reported) {
        if (reported.has_value()) stored(what, *reported);
        durable(reported.has_value());
    };
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        is_first = waiting_.empty();
        waiting_.emplace_back(std::move(report), std::move(done));
    }
    if (is_first) boost::asio::post(deps_.strand, [this] { flush(); });
}

void ReportIntake::flush() {
    std::vector<Waiting> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting.swap(waiting_);
    }
    for (auto& [report, done] : waiting)
        deps_.reports.report(std::move(report), std::move(done));
}

/// On the store's thread.
void ReportIntake::stored(const model::Report& report, const store::Reported& reported) {
    using model::Effect;
    count(report, reported.effect);
    if (!reported.message) return;
    const bool is_new = reported.effect != Effect::repeated && reported.effect != Effect::contradicted;
    if (report.bill && is_new) count_bill(deps_.metrics, report.route, *report.bill);
    // Only somebody whom we wrote to is answered, and once: a robot that goes on with STOP gets no other answer.
    if (is_stop(report) && !report.address.empty() && reported.is_new_stop)
        deps_.on_stop(report.address, *reported.message);
    if (report.word != model::Word::person) deps_.on_receipt(report.route, reported.message->key());
}

void ReportIntake::count(const model::Report& report, model::Effect effect) {
    deps_.metrics
        .counter("events_total", "What providers reported later, by route and what came of it.",
                 {{"route", report.route}, {"effect", std::string(model::name(effect))}})
        .add();
    if (effect != model::Effect::unknown) return;
    log::warning("event.unmatched", "route {}: \"{}\" for the id {} that no message of ours has; it is kept",
                 log::Field("route", report.route), log::Field("kind", report.kind),
                 log::Field("provider_id", report.provider_id));
}

}  // namespace chapar::track
