#pragma once
// Where each endpoint of webhooks stands in the feed, the events that wait there for another try, and how it does. An
// event is named by its number alone: whom it is about stands in the feed and nowhere else.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/report.hpp"
#include "store/values.hpp"

namespace chapar::store {

struct WebhookState {
    std::string name;
    std::int64_t cursor = 0;                   // the last entry of the feed that was passed
    Timestamp last_success{};                  // at first when it was made or enabled
    std::optional<Timestamp> first_failure{};  // since then
    std::optional<Timestamp> disabled_at{};
    std::string why{};  // it is disabled
    bool operator==(const WebhookState&) const = default;
};

/// An event that was passed and is not done.
struct WebhookWait {
    std::int64_t number = 0;
    int tries = 0;
    Timestamp due{};
    bool operator==(const WebhookWait&) const = default;
};

/// What one write changes of an endpoint; what is not there yet is made.
struct WebhookChange {
    WebhookState state;
    std::vector<WebhookWait> put{};
    std::vector<std::int64_t> drop{};
    std::optional<model::FeedEntry> tells{};  // noted in the feed together with it
};

class WebhookProgress {
  public:
    virtual ~WebhookProgress() = default;

    virtual void put_webhook(WebhookChange change, Done<bool> done) = 0;
    /// With all that waits there. False: there was none.
    virtual void drop_webhook(std::string name, Done<bool> done) = 0;
    /// By name. One whose row is damaged begins anew: it gets the feed from its oldest entry, rather than to miss any.
    virtual Result<std::vector<WebhookState>> webhooks() = 0;
    /// By number. Of a damaged row the number is believed, and its tries are forgotten.
    virtual Result<std::vector<WebhookWait>> webhook_waits(std::string_view name) = 0;
    /// The number of the newest entry; 0: nothing was ever noted.
    virtual Result<std::int64_t> feed_end() = 0;
    /// Where a reader stands who is to read what was noted at `since` and later.
    virtual Result<std::int64_t> feed_before(Timestamp since) = 0;
};

}  // namespace chapar::store
