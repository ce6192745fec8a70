#include "dispatch/prepare.hpp"

#include <algorithm>
#include <utility>

#include "base/json.hpp"
#include "base/json_parser.hpp"
#include "basic/base64.hpp"
#include "email_rules/clean.hpp"

namespace chapar::dispatch {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::string_view text_of(const element& parent, std::string_view name) {
    std::string_view out;
    if (parent[name].get(out) != simdjson::SUCCESS) return {};
    return out;
}

std::string json_of(const element& parent, std::string_view name) {
    element child;
    if (parent[name].get(child) != simdjson::SUCCESS) return {};
    return simdjson::minify(child);
}

/// A base64 text's bytes. It was checked when the message was accepted, so damage here means a damaged row.
std::optional<std::string> decode_base64(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    std::copy_if(text.begin(), text.end(), std::back_inserter(clean), [](char c) { return c != '\r' && c != '\n'; });
    std::string out;
    if (!basic::append_decoded(out, clean, basic::Base64::standard, basic::UnusedBits::any)) return std::nullopt;
    return out;
}

/// Templates see this as `recipient`: the request's `to`, over the stored profile that it was accepted with.
std::string recipient_json(const model::Message& message, const element& body) {
    json::Writer out;
    out.begin_object().member("id", message.recipient);
    element to, profile;
    const bool has_to = body["to"].get(to) == simdjson::SUCCESS;
    const bool has_profile = body["profile"].get(profile) == simdjson::SUCCESS;
    for (const std::string_view name : {"locale", "timezone"}) {
        std::string_view value;
        if (has_to) value = text_of(to, name);
        if (value.empty() && has_profile) value = text_of(profile, name);
        if (!value.empty()) out.member(name, value);
    }
    out.key("attributes").begin_object();
    std::vector<std::string_view> seen;
    for (const element* source : {has_to ? &to : nullptr, has_profile ? &profile : nullptr}) {
        object attributes;
        if (source == nullptr || (*source)["attributes"].get(attributes) != simdjson::SUCCESS) continue;
        for (const auto [name, value] : attributes) {
            if (std::find(seen.begin(), seen.end(), name) != seen.end()) continue;
            seen.push_back(name);
            out.key(name).raw(simdjson::minify(value));
        }
    }
    return out.end_object().end_object().take();
}

void set_part(plugin::Outgoing& out, std::string_view name, std::string_view value) {
    for (auto& [known, text] : out.content) {
        if (known == name) {
            text = value;
            return;
        }
    }
    out.content.emplace_back(name, value);
}

bool has_part(const plugin::Outgoing& out, std::string_view name) {
    return std::any_of(out.content.begin(), out.content.end(), [&](const auto& part) { return part.first == name; });
}

/// A digest's template is not pinned: the digest is made now.
Result<std::shared_ptr<const render::Template>> newest(render::Catalogue& catalogue, const std::string& name) {
    if (auto found = catalogue.find(name)) return found;
    return fail(render::Code::no_revision, "there is no digest template " + name);
}

std::optional<NotSent> add_rendered(plugin::Outgoing& out, const model::Message& message, const model::PlanStep& step,
                                    const element& body, render::Catalogue& catalogue, const SiteDefaults& site,
                                    Timestamp now, const std::optional<Digest>& digest, MessageLinks& links) {
    const auto program =
        digest ? newest(catalogue, digest->template_name) : catalogue.pinned(step.template_name, step.revision);
    if (!program.has_value()) {
        const bool is_passing = program.error().is(render::Code::unavailable);
        return NotSent{is_passing ? model::Reason::given_back : model::Reason::render_failed, program.error().message(),
                       is_passing ? passing_trouble : Milliseconds{0}};
    }
    const std::string data = digest ? digest->data : json_of(body, "data");
    const std::string recipient = recipient_json(message, body);
    element person;
    std::string_view timezone;
    for (const std::string_view source : {"to", "profile"})
        if (timezone.empty() && body[source].get(person) == simdjson::SUCCESS) timezone = text_of(person, "timezone");
    const std::string id = message.id.text();
    render::Input input;
    input.data_json = data;
    input.recipient_json = recipient;
    input.locale = step.locale.empty() ? std::string_view(site.locale) : std::string_view(step.locale);
    input.timezone = timezone.empty() ? std::string_view(site.timezone) : timezone;
    input.message_id = id;
    input.campaign = message.campaign;
    input.now = now;
    links.offer(input, **program);
    auto rendered = (*program)->render(step.channel, input);
    if (!rendered.has_value()) {
        const bool aborted = rendered.error().is(render::Code::aborted);
        return NotSent{aborted ? model::Reason::aborted_by_template : model::Reason::render_failed,
                       rendered.error().message()};
    }
    out.content = std::move(rendered->parts);
    if (!rendered->locale.empty()) out.locale = rendered->locale;
    links.finish(out, program->get());
    return std::nullopt;
}

std::optional<NotSent> add_content(plugin::Outgoing& out, const model::PlanStep& step, const element& body) {
    object parts;
    if (body["content"][step.channel].get(parts) != simdjson::SUCCESS) {
        return NotSent{model::Reason::render_failed,
                       "the request holds neither a template nor content for " + step.channel};
    }
    for (const auto [name, value] : parts) {
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) set_part(out, name, text);
    }
    for (const auto& [name, text] : out.content) {
        if (name == "html" && !has_part(out, "text")) {
            const std::string plain = render::html_to_text(text);
            out.content.emplace_back("text", plain);
            break;
        }
    }
    return std::nullopt;
}

