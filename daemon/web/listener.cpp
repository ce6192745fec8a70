#include "web/listener.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "net/http_server.hpp"
#include "net/tcp_socket.hpp"
#include "web/client.hpp"
#include "web/page_call.hpp"
#include "web/static_answers.hpp"

namespace chapar::web {
namespace {

constexpr std::uint32_t most_pages_under_way = 512;  // that wait for the disk
constexpr std::uint32_t longest_head = 16 << 10;     // a sealed link has up to 2 kB
constexpr std::uint64_t most_held = 48 << 20;
constexpr std::chrono::seconds between_warnings{60};

net::HttpLimits limits_of(const config::WebSettings& settings) {
    net::HttpLimits limits;
    limits.max_body = longest_body;
    limits.max_header = longest_head;
    limits.max_connections = settings.max_connections;
    limits.max_connections_per_uid = settings.max_connections;  // TCP knows no uid
    limits.max_pipelined = 16;
    limits.max_held = most_held;
    limits.idle_timeout = settings.idle_timeout;
    limits.kept_headers = kept_headers();
    limits.request_ids = false;
    return limits;
}

bool is_read(net::Method method) { return method == net::Method::get || method == net::Method::head; }

std::string wrong_method(std::string_view allowed) {
    return std::string(common_lines()) + "Allow: " + std::string(allowed) + "\r\n";
}

}  // namespace

struct Listener::Impl final : net::Handler {
    struct Pages {
        std::string prefix;
        std::shared_ptr<PageHandler> handler;
    };

    Impl(const Clock& c, metrics::Registry& metrics, const config::WebSettings& s)
        : clock(c),
          settings(s),
          trusted(s.trusted_proxies),
          strangers(metrics.counter("web_not_found_total", "Requests for an address that is not here")),
          busy(metrics.counter("web_busy_total", "Requests refused because too many pages were under way")),
          bad_proxy(metrics.counter("web_proxy_header_missing_total",
                                    "Connections of trusted proxies that began without a PROXY header")),
          http(c, metrics, *this, "web") {
        way->http = &http;
        http.set_limits(limits_of(settings));
    }

    std::shared_ptr<net::BodySink> stream(const std::shared_ptr<net::Exchange>&) override { return nullptr; }
    void handle(const std::shared_ptr<net::Exchange>& exchange) override;
    void turn_ended() override {}
    bool expects_proxy_header(const net::Peer& peer) override {
        return settings.proxy_protocol && trusted.has(to_address(peer.address));
    }
    void proxy_header_missing(const net::Peer& peer) override;
    void give_page(const std::shared_ptr<net::Exchange>& exchange, const Pages& pages);
    void not_here(net::Exchange& exchange);

    const Clock& clock;
    const config::WebSettings settings;
    const TrustedProxies trusted;
    std::vector<Pages> pages;
    std::shared_ptr<WayBack> way = std::make_shared<WayBack>();
    metrics::Counter &strangers, &busy, &bad_proxy;
    Monotonic warned_at{};
    bool serving = false;
    std::string where;
    net::HttpServer http;  // last: its thread ends before what it uses
};

void Listener::Impl::proxy_header_missing(const net::Peer& peer) {
    bad_proxy.add();
    const auto now = clock.monotonic();
    if (warned_at != Monotonic{} && now - warned_at < between_warnings) return;
    warned_at = now;
    log::warning("web.proxy_header",
                 "{} is a trusted proxy and began a connection without a header of PROXY protocol v2: it was closed",
                 log::Field("proxy", to_address(peer.address).text()));
}

void Listener::Impl::not_here(net::Exchange& exchange) {
    strangers.add();
    exchange.answer_lines(404, not_found_page().lines, not_found_page().body);
}

void Listener::Impl::handle(const std::shared_ptr<net::Exchange>& exchange) {
    const std::string_view path = exchange->request.path;
    for (const auto& each : pages)
        if (path.starts_with(each.prefix)) return give_page(exchange, each);
    not_here(*exchange);
}

void Listener::Impl::give_page(const std::shared_ptr<net::Exchange>& exchange, const Pages& to) {
    const auto& request = exchange->request;
    if (!is_read(request.method) && request.method != net::Method::post)
        return exchange->answer_lines(405, wrong_method("GET, HEAD, POST"), {});
    auto call = std::make_shared<PageCall>(way, exchange);
    if (way->under_way > most_pages_under_way) {
        busy.add();
        return;  // its end answers 503
    }
    auto asked = page_request(*exchange, read_headers(request), trusted, to.prefix.size());
    to.handler->handle(std::move(asked), [call](WebAnswer answer) { call->answer(std::move(answer)); });
}

Listener::Listener(const Clock& clock, metrics::Registry& metrics, const config::WebSettings& settings)
    : impl_(std::make_unique<Impl>(clock, metrics, settings)) {}

Listener::~Listener() {
    {
        const std::lock_guard lock(impl_->way->mutex);
        impl_->way->http = nullptr;
    }
    impl_->http.stop();
}

void Listener::serve(std::string prefix, std::shared_ptr<PageHandler> pages) {
    impl_->pages.push_back({std::move(prefix), std::move(pages)});
}

Result<void> Listener::start() {
    const auto fd = net::listen_tcp(impl_->settings.listen);
    if (!fd) return std::unexpected(fd.error());
    impl_->where = net::address_of(*fd);
    log::info("web.listening", "links and pages of {} are served on http://{}",
              log::Field("base_url", impl_->settings.base_url), impl_->where);
    impl_->http.start({*fd}, true);
    impl_->serving = true;
    return {};
}

std::string Listener::address() const { return impl_->where; }

void Listener::stop_accepting() {
    if (std::exchange(impl_->serving, false)) impl_->http.stop_accepting();
}

bool Listener::drain(Milliseconds limit) { return impl_->http.drain(limit); }

Milliseconds Listener::lag() const { return impl_->http.lag(); }

}  // namespace chapar::web
