#pragma once
// One try: what is posted, and what the answer means. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engage/webhook_schedule.hpp"
#include "net/transfers.hpp"
#include "webhook/definition.hpp"

namespace chapar::webhook {

inline constexpr Milliseconds answer_within{15'000};

/// Signed now; its address is looked at when it is connected to.
Result<net::Transfer> make_transfer(const DefinitionPtr& definition, std::string_view id, std::string body,
                                    Timestamp now);

struct Answer {
    engage::WebhookAnswer is = engage::WebhookAnswer::failed;
    int status = 0;     // 0: there was none
    std::string words;  // "answered 500", or why there was no answer
    std::optional<Milliseconds> retry_after = std::nullopt;
};
Answer read_answer(const net::TransferResult& result, Timestamp now);

}  // namespace chapar::webhook
