#pragma once
// A later word from a provider, as its plugin tells it, in the store's terms. Pure.

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/report.hpp"

namespace chapar::track {

/// What a plugin told (plugin::InboundEvent, which track does not know).
struct Told {
    std::string attempt{}, provider_id{}, kind{}, address{}, code{}, detail{}, dedupe_key{};
    Timestamp at{};
    std::string cost{};  // "0.0079 USD"
};

/// `address` is canonical already. Times that can't be are taken as `now`; long texts are cut.
model::Report to_report(std::string_view route, std::string_view channel, Told told, Timestamp now);

/// What an event of this kind means.
model::Word word_of(std::string_view kind);

}  // namespace chapar::track
