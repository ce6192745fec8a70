#pragma once
// Who waits for the next event: a request with `wait`, or a stream of text/event-stream. One thread reads the store for
// all of them, whenever the feed became longer. Every function is callable from any thread; a stream's exchange is used
// on the server's thread only.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingress/feed_query.hpp"
#include "net/http_endpoint.hpp"
#include "net/http_server.hpp"

namespace chapar::ingress {

class Followers {
  public:
    /// `post` runs work on the server's thread. It and `store` must outlive this.
    Followers(store::Reports& reports, std::function<void(std::function<void()>)> post);
    ~Followers();
    Followers(const Followers&) = delete;
    Followers& operator=(const Followers&) = delete;

    /// Answers with the first page that is not empty, or with an empty one when `query.wait` is over. At once when too
    /// many wait already.
    void wait(FeedQuery query, net::Reply reply);
    /// Writes every entry from `query.after` on, until the client or the daemon ends it. False: too many streams.
    bool stream(FeedQuery query, const std::shared_ptr<net::Exchange>& exchange);
    /// Answers who waits and ends the streams; whoever comes later is answered at once.
    void stop();

    static constexpr std::size_t most = 256;  // who wait together
    /// A stream without events says that it is alive: proxies and clients end what is silent.
    static constexpr std::chrono::seconds alive_every{15};

  private:
    using Time = std::chrono::steady_clock::time_point;
    struct Follower {
        FeedQuery query;
        net::Reply reply;                         // of a wait
        std::shared_ptr<net::Exchange> exchange;  // of a stream
        Time until;                               // a wait's end, or when a stream next says that it is alive
        bool is_new = true;                       // it was not looked at yet
        bool is_busy = false;                     // what was written to it has not left
        bool is_over = false;
    };
    using FollowerPtr = std::shared_ptr<Follower>;

    bool add(const FollowerPtr& follower);
    void loop();
    void serve(const FollowerPtr& follower, bool has_news, Time now);
    void serve_wait(Follower& follower, bool has_news, Time now);
    void serve_stream(const FollowerPtr& follower, bool has_news, Time now);
    void write(const FollowerPtr& follower, std::string text);

    store::Reports& reports_;
    std::function<void(std::function<void()>)> post_;
    /// What the server's thread tells of streams: it outlives this.
    struct Shared {
        std::mutex mutex;  // guards all below, and is_busy and is_over of the followers
        std::condition_variable wake;
        std::vector<FollowerPtr> followers;
        bool has_news = false, is_woken = false, is_stopping = false;
    };
    std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
    std::thread thread_;
};

}  // namespace chapar::ingress
