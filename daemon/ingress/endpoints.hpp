#pragma once
// The messages' and recipients' endpoints but POST /v1/messages, which has a way of its own. Private to ingress.
// Each runs on a reader thread; what `deps` borrows must outlive the server.

#include <vector>

#include "ingress/server.hpp"
#include "net/http_endpoint.hpp"

namespace chapar::ingress {

std::vector<net::Endpoint> message_endpoints(const Deps& deps);
std::vector<net::Endpoint> recipient_endpoints(const Deps& deps);

/// One message for the application: state, plan, attempts, trace of decisions.
std::string message_json(const store::Record& record, bool with_history);
net::Response storage_response(const Error& error);
net::Response not_found(std::string_view what);

}  // namespace chapar::ingress
