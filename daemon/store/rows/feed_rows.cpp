#include "store/rows/feed_rows.hpp"

#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

constexpr std::int64_t first_hit_state = 64;

}  // namespace

std::int64_t checksum(const StateChange& change) {
    return sum_of(change.message.key().value, static_cast<std::int64_t>(change.message.tail()), to_ms(change.at),
                  stored_state(change), std::int64_t{change.reason}, std::int64_t{change.step},
                  std::int64_t{change.attempt}, std::int64_t{change.is_bounce});
}

std::int64_t stored_state(const StateChange& change) {
    return change.hit ? first_hit_state + static_cast<std::int64_t>(*change.hit)
                      : static_cast<std::int64_t>(change.state);
}

bool read_stored_state(std::int64_t number, StateChange& out) {
    if (number == first_hit_state || number == first_hit_state + 1) {
        out.hit = static_cast<model::Engaged>(number - first_hit_state);
        return true;
    }
    const auto state = state_of(number);
    out.state = state.value_or(model::State::held);
    return state.has_value();
}

std::string_view kind_of(const StateChange& change) {
    if (change.hit) return model::name(*change.hit);
    return change.is_bounce ? "bounced" : model::name(change.state);
}

std::int64_t checksum(const model::FeedEntry& entry) {
    Sum sum;
    sum.add(entry.message ? std::optional(entry.message->key().value) : std::nullopt);
    sum.add(entry.message ? static_cast<std::int64_t>(entry.message->tail()) : 0);
    sum.add(entry.attempt).add(entry.part).add(entry.parts);
    sum.add(static_cast<std::int64_t>(entry.effect)).add(to_ms(entry.at)).add(to_ms(entry.noted_at));
    for (const std::string* text : {&entry.application, &entry.kind, &entry.route, &entry.channel, &entry.recipient,
                                    &entry.address, &entry.code, &entry.detail, &entry.provider_id})
        sum.add(std::string_view(*text));
    if (entry.state) sum.add(static_cast<std::int64_t>(*entry.state));  // younger than the other columns
    return sum.value();
}

std::uint32_t mark_of(std::int64_t sum) { return static_cast<std::uint32_t>(sum) & 0xFFFFFF; }

std::string dedupe_of(std::string_view route, std::string_view dedupe_key) {
    if (dedupe_key.empty()) return {};
    return std::string(route) + '\n' + std::string(dedupe_key);
}

std::optional<model::State> state_of(std::int64_t number) {
    if (number < 0 || number >= model::state_count) return std::nullopt;
    return static_cast<model::State>(number);
}

}  // namespace chapar::store
