#include "engage/subscription_seal.hpp"

#include <array>
#include <utility>

#include "engage/base64.hpp"
#include "engage/sealed_texts.hpp"

namespace chapar::engage {
namespace {

constexpr std::size_t subscription_texts = 6;

}  // namespace

std::expected<SubscriptionSeals, std::string> SubscriptionSeals::make(std::span<const std::string> site_keys) {
    auto sealer = seal::Sealer::make(seal::Kind::subscribe, site_keys);
    if (!sealer) return std::unexpected(std::move(sealer.error()));
    return SubscriptionSeals(std::move(*sealer));
}

std::optional<std::string> SubscriptionSeals::seal(const SubscriptionSeal& asked) const {
    if (asked.form.empty() || asked.revision.empty() || asked.channel.empty() || asked.address.empty())
        return std::nullopt;
    const std::array<std::string_view, subscription_texts> fields{
        asked.form, asked.revision, asked.channel, asked.address, asked.code, asked.is_persian ? "fa" : "en"};
    const auto packed = pack_texts(static_cast<std::uint64_t>(to_ms(asked.asked)), fields);
    return packed ? std::optional(to_base64url(sealer_.hide(*packed))) : std::nullopt;
}

std::optional<SubscriptionSeal> SubscriptionSeals::open(std::string_view text) const {
    if (text.size() > longest_sealed(subscription_texts)) return std::nullopt;
    const auto hidden = from_base64url(text);
    const auto fields = hidden ? sealer_.reveal(*hidden) : std::nullopt;
    if (!fields) return std::nullopt;
    SubscriptionSeal out;
    std::string language;
    std::uint64_t at = 0;
    const std::array<std::string*, subscription_texts> into{&out.form,    &out.revision, &out.channel,
                                                            &out.address, &out.code,     &language};
    if (!unpack_texts(*fields, at, into) || out.form.empty() || out.address.empty()) return std::nullopt;
    out.asked = from_ms(static_cast<std::int64_t>(at));
    out.is_persian = language == "fa";
    return out;
}

}  // namespace chapar::engage
