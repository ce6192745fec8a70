#pragma once
// What the seals of links and pixels say. The sealing itself (keys, purposes, the MAC) is the caller's; here is what
// goes into a seal and what may come out of one. Pure; any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "engage/links.hpp"

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

/// Makes the text of a seal from its fields, for an address: letters, digits, "-", "_".
using Sealer = std::function<std::string(std::string_view fields)>;
/// The fields of a seal of one kind; nullopt: it is wrong, cut, of another kind, of an unknown key.
using SealOpener = std::function<std::optional<std::string>(std::string_view text)>;

/// nullopt for everything that is not a seal of ours for exactly this: there is one failure, and no reason.
std::optional<ClickSeal> open_click(std::string_view text, const SealOpener& open);
std::optional<OpenSeal> open_pixel(std::string_view text, const SealOpener& open);

/// "https://m.shop.ir/c/SEAL" for rewrite_html and rewrite_text. `base_url` without a slash at its end.
LinkWriter click_writer(std::string base_url, MessageKey message, SealDay today, Sealer seal);
/// "https://m.shop.ir/o/SEAL.gif"
std::string pixel_address(std::string_view base_url, MessageKey message, SealDay today, const Sealer& seal);

}  // namespace chapar::engage
