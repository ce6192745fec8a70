#include "store/rows/engagement_row.hpp"

#include <limits>

#include "base/varint.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

constexpr char engagement_version = 1;
constexpr std::size_t most_feature_bytes = 255;
// Of the number that says what a hit was: one bit for its kind, two for who did it, one for a short link.
constexpr std::uint64_t by_mask = 3, short_bit = 8;

/// Reads on, or remembers that it could not.
struct HitBytes {
    std::string_view left;
    bool is_whole = true;

    std::uint64_t number(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
        const auto value = take_number(left);
        is_whole = is_whole && value && *value <= most;
        return is_whole ? *value : 0;
    }
    std::int64_t signed_number() {
        const auto value = take_signed(left);
        is_whole = is_whole && value;
        return is_whole ? *value : 0;
    }
    std::string bytes() {
        const auto size = number(most_feature_bytes);
        is_whole = is_whole && size <= left.size();
        if (!is_whole) return {};
        std::string out(left.substr(0, size));
        left.remove_prefix(size);
        return out;
    }
};

model::Hit read_hit(HitBytes& in) {
    model::Hit out;
    out.number = static_cast<std::int64_t>(in.number());
    out.at = from_ms(in.signed_number());
    const auto what = in.number(2 * short_bit - 1);
    out.kind = static_cast<model::Engaged>(what & 1);
    out.by = static_cast<model::HitBy>(what >> 1 & by_mask);
    out.is_short = (what & short_bit) != 0;
    in.is_whole = in.is_whole && out.by <= model::HitBy::machine;
    out.link = static_cast<std::uint16_t>(in.number(std::numeric_limits<std::uint16_t>::max()));
    out.points = static_cast<std::int32_t>(in.signed_number());
    out.reasons = static_cast<std::uint16_t>(in.number(std::numeric_limits<std::uint16_t>::max()));
    out.features = in.bytes();
    return out;
}

}  // namespace

std::string encode(const Engagement& engagement) {
    std::string out(1, engagement_version);
    out.reserve(8 + engagement.hits.size() * 40);
    for (const auto each : engagement.uncounted)
        put_number(out, static_cast<std::uint64_t>(each));
    put_number(out, engagement.hits.size());
    for (const auto& hit : engagement.hits) {
        put_number(out, static_cast<std::uint64_t>(hit.number));
        put_signed(out, to_ms(hit.at));
        put_number(out, static_cast<std::uint64_t>(hit.kind) | static_cast<std::uint64_t>(hit.by) << 1 |
                            (hit.is_short ? short_bit : 0));
        put_number(out, hit.link);
        put_signed(out, hit.points);
        put_number(out, hit.reasons);
        const auto features = std::string_view(hit.features).substr(0, most_feature_bytes);
        put_number(out, features.size());
        out += features;
    }
    return out;
}

std::optional<Engagement> decode_engagement(MessageKey message, std::string_view bytes) {
    if (!bytes.starts_with(engagement_version)) return std::nullopt;
    HitBytes in{bytes.substr(1)};
    Engagement out;
    out.message = message;
    for (auto& each : out.uncounted)
        each = static_cast<std::int64_t>(in.number());
    const auto count = in.number(most_hits);
    for (std::uint64_t i = 0; in.is_whole && i < count; ++i)
        out.hits.push_back(read_hit(in));
    if (!in.is_whole || !in.left.empty()) return std::nullopt;
    return out;
}

std::int64_t engagement_sum(MessageKey message, std::string_view bytes) { return sum_of(message.value, bytes); }

}  // namespace chapar::store
