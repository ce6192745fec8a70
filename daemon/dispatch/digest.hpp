#pragma once
// A message that carries others: rendered once, by the digest's template, over the data of all. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "model/message.hpp"

namespace chapar::dispatch {

struct Digest {
    std::string template_name;
    std::string data;  // JSON: {"count": N, "items": [{"id", "template", "accepted_at", "data"}, ...]}, oldest first
};

/// The template that a leader's trace names; empty: it carries nothing.
std::string digest_template(std::string_view trace);

/// `carried` in any order; the leader is one of the items.
Digest make_digest(std::string template_name, const model::Message& leader, const std::vector<model::Message>& carried);

}  // namespace chapar::dispatch
