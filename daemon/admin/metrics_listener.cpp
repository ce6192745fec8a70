#include "admin/metrics_listener.hpp"

#include <unistd.h>

#include "base/log.hpp"
#include "net/http_problem.hpp"
#include "net/http_server.hpp"
#include "net/tcp_socket.hpp"
#include "net/unix_socket.hpp"

namespace chapar::admin {
namespace {

constexpr std::string_view unix_prefix = "unix:";

net::HttpLimits limits() {
    net::HttpLimits out;
    out.max_body = 1024;
    out.max_header = 8 << 10;
    out.max_connections = 16;
    out.max_connections_per_uid = 16;
    out.max_pipelined = 2;
    out.max_unsent = 4 << 20;
    out.idle_timeout = Milliseconds{10'000};
    return out;
}

}  // namespace

struct MetricsListener::Impl final : net::Handler {
    Impl(const Clock& clock, metrics::Registry& metrics, const Scrape& s, config::MetricsSettings own)
        : settings(std::move(own)), scrape(s), http(clock, metrics, *this, "scrape") {
        http.set_limits(limits());
    }
    std::shared_ptr<net::BodySink> stream(const std::shared_ptr<net::Exchange>&) override { return nullptr; }
    void handle(const std::shared_ptr<net::Exchange>& exchange) override;
    void turn_ended() override {}

    const config::MetricsSettings settings;
    const Scrape& scrape;
    std::string path;      // of the socket file that we made
    net::HttpServer http;  // last: its thread ends before what it uses
};

void MetricsListener::Impl::handle(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& request = exchange->request;
    if (request.path != "/metrics")
        return exchange->answer(net::to_response({404, "not-found", "only /metrics is here", {}, {}}));
    if (request.method != net::Method::get && request.method != net::Method::head) {
        auto refused = net::to_response({405, "method-not-allowed", "metrics are read with GET", {}, {}});
        refused.headers.emplace_back("Allow", "GET, HEAD");
        return exchange->answer(std::move(refused));
    }
    exchange->answer({200, "text/plain; version=0.0.4; charset=utf-8", scrape.text(), {}, false});
}

MetricsListener::MetricsListener(const Clock& clock, metrics::Registry& metrics, const Scrape& scrape,
                                 config::MetricsSettings settings)
    : impl_(std::make_unique<Impl>(clock, metrics, scrape, std::move(settings))) {}

MetricsListener::~MetricsListener() { stop(); }

void MetricsListener::stop() {
    impl_->http.stop();
    if (!impl_->path.empty()) ::unlink(impl_->path.c_str());
}

Result<void> MetricsListener::start() {
    const auto& where = impl_->settings.listen;
    const bool is_unix = where.starts_with(unix_prefix);
    const auto path = is_unix ? where.substr(unix_prefix.size()) : std::string();
    const auto fd =
        is_unix ? net::listen_unix(path, impl_->settings.mode, impl_->settings.group) : net::listen_tcp(where);
    if (!fd) return std::unexpected(fd.error());
    impl_->path = path;
    const auto shown = is_unix ? where : "http://" + net::address_of(*fd) + "/metrics";
    log::info("metrics.listening", "metrics are read at {}", log::Field("address", shown));
    impl_->http.start({*fd}, true);
    return {};
}

Milliseconds MetricsListener::lag() const { return impl_->http.lag(); }

}  // namespace chapar::admin
