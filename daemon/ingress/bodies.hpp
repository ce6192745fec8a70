#pragma once
// JSON bodies of the small endpoints. For .cpp files.

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

#include "ingress/endpoints.hpp"
#include "net/json_reader.hpp"

namespace chapar::ingress {

/// Keeps what the elements point into.
class JsonBody {
  public:
    /// Nothing: the refusal is answered. `what`: "a consent".
    std::optional<simdjson::dom::object> read(const Deps& deps, const net::Call& call, const net::Reply& reply,
                                              std::string_view what);

    /// The objects of the list `name`, or the body itself where it has no such member: one thing or several.
    static std::optional<std::vector<simdjson::dom::object>> several(const simdjson::dom::object& body,
                                                                     std::string_view name, std::size_t most);

  private:
    net::JsonReader reader_;
};

}  // namespace chapar::ingress
