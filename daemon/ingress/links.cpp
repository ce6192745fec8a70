// POST /v1/links/resolve: what a link of the site is, for an operator who found one.

#include <fmt/format.h>

#include "base/json.hpp"
#include "engage/short_code.hpp"
#include "engage/site_links.hpp"
#include "ingress/bodies.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/members.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

using Kind = engage::SiteLinks::Resolved::Kind;

std::string_view name(Kind kind) {
    switch (kind) {
        case Kind::click:
            return "click";
        case Kind::open:
            return "open";
        case Kind::unsubscribe:
            return "unsubscribe";
        case Kind::preferences:
            return "preferences";
    }
    return "";
}

/// The message may be gone: its links outlive it.
Result<void> write_message(json::Writer& out, const Deps& deps, MessageKey key) {
    const auto page = deps.store.list({}, MessageKey{key.value + 1}, 1);
    if (!page) return std::unexpected(page.error());
    out.key("message");
    if (page->records.empty() || page->records.front().message.id.key() != key) {
        out.null();
        return {};
    }
    const auto& message = page->records.front().message;
    out.value(message.id.text());
    out.member("application", message.application).member("class", message.class_name);
    return {};
}

Result<std::string> json_of(const Deps& deps, const engage::SiteLinks::Resolved& link) {
    json::Writer out;
    out.begin_object().member("kind", name(link.kind));
    if (auto done = write_message(out, deps, link.message); !done) return std::unexpected(done.error());
    if (link.kind == Kind::click) out.member("link", std::int64_t{link.link}).member("destination", link.destination);
    if (link.issued) out.member("issued", net::format_time(Timestamp(std::chrono::days(*link.issued))));
    if (link.person)
        out.member("person", link.person->person)
            .member("channel", link.person->channel)
            .member("topic", link.person->topic);
    return out.end_object().take();
}

Result<std::string> json_of(const Deps& deps, const model::FoundLink& link) {
    json::Writer out;
    out.begin_object().member("kind", "short");
    if (auto done = write_message(out, deps, link.message); !done) return std::unexpected(done.error());
    out.member("link", std::int64_t{link.link}).member("destination", link.destination);
    out.member("expires", net::format_time(link.expires)).member("tracked", link.is_tracked);
    return out.end_object().take();
}

std::string_view code_in(std::string_view address) {
    auto text = address.substr(0, address.find_first_of("?#"));
    text.remove_prefix(text.rfind('/') + 1);
    return text;
}

void resolve(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    JsonBody body;
    const auto object = body.read(deps, call, reply, "a link");
    if (!object) return;
    Errors errors;
    Members members("", errors);
    std::string_view link;
    constexpr auto names = std::to_array<std::string_view>({"link"});
    for (const auto member : *object) {
        if (member.key == "link")
            members.text(member.value, "link", link);
        else
            members.unknown(member.key, names);
    }
    if (link.empty() && errors.empty())
        errors.push_back({"/link", "link is the address, or what stands behind its last slash"});
    if (!errors.empty()) return reply(invalid("invalid-link", std::move(errors)));
    const auto site = deps.links ? deps.links() : nullptr;
    if (site == nullptr) return reply(not_found("[web] is not configured, so no link is of this site"));
    Result<std::string> answer = fail(store::Code::not_found, "no key of this site made this link");
    if (const auto code = code_in(link); engage::is_short_code(code)) {
        const auto found = deps.store.find_short(code);
        if (!found) return reply(storage_response(found.error()));
        if (*found) answer = json_of(deps, **found);
    } else if (const auto found = site->resolve(link)) {
        answer = json_of(deps, *found);
    }
    if (answer) return reply(json_answer(200, std::move(*answer)));
    reply(answer.error().is(store::Code::not_found) ? not_found(answer.error().message())
                                                    : storage_response(answer.error()));
}

}  // namespace

std::vector<net::Endpoint> link_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    return {{Method::post, "/v1/links/resolve", Access::operator_only, Runs::on_reader,
             [&deps](const net::Call& call, const net::Reply& reply) { resolve(deps, call, reply); }}};
}

}  // namespace chapar::ingress