std::optional<NotSent> add_attachments(plugin::Outgoing& out, const element& body) {
    simdjson::dom::array list;
    if (body["attachments"].get(list) != simdjson::SUCCESS) return std::nullopt;
    for (const element item : list) {
        auto bytes = decode_base64(text_of(item, "content"));
        if (!bytes) return NotSent{model::Reason::render_failed, "an attachment is not base64"};
        out.attachments.push_back({std::string(text_of(item, "name")), std::string(text_of(item, "content_type")),
                                   std::string(text_of(item, "content_id")), std::move(*bytes)});
    }
    return std::nullopt;
}

void add_request_fields(plugin::Outgoing& out, const element& body) {
    for (const std::string_view name : {"from", "reply_to"}) {
        const auto value = text_of(body, name);
        // The request's own are mail addresses; an SMS names its sender in its content.
        if (!value.empty() && out.channel != "sms") set_part(out, name, value);
    }
    object headers;
    if (body["headers"].get(headers) != simdjson::SUCCESS) return;
    for (const auto [name, value] : headers) {
        std::string_view text;
        if (value.get(text) == simdjson::SUCCESS) out.headers.emplace_back(name, text);
    }
}

bool has_header(const plugin::Outgoing& out, std::string_view lower) {
    return std::ranges::any_of(out.headers, [&](const auto& header) {
        return std::ranges::equal(header.first, lower, [](char is, char wanted) {
            return (is >= 'A' && is <= 'Z' ? is + 32 : is) == wanted;
        });
    });
}

/// Cleans the texts that people write and templates carry into a header. The plugin refuses what can't be cleaned.
void clean_parts(plugin::Outgoing& out) {
    for (auto& [name, text] : out.content) {
        if (name == "subject" || name == "preheader") text = email::clean_line(text);
        if (name == "from" || name == "reply_to") text = email::clean_mailbox(text);
        if (name != "list_unsubscribe") continue;
        if (auto clean = email::clean_unsubscribe(text)) text = std::move(*clean);
    }
}

std::optional<NotSent> add_parts(plugin::Outgoing& out, const model::Message& message, const model::PlanStep& step,
                                 const element& body, render::Catalogue& catalogue, const SiteDefaults& site,
                                 Timestamp now, const std::optional<Digest>& digest, MessageLinks& links) {
    const bool is_ready_made = step.template_name.empty() && !digest;
    if (!is_ready_made) return add_rendered(out, message, step, body, catalogue, site, now, digest, links);
    if (auto bad = add_content(out, step, body)) return bad;
    links.finish(out, nullptr);
    return std::nullopt;
}

/// The sender is a line of the route that may carry the class; what brings none goes by the first.
std::optional<NotSent> choose_line(plugin::Outgoing& out, const std::vector<config::Line>& lines) {
    if (lines.empty()) return std::nullopt;
    const auto part = std::ranges::find(out.content, "from", &std::pair<std::string, std::string>::first);
    const std::string wanted = part == out.content.end() ? "" : part->second;
    for (const auto& line : lines) {
        if (!line.carries(out.class_name) || (!wanted.empty() && !line.is(wanted))) continue;
        set_part(out, "from", line.sender);
        return std::nullopt;
    }
    return NotSent{model::Reason::no_route,
                   "no line of the route carries class " + out.class_name + (wanted.empty() ? "" : " as " + wanted)};
}

