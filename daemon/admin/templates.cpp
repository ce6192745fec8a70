// /v1/templates and the preview.
#include <simdjson.h>

#include <algorithm>

#include "admin/answers.hpp"
#include "admission/admission.hpp"
#include "base/json.hpp"
#include "base/zones.hpp"
#include "engage/preview_links.hpp"
#include "net/json_reader.hpp"

namespace chapar::admin {
namespace {

void write_template(json::Writer& out, const render::TemplateInfo& info) {
    out.begin_object().member("name", info.name).member("revision", info.revision);
    if (!info.class_name.empty()) out.member("class", info.class_name);
    out.key("channels").begin_array();
    for (const auto& channel : info.channels) {
        out.begin_object().member("channel", channel.channel).key("locales").begin_array();
        for (const auto& locale : channel.locales)
            out.value(locale);
        out.end_array().end_object();
    }
    out.end_array().key("required").begin_array();
    for (const auto& name : info.required)
        out.value(name);
    out.end_array();
    if (info.sample_json.size() > 2) out.key("sample").raw(info.sample_json);
    if (!info.broken.empty()) out.member("broken", info.broken);
    out.end_object();
}

/// An application sees the templates that it may use.
bool may_use(const config::Settings& settings, const net::Caller& caller, const std::string& name) {
    if (caller.operator_role) return true;
    const auto app = std::find_if(settings.applications.begin(), settings.applications.end(),
                                  [&](const auto& known) { return known.name == caller.application; });
    if (app == settings.applications.end()) return false;
    return admission::is_template_allowed(app->templates, name);
}

void list(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    const auto settings = deps.settings();
    json::Writer out;
    out.begin_object().key("templates").begin_array();
    for (const auto& info : deps.catalogue.list()) {
        if (may_use(*settings, call.caller, info.name)) write_template(out, info);
    }
    reply(json_response(out.end_array().end_object().take()));
}

struct Preview {
    std::string_view name, channel = "email", locale, timezone, campaign;
    std::string recipient;  // JSON as templates see it
};

std::string recipient_json(simdjson::dom::object to, Preview& preview) {
    json::Writer out;
    out.begin_object();
    bool has_attributes = false;
    for (const auto member : to) {
        std::string_view text;
        if (member.key == "attributes" && member.value.is_object()) {
            out.key("attributes").raw(simdjson::minify(member.value));
            has_attributes = true;
        } else if (member.value.get(text) == simdjson::SUCCESS) {
            if (member.key == "recipient") out.member("id", text);
            if (member.key == "locale") preview.locale = text;
            if (member.key == "timezone") preview.timezone = text;
        }
    }
    if (!has_attributes) out.key("attributes").raw("{}");
    if (!preview.locale.empty()) out.member("locale", preview.locale);
    if (!preview.timezone.empty()) out.member("timezone", preview.timezone);
    return out.end_object().take();
}

/// Empty: understood.
std::string read_preview(simdjson::dom::element root, Preview& out) {
    simdjson::dom::object object, inner;
    if (root.get(object) != simdjson::SUCCESS) return "expected an object";
    for (const auto member : object) {
        std::string_view* text = member.key == "template"   ? &out.name
                                 : member.key == "channel"  ? &out.channel
                                 : member.key == "locale"   ? &out.locale
                                 : member.key == "timezone" ? &out.timezone
                                 : member.key == "campaign" ? &out.campaign
                                                            : nullptr;
        if (text != nullptr) {
            if (member.value.get(*text) != simdjson::SUCCESS) return std::string(member.key) + " is a text";
        } else if (member.key == "to" || member.key == "data") {
            if (member.value.get(inner) != simdjson::SUCCESS) return std::string(member.key) + " is an object";
            if (member.key == "to") out.recipient = recipient_json(inner, out);
        } else {
            return "known members are template, channel, locale, timezone, campaign, to and data";
        }
    }
    if (!out.timezone.empty() && !admission::is_timezone(out.timezone))
        return "timezone: " + times::zone_problem(out.timezone);
    return out.name.empty() ? "template is needed" : "";
}

net::Response render_problem(const Error& error) {
    const bool unknown = error.is(render::Code::unknown_template) || error.is(render::Code::unknown_channel);
    return problem(unknown ? 404 : 422, unknown ? "not-found" : "render-failed", error.message());
}

std::string rendered_json(const render::Template& program, std::string_view channel, const render::Rendered& rendered,
                          const std::string& links) {
    json::Writer out;
    out.begin_object().member("template", program.name()).member("revision", program.revision());
    out.member("channel", channel).member("locale", rendered.locale).member("right_to_left", rendered.right_to_left);
    out.key("parts").begin_object();
    for (const auto& [name, text] : rendered.parts)
        out.member(name, text);
    out.end_object();
    if (!links.empty()) out.key("links").raw(links);
    return out.end_object().take();
}

/// The sample data of the file that `locale` chooses: the exact one, its language's, the default file's.
std::string_view sample_of(const render::TemplateInfo& info, std::string_view channel, std::string_view locale) {
    const auto language = locale.substr(0, locale.find('-'));
    for (const auto& known : info.channels) {
        if (known.channel != channel) continue;
        for (const auto wanted : {locale, language, std::string_view()}) {
            for (std::size_t i = 0; i < known.locales.size() && i < known.samples.size(); ++i) {
                if (known.locales[i] == wanted) return known.samples[i];
            }
        }
    }
    return info.sample_json;
}

/// What would be sent, for data and a person given in the request. Nothing is stored.
void preview(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    const auto settings = deps.settings();
    net::JsonReader reader;
    reader.set_limits(settings->socket.max_depth, settings->socket.max_keys);
    const auto root = reader.read(call.request.body);
    if (!root) return reply(net::to_response(net::refusal(reader, root.error())));
    Preview asked;
    if (auto wrong = read_preview(*root, asked); !wrong.empty())
        return reply(problem(422, "render-failed", std::move(wrong)));
    const auto program = deps.catalogue.find(asked.name);
    if (!program || !may_use(*settings, call.caller, program->name()))
        return reply(problem(404, "not-found", "there is no such template"));
    if (!program->has_channel(asked.channel))
        return reply(problem(404, "not-found", "the template has no file for this channel"));
    if (asked.locale.empty()) asked.locale = settings->daemon.locale;
    const auto sms = std::ranges::find(settings->channels, "sms", &config::ChannelSettings::name);
    engage::PreviewLinks links(settings->web, asked.channel, sms != settings->channels.end() && sms->short_links);
    const auto given = net::raw_member(call.request.body, "data");
    const std::string data(given.empty() ? sample_of(program->info(), asked.channel, asked.locale) : given);
    if (auto missing = render::missing_variable(*program, asked.channel, data, links.has_pages()))
        return reply(problem(422, "render-failed", "the template requires the variable " + *missing));
    if (auto wrong = program->contradictions(asked.channel, data); !wrong.empty()) {
        net::Problem refused{422, "render-failed", wrong.front().sentence, {}, {}};
        for (auto& each : wrong)
            refused.errors.push_back({"/data" + each.pointer, std::move(each.sentence)});
        return reply(net::to_response(refused));
    }
    render::Input input;
    input.data_json = data;
    input.recipient_json = asked.recipient;
    input.locale = asked.locale;
    input.timezone = asked.timezone.empty() ? std::string_view(settings->daemon.timezone) : asked.timezone;
    input.message_id = "00000000-0000-7000-8000-000000000000";
    input.campaign = asked.campaign;
    input.now = deps.clock.now();
    links.offer(input);
    auto rendered = program->render(asked.channel, input);
    if (!rendered) return reply(render_problem(rendered.error()));
    const std::string cls = program->info().class_name.empty() ? "transactional" : program->info().class_name;
    const auto decision = engage::decide_tracking(engage::tracking_question(*settings, cls, call.caller.application));
    const auto told = links.finish(*program, asked.locale, decision.tracking, *rendered);
    const bool has_links = links.has_pages() && (asked.channel == "email" || asked.channel == "sms");
    reply(json_response(rendered_json(*program, asked.channel, *rendered,
                                      has_links ? engage::PreviewLinks::json_of(told, decision) : std::string())));
}

}  // namespace

std::vector<net::Endpoint> template_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    return {
        {Method::get, "/v1/templates", Access::application, Runs::on_reader,
         [deps](const net::Call& call, const net::Reply& reply) { list(deps, call, reply); }},
        {Method::post, "/v1/render", Access::application, Runs::on_reader,
         [deps](const net::Call& call, const net::Reply& reply) { preview(deps, call, reply); }},
    };
}

}  // namespace chapar::admin
