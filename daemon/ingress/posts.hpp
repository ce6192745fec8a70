#pragma once
// POST /v1/messages without a stream: one message as an object, several as an array. Server's thread only.

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "ingress/intake.hpp"
#include "net/http_server.hpp"

namespace chapar::ingress {

/// The key that an Idempotency-Key header names: a string of structured fields (RFC 9651), or the bare text. The error
/// is a sentence.
std::expected<std::string, std::string> read_idempotency_key(std::string_view header);

/// Takes the body of `exchange` for `application`; answers by itself.
void post_one(const std::shared_ptr<net::Exchange>& exchange, Intake& intake, std::string application);

/// Most messages of an array.
inline constexpr std::size_t max_batch_messages = 1000;

}  // namespace chapar::ingress
