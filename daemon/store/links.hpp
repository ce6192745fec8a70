#pragma once
// Short links: which code leads where. They are written by leases (Lease::links) and outlive their message; erasing a
// person takes them along, also those of messages that are gone.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/short_link.hpp"
#include "store/values.hpp"

namespace chapar::store {

class Links {
  public:
    virtual ~Links() = default;

    /// Nothing: no message has this code. One that is past its expiry is found until it is dropped.
    virtual Result<std::optional<model::FoundLink>> find_short(std::string_view code) = 0;
    /// Those of a message, by their places in its text.
    virtual Result<std::vector<model::ShortLink>> short_links_of(MessageKey message) = 0;
    /// Drops those that expired before `now`, at most `limit`, and what is known of soft bounces that are long over;
    /// answers how many links went.
    virtual void prune_links(Timestamp now, int limit, Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
