#include <algorithm>

#include "base/json.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/story_words.hpp"
#include "model/cost.hpp"
#include "model/trace.hpp"
#include "net/http_problem.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

void optional_member(json::Writer& out, std::string_view name, const std::string& value) {
    if (!value.empty()) out.member(name, value);
}

void write_copies(json::Writer& out, std::string_view name, const std::vector<model::Copy>& copies, bool hidden) {
    if (std::ranges::find(copies, hidden, &model::Copy::is_hidden) == copies.end()) return;
    out.key(name).begin_array();
    for (const auto& copy : copies)
        if (copy.is_hidden == hidden) out.value(copy.address);
    out.end_array();
}

void write_plan(json::Writer& out, const std::vector<model::PlanStep>& plan) {
    out.key("plan").begin_array();
    for (const auto& step : plan) {
        out.begin_object().member("channel", step.channel);
        if (step.address.empty())
            out.key("address").null();
        else
            out.member("address", step.address);
        optional_member(out, "template", step.template_name);
        optional_member(out, "revision", step.revision);
        optional_member(out, "locale", step.locale);
        write_copies(out, "cc", step.copies, false);
        write_copies(out, "bcc", step.copies, true);
        out.end_object();
    }
    out.end_array();
}

void write_amount(json::Writer& out, std::string_view name, const model::Cost& cost) {
    out.key(name).begin_object().member("amount", show_money(cost.amount)).member("currency", cost.currency);
    if (cost.segments > 0) out.member("segments", cost.segments);
    out.end_object();
}

/// What the trace says of an attempt's cost: estimated as it was handed over, billed when the provider told it.
void write_costs(json::Writer& out, const std::vector<model::TraceEntry>& trace, int attempt) {
    for (const auto& [reason, name] :
         {std::pair(model::Reason::estimated, "estimated_cost"), std::pair(model::Reason::billed, "billed_cost")}) {
        std::optional<model::Cost> sum;  // the receipts of its segments may each bring their own
        for (const auto& entry : trace) {
            const auto cost = entry.reason == reason ? model::read_cost(entry.detail) : std::nullopt;
            if (!cost || cost->attempt != attempt) continue;
            if (!sum) {
                sum = cost;
            } else if (sum->currency == cost->currency) {
                sum->amount.micros += cost->amount.micros;
            }
        }
        if (sum) write_amount(out, name, *sum);
    }
}

void write_receipts(json::Writer& out, const std::vector<model::PartReceipt>& receipts) {
    if (receipts.empty()) return;
    out.key("segments").begin_array();
    for (const auto& receipt : receipts) {
        out.begin_object().member("segment", receipt.part).member("provider_id", receipt.id);
        out.member("state", !receipt.delivered ? "sent" : *receipt.delivered ? "delivered" : "failed");
        if (receipt.delivered) out.member("at", net::format_time(receipt.at));
        optional_member(out, "code", receipt.code);
        if (receipt.contradicted) out.member("contradicted", true);
        out.end_object();
    }
    out.end_array();
}

void write_attempts(json::Writer& out, const std::vector<model::Attempt>& attempts,
                    const std::vector<model::TraceEntry>& trace) {
    out.key("attempts").begin_array();
    for (const auto& attempt : attempts) {
        out.begin_object().member("number", attempt.number).member("channel", attempt.channel);
        out.member("route", attempt.route).member("started_at", net::format_time(attempt.started_at));
        out.member("in_doubt", !attempt.finished_at.has_value());
        write_costs(out, trace, attempt.number);
        if (attempt.finished_at) {
            out.member("finished_at", net::format_time(*attempt.finished_at));
            out.member("verdict", model::name(attempt.outcome.verdict))
                .member("blame", model::name(attempt.outcome.blame));
            optional_member(out, "code", attempt.outcome.code);
            optional_member(out, "detail", attempt.outcome.detail);
            optional_member(out, "provider_id", attempt.outcome.provider_id);
        }
        write_receipts(out, attempt.receipts);
        out.end_object();
    }
    out.end_array();
}

