#include "admin/endpoints.hpp"

#include "admin/answers.hpp"

namespace chapar::admin {

std::vector<net::Endpoint> endpoints(const Deps& deps) {
    std::vector<net::Endpoint> out;
    for (auto part : {health_endpoints(deps), route_endpoints(deps), template_endpoints(deps), config_endpoints(deps),
                      webhook_endpoints(deps)})
        out.insert(out.end(), part.begin(), part.end());
    return out;
}

}  // namespace chapar::admin
