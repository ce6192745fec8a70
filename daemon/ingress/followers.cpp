#include "ingress/followers.hpp"

#include <algorithm>
#include <utility>

#include "base/thread_name.hpp"
#include "ingress/endpoints.hpp"

namespace chapar::ingress {
namespace {

using std::chrono::steady_clock;

/// What many commits in a row bring is read together.
constexpr Milliseconds gather{20};

}  // namespace

Followers::Followers(store::Reports& reports, std::function<void(std::function<void()>)> post)
    : reports_(reports), post_(std::move(post)) {
    reports_.when_fed([shared = shared_] {
        const std::lock_guard lock(shared->mutex);
        shared->has_news = true;
        if (!shared->followers.empty()) shared->wake.notify_one();
    });
    thread_ = std::thread([this] {
        name_thread("in-followers");
        loop();
    });
}

Followers::~Followers() {
    reports_.when_fed({});
    stop();
}

void Followers::stop() {
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->is_stopping = true;
        shared_->wake.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

bool Followers::add(const FollowerPtr& follower) {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->is_stopping || shared_->followers.size() >= most) return false;
    shared_->followers.push_back(follower);
    shared_->is_woken = true;
    shared_->wake.notify_one();
    return true;
}

void Followers::wait(FeedQuery query, net::Reply reply) {
    auto follower = std::make_shared<Follower>();
    follower->until = steady_clock::now() + query.wait;
    follower->query = std::move(query);
    follower->reply = std::move(reply);
    if (!add(follower)) serve_wait(*follower, true, Time::max());
}

bool Followers::stream(FeedQuery query, const std::shared_ptr<net::Exchange>& exchange) {
    auto follower = std::make_shared<Follower>();
    follower->until = steady_clock::now() + alive_every;
    follower->query = std::move(query);
    follower->exchange = exchange;
    exchange->begin(200, "text/event-stream");
    return add(follower);
}

void Followers::loop() {
    auto& shared = *shared_;
    std::unique_lock lock(shared.mutex);
    for (;;) {
        const auto is_called = [&] { return shared.is_stopping || shared.is_woken || shared.has_news; };
        auto until = steady_clock::now() + std::chrono::hours(1);
        for (const auto& follower : shared.followers)
            until = std::min(until, follower->until);
        shared.wake.wait_until(lock, until,
                               [&] { return shared.is_stopping || (is_called() && !shared.followers.empty()); });
        if (shared.is_stopping) break;
        const bool has_news = std::exchange(shared.has_news, false);
        shared.is_woken = false;
        const auto all = shared.followers;
        lock.unlock();
        const auto now = steady_clock::now();
        for (const auto& follower : all)
            serve(follower, has_news, now);
        if (has_news) std::this_thread::sleep_for(gather);
        lock.lock();
        std::erase_if(shared.followers, [](const auto& follower) { return follower->is_over; });
    }
    const auto left = std::exchange(shared.followers, {});
    lock.unlock();
    for (const auto& follower : left) {
        if (follower->reply)
            serve_wait(*follower, true, Time::max());
        else
            post_([exchange = follower->exchange] { exchange->finish(); });
    }
}

void Followers::serve(const FollowerPtr& follower, bool has_news, Time now) {
    if (follower->reply)
        serve_wait(*follower, has_news, now);
    else
        serve_stream(follower, has_news, now);
}

void Followers::serve_wait(Follower& follower, bool has_news, Time now) {
    const bool is_last = now >= follower.until;
    if (!has_news && !is_last && !std::exchange(follower.is_new, false)) return;
    follower.is_new = false;
    auto& query = follower.query;
    const auto page = reports_.feed(query.filter, query.after, query.limit);
    if (!page) {
        follower.reply(storage_response(page.error()));
    } else if (!page->entries.empty() || page->missed || is_last) {
        follower.reply(json_answer(200, page_json(*page)));
    } else {
        query.after = page->next;  // what others wrote is not looked at again
        follower.is_new = page->has_more;
        if (!page->has_more) return;
        const std::lock_guard lock(shared_->mutex);
        shared_->is_woken = true;
        return;
    }
    const std::lock_guard lock(shared_->mutex);
    follower.is_over = true;
}

void Followers::serve_stream(const FollowerPtr& follower, bool has_news, Time now) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (has_news) follower->is_new = true;
        if (follower->is_busy || follower->is_over) {
            follower->until = now + alive_every;
            return;
        }
    }
    if (std::exchange(follower->is_new, false)) {
        auto& query = follower->query;
        const auto page = reports_.feed(query.filter, query.after, query.limit);
        if (!page) return write(follower, {});  // the client comes back with the id of its last event
        query.after = page->next;
        follower->is_new = page->has_more;
        if (auto text = page_stream(*page); !text.empty()) return write(follower, std::move(text));
        const std::lock_guard lock(shared_->mutex);
        shared_->is_woken |= page->has_more;
    }
    if (now >= follower->until) write(follower, ":\n\n");
}

/// Nothing more is read for it until this has left. An empty text ends it.
void Followers::write(const FollowerPtr& follower, std::string text) {
    {
        const std::lock_guard lock(shared_->mutex);
        follower->is_busy = true;
        follower->until = steady_clock::now() + alive_every;
    }
    post_([shared = shared_, follower, text = std::move(text)] {
        if (text.empty()) follower->exchange->finish();
        follower->exchange->write(text);
        const bool ends = text.empty();
        follower->exchange->when_sent([shared, follower, ends](bool is_open) {
            const std::lock_guard lock(shared->mutex);
            follower->is_busy = false;
            follower->is_over = ends || !is_open;
            if (follower->is_over) std::erase(shared->followers, follower);
            shared->is_woken = true;
            shared->wake.notify_one();
        });
    });
}

}  // namespace chapar::ingress
