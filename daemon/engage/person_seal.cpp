#include "engage/person_seal.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "engage/base64.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t key_size = 8, texts = 4;
constexpr std::size_t longest_seal = (key_size + texts * (1 + longest_name) + 64) * 4 / 3;

/// The message's key, then each text behind its length.
std::optional<std::string> packed(const PersonSeal& whom) {
    std::string out;
    const auto key = static_cast<std::uint64_t>(whom.message.value);
    for (int shift = 56; shift >= 0; shift -= 8)
        out += static_cast<char>(key >> shift & 0xFF);
    for (const auto* text : {&whom.application, &whom.person, &whom.channel, &whom.topic}) {
        if (text->empty() || text->size() > longest_name) return std::nullopt;
        out += static_cast<char>(text->size());
        out += *text;
    }
    return out;
}

std::optional<PersonSeal> unpacked(std::string_view fields) {
    if (fields.size() < key_size) return std::nullopt;
    std::uint64_t key = 0;
    for (const char c : fields.substr(0, key_size))
        key = key << 8 | static_cast<unsigned char>(c);
    fields.remove_prefix(key_size);
    PersonSeal out;
    out.message = MessageKey{static_cast<std::int64_t>(key)};
    for (auto* text : {&out.application, &out.person, &out.channel, &out.topic}) {
        if (fields.empty()) return std::nullopt;
        const std::size_t size = static_cast<unsigned char>(fields.front());
        if (size == 0 || fields.size() < 1 + size) return std::nullopt;
        *text = fields.substr(1, size);
        fields.remove_prefix(1 + size);
    }
    return fields.empty() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::string> address(std::string_view base_url, std::string_view path, const PersonSeal& whom,
                                   const seal::Sealer& by) {
    const auto fields = packed(whom);
    if (!fields) return std::nullopt;
    std::string out(base_url);
    return ((out += path) += to_base64url(by.hide(*fields)));
}

std::optional<PersonSeal> opened(std::string_view text, const seal::Sealer& by) {
    if (text.size() > longest_seal) return std::nullopt;  // not worth the work
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
