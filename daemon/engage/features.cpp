#include "engage/features.hpp"

#include <algorithm>

#include "email_rules/text.hpp"

namespace chapar::engage {
namespace {

constexpr char features_version = 1;
constexpr std::size_t encoded_size = 14;

void append_little(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

std::uint32_t read_little(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < count; ++i)
        out |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    return out;
}

bool is_prefetch(std::string_view purpose) {
    // "prefetch", "prefetch;prerender", "preview" of old Safari's top sites
    return email::find_ignoring_case(purpose, "prefetch") != std::string_view::npos ||
           email::find_ignoring_case(purpose, "prerender") != std::string_view::npos ||
           email::find_ignoring_case(purpose, "preview") != std::string_view::npos;
}

Method method_of(std::string_view text) {
    if (text == "GET") return Method::get;
    return text == "HEAD" ? Method::head : Method::other;
}

}  // namespace

std::string encode(const Features& features) {
    std::string out;
    out.reserve(encoded_size);
    out += features_version;
    out += static_cast<char>(static_cast<unsigned>(features.kind) | static_cast<unsigned>(features.method) << 4);
    out += static_cast<char>(features.network);
    out += static_cast<char>(features.agent);
    out += static_cast<char>(features.fetch);
    out += static_cast<char>(features.marks);
    append_little(out, features.link, 2);
    append_little(out, features.country, 2);
    append_little(out, static_cast<std::uint32_t>(features.since_delivery), 4);
    return out;
}

std::optional<Features> decode(std::string_view bytes) {
    if (bytes.size() != encoded_size || bytes[0] != features_version) return std::nullopt;
    const auto byte = [&](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[at])); };
    const unsigned kind = byte(1) & 15, method = byte(1) >> 4;
    if (kind > static_cast<unsigned>(HitKind::click) || method > static_cast<unsigned>(Method::other) ||
        name(static_cast<NetworkClass>(byte(2))).empty() || name(static_cast<AgentFamily>(byte(3))).empty())
        return std::nullopt;
    Features out;
    out.kind = static_cast<HitKind>(kind);
    out.method = static_cast<Method>(method);
    out.network = static_cast<NetworkClass>(byte(2));
    out.agent = static_cast<AgentFamily>(byte(3));
    out.fetch = static_cast<std::uint8_t>(byte(4));
    out.marks = static_cast<std::uint8_t>(byte(5));
    out.link = static_cast<std::uint16_t>(read_little(bytes, 6, 2));
    out.country = static_cast<std::uint16_t>(read_little(bytes, 8, 2));
    out.since_delivery = static_cast<std::int32_t>(read_little(bytes, 10, 4));
    return out;
}

Features observe(const HitRequest& request, const Networks& networks, const UserAgents& agents) {
    Features out;
    out.kind = request.kind;
    out.method = method_of(request.method);
    out.network = networks.of(request.from);
    out.agent = agents.family(request.user_agent);
    if (is_prefetch(request.purpose)) out.fetch |= fetch_prefetch;
    if (!request.fetch_mode.empty()) out.fetch |= fetch_given;
    if (request.fetch_mode == "navigate") out.fetch |= fetch_navigate;
    if (request.fetch_user == "?1") out.fetch |= fetch_by_hand;
    if (request.is_proxied) out.marks |= mark_proxied;
    out.link = request.link;
    if (request.delivered) {
        const auto since = (request.at - *request.delivered).count();
        out.since_delivery =
            static_cast<std::int32_t>(std::clamp<std::int64_t>(since, Features::unknown_delivery + 1, INT32_MAX));
    }
    return out;
}

}  // namespace chapar::engage
