#include "ingress/person_json.hpp"

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

}  // namespace chapar::ingress
