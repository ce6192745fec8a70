#include "ingress/webhooks.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "base/log.hpp"
#include "net/http_problem.hpp"
#include "net/http_server.hpp"
#include "net/tcp_socket.hpp"

namespace chapar::ingress {
namespace {

constexpr std::uint32_t most_under_way = 256;  // requests that wait for a plugin or the disk
constexpr std::uint32_t max_header = 16 << 10;
constexpr std::uint64_t max_held = 48 << 20;

net::HttpLimits limits_of(const config::InboundSettings& settings) {
    net::HttpLimits limits;
    limits.max_body = settings.max_body;
    limits.max_header = max_header;
    limits.max_connections = settings.max_connections;
    limits.max_connections_per_uid = settings.max_connections;  // TCP knows no uid
    limits.max_pipelined = 16;
    limits.max_held = max_held;
    limits.idle_timeout = settings.idle_timeout;
    limits.keep_headers = true;
    return limits;
}

bool is_clean(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// What a plugin answers, as far as it may reach the wire.
net::Response to_response(plugin::HttpReply reply) {
    net::Response out;
    out.status = net::reason_phrase(reply.status).empty() ? 500 : reply.status;
    out.body = std::move(reply.body);
    out.content_type = "text/plain";
    for (auto& [name, value] : reply.headers) {
        if (!is_clean(name) || !is_clean(value)) continue;
        if (name == "Content-Type") {
            out.content_type = std::move(value);
        } else if (name == "Retry-After" || name == "Allow") {
            out.headers.emplace_back(std::move(name), std::move(value));
        }
    }
    return out;
}

/// Reached by replies from any thread, also after the server has gone.
struct Way {
    std::mutex mutex;  // guards `http`; held while posting, which does not wait
    net::HttpServer* http = nullptr;
    std::atomic<std::uint32_t> under_way{0};
};

/// One request under way. Answered once: a second reply is nothing, and one that never came is a 503 when the last
/// owner lets go, so the count can neither leak nor fall twice.
class UnderWay {
  public:
    UnderWay(std::shared_ptr<Way> way, std::shared_ptr<net::Exchange> exchange)
        : way_(std::move(way)), exchange_(std::move(exchange)) {
        ++way_->under_way;
    }
    ~UnderWay() { answer({503, {{"Retry-After", "5"}}, {}}); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    void answer(plugin::HttpReply reply) {
        if (is_answered_.exchange(true)) return;
        --way_->under_way;
        const std::lock_guard lock(way_->mutex);
        if (way_->http == nullptr) return;
        way_->http->post([exchange = std::move(exchange_), reply = std::move(reply)]() mutable {
            exchange->answer(to_response(std::move(reply)));
        });
    }

  private:
    std::shared_ptr<Way> way_;
    std::shared_ptr<net::Exchange> exchange_;
    std::atomic<bool> is_answered_{false};
};

}  // namespace

struct Webhooks::Impl final : net::Handler {
    Impl(const Clock& clock, metrics::Registry& metrics, const config::InboundSettings& s)
        : settings(s),
          strangers(metrics.counter("inbound_strangers_total", "Requests for a path that belongs to no route")),
          busy(metrics.counter("inbound_busy_total", "Requests refused because too many were under way")),
          http(clock, metrics, *this, "inbound") {
        way->http = &http;
        http.set_limits(limits_of(settings));
    }

    std::shared_ptr<net::BodySink> stream(const std::shared_ptr<net::Exchange>&) override { return nullptr; }
    void handle(const std::shared_ptr<net::Exchange>& exchange) override;
    void turn_ended() override {}
    std::shared_ptr<plugin::Instance> instance_of(std::string_view name) const;
    void hand_over(const std::shared_ptr<net::Exchange>& exchange, plugin::Instance& instance, std::string rest);

    const config::InboundSettings settings;
    std::shared_ptr<const Routes> routes = std::make_shared<const Routes>();
    std::shared_ptr<Way> way = std::make_shared<Way>();
    metrics::Counter &strangers, &busy;
    bool serving = false;
    net::HttpServer http;  // last: its thread ends before what it uses
};

std::shared_ptr<plugin::Instance> Webhooks::Impl::instance_of(std::string_view name) const {
    const auto now = std::atomic_load(&routes);
    const auto at = now->find(name);
    return at == now->end() ? nullptr : at->second;
}

void Webhooks::Impl::handle(const std::shared_ptr<net::Exchange>& exchange) {
    std::string_view path = exchange->request.path;
    const bool is_below = path.starts_with(settings.path) && path.substr(settings.path.size()).starts_with('/');
    path.remove_prefix(is_below ? settings.path.size() + 1 : path.size());
    const auto slash = path.find('/');
    const auto instance = instance_of(path.substr(0, slash));
    if (!instance) {
        strangers.add();
        return exchange->answer(net::to_response({404, "not-found", "nothing is here", {}, {}}));
    }
    switch (exchange->request.method) {
        case net::Method::get:
        case net::Method::post:
        case net::Method::put:
            break;
        case net::Method::head:
        case net::Method::patch:
        case net::Method::del:
        case net::Method::other: {
            auto refused = net::to_response({405, "method-not-allowed", "webhooks come by GET, POST or PUT", {}, {}});
            refused.headers.emplace_back("Allow", "GET, POST, PUT");
            return exchange->answer(std::move(refused));
        }
    }
    hand_over(exchange, *instance, slash == std::string_view::npos ? "/" : std::string(path.substr(slash)));
}

void Webhooks::Impl::hand_over(const std::shared_ptr<net::Exchange>& exchange, plugin::Instance& instance,
                               std::string rest) {
    if (way->under_way >= most_under_way) {
        busy.add();
        return exchange->answer(
            net::to_response({503, "too-many-connections", "too many requests are under way", {}, 5}));
    }
    auto under_way = std::make_shared<UnderWay>(way, exchange);
    plugin::HttpRequest request;
    request.method = std::string(net::name(exchange->request.method));
    request.path = std::move(rest);
    request.query = exchange->request.query;
    request.headers = exchange->request.headers;
    request.body = exchange->request.body;
    instance.inbound(std::move(request), [under_way](plugin::HttpReply reply) { under_way->answer(std::move(reply)); });
}

Webhooks::Webhooks(const Clock& clock, metrics::Registry& metrics, const config::InboundSettings& settings)
    : impl_(std::make_unique<Impl>(clock, metrics, settings)) {}

Webhooks::~Webhooks() {
    {
        const std::lock_guard lock(impl_->way->mutex);
        impl_->way->http = nullptr;
    }
    impl_->http.stop();
}

Result<void> Webhooks::start() {
    const auto fd = net::listen_tcp(impl_->settings.listen);
    if (!fd) return std::unexpected(fd.error());
    log::info("inbound.listening", "webhooks are taken on http://{}{}/ROUTE", net::address_of(*fd),
              impl_->settings.path);
    impl_->http.start({*fd}, true);
    impl_->serving = true;
    return {};
}

void Webhooks::set_routes(Routes routes) {
    std::atomic_store(&impl_->routes, std::make_shared<const Routes>(std::move(routes)));
}

void Webhooks::stop_accepting() {
    if (std::exchange(impl_->serving, false)) impl_->http.stop_accepting();
}

Milliseconds Webhooks::lag() const { return impl_->http.lag(); }

bool Webhooks::drain(Milliseconds limit) { return impl_->http.drain(limit); }

}  // namespace chapar::ingress
