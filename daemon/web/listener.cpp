#include "web/listener.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "engage/click_seal.hpp"
#include "engage/short_code.hpp"
#include "net/http_server.hpp"
#include "net/tcp_socket.hpp"
#include "web/client.hpp"
#include "web/link_answers.hpp"
#include "web/network_limit.hpp"
#include "web/page_call.hpp"
#include "web/static_answers.hpp"

namespace chapar::web {
namespace {

constexpr std::uint32_t most_pages_under_way = 512;  // that wait for the disk
constexpr std::uint32_t longest_head = 16 << 10;     // a sealed link has up to 2 kB
constexpr std::uint64_t most_held = 48 << 20;
constexpr std::chrono::seconds between_warnings{60};
constexpr std::uint32_t misses_a_minute = 20;  // of short links, from one network: more is guessing
constexpr std::string_view click_path = "/c/", open_path = "/o/";

/// "m.shop.ir" of "https://m.shop.ir:8443".
std::string host_of_url(std::string_view url) {
    const auto scheme = url.find("://");
    return scheme == std::string_view::npos ? std::string() : host_of(url.substr(scheme + 3));
}

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

    Impl(ListenerParts parts, const config::WebSettings& s)
        : clock(parts.clock),
          settings(s),
          trusted(s.trusted_proxies),
          links(parts.clock, parts.metrics, std::move(parts.keys), std::move(parts.networks), parts.queue),
          keep_links(std::move(parts.keep_links)),
          short_host(host_of_url(s.short_url)),
          lookup(parts.clock, std::move(parts.find_short)),
          strangers(parts.metrics.counter("web_not_found_total", "Requests for an address that is not here")),
          guesses(parts.metrics.counter("web_too_many_misses_total",
                                        "Short links refused: too many unknown ones from their network")),
          busy(parts.metrics.counter("web_busy_total", "Requests refused because too many were under way")),
          bad_proxy(parts.metrics.counter("web_proxy_header_missing_total",
                                          "Connections of trusted proxies that began without a PROXY header")),
          http(parts.clock, parts.metrics, *this, "web") {
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
    void give_page(const std::shared_ptr<net::Exchange>& exchange, const Pages& to);
    void not_here(net::Exchange& exchange);
    bool is_short(const net::Request& request, const HeadersSeen& said) const;
    void find_short(const std::shared_ptr<net::Exchange>& exchange);
    void follow_short(net::Exchange& exchange, std::uint64_t network, ShortLookup::Found found, ShortTarget target);
    Milliseconds kept_for() const { return keep_links ? keep_links() : settings.keep_links; }

    const Clock& clock;
    const config::WebSettings settings;
    const TrustedProxies trusted;
    LinkAnswers links;
    const std::function<Milliseconds()> keep_links;
    const std::string short_host;  // empty: there are no short links
    NetworkLimit misses{misses_a_minute};
    ShortLookup lookup;
    std::vector<Pages> pages;
    std::shared_ptr<WayBack> way = std::make_shared<WayBack>();
    metrics::Counter &strangers, &guesses, &busy, &bad_proxy;
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
    const auto& request = exchange->request;
    const std::string_view path = request.path;
    const bool is_click = path.starts_with(click_path), is_open = path.starts_with(open_path);
    if (is_click || is_open) {
        if (!is_read(request.method)) return exchange->answer_lines(405, wrong_method("GET, HEAD"), {});
        const auto seal = path.substr(click_path.size());
        if (is_open) return links.open(*exchange, seal, trusted, kept_for());
        if (!links.click(*exchange, seal, trusted, kept_for())) not_here(*exchange);
        return;
    }
    for (const auto& each : pages)
        if (path.starts_with(each.prefix)) return give_page(exchange, each);
    if (is_read(request.method) && is_short(request, read_headers(request))) return find_short(exchange);
    not_here(*exchange);
}

bool Listener::Impl::is_short(const net::Request& request, const HeadersSeen& said) const {
    return !short_host.empty() && engage::is_short_code(std::string_view(request.path).substr(1)) &&
           host_of(said.host) == short_host;
}

void Listener::Impl::find_short(const std::shared_ptr<net::Exchange>& exchange) {
    const auto network = engage::neighbourhood(client_of(exchange->peer, exchange->request, trusted));
    if (misses.is_reached(network, clock.monotonic())) {
        guesses.add();
        return exchange->answer_lines(429, too_often_page().lines, too_often_page().body);
    }
    const auto back = [this, to = way, exchange, network](ShortLookup::Found found, ShortTarget target) {
        const std::lock_guard lock(to->mutex);
        if (to->http == nullptr) return;
        to->http->post([this, exchange, network, found, target = std::move(target)]() mutable {
            follow_short(*exchange, network, found, std::move(target));
        });
    };
    if (lookup.ask(exchange->request.path.substr(1), back)) return;
    busy.add();
    exchange->answer_lines(503, std::string(common_lines()) + "Retry-After: 5\r\n", {});
}

void Listener::Impl::follow_short(net::Exchange& exchange, std::uint64_t network, ShortLookup::Found found,
                                  ShortTarget target) {
    const auto destination = engage::read_destination(target.destination);
    switch (found) {
        case ShortLookup::Found::unavailable:
            return exchange.answer_lines(503, std::string(common_lines()) + "Retry-After: 5\r\n", {});
        case ShortLookup::Found::no:
            misses.count(network, clock.monotonic());
            return not_here(exchange);
        case ShortLookup::Found::yes:
            // What goes into Location is an address of the web and nothing else, whatever was stored.
            if (!destination || destination->url != target.destination) return not_here(exchange);
            break;
    }
    const auto issued = engage::seal_day(from_ms(target.message.value >> MessageId::order_bits));
    if (target.is_tracked) links.note_click(exchange, {target.message, target.link, issued, true}, trusted, kept_for());
    links.lead_to(exchange, target.destination);
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

Listener::Listener(ListenerParts parts, const config::WebSettings& settings)
    : impl_(std::make_unique<Impl>(std::move(parts), settings)) {}

Listener::~Listener() {
    {
        const std::lock_guard lock(impl_->way->mutex);
        impl_->way->http = nullptr;
    }
    impl_->lookup.stop();
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
    if (!impl_->short_host.empty()) impl_->lookup.start();
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
