#pragma once
// Small shared parts of admin's endpoints. Private to admin.

#include <string>
#include <vector>

#include "admin/endpoints.hpp"
#include "net/http_problem.hpp"

namespace chapar::admin {

inline net::Response json_response(std::string body, int status = 200) {
    net::Response out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

inline net::Response problem(int status, std::string_view type, std::string detail) {
    return net::to_response({status, type, std::move(detail), {}, {}});
}

std::vector<net::Endpoint> health_endpoints(const Deps& deps);
std::vector<net::Endpoint> route_endpoints(const Deps& deps);
std::vector<net::Endpoint> template_endpoints(const Deps& deps);
std::vector<net::Endpoint> config_endpoints(const Deps& deps);
std::vector<net::Endpoint> webhook_endpoints(const Deps& deps);

}  // namespace chapar::admin