/// A digest is about its recipient alone: what others get of it was never asked for.
void add_copies(plugin::Outgoing& out, const model::PlanStep& step, const SiteDefaults& site) {
    for (std::size_t i = 0; i < step.copies.size(); ++i) {
        if (std::ranges::find(site.left_out, i) != site.left_out.end()) continue;
        const auto& copy = step.copies[i];
        out.copies.push_back({copy.address, model::pointer_of(copy), copy.is_hidden});
    }
}

std::int32_t segments_of(const plugin::Outgoing& out, const sms::TextOptions& options) {
    for (const auto& [name, text] : out.content) {
        if (name == "text") return sms::count(text, options).segments;
    }
    return 1;
}

}  // namespace

NotSent unreadable(int parse_error) {
    const auto error = static_cast<simdjson::error_code>(parse_error);
    // The body was read before it was accepted and its row is whole: without memory nothing is known of it.
    const bool is_passing = error == simdjson::MEMALLOC || error == simdjson::UNINITIALIZED ||
                            error == simdjson::IO_ERROR || error == simdjson::UNEXPECTED_ERROR;
    return {is_passing ? model::Reason::given_back : model::Reason::quarantined, simdjson::error_message(error),
            is_passing ? passing_trouble : Milliseconds{0}};
}

std::expected<plugin::Outgoing, NotSent> prepare(const store::Queued& queued, int attempt, render::Catalogue& catalogue,
                                                 const SiteDefaults& site, Timestamp now,
                                                 const std::optional<Digest>& digest) {
    const model::Message& message = queued.message;
    const model::PlanStep& step = message.plan[static_cast<std::size_t>(queued.progress.step)];
    json::Parser parser;
    element body;
    if (const auto error = parser.parse(message.body, body); error != simdjson::SUCCESS) {
        return std::unexpected(unreadable(error));
    }
    plugin::Outgoing out;
    out.attempt = AttemptId{message.id, attempt};
    out.channel = step.channel;
    out.address = step.address;
    out.application = message.application;
    out.class_name = message.class_name;
    out.campaign = message.campaign;
    out.locale = step.locale;
    out.expires_at = message.expires_at;
    out.urgent = site.is_urgent;
    MessageLinks links(site.links, message, step, text_of(body, "category"), attempt, now);
    auto refusal = add_parts(out, message, step, body, catalogue, site, now, digest, links);
    if (refusal) return std::unexpected(std::move(*refusal));
    add_request_fields(out, body);
    if (!digest) add_copies(out, step, site);
    if (out.channel == "email") clean_parts(out);
    if (site.is_automatic && out.channel == "email" && !has_header(out, "auto-submitted"))
        out.headers.emplace_back("Auto-Submitted", "auto-generated");
    if (auto bad = choose_line(out, site.lines)) return std::unexpected(std::move(*bad));
    if (auto bad = add_attachments(out, body)) return std::unexpected(std::move(*bad));
    return out;
}

Result<std::vector<model::DrawnLink>> draw_links(const model::Message& message, int step, render::Catalogue& catalogue,
                                                 const SiteDefaults& site, Timestamp now) {
    std::vector<model::DrawnLink> out;
    const auto& plan = message.plan[static_cast<std::size_t>(step)];
    json::Parser parser;
    element body;
    if (parser.parse(message.body, body) != simdjson::SUCCESS) return out;
    plugin::Outgoing parts;
    MessageLinks links(site.links, message, plan, text_of(body, "category"), 1, now);
    if (add_parts(parts, message, plan, body, catalogue, site, now, std::nullopt, links)) return out;
    for (const auto& [name, text] : parts.content)
        if (name == "text") out = links.drawn_in(text);
    if (auto drawn = engage::draw_codes(out); !drawn.has_value()) return std::unexpected(drawn.error());
    return out;
}

std::vector<std::int32_t> count_segments(const model::Message& message, render::Catalogue& catalogue,
                                         const SiteDefaults& site, Timestamp now, int step,
                                         const sms::TextOptions& text) {
    std::vector<std::int32_t> out(message.plan.size(), 1);
    json::Parser parser;
    element body;
    if (parser.parse(message.body, body) != simdjson::SUCCESS) return out;
    for (std::size_t i = 0; i < message.plan.size(); ++i) {
        if (message.plan[i].channel != "sms") continue;
        plugin::Outgoing parts;
        MessageLinks links(site.links, message, message.plan[i], text_of(body, "category"), 1, now);
        if (!add_parts(parts, message, message.plan[i], body, catalogue, site, now, std::nullopt, links)) {
            out[i] = segments_of(parts, std::cmp_equal(i, step) ? text : sms::TextOptions{});
        }
    }
    return out;
}

}  // namespace chapar::dispatch