/// The whole story in order of time: what the message and its attempts say by themselves is not stored again in the
/// trace, so it is told from there.
std::vector<model::TraceEntry> story(const store::Record& record) {
    using model::Reason, model::Verdict;
    const auto& message = record.message;
    std::vector<model::TraceEntry> out{{message.accepted_at, Reason::accepted, ""}};
    if (message.send_at > message.accepted_at)
        out.push_back({message.accepted_at, Reason::scheduled, "until " + net::format_time(message.send_at)});
    for (const auto& attempt : record.attempts) {
        const auto number = "attempt " + std::to_string(attempt.number);
        out.push_back({attempt.started_at, Reason::handed_over, number + ", route " + attempt.route});
        if (!attempt.finished_at) continue;
        if (attempt.outcome.verdict == Verdict::accepted) out.push_back({*attempt.finished_at, Reason::sent, number});
        if (attempt.outcome.verdict == Verdict::delivered)
            out.push_back({*attempt.finished_at, Reason::delivered, number});
    }
    for (auto& entry : model::decode_trace(record.progress.trace))
        out.push_back(std::move(entry));
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return out;
}

/// Whether the attempt that ended so has no code of a provider: then nobody but the plugin refused it.
bool is_plugins_word(const model::TraceEntry& entry, const store::Record& record) {
    return entry.reason == model::Reason::rejected &&
           std::any_of(record.attempts.begin(), record.attempts.end(), [&](const auto& attempt) {
               return attempt.outcome.verdict == model::Verdict::rejected && attempt.outcome.code.empty() &&
                      attempt.outcome.detail == entry.detail;
           });
}

std::string_view sentence_of(const model::TraceEntry& entry, const store::Record& record, model::Language language) {
    return is_plugins_word(entry, record) ? refused_by_plugin(language) : model::sentence(entry.reason, language);
}

void write_entry(json::Writer& out, const model::TraceEntry& entry, const store::Record& record,
                 model::Language language) {
    out.begin_object().member("time", net::format_time(entry.at)).member("reason", model::name(entry.reason));
    out.member("sentence", sentence_of(entry, record, language));
    optional_member(out, "detail", entry.detail);
    out.end_object();
}

void write_trace(json::Writer& out, const store::Record& record, model::Language language) {
    out.key("trace").begin_array();
    for (const auto& entry : story(record))
        write_entry(out, entry, record, language);
    out.end_array();
}

void write_story(json::Writer& out, const store::Record& record, const std::optional<model::TraceEntry>& standstill,
                 const Telling& telling, const std::vector<std::string>& more) {
    out.member("timezone", telling.zone.name()).key("story").begin_array();
    for (const auto& line : tell_story(record, standstill, telling))
        out.value(line);
    for (const auto& line : more)
        out.value(line);
    out.end_array();
}

}  // namespace

std::string message_json(const store::Record& record, bool with_history,
                         const std::optional<model::TraceEntry>& standstill, const Telling* telling,
                         const MessageMembers& members) {
    const auto language = telling == nullptr ? model::Language::en : telling->language;
    const auto& message = record.message;
    const auto& progress = record.progress;
    json::Writer out;
    out.begin_object().member("id", message.id.text()).member("application", message.application);
    out.member("class", message.class_name).member("state", model::name(progress.state));
    if (model::is_test(message)) out.member("test", true);
    optional_member(out, "recipient", message.recipient);
    optional_member(out, "campaign", message.campaign);
    if (!message.tags.empty()) {
        out.key("tags").begin_array();
        for (const auto& tag : message.tags)
            out.value(tag);
        out.end_array();
    }
    optional_member(out, "idempotency_key", record.idempotency_key);
    if (const auto metadata = net::raw_member(message.body, "metadata"); !metadata.empty())
        out.key("metadata").raw(metadata);
    out.member("accepted_at", net::format_time(message.accepted_at))
        .member("send_at", net::format_time(message.send_at));
    out.member("expires_at", net::format_time(message.expires_at));
    if (progress.state == model::State::waiting) out.member("next_try_at", net::format_time(progress.due));
    out.member("step", progress.step).member("attempts_begun", progress.attempts);
    write_plan(out, message.plan);
    if (!members.content.empty()) out.key("content").raw(members.content);
    if (!members.tracking.empty()) out.key("tracking").raw(members.tracking);
    if (!members.engagement.empty()) out.key("engagement").raw(members.engagement);
    if (standstill) write_entry(out.key("standstill"), *standstill, record, language);
    if (with_history) {
        write_attempts(out, record.attempts, model::decode_trace(progress.trace));
        write_trace(out, record, language);
    }
    if (telling != nullptr) write_story(out, record, standstill, *telling, members.story);
    return out.end_object().take();
}

}  // namespace chapar::ingress
