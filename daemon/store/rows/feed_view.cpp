#include "store/rows/feed_view.hpp"

#include <simdjson.h>

#include <algorithm>

namespace chapar::store {
namespace {

/// What the application wants to see again with each entry.
std::string metadata_of(std::string_view body) {
    if (body.find("\"metadata\"") == std::string_view::npos) return {};
    const simdjson::padded_string text(body);
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    std::string_view found;
    if (parser.iterate(text).get(document) != simdjson::SUCCESS) return {};
    simdjson::ondemand::object metadata;
    if (document.find_field_unordered("metadata").get(metadata) != simdjson::SUCCESS) return {};
    if (metadata.raw_json().get(found) != simdjson::SUCCESS) return {};
    return std::string(found);
}

}  // namespace

model::FeedEntry entry_of(const StateChange& change) {
    model::FeedEntry entry;
    entry.number = change.number;
    entry.mark = mark_of(checksum(change));
    entry.message = change.message;
    entry.attempt = change.attempt;
    entry.effect = model::Effect::applied;
    entry.kind = kind_of(change);
    entry.at = entry.noted_at = change.at;
    if (change.hit) {
        entry.effect = model::Effect::kept;
        return entry;
    }
    entry.state = change.state;
    if (const auto reason = model::reason_from(change.reason)) entry.reason = model::name(*reason);
    return entry;
}

bool is_meant(const FeedFilter& filter, const model::FeedEntry& entry) {
    if (!filter.kinds.empty() && std::ranges::find(filter.kinds, entry.kind) == filter.kinds.end()) return false;
    if (filter.message && (!entry.message || *entry.message != *filter.message)) return false;
    if (asks_message(filter)) return entry.message.has_value();
    return filter.application.empty() || entry.application == filter.application;
}

bool asks_message(const FeedFilter& filter) {
    return !filter.class_name.empty() || !filter.campaign.empty() || !filter.tag.empty();
}

bool is_meant(const FeedFilter& filter, const model::Message& message) {
    const auto fits = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
    if (!fits(filter.application, message.application) || !fits(filter.class_name, message.class_name)) return false;
    if (!fits(filter.campaign, message.campaign)) return false;
    return filter.tag.empty() || std::ranges::find(message.tags, filter.tag) != message.tags.end();
}

void fill(model::FeedEntry& entry, const model::Message& message, const std::string& idempotency_key) {
    entry.idempotency_key = idempotency_key;
    entry.application = message.application;
    entry.class_name = message.class_name;
    entry.campaign = message.campaign;
    entry.recipient = message.recipient;
    entry.tags = message.tags;
    if (!message.plan.empty()) entry.template_name = message.plan.front().template_name;
    entry.metadata = metadata_of(message.body);
    entry.is_test = model::is_test(message);
}

bool fill_hit(const StateChange& change, const Engagement* engagement, model::FeedEntry& entry) {
    if (engagement == nullptr) return false;
    const auto hit = std::ranges::find(engagement->hits, change.number, &model::Hit::number);
    if (hit == engagement->hits.end()) return false;
    entry.hit = *hit;
    return true;
}

void fill_cause(const StateChange& change, const model::Message& message, const std::vector<model::Attempt>& attempts,
                const std::optional<model::Progress>& now, model::FeedEntry& entry) {
    const auto step = static_cast<std::size_t>(change.step);
    if (step < message.plan.size()) {
        entry.channel = message.plan[step].channel;
        entry.address = message.plan[step].address;
    }
    for (const auto& attempt : attempts) {
        if (attempt.number != change.attempt) continue;
        entry.channel = attempt.channel;
        entry.route = attempt.route;
        entry.code = attempt.outcome.code;
        entry.detail = attempt.outcome.detail;
        entry.provider_id = attempt.outcome.provider_id;
        const auto tried = std::ranges::find(message.plan, attempt.channel, &model::PlanStep::channel);
        if (tried != message.plan.end()) entry.address = tried->address;
    }
    if (change.reason == 0 || !now) return;
    for (const auto& why : model::decode_trace(now->trace)) {
        const bool is_it = static_cast<int>(why.reason) == change.reason && why.at <= change.at;
        if (is_it && !why.detail.empty()) entry.detail = why.detail;
    }
}

}  // namespace chapar::store
