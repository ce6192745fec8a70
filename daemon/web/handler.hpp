#pragma once
// What the public listener asks for a page: values in, values out. Links, pictures and short links are its own; whoever
// has pages registers a PageHandler for the beginning of a path (listener.hpp).

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_message.hpp"

namespace chapar::web {

/// A body beyond this is refused with 413 before a handler sees it.
inline constexpr std::size_t longest_body = 64 << 10;

struct WebRequest {
    net::Method method = net::Method::get;
    std::string path;          // as sent, not decoded: "/u/SEAL"
    std::string rest;          // of the path, behind the handler's prefix: "SEAL"
    std::string query;         // without '?', not decoded (net::parse_query)
    std::string content_type;  // of the body: as the header has it, with its parameters
    std::string body;
    std::string host;      // Host in small letters, without a port
    std::string language;  // "fa" or "en": what Accept-Language asks for first; empty: neither
    std::string user_agent;
    std::string origin;          // Origin, as sent
    std::string fetch_site;      // Sec-Fetch-Site
    std::uint64_t network = 0;   // the block that the client's address is in (engage::neighbourhood), to tell clients
                                 // apart and to limit them; the address itself goes no further. Never to be stored
    bool wants_privacy = false;  // DNT: 1 or Sec-GPC: 1
};

struct WebAnswer {
    int status = 200;
    std::string content_type = "text/html; charset=utf-8";
    std::string body{};
    /// Added to what every answer has: Cache-Control: no-store, Referrer-Policy: no-referrer, X-Content-Type-Options:
    /// nosniff, X-Robots-Tag: noindex, and Content-Security-Policy: default-src 'none' unless it is among these.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// The page that every unknown address gets, in place of all the above.
    bool is_not_found = false;
};
inline WebAnswer not_found() { return {.status = 404, .is_not_found = true}; }

class PageHandler {
  public:
    virtual ~PageHandler() = default;
    /// Called on the listener's thread, which must not wait for anything. `answer` runs once, on any thread; dropped
    /// without having run it answers 503. GET, HEAD and POST come here; HEAD is answered without the body.
    virtual void handle(WebRequest request, std::function<void(WebAnswer)> answer) = 0;
};

}  // namespace chapar::web
