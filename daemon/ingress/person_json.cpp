#include "ingress/person_json.hpp"

#include "engage/judged.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {

std::string_view name(model::SuppressionReach reach) {
    return reach == model::SuppressionReach::marketing ? "marketing" : "all";
}

void write_consents(json::Writer& out, std::string_view key, const std::vector<model::Consent>& consents) {
    out.key(key).begin_array();
    for (const auto& word : consents) {
        out.begin_object().member("channel", word.channel).member("topic", word.topic);
        out.member("state", name(word.state)).member("at", net::format_time(word.at));
        if (!word.source.empty()) out.member("source", word.source);
        if (!word.proof.empty()) out.member("proof", word.proof);
        out.end_object();
    }
    out.end_array();
}

void write_suppression(json::Writer& out, const model::Suppression& suppression) {
    out.begin_object().member("channel", suppression.channel).member("address", suppression.address);
    out.member("reach", name(suppression.reach)).member("at", net::format_time(suppression.at));
    if (!suppression.reason.empty()) out.member("reason", suppression.reason);
    if (!suppression.source.empty()) out.member("source", suppression.source);
    if (suppression.until) out.member("until", net::format_time(*suppression.until));
    out.end_object();
}

void write_profile(json::Writer& out, const store::Recipient& recipient) {
    out.member("id", recipient.id).member("updated_at", net::format_time(recipient.updated_at));
    for (const std::string_view member :
         {"email", "phone", "country", "locale", "timezone", "device_timezone", "household", "quiet", "attributes"}) {
        const auto value = net::raw_member(recipient.profile, member);
        if (!value.empty()) out.key(member).raw(value);
    }
}

void write_hit(json::Writer& out, const model::Hit& hit) {
    out.member("by", model::name(hit.by)).member("score", hit.points).key("reasons").begin_array();
    for (const auto reason : engage::reasons_of(hit))
        out.value(reason);
    out.end_array();
    if (hit.kind == model::Engaged::clicked) out.member("link", int{hit.link});
}

void write_feed_entry(json::Writer& out, const model::FeedEntry& entry) {
    // What is only perhaps a no is a word like any other, with what it may be.
    const bool is_perhaps = entry.kind == "perhaps_unsubscribed";
    out.begin_object().member("number", entry.number).member("kind", is_perhaps ? "inbound" : entry.kind);
    if (is_perhaps) out.member("perhaps", "unsubscribed");
    out.member("effect", model::name(entry.effect));
    out.member("at", net::format_time(entry.at)).member("noted_at", net::format_time(entry.noted_at));
    if (entry.message) out.member("message", entry.message->text());
    if (entry.attempt != 0) out.member("attempt", entry.attempt);
    if (entry.parts != 0) out.member("segment", entry.part).member("segments", entry.parts);
    const std::pair<std::string_view, const std::string*> texts[] = {{"application", &entry.application},
                                                                     {"recipient", &entry.recipient},
                                                                     {"channel", &entry.channel},
                                                                     {"route", &entry.route},
                                                                     {"address", &entry.address},
                                                                     {"code", &entry.code},
                                                                     {"detail", &entry.detail},
                                                                     {"provider_id", &entry.provider_id},
                                                                     {"reason", &entry.reason},
                                                                     {"class", &entry.class_name},
                                                                     {"campaign", &entry.campaign},
                                                                     {"template", &entry.template_name},
                                                                     {"idempotency_key", &entry.idempotency_key}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) out.member(name, *text);
    }
    if (entry.hit) write_hit(out, *entry.hit);
    if (entry.is_test || entry.route == model::sandbox_name) out.member("test", true);
    if (entry.state) out.member("state", model::name(*entry.state));
    if (!entry.tags.empty()) {
        out.key("tags").begin_array();
        for (const auto& tag : entry.tags)
            out.value(tag);
        out.end_array();
    }
    if (!entry.metadata.empty()) out.key("metadata").raw(entry.metadata);
    out.end_object();
}

}  // namespace chapar::ingress
