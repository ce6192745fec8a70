// GET /v1/messages/{id}?content=true: what left, or would leave, as far as the class keeps it.

#include <fmt/format.h>

#include "base/json.hpp"
#include "dispatch/prepare.hpp"
#include "ingress/endpoints.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

void write_step(json::Writer& out, const Deps& deps, const config::Settings& settings, const store::Record& record,
                int step) {
    store::Queued queued{record.message, record.progress};
    queued.progress.step = step;
    const auto& plan = record.message.plan[static_cast<std::size_t>(step)];
    out.begin_object().member("channel", plan.channel);
    dispatch::SiteDefaults site{settings.daemon.timezone, settings.daemon.locale};
    if (deps.links) site.links = dispatch::linking_for(settings, deps.links(), record.message, step, {});
    // Of a mail its own links are shown, whatever they lead over; a text has the short ones that it left with.
    if (site.links.site != nullptr)
        if (auto codes = deps.store.short_links_of(record.message.id.key()); codes && !codes->empty())
            site.links.codes = std::move(*codes);
    const auto made =
        dispatch::prepare(queued, std::max(1, record.progress.attempts), deps.catalogue, site, deps.clock.now());
    if (!made) {
        out.member("unavailable", made.error().detail).end_object();
        return;
    }
    out.key("parts").begin_object();
    for (const auto& [name, text] : made->content)
        out.member(name, text);
    out.end_object();
    if (!made->attachments.empty()) {
        out.key("attachments").begin_array();
        for (const auto& file : made->attachments)
            out.begin_object()
                .member("name", file.name)
                .member("content_type", file.content_type)
                .member("bytes", file.bytes.size())
                .end_object();
        out.end_array();
    }
    out.end_object();
}

}  // namespace

std::string why_no_content(const config::Settings& settings, const store::Record& record, Timestamp now) {
    const auto found = settings.classes.find(record.message.class_name);
    const auto kept = found == settings.classes.end() ? Milliseconds{0} : found->second.keep_content;
    if (kept.count() == 0)
        return fmt::format("class {} keeps no text to be read back (keep_content)", record.message.class_name);
    const auto until = record.message.accepted_at + kept;
    if (now >= until) return fmt::format("it was kept until {} (keep_content)", net::format_time(until));
    return "";
}

std::string content_json(const Deps& deps, const store::Record& record) {
    const auto settings = deps.settings();
    json::Writer out;
    if (const auto why = why_no_content(*settings, record, deps.clock.now()); !why.empty())
        return out.begin_object().member("unavailable", why).end_object().take();
    out.begin_object().key("steps").begin_array();
    for (std::size_t i = 0; i < record.message.plan.size(); ++i)
        write_step(out, deps, *settings, record, static_cast<int>(i));
    return out.end_array().end_object().take();
}

}  // namespace chapar::ingress
