#include "engage/person_seal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "engage/base64.hpp"
#include "engage/sealed_texts.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t person_texts = 4;

std::optional<std::string> packed(const PersonSeal& whom) {
    const std::array<std::string_view, person_texts> fields{whom.application, whom.person, whom.channel, whom.topic};
    if (std::ranges::any_of(fields, &std::string_view::empty)) return std::nullopt;
    return pack_texts(static_cast<std::uint64_t>(whom.message.value), fields);
}

std::optional<PersonSeal> unpacked(std::string_view fields) {
    PersonSeal out;
    std::uint64_t key = 0;
    const std::array<std::string*, person_texts> into{&out.application, &out.person, &out.channel, &out.topic};
    if (!unpack_texts(fields, key, into)) return std::nullopt;
    if (std::ranges::any_of(into, [](const auto* text) { return text->empty(); })) return std::nullopt;
    out.message = MessageKey{static_cast<std::int64_t>(key)};
    return out;
}

std::optional<std::string> address(std::string_view base_url, std::string_view path, const PersonSeal& whom,
                                   const seal::Sealer& by) {
    const auto fields = packed(whom);
    if (!fields) return std::nullopt;
    std::string out(base_url);
    return ((out += path) += to_base64url(by.hide(*fields)));
}

std::optional<PersonSeal> opened(std::string_view text, const seal::Sealer& by) {
    if (text.size() > longest_sealed(person_texts)) return std::nullopt;  // not worth the work
    const auto hidden = from_base64url(text);
    const auto fields = hidden ? by.reveal(*hidden) : std::nullopt;
    return fields ? unpacked(*fields) : std::nullopt;
}

}  // namespace

std::expected<PersonSeals, std::string> PersonSeals::make(std::span<const std::string> site_keys) {
    auto unsubscribe = seal::Sealer::make(seal::Kind::unsubscribe, site_keys);
    if (!unsubscribe) return std::unexpected(std::move(unsubscribe.error()));
    auto preferences = seal::Sealer::make(seal::Kind::preferences, site_keys);
    if (!preferences) return std::unexpected(std::move(preferences.error()));
    return PersonSeals(std::move(*unsubscribe), std::move(*preferences));
}

std::optional<std::string> PersonSeals::unsubscribe_address(std::string_view base_url, const PersonSeal& whom) const {
    return address(base_url, "/u/", whom, unsubscribe_);
}

std::optional<std::string> PersonSeals::preferences_address(std::string_view base_url, const PersonSeal& whom) const {
    return address(base_url, "/p/", whom, preferences_);
}

std::optional<PersonSeal> PersonSeals::open_unsubscribe(std::string_view text) const {
    return opened(text, unsubscribe_);
}

std::optional<PersonSeal> PersonSeals::open_preferences(std::string_view text) const {
    return opened(text, preferences_);
}

}  // namespace chapar::engage
