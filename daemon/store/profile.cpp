#include "store/profile.hpp"

#include "address/key.hpp"
#include "base/json_parser.hpp"

namespace chapar::store {

std::vector<std::string> addresses_of(std::string_view profile) {
    json::Parser parser;
    std::vector<std::string> out;
    simdjson::dom::element root;
    if (parser.parse(profile, root) != simdjson::SUCCESS) return out;
    for (const auto* member : {"email", "phone"}) {
        std::string_view address;
        if (root[member].get(address) == simdjson::SUCCESS && !address.empty()) out.push_back(address::key(address));
    }
    return out;
}

}  // namespace chapar::store
