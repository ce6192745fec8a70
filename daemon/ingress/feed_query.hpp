#pragma once
// What a request of GET /v1/events asks for. Pure.

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_message.hpp"
#include "store/reports.hpp"

namespace chapar::ingress {

struct FeedQuery {
    store::FeedFilter filter;
    store::FeedCursor after;
    int limit = 100;
    Milliseconds wait{0};  // for the first entry
};

/// Empty: understood; otherwise what is wrong.
std::string read_feed_query(const net::Request& request, const net::Caller& caller, FeedQuery& out);

/// The page as an answer's body.
std::string page_json(const store::FeedPage& page);
/// The page as events of text/event-stream.
std::string page_stream(const store::FeedPage& page);

}  // namespace chapar::ingress
