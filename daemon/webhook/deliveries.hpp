#pragma once
// Webhooks out: the feed, delivered to every endpoint. Each goes its own way: a cursor, rows for what waits, places in
// flight; none waits for another, and nobody who sends messages waits for any.
//
// All but `fed` and the constructor belongs to one strand, which `post` leads to; answers come there. Reads of the
// store block that strand and nobody else.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/timers.hpp"
#include "store/reports.hpp"
#include "webhook/endpoint.hpp"

namespace chapar::webhook {

enum class Code {
    unknown,      // there is no such endpoint
    not_enabled,  // nothing is to be enabled
    not_there,    // the event is not in the feed any more
    not_wanted,   // the endpoint is not told of such events
    stopping,
};
constexpr std::string_view error_domain(Code) { return "webhook_room"; }

struct Deps {
    const Clock& clock;
    store::Reports& reports;
    store::WebhookProgress& webhooks;
    metrics::Registry& metrics;
    Timers& timers;                                                     // of the strand
    std::function<void(std::function<void()>)> post;                    // to the strand; callable from any thread
    std::function<void(net::Transfer, net::Transfers::Done)> transfer;  // answers on any thread
    std::function<double()> chance;                                     // from 0 to below 1
};

/// What an endpoint answered to a test.
struct Tested {
    Answer answer;
    Milliseconds took{0};
};

class Deliveries {
  public:
    template <class T>
    using Done = std::function<void(Result<T>)>;

    explicit Deliveries(Deps deps);
    ~Deliveries();
    Deliveries(const Deliveries&) = delete;
    Deliveries& operator=(const Deliveries&) = delete;

    /// From now on there are exactly these. A new one begins at the end of the feed, a known one where it stood.
    void apply(std::vector<DefinitionPtr> definitions);
    /// The feed became longer; callable from any thread, by the store's writer: it does not block.
    void fed();
    /// Nothing new is sent; `done` when all is written, which waits for answers no longer than `limit`.
    void stop(Milliseconds limit, std::function<void()> done);

    void list(const Done<std::vector<View>>& done);
    void enable(const std::string& name, const Done<View>& done);
    void disable(const std::string& name, const Done<View>& done);
    /// An event of no message, also to one that is disabled. It counts for nothing.
    void test(const std::string& name, Done<Tested> done);
    /// All since then once more, in order. What came before waits for it.
    void replay_since(const std::string& name, Timestamp since, const Done<View>& done);
    void replay_one(const std::string& name, std::int64_t number, const Done<View>& done);

  private:
    using WebhookEndpointPtr = std::shared_ptr<WebhookEndpoint>;
    WebhookEndpointPtr find(const std::string& name) const;
    Result<WebhookEndpointPtr> open(const DefinitionPtr& definition, const std::vector<store::WebhookState>& known);
    Result<std::vector<KnownWait>> known_waits(const std::vector<store::WebhookWait>& rows);
    WebhookEndpoint::Counters counters_of(const std::string& name);
    void open_new();
    void forget_old(const std::vector<store::WebhookState>& known);
    void turn();
    void pump(const WebhookEndpointPtr& endpoint);
    /// False: there is nothing more now.
    bool read_on(const WebhookEndpointPtr& endpoint);
    void send(const WebhookEndpointPtr& endpoint, std::int64_t number);
    std::shared_ptr<const WebhookEvent> event_of(const WebhookEndpointPtr& endpoint, std::int64_t number);
    void finished(const WebhookEndpointPtr& endpoint, std::int64_t number, const Answer& answer);
    void tell(const WebhookEndpoint& endpoint, const Turned& turned, std::int64_t number, const Answer& answer);
    void write(const WebhookEndpointPtr& endpoint);
    void wrote(bool is_on_disk);
    /// Something is to be written by then.
    void touch(Milliseconds in);
    void read_failed(const Error& error);
    void show();
    void arm(Monotonic at);
    void arm(std::optional<Timestamp> at);
    void end_if_idle();
    void answer_view(const WebhookEndpointPtr& endpoint, const Done<View>& done);
    std::int64_t feed_end();
    Monotonic soon(Milliseconds in) const { return deps_.clock.monotonic() + in; }

    Deps deps_;
    FeedWindow window_;
    std::map<std::string, WebhookEndpointPtr> endpoints_;
    std::vector<DefinitionPtr> not_open_;  // the store could not be read
    std::unique_ptr<Timer> timer_;
    Monotonic armed_ = Monotonic::max(), write_at_ = Monotonic::max(), show_at_{};
    std::atomic<bool> has_news_{false};
    bool is_read_failing_ = false, is_unwritable_ = false;
    int writes_ = 0;  // under way
    std::function<void()> stopped_;
    Monotonic stop_by_ = Monotonic::max();
    bool is_stopping_ = false;
    /// What is posted here after its end does nothing.
    std::shared_ptr<Deliveries*> self_ = std::make_shared<Deliveries*>(this);
};

}  // namespace chapar::webhook
