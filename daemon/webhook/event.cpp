#include "webhook/event.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "basic/utf8.hpp"
#include "engage/feed_entry_json.hpp"
#include "engage/webhook_signature.hpp"

namespace chapar::webhook {
namespace {

/// As many texts of this length as an entry has, each byte escaped, are a body that fits.
constexpr std::size_t short_text = 200;

std::string data_of(const model::FeedEntry& entry, bool is_shortened) {
    json::Writer out;
    engage::write_feed_entry(out, entry);
    auto text = out.take();
    if (is_shortened) text.insert(text.size() - 1, R"(,"shortened":true)");
    return text;
}

std::string body_of(const model::FeedEntry& entry, const std::string& type) {
    if (auto whole = engage::webhook_body(type, entry.at, data_of(entry, false))) return *std::move(whole);
    auto less = entry;
    less.metadata.clear();
    less.tags.clear();
    if (auto body = engage::webhook_body(type, entry.at, data_of(less, true))) return *std::move(body);
    for (std::string* text : {&less.application, &less.kind, &less.route, &less.channel, &less.recipient, &less.address,
                              &less.code, &less.detail, &less.provider_id, &less.reason, &less.class_name,
                              &less.campaign, &less.idempotency_key, &less.template_name})
        *text = basic::cut(std::move(*text), short_text);
    return engage::webhook_body(type, entry.at, data_of(less, true)).value();
}

std::string person_of(const model::FeedEntry& entry) {
    if (!entry.recipient.empty()) return entry.application + "/r/" + entry.recipient;
    if (!entry.address.empty()) return "a/" + entry.address;
    return entry.message ? "m/" + entry.message->text() : std::string();
}

}  // namespace

std::string type_of(const model::FeedEntry& entry) {
    // A plugin has words of its own.
    std::string kind = entry.kind == "perhaps_unsubscribed" ? "inbound" : entry.kind;
    std::ranges::replace_if(
        kind,
        [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'); },
        '_');
    kind = basic::cut(std::move(kind), short_text);
    return kind.contains('.') ? kind : "message." + kind;
}

WebhookEvent event_of(const model::FeedEntry& entry) {
    auto type = type_of(entry);
    auto body = body_of(entry, type);
    return {.number = entry.number,
            .id = engage::event_id(entry),
            .type = std::move(type),
            .person = person_of(entry),
            .application = entry.application,
            .noted_at = entry.noted_at,
            .body = std::move(body)};
}

bool fits(std::string_view pattern, std::string_view type) {
    if (pattern == "*" || pattern == type) return true;
    return pattern.ends_with(".*") && type.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace chapar::webhook
