#include "dispatch/handover/handover.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <new>
#include <utility>

namespace chapar::dispatch {
namespace {

/// Bodies of one batch together: its messages stand in memory until the last of them is answered.
constexpr std::size_t batch_bytes = 256 << 10;
/// A message that was handed over keeps a body up to this size for another try; a larger one is read again.
constexpr std::size_t small_body = 4 << 10;

/// As the lease decided.
Linking linking_of(const queue::Item& item, const ActiveConfig& config) {
    if (config.site == nullptr) return {};
    const auto& message = item.queued.message;
    const int step = item.queued.progress.step;
    auto tracking = engage::Tracking::none;
    if (item.is_tracked) {
        auto question = tracking_question(config.settings, message, step);
        question.needs_consent = false;  // the person was asked
        tracking = engage::decide_tracking(question).tracking;
    }
    auto out = linking_for(config.settings, config.site, message, step, tracking);
    out.codes = item.short_links;
    return out;
}

std::size_t size_of(const plugin::Outgoing& outgoing) {
    std::size_t bytes = 0;
    for (const auto& [name, value] : outgoing.content)
        bytes += name.size() + value.size();
    for (const auto& [name, value] : outgoing.headers)
        bytes += name.size() + value.size();
    for (const auto& file : outgoing.attachments)
        bytes += file.bytes.size();
    return bytes;
}

}  // namespace

/// Items that are rendered together, with what the renderer needs to know of the strand.
struct Handover::Part {
    std::vector<queue::Item*> items;
    SiteDefaults site;
    ConfigInUse config;
    std::shared_ptr<plugin::Instance> instance;
    Milliseconds deadline{};
    config::Priority first = config::Priority::bulk;  // of its messages
};

Handover::Handover(Deps deps, OnResult on_result, OnResults on_not_sent)
    : deps_(deps),
      on_result_(std::move(on_result)),
      on_not_sent_(std::move(on_not_sent)),
      links_rewritten_(deps.metrics.counter("links_rewritten_total", "Links of messages that lead over the site.")) {}

void Handover::hand_over(const std::shared_ptr<Route>& route, const std::vector<queue::Item*>& items,
                         LeaseTickets::Ticket ticket) {
    const std::size_t most = std::max<std::size_t>(route->instance().traits().max_batch, 1);
    const auto& daemon = deps_.config->settings.daemon;
    const SiteDefaults site{daemon.timezone, daemon.locale, route->lines()};
    for (std::size_t from = 0; from < items.size();) {
        Part part{{}, site, deps_.config, route->shared_instance(), route->settings().deadline};
        std::size_t bytes = 0;
        while (from < items.size() && part.items.size() < most && (part.items.empty() || bytes < batch_bytes)) {
            const auto& item = part.items.emplace_back(items[from++]);
            bytes += item->body_bytes;
            part.first = std::min(part.first, deps_.config->priority(item->queued.message.class_name));
        }
        const auto rank = static_cast<std::size_t>(part.first);
        deps_.tickets.share(ticket);
        deps_.render.post(rank, [this, ticket, part = std::move(part)] {
            send_part(part);
            boost::asio::post(deps_.strand, [this, ticket] { deps_.tickets.close(ticket); });
        });
    }
}

/// The messages that this one carries as a digest, if any. When the store can't be read, it is given back.
std::expected<std::optional<Digest>, NotSent> Handover::digest_of(const store::Queued& queued) {
    auto name = digest_template(queued.progress.trace);
    if (name.empty()) return std::nullopt;
    const auto carried = deps_.queue.collected(queued.message.id.key());
    if (!carried.has_value())
        return std::unexpected(NotSent{model::Reason::given_back, carried.error().message(), passing_trouble});
    if (carried->empty()) return std::nullopt;  // none of them may go any more: it goes as itself
    return make_digest(std::move(name), queued.message, *carried);
}

/// Memory that is short now says nothing about the message.
std::expected<plugin::Outgoing, NotSent> Handover::make_outgoing(queue::Item& item, const Part& part) try {
    const store::Queued& queued = item.queued;
    auto digest = digest_of(queued);
    if (!digest.has_value()) return std::unexpected(std::move(digest.error()));
    SiteDefaults site = part.site;
    const auto& classes = part.config->settings.classes;
    const auto cls = classes.find(queued.message.class_name);
    site.is_urgent = part.config->is_urgent(queued.message.class_name);
    site.is_automatic = cls != classes.end() && cls->second.requires_ == config::Requires::none;
    site.left_out = item.left_out;
    std::size_t rewritten = 0;
    site.links = linking_of(item, *part.config);
    site.links.rewritten = &rewritten;
    // What was found in the text before the lease must be found again.
    const Timestamp now = item.short_links.empty() ? deps_.clock.now() : item.leased_at;
    auto outgoing = prepare(queued, queued.progress.attempts, deps_.catalogue, site, now, *digest);
    if (rewritten > 0) links_rewritten_.add(static_cast<double>(rewritten));
    if (outgoing.has_value() && !deps_.memory.admit_rendered(item, size_of(*outgoing), site.is_urgent))
        return std::unexpected(NotSent{model::Reason::given_back, "what it is rendered to waits for memory"});
    if (outgoing.has_value() && !outgoing->copies.empty() && !part.instance->traits().carries_copies())
        return std::unexpected(
            NotSent{model::Reason::no_route, "the plugin of route " + part.instance->name() + " sends no cc and bcc"});
    return outgoing;
} catch (const std::bad_alloc&) {
    return std::unexpected(NotSent{model::Reason::given_back, "out of memory", passing_trouble});
}

void Handover::send_part(const Part& part) {
    std::vector<plugin::Outgoing> batch;
    std::vector<AttemptResult> not_sent;
    std::size_t bytes = 0;
    for (queue::Item* item : part.items) {
        auto outgoing = make_outgoing(*item, part);
        if (item->body_bytes > small_body) item->drop_body();
        if (!outgoing.has_value()) {
            not_sent.push_back(
                {item->queued.message.id.key(), item->queued.progress.attempts, {}, std::move(outgoing.error())});
            continue;
        }
        bytes += item->handed_bytes;
        batch.push_back(std::move(*outgoing));
        if (bytes < batch_bytes) continue;
        // An item that was handed over must not be touched any more: its completion may free it.
        send(std::exchange(batch, {}), part);
        bytes = 0;
    }
    if (!not_sent.empty()) on_not_sent_(std::move(not_sent));
    if (!batch.empty()) send(std::move(batch), part);
}

void Handover::send(std::vector<plugin::Outgoing> batch, const Part& part) {
    auto attempts = std::make_shared<std::vector<std::pair<MessageKey, int>>>();
    attempts->reserve(batch.size());
    for (const auto& each : batch)
        attempts->emplace_back(each.attempt.message.key(), each.attempt.number);
    part.instance->send(std::move(batch), part.deadline, [this, attempts](std::size_t index, model::Outcome outcome) {
        const auto& [key, number] = (*attempts)[index];
        on_result_({key, number, std::move(outcome), std::nullopt});
    });
}

}  // namespace chapar::dispatch
