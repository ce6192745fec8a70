#include "model/tally.hpp"

#include <algorithm>
#include <limits>

namespace chapar::model {
namespace {

constexpr std::array<std::string_view, tally_counts> count_names = {
    "accepted",        "sent",          "delivered",    "bounced_hard",   "bounced_soft",   "bounced_blocked",
    "bounced_content", "opened",        "opened_human", "opens_human",    "opens_unknown",  "opens_machine",
    "clicked",         "clicked_human", "clicks_human", "clicks_unknown", "clicks_machine", "unsubscribed",
    "complained",      "damaged"};

/// Money of years may come to more than a number holds: it stays at the highest then.
std::int64_t sum(std::int64_t a, std::int64_t b) {
    std::int64_t out = 0;
    if (!__builtin_add_overflow(a, b, &out)) return out;
    return a < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

std::string_view name(Tallied count) { return count_names[static_cast<std::size_t>(count)]; }

void Tally::add(Named what, std::string_view of, std::int64_t more) {
    if (more == 0) return;
    const auto [at, is_new] = named.try_emplace({what, std::string(of)}, 0);
    at->second = sum(at->second, more);
    if (at->second == 0) named.erase(at);
}

Tally& Tally::operator+=(const Tally& other) {
    for (std::size_t i = 0; i < by.size(); ++i)
        by[i] += other.by[i];
    for (const auto& [what, more] : other.named)
        add(what.first, what.second, more);
    return *this;
}

bool Tally::is_zero() const {
    return named.empty() && std::ranges::all_of(by, [](std::int64_t count) { return count == 0; });
}

}  // namespace chapar::model
