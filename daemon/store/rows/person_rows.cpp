#include "store/rows/person_rows.hpp"

#include "store/rows/sum.hpp"

namespace chapar::store {

using View = std::string_view;

std::int64_t checksum(const model::Consent& consent, std::int64_t number) {
    return sum_of(View(consent.application), View(consent.recipient), number, View(consent.channel),
                  View(consent.topic), static_cast<std::int64_t>(consent.state), View(consent.source),
                  View(consent.proof), to_ms(consent.at));
}

std::int64_t checksum(const model::Suppression& row) {
    const auto until = row.until ? std::optional<std::int64_t>(to_ms(*row.until)) : std::nullopt;
    return sum_of(View(row.channel), View(row.address), static_cast<std::int64_t>(row.reach), View(row.reason),
                  View(row.source), to_ms(row.at), until);
}

std::int64_t event_sum(View application, View recipient, View event, std::int64_t at) {
    return sum_of(application, recipient, event, at);
}

std::int64_t checksum(model::KindId id, std::int64_t used, const model::Kind& kind, View tags) {
    return sum_of(std::int64_t{id}, used, View(kind.application), View(kind.class_name), View(kind.category),
                  View(kind.channel), View(kind.campaign), View(kind.sender), tags);
}

}  // namespace chapar::store
