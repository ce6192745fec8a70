#pragma once
// One HTTP exchange as plain values: what was asked, who asked, what is answered. No I/O; used on one thread at a time.

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::net {

enum class Method : std::uint8_t { get, head, post, put, patch, del, other };
std::string_view name(Method method);

/// An address of the internet; of IPv4 as ::ffff:a.b.c.d. All zero: there is none.
using NetAddress = std::array<std::uint8_t, 16>;

/// What the kernel said at accept (SO_PEERCRED). Never asked again: pids are reused.
struct Peer {
    uid_t uid = 65534;
    gid_t gid = 65534;
    NetAddress address{};  // of a TCP connection, or what its PROXY header says
};

/// Who calls, after the configuration was asked. An empty application is only possible for the operator.
struct Caller {
    Peer peer;
    std::string application;
    bool operator_role = false;  // sees every application's messages, pauses routes
};

struct Request {
    Method method = Method::get;
    std::string method_text;
    std::string path;                                          // as sent, not decoded
    std::string query;                                         // without '?'
    std::string content_type;                                  // lower case, without parameters
    std::string charset;                                       // of Content-Type, as sent
    std::string application;                                   // X-Chapar-Application
    std::string idempotency_key;                               // Idempotency-Key, as sent
    std::string accept;                                        // Accept, as sent
    std::string last_event_id;                                 // Last-Event-ID
    std::vector<std::pair<std::string, std::string>> headers;  // only where the limits ask for them
    std::string body;                                          // empty for streamed bodies
};

struct Response {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool close = false;  // the connection ends after this answer
};

/// Percent-decoded; '+' stays '+'. False: malformed, or a NUL byte.
bool percent_decode(std::string_view text, std::string& out);
/// The decoded members of a query string, in order; '+' is a blank, as forms write it. False: malformed.
bool parse_query(std::string_view query, std::vector<std::pair<std::string, std::string>>& out);
/// What a client may call its request by: up to 128 letters, digits and "-_.:+/=@".
bool is_request_id(std::string_view text);
/// "Accepted" for 202; empty for a status we never send.
std::string_view reason_phrase(int status);

}  // namespace chapar::net
