#pragma once
// One request for a page on its way to its handler and back: handlers answer on any thread, once, perhaps when the
// server has gone.

#include <atomic>
#include <memory>
#include <mutex>

#include "net/http_server.hpp"
#include "web/client.hpp"
#include "web/handler.hpp"

namespace chapar::web {

/// The server as far as answers from other threads may reach it.
struct WayBack {
    std::mutex mutex;  // guards `http`; held while posting, which does not wait
    net::HttpServer* http = nullptr;
    std::atomic<std::uint32_t> under_way{0};
};

class PageCall {
  public:
    PageCall(std::shared_ptr<WayBack> way, std::shared_ptr<net::Exchange> exchange)
        : way_(std::move(way)), exchange_(std::move(exchange)) {
        ++way_->under_way;
    }
    ~PageCall();
    PageCall(const PageCall&) = delete;
    PageCall& operator=(const PageCall&) = delete;
    void answer(WebAnswer answer);

  private:
    std::shared_ptr<WayBack> way_;
    std::shared_ptr<net::Exchange> exchange_;
    std::atomic<bool> is_answered_{false};
};

/// `prefix`: what of the path is the handler's name.
WebRequest page_request(const net::Exchange& exchange, const HeadersSeen& said, const TrustedProxies& trusted,
                        std::size_t prefix);
/// On the server's thread.
void write_answer(net::Exchange& exchange, const WebAnswer& answer);

}  // namespace chapar::web
