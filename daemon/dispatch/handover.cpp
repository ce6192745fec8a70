// From the lease to the plugin: a worker renders the message and hands it over.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>
#include <new>
#include <utility>

#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

/// Bodies of one batch together: its messages stand in memory until the last of them is answered.
constexpr std::size_t batch_bytes = 256 << 10;
/// What was handed over keeps a body of this size for another try; a larger one is read again.
constexpr std::size_t small_body = 4 << 10;
constexpr std::size_t copies = 3;  // as pump.cpp counts them

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

void Dispatcher::hand_over(const std::shared_ptr<Route>& route, const std::vector<queue::Item*>& items) {
    const std::size_t most = std::max<std::size_t>(route->instance().traits().max_batch, 1);
    SiteDefaults site = site_defaults();
    site.lines = route->lines();
    for (std::size_t from = 0; from < items.size();) {
        std::vector<queue::Item*> part;
        std::size_t bytes = 0;
        auto first = config::Priority::bulk;
        while (from < items.size() && part.size() < most && (part.empty() || bytes < batch_bytes)) {
            const auto& item = part.emplace_back(items[from++]);
            bytes += item->body_bytes;
            first = std::min(first, class_priority(item->queued.message.class_name));
        }
        const std::uint64_t ticket = ++last_ticket_;
        open_tickets_.insert(ticket);
        auto work = [this, site, ticket, settings = settings_, part = std::move(part),
                     instance = route->shared_instance(), deadline = route->settings().deadline] {
            prepare_and_send(part, site, *settings, *instance, deadline);
            boost::asio::post(deps_.strand, [this, ticket] { handed_over(ticket); });
        };
        deps_.render.post(static_cast<std::size_t>(first), std::move(work));
    }
}

void Dispatcher::handed_over(std::uint64_t ticket) {
    open_tickets_.erase(ticket);
    const std::uint64_t oldest = open_tickets_.empty() ? last_ticket_ + 1 : *open_tickets_.begin();
    const auto passed = [&](const auto& fence) { return fence.first < oldest; };
    const auto ready = std::stable_partition(fences_.begin(), fences_.end(), std::not_fn(passed));
    std::vector<std::pair<std::uint64_t, std::function<void()>>> done(std::make_move_iterator(ready),
                                                                      std::make_move_iterator(fences_.end()));
    fences_.erase(ready, fences_.end());
    for (auto& fence : done)
        fence.second();
}

void Dispatcher::fence(std::function<void()> done) {
    boost::asio::post(deps_.strand, [this, done = std::move(done)] {
        if (open_tickets_.empty()) {
            done();
            return;
        }
        fences_.emplace_back(last_ticket_, done);
    });
}

std::expected<std::optional<Digest>, Refusal> Dispatcher::digest_of(const store::Queued& queued) {
    auto name = digest_template(queued.progress.trace);
    if (name.empty()) return std::nullopt;
    const auto carried = deps_.queue.collected(queued.message.id.key());
    if (!carried.has_value())
        return std::unexpected(Refusal{model::Reason::given_back, carried.error().message(), passing_trouble});
    if (carried->empty()) return std::nullopt;  // none of them may go any more: it goes as itself
    return make_digest(std::move(name), queued.message, *carried);
}

bool Dispatcher::fits_as_rendered(queue::Item& item, const plugin::Outgoing& outgoing, bool urgent) {
    item.handed_bytes = size_of(outgoing);
    const std::size_t takes = copies * item.handed_bytes;
    const std::size_t foreseen = item.in_all.bytes();
    if (takes <= foreseen) return true;
    const std::size_t more = takes - foreseen;
    const std::size_t others = unforeseen_.fetch_add(more, std::memory_order_relaxed);
    // An urgent one goes; another goes alone, or is tried again when it is known what it takes.
    if (urgent || others == 0 || others + more <= spare_) {
        item.unforeseen_bytes = more;
        return true;
    }
    unforeseen_ -= more;
    return false;
}

/// Memory that is short now says nothing about the message.
std::expected<plugin::Outgoing, Refusal> Dispatcher::make_outgoing(queue::Item& item, SiteDefaults site,
                                                                   const config::Settings& settings) try {
    const store::Queued& queued = item.queued;
    auto digest = digest_of(queued);
    if (!digest.has_value()) return std::unexpected(std::move(digest.error()));
    site.is_urgent = priority_in(settings, queued.message.class_name) == config::Priority::critical;
    const auto cls = settings.classes.find(queued.message.class_name);
    site.is_automatic = cls != settings.classes.end() && cls->second.requires_ == config::Requires::none;
    site.left_out = item.left_out;
    auto outgoing = prepare(queued, queued.progress.attempts, deps_.catalogue, site, deps_.clock.now(), *digest);
    if (outgoing.has_value() && !fits_as_rendered(item, *outgoing, site.is_urgent))
        return std::unexpected(Refusal{model::Reason::given_back, "what it is rendered to waits for memory"});
    return outgoing;
} catch (const std::bad_alloc&) {
    return std::unexpected(Refusal{model::Reason::given_back, "out of memory", passing_trouble});
}

void Dispatcher::prepare_and_send(const std::vector<queue::Item*>& items, SiteDefaults site,
                                  const config::Settings& settings, plugin::Instance& instance, Milliseconds deadline) {
    std::vector<plugin::Outgoing> batch;
    std::vector<Landing> refused;
    std::size_t bytes = 0;
    for (queue::Item* item : items) {
        const MessageKey key = item->queued.message.id.key();
        const int number = item->queued.progress.attempts;
        auto outgoing = make_outgoing(*item, site, settings);
        if (outgoing.has_value() && !outgoing->copies.empty() && !instance.traits().carries_copies())
            outgoing = std::unexpected(
                Refusal{model::Reason::no_route, "the plugin of route " + instance.name() + " sends no cc and bcc"});
        if (item->body_bytes > small_body) item->drop_body();
        if (!outgoing.has_value()) {
            refused.push_back({key, number, {}, std::move(outgoing.error()), false});
            continue;
        }
        bytes += item->handed_bytes;
        batch.push_back(std::move(*outgoing));
        if (bytes < batch_bytes) continue;
        // What was handed over must not be touched any more: completions may free it.
        send(std::exchange(batch, {}), instance, deadline);
        bytes = 0;
    }
    if (!refused.empty()) receive(std::move(refused));
    if (!batch.empty()) send(std::move(batch), instance, deadline);
}

void Dispatcher::send(std::vector<plugin::Outgoing> batch, plugin::Instance& instance, Milliseconds deadline) {
    auto attempts = std::make_shared<std::vector<std::pair<MessageKey, int>>>();
    attempts->reserve(batch.size());
    for (const auto& each : batch)
        attempts->emplace_back(each.attempt.message.key(), each.attempt.number);
    instance.send(std::move(batch), deadline, [this, attempts](std::size_t index, model::Outcome outcome) {
        const auto& [key, number] = (*attempts)[index];
        receive(Landing{key, number, std::move(outcome), std::nullopt, true});
    });
}

}  // namespace chapar::dispatch
