#include "webhook/feed_window.hpp"

#include <algorithm>
#include <utility>

namespace chapar::webhook {
namespace {

std::size_t size_of(const WebhookEvent& event) {
    return sizeof(WebhookEvent) + event.body.size() + event.person.size() + 128;
}

}  // namespace

void FeedWindow::drop_old() {
    const auto now = clock_.monotonic();
    while (!parts_.empty() && (bytes_ > most_bytes_ || now - parts_.back()->read_at > kept)) {
        bytes_ -= parts_.back()->bytes;
        parts_.pop_back();
    }
}

Result<FeedPartPtr> FeedWindow::behind(std::int64_t number) {
    drop_old();
    // A part that holds what is asked for and more: its reader skips what it has passed.
    const auto known = std::ranges::find_if(
        parts_, [&](const auto& part) { return part->from <= number && number < part->to && !part->missed; });
    if (known != parts_.end()) return *known;
    if (end_ >= 0 && number >= end_) return nullptr;
    return read(number);
}

Result<FeedPartPtr> FeedWindow::read(std::int64_t number) {
    auto page = reports_.feed({}, {.number = number}, part_size);
    if (!page) return std::unexpected(page.error());
    auto part = std::make_shared<FeedPart>();
    part->from = number;
    part->to = page->next.number;
    part->missed = page->missed;
    part->read_at = clock_.monotonic();
    for (const auto& entry : page->entries) {
        part->events.push_back(std::make_shared<const WebhookEvent>(event_of(entry)));
        part->bytes += size_of(*part->events.back());
    }
    if (!page->has_more) end_ = part->to;
    if (part->to <= number) return nullptr;
    bytes_ += part->bytes;
    parts_.push_front(part);
    drop_old();
    return part;
}

Result<std::shared_ptr<const WebhookEvent>> FeedWindow::at(std::int64_t number) {
    drop_old();
    for (const auto& part : parts_) {
        if (number <= part->from || number > part->to) continue;
        const auto& events = part->events;
        const auto found = std::ranges::lower_bound(events, number, {}, [](const auto& each) { return each->number; });
        return found != events.end() && (*found)->number == number ? *found : nullptr;
    }
    const auto page = reports_.feed({}, {.number = number - 1}, 1);
    if (!page) return std::unexpected(page.error());
    if (page->entries.empty() || page->entries.front().number != number) return nullptr;
    return std::make_shared<const WebhookEvent>(event_of(page->entries.front()));
}

}  // namespace chapar::webhook
