#pragma once
// What the listener does by itself: /c/SEAL leads on, /o/SEAL.gif is a picture, https://SHORT/CODE leads on. Nothing
// waits for the store; what is to be known of a click goes into the queue. One thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "engage/click_seal.hpp"
#include "engage/networks.hpp"
#include "engage/user_agent.hpp"
#include "net/http_server.hpp"
#include "web/client.hpp"
#include "web/hit_queue.hpp"
#include "web/keys.hpp"
#include "web/network_limit.hpp"

namespace chapar::web {

/// What was followed.
struct Followed {
    MessageKey message{};
    std::uint16_t link = 0;
    engage::SealDay issued{};
    bool is_short = false;
};

class LinkAnswers {
  public:
    LinkAnswers(const Clock& clock, metrics::Registry& metrics, SiteKeys keys, engage::Networks networks,
                HitQueue& queue)
        : clock_(clock),
          keys_(std::move(keys)),
          networks_(std::move(networks)),
          queue_(queue),
          full_(metrics.counter("web_hits_lost_total", "Hits that could not be written down")) {}

    /// `text`: the seal. False: it is none of ours, and nothing was answered.
    bool click(net::Exchange& exchange, std::string_view text, const TrustedProxies& trusted, Milliseconds keep_links);
    /// Answers with the picture, whatever `text` is.
    void open(net::Exchange& exchange, std::string_view text, const TrustedProxies& trusted, Milliseconds keep_links);
    /// A link of a message is clicked.
    void note_click(const net::Exchange& exchange, const Followed& link, const TrustedProxies& trusted,
                    Milliseconds keep_links);
    /// Leads on.
    void lead_to(net::Exchange& exchange, std::string_view destination);

  private:
    void note(const net::Exchange& exchange, engage::HitKind kind, const Followed& what, const TrustedProxies& trusted,
              Milliseconds keep_links);

    const Clock& clock_;
    const SiteKeys keys_;
    const engage::Networks networks_;
    const engage::UserAgents agents_;
    HitQueue& queue_;
    metrics::Counter& full_;
    std::string lines_;  // of an answer, reused
};

}  // namespace chapar::web
