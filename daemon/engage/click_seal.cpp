#include "engage/click_seal.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "engage/base64.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t open_size = 10, click_head = 12;

void append_big(std::string& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i)
        out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t read_big(std::string_view bytes) {
    std::uint64_t out = 0;
    for (const char c : bytes)
        out = out << 8 | static_cast<unsigned char>(c);
    return out;
}

std::optional<std::string> opened_by(const seal::Sealer& sealer, std::string_view text) {
    // Longer than any of ours: not worth the work.
    if (text.size() > 2 * (click_head + longest_destination)) return std::nullopt;
    const auto sealed = from_base64url(text);
    return sealed ? sealer.open(*sealed) : std::nullopt;
}

}  // namespace

SealDay seal_day(Timestamp at) {
    const auto days = std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
    return static_cast<SealDay>(std::clamp<std::int64_t>(days, 0, std::numeric_limits<SealDay>::max()));
}

std::string fields_of(const ClickSeal& click) {
    std::string out;
    out.reserve(click_head + click.destination.size());
    append_big(out, static_cast<std::uint64_t>(click.message.value), 8);
    append_big(out, click.link, 2);
    append_big(out, click.issued, 2);
    return out += click.destination;
}

std::string fields_of(const OpenSeal& open) {
    std::string out;
    append_big(out, static_cast<std::uint64_t>(open.message.value), 8);
    append_big(out, open.issued, 2);
    return out;
}

std::optional<ClickSeal> open_click(std::string_view text, const seal::Sealer& clicks) {
    const auto fields = opened_by(clicks, text);
    if (!fields || fields->size() <= click_head || fields->size() > click_head + longest_destination)
        return std::nullopt;
    const std::string_view bytes(*fields);
    ClickSeal out{.message = MessageKey{static_cast<std::int64_t>(read_big(bytes.substr(0, 8)))},
                  .link = static_cast<std::uint16_t>(read_big(bytes.substr(8, 2))),
                  .issued = static_cast<SealDay>(read_big(bytes.substr(10, 2))),
                  .destination = std::string(bytes.substr(click_head))};
    // Whatever was sealed: what goes into Location is an address of the web and nothing else.
    const auto read = read_destination(out.destination);
    if (!read || read->url != out.destination) return std::nullopt;
    return out;
}

std::optional<OpenSeal> open_pixel(std::string_view text, const seal::Sealer& opens) {
    const auto fields = opened_by(opens, text);
    if (!fields || fields->size() != open_size) return std::nullopt;
    const std::string_view bytes(*fields);
    return OpenSeal{.message = MessageKey{static_cast<std::int64_t>(read_big(bytes.substr(0, 8)))},
                    .issued = static_cast<SealDay>(read_big(bytes.substr(8, 2)))};
}

LinkWriter click_writer(std::string base_url, MessageKey message, SealDay today,
                        std::shared_ptr<const seal::Sealer> clicks) {
    return [base = std::move(base_url += "/c/"), message, today, clicks = std::move(clicks)](
               std::string& out, std::uint16_t index, std::string_view destination) {
        out += base;
        out += to_base64url(clicks->seal(fields_of(ClickSeal{message, index, today, std::string(destination)})));
    };
}

std::string pixel_address(std::string_view base_url, MessageKey message, SealDay today, const seal::Sealer& opens) {
    return std::string(base_url) + "/o/" + to_base64url(opens.seal(fields_of(OpenSeal{message, today}))) + ".gif";
}

}  // namespace chapar::engage
