#pragma once
// What a plugin says of something that left, as tests write it.

#include <optional>
#include <string>

#include "model/report.hpp"

namespace chapar::track {

/// What a plugin may say, in the order of model::Report.
struct Said {
    std::string provider_id{}, kind{}, address{}, code{}, detail{}, dedupe_key{};
    Timestamp at{};
    std::optional<model::Cost> bill{};

    model::Report report() const {
        model::Report out;
        out.provider_id = provider_id;
        out.kind = kind;
        out.address = address;
        out.code = code;
        out.detail = detail;
        out.dedupe_key = dedupe_key;
        out.at = at;
        out.bill = bill;
        return out;
    }
};

}  // namespace chapar::track
