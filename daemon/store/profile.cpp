#include "store/profile.hpp"

#include <simdjson.h>

#include "address/key.hpp"

namespace chapar::store {

std::vector<std::string> addresses_of(std::string_view profile) {
    static thread_local simdjson::dom::parser parser;
    std::vector<std::string> out;
    simdjson::dom::element root;
    if (parser.parse(profile.data(), profile.size()).get(root) != simdjson::SUCCESS) return out;
    for (const auto* member : {"email", "phone"}) {
        std::string_view address;
        if (root[member].get(address) == simdjson::SUCCESS && !address.empty()) out.push_back(address::key(address));
    }
    return out;
}

}  // namespace chapar::store
