#include "sms/http/watch.hpp"

#include <algorithm>
#include <utility>

#include "sms/http/webhook.hpp"

namespace chapar::sms::http {
namespace {

constexpr std::size_t most_pages = 100'000, most_asking = 8;
constexpr std::chrono::milliseconds busy_wait{200};

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace

void Watch::sent(const std::vector<std::string>& ids, const Letter& letter) {
    const auto& poll = settings_.provider.poll;
    if (!poll || is_stopped_) return;
    for (const auto& id : ids) {
        if (pages_.size() >= most_pages) return host_.metric("polls_dropped");
        Page page{id, letter.values, ids.size() > 1, Clock::now() + poll->every, Clock::now() + poll->until};
        page.values["id"] = id;
        page.values.erase("text");
        keep(std::move(page));
    }
    arm();
}

void Watch::keep(Page page) {
    const auto at = pages_.insert(pages_.end(), std::move(page));
    by_id_.emplace(at->id, at);
}

void Watch::drop(std::list<Page>::iterator at) {
    const auto [first, last] = by_id_.equal_range(at->id);
    by_id_.erase(std::find_if(first, last, [at](const auto& entry) { return entry.second == at; }));
    pages_.erase(at);
}

void Watch::told(const std::string& id) {
    for (auto found = by_id_.find(id); found != by_id_.end(); found = by_id_.find(id))
        drop(found->second);
}

void Watch::stop() {
    is_stopped_ = true;
    pages_.clear();
    by_id_.clear();
    if (timer_ != 0) host_.cancel_timer(std::exchange(timer_, 0));
}

void Watch::arm() {
    if (timer_ != 0 || pages_.empty() || is_stopped_) return;
    auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(pages_.front().due - Clock::now());
    if (asking_ >= most_asking) wait = std::max(wait, busy_wait);
    timer_ = host_.timer(std::max(wait, std::chrono::milliseconds(1)), [this] {
        timer_ = 0;
        tick();
    });
}

void Watch::tick() {
    const auto now = Clock::now();
    while (!pages_.empty() && pages_.front().due <= now && asking_ < most_asking) {
        Page page = pages_.front();
        drop(pages_.begin());
        ask(std::move(page));
    }
    arm();
}

void Watch::ask(Page page) {
    const Call made = make_call(*settings_.provider.poll, settings_, {&page.values});
    host_.metric("polls");
    ++asking_;
    const auto id = host_.transfer(made.transfer(settings_.ca_file),
                                   [this, page = std::move(page)](const TransferResult& result) mutable {
                                       --asking_;
                                       answered(std::move(page), result);
                                       arm();
                                   });
    if (id == 0) --asking_;
}

void Watch::answered(Page page, const TransferResult& result) {
    if (is_stopped_) return;
    const Hook& reading = settings_.provider.poll->reading;
    const bool well = result.completed() && result.code() >= 200 && result.code() < 300;
    const auto root = read_document(reading.format, result.body());
    if (!well || !root) return again(std::move(page));
    const auto items = reading.list.empty() ? std::vector<const Node*>{&*root} : find_all(*root, reading.list);
    auto event = items.empty() ? std::nullopt : read_receipt(reading, *items.front(), *root, now_ms());
    if (!event) return again(std::move(page));
    event->attempt = page.values["attempt"];
    event->provider_id = page.id;
    event->address = page.values["to"];
    if (page.is_part) event->kind = "segment_" + event->kind;
    event->dedupe_key = page.id + '/' + event->kind;
    host_.metric(event->kind);
    const bool taken = host_.emit(*event, [this, page](bool is_durable) {
        if (!is_durable) again(page);
    });
    if (!taken) again(std::move(page));
}

void Watch::again(Page page) {
    const auto now = Clock::now();
    if (is_stopped_) return;
    if (now >= page.until) return host_.metric("receipts_missing");
    page.due = now + settings_.provider.poll->every;
    keep(std::move(page));
    arm();
}

}  // namespace chapar::sms::http
