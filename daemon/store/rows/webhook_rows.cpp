#include "store/rows/webhook_rows.hpp"

#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

std::optional<std::int64_t> number_of(const std::optional<Timestamp>& at) {
    return at ? std::optional(to_ms(*at)) : std::nullopt;
}

}  // namespace

std::int64_t checksum(const WebhookState& state) {
    return sum_of(std::string_view(state.name), state.cursor, to_ms(state.last_success), number_of(state.first_failure),
                  number_of(state.disabled_at), std::string_view(state.why));
}

std::int64_t checksum(std::string_view name, const WebhookWait& wait) {
    return sum_of(name, wait.number, std::int64_t{wait.tries}, to_ms(wait.due));
}

}  // namespace chapar::store
