#pragma once
// Taking messages in: what the front door needs of the store.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/values.hpp"

namespace chapar::store {

struct NewMessage {
    model::Message message;
    std::string idempotency_key;     // empty: none; scoped by application
    std::uint64_t request_hash = 0;  // of the request's bytes; compared when the key is known already
    model::Scope collapse = 0;       // not 0: what still waits under the same scope ends as superseded by this one
    std::string category;            // remembered: consents may name it
    std::string variant{};           // of a comparison that the application makes: reports count it apart
};

struct AcceptResult {
    enum class Kind : std::uint8_t { accepted, duplicate, conflict } kind = Kind::accepted;
    MessageId id;  // duplicate and conflict: the id of the first one
};

/// The accepted batch comes back with its results, so that the queue can take the messages without reading them again.
struct AcceptedBatch {
    std::vector<NewMessage> messages;
    std::vector<AcceptResult> results;  // same length and order
};

/// What an idempotency key stands for.
struct KnownKey {
    MessageId id;
    std::uint64_t request_hash = 0;
};

class Acceptance {
  public:
    virtual ~Acceptance() = default;

    virtual void accept(std::vector<NewMessage> batch, Done<AcceptedBatch> done) = 0;
    /// The message that was accepted with this key, if any.
    virtual Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key) = 0;
};

}  // namespace chapar::store
