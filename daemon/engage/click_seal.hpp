#pragma once
// What the seals of links and pixels say, and how they stand in an address: base64url of a seal (shared/seal). Pure;
// any thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "engage/links.hpp"
#include "seal/seal.hpp"

namespace chapar::engage {

/// Days since 1970, for 179 years.
using SealDay = std::uint16_t;
SealDay seal_day(Timestamp at);

struct ClickSeal {
    MessageKey message;
    std::uint16_t link = 0;
    SealDay issued = 0;
    std::string destination;  // as Destination::url
    bool operator==(const ClickSeal&) const = default;
};
struct OpenSeal {
    MessageKey message;
    SealDay issued = 0;
    bool operator==(const OpenSeal&) const = default;
};

std::string fields_of(const ClickSeal& click);
std::string fields_of(const OpenSeal& open);

/// nullopt for everything that is not a seal of ours for exactly this (cut, changed, of another kind, of an unknown
/// key): there is one failure, and no reason. `clicks` is of Kind::click, `opens` of Kind::open.
std::optional<ClickSeal> open_click(std::string_view text, const seal::Sealer& clicks);
std::optional<OpenSeal> open_pixel(std::string_view text, const seal::Sealer& opens);

/// "https://m.shop.ir/c/SEAL" for rewrite_html and rewrite_text. `base_url` without a slash at its end.
LinkWriter click_writer(std::string base_url, MessageKey message, SealDay today,
                        std::shared_ptr<const seal::Sealer> clicks);
/// "https://m.shop.ir/o/SEAL.gif"
std::string pixel_address(std::string_view base_url, MessageKey message, SealDay today, const seal::Sealer& opens);

}  // namespace chapar::engage
