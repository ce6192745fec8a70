#pragma once
// One endpoint of the socket as a value: folders above offer lists of them, ingress::Server serves them.
// `run` gets the call by value and must see to it that `reply` runs exactly once, on any thread.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace chapar::net {

enum class Access : std::uint8_t {
    anyone,       // whoever may connect (health)
    application,  // a mapped application, or the operator
    operator_only,
};

/// Where `run` is called.
enum class Runs : std::uint8_t {
    on_loop,    // the server's thread: must not block
    on_reader,  // a small pool: may read the store or render
};

struct Call {
    Request request;
    Caller caller;
    std::vector<std::string> parameters;  // the {…} parts of the pattern, decoded, in order
};

using Reply = std::function<void(Response)>;

struct Endpoint {
    Method method = Method::get;  // HEAD is answered by GET's endpoint
    std::string pattern;          // "/v1/routes/{name}/pause"
    Access access = Access::application;
    Runs runs = Runs::on_reader;
    std::function<void(Call, Reply)> run;
};

/// Finds the endpoint of a path. Built once, then read by one thread.
class EndpointRouter {
  public:
    void add(Endpoint endpoint);

    struct Match {
        const Endpoint* endpoint = nullptr;
        std::vector<std::string> parameters;
        std::string allow;  // not empty: the path exists with these methods only
    };
    Match find(Method method, std::string_view path) const;

  private:
    struct Entry {
        std::vector<std::string> segments;  // "{" marks a parameter
        Endpoint endpoint;
    };
    std::vector<Entry> entries_;
};

}  // namespace chapar::net
