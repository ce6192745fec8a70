#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "base/json.hpp"
#include "base/zones.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/merge_patch.hpp"
#include "ingress/named.hpp"
#include "ingress/person_json.hpp"
#include "ingress/submission_reader.hpp"
#include "net/http_problem.hpp"
#include "net/json_reader.hpp"
#include "numbers/phone.hpp"

namespace chapar::ingress {
namespace {

/// The profile as it is stored: canonical addresses, attributes as they came.
std::string profile_json(const admission::Submission& person, std::string_view country, std::string_view attributes,
                         std::string_view quiet, Errors& errors) {
    json::Writer out;
    out.begin_object();
    if (!person.email.empty()) {
        const auto email = admission::canonical_email(person.email);
        if (email)
            out.member("email", *email);
        else
            errors.push_back({"/email", email.error()});
    }
    if (!person.phone.empty()) {
        const auto phone = admission::canonical_phone(person.phone, person.country.empty() ? country : person.country);
        if (phone)
            out.member("phone", *phone);
        else
            errors.push_back({"/phone", phone.error()});
    }
    if (!person.country.empty()) {
        if (!numbers::is_country(person.country))
            errors.push_back({"/country", "a country is two capital letters (ISO 3166) such as IR"});
        out.member("country", person.country);
    }
    if (!person.locale.empty()) {
        if (!admission::is_locale(person.locale))
            errors.push_back({"/locale", "a locale is a BCP 47 tag such as fa-IR"});
        out.member("locale", person.locale);
    }
    if (!person.timezone.empty()) {
        if (!admission::is_timezone(person.timezone))
            errors.push_back({"/timezone", times::zone_problem(person.timezone)});
        out.member("timezone", person.timezone);
    }
    if (!person.device_timezone.empty()) {
        if (!admission::is_timezone(person.device_timezone))
            errors.push_back({"/device_timezone", times::zone_problem(person.device_timezone)});
        out.member("device_timezone", person.device_timezone);
    }
    if (!person.household.empty()) {
        if (person.household.size() > admission::max_id || !admission::is_one_line(person.household))
            errors.push_back({"/household", "a household is one line of at most 255 bytes"});
        out.member("household", person.household);
    }
    if (!quiet.empty()) out.key("quiet").raw(quiet);
    if (!attributes.empty()) out.key("attributes").raw(attributes);
    return out.end_object().take();
}

void put(const Deps& deps, net::Call call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    const auto& type = call.request.content_type;
    if (!type.empty() && type != "application/json")
        return reply(net::to_response({415, "media-type", "a recipient is application/json", {}, {}}));
    const auto settings = deps.settings();
    net::JsonReader reader;
    reader.set_limits(settings->socket.max_depth, settings->socket.max_keys);
    const auto root = reader.read(call.request.body);
    if (!root) return reply(net::to_response(net::refusal(reader, root.error())));
    admission::Submission person;
    Errors errors;
    simdjson::dom::object object;
    if (auto wrong = checked_id(call.parameters[0]); !wrong.empty()) errors.push_back({"", std::move(wrong)});
    if (root->get(object) != simdjson::SUCCESS)
        errors.push_back({"", "a recipient is an object"});
    else
        read_person(object, "", false, person, errors);
    auto profile = profile_json(person, settings->daemon.country, net::raw_member(call.request.body, "attributes"),
                                net::raw_member(call.request.body, "quiet"), errors);
    if (!errors.empty()) return reply(invalid("invalid-recipient", std::move(errors)));
    const auto id = named(deps, call);
    deps.store.put_recipient({call.caller.application, id, std::move(profile), deps.clock.now()},
                             [reply, id](Result<bool> created) {
                                 if (!created) return reply(storage_response(created.error()));
                                 json::Writer out;
                                 out.begin_object().member("id", id).member("created", *created).end_object();
                                 reply({*created ? 201 : 200, "application/json", out.take(), {}, false});
                             });
}

/// The stored profile with the patch in it is put as a whole: the same rules hold.
void patch(const Deps& deps, net::Call call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    auto& type = call.request.content_type;
    if (!type.empty() && type != "application/json" && type != "application/merge-patch+json")
        return reply(net::to_response(
            {415, "media-type", "a change of a recipient is application/merge-patch+json (RFC 7396)", {}, {}}));
    const auto id = profile_named(deps, call.caller.application, named(deps, call));
    if (!id) return reply(storage_response(id.error()));
    const auto found = deps.store.recipient(call.caller.application, *id);
    if (!found) return reply(storage_response(found.error()));
    if (!*found) return reply(not_found("recipient"));
    const auto settings = deps.settings();
    auto merged = merge_patch((*found)->profile, call.request.body, settings->socket);
    if (!merged) return reply(net::to_response(merged.error()));
    call.request.body = std::move(*merged);
    call.parameters[0] = *id;
    type.clear();
    put(deps, std::move(call), reply);
}

void get(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    const auto id = profile_named(deps, call.caller.application, named(deps, call));
    if (!id) return reply(storage_response(id.error()));
    const auto found = deps.store.recipient(call.caller.application, *id);
    if (!found) return reply(storage_response(found.error()));
    if (!*found) return reply(not_found("recipient"));
    json::Writer out;
    out.begin_object();
    write_profile(out, **found);
    reply({200, "application/json", out.end_object().take(), {}, false});
}

}  // namespace

std::vector<net::Endpoint> recipient_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    constexpr const char* path = "/v1/recipients/{id}";
    std::vector<net::Endpoint> out;
    out.push_back({Method::put, path, Access::application, Runs::on_reader,
                   [&deps](net::Call call, const net::Reply& reply) { put(deps, std::move(call), reply); }});
    out.push_back({Method::patch, path, Access::application, Runs::on_reader,
                   [&deps](net::Call call, const net::Reply& reply) { patch(deps, std::move(call), reply); }});
    out.push_back({Method::get, path, Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { get(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
