#include "engage/user_agent.hpp"

#include <algorithm>
#include <charconv>

namespace chapar::engage {
namespace {

/// Texts that an agent has one after another; see make_crawlers.
struct Row {
    std::string_view first, second, third;
    unsigned anchors;  // 1: the first stands at the beginning; 2: the last stands at the end
};

constexpr auto crawlers = std::to_array<Row>({
#include "engage/crawlers.inc"
});

/// Longer ones are read to here. No program's name is that long.
constexpr std::size_t longest_agent = 1024;

std::uint32_t three_letters(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]));
    };
    return byte(0) << 16 | byte(1) << 8 | byte(2);
}

std::size_t slot(std::uint32_t letters) { return (letters * 2654435761U) >> 16; }

/// Whether the rest of `row` follows its first text, which stands at `at`.
bool matches(const Row& row, std::string_view agent, std::size_t at) {
    if ((row.anchors & 1) != 0 && at != 0) return false;
    if (!agent.substr(at).starts_with(row.first)) return false;
    at += row.first.size();
    for (const auto text : {row.second, row.third}) {
        if (text.empty()) continue;
        at = agent.find(text, at);
        if (at == std::string_view::npos) return false;
        at += text.size();
    }
    return (row.anchors & 2) == 0 || at == agent.size();
}

/// The number behind "Chrome/"; 0: there is none.
int version_of(std::string_view agent, std::string_view product) {
    const auto at = agent.find(product);
    if (at == std::string_view::npos) return 0;
    int version = 0;
    const auto* begin = agent.data() + at + product.size();
    std::from_chars(begin, agent.data() + agent.size(), version);
    return version;
}

AgentFamily browser(std::string_view agent) {
    if (agent.contains("Microsoft Outlook") || agent.contains("ms-office") || agent.contains("MSOffice"))
        return AgentFamily::outlook;
    if (agent.contains("Thunderbird/")) return AgentFamily::thunderbird;
    if (const int version = version_of(agent, " Chrome/"); version > 0)
        return version >= 80 ? AgentFamily::chromium : AgentFamily::old_chromium;
    if (agent.contains("Firefox/")) return AgentFamily::firefox;
    if (agent.contains(" Safari/")) return AgentFamily::safari;
    return agent.contains("AppleWebKit/") ? AgentFamily::apple_webkit : AgentFamily::unknown;
}

}  // namespace

std::string_view name(AgentFamily family) {
    switch (family) {
        case AgentFamily::unknown:
            return "unknown";
        case AgentFamily::absent:
            return "absent";
        case AgentFamily::crawler:
            return "crawler";
        case AgentFamily::bare_mozilla:
            return "bare_mozilla";
        case AgentFamily::google_image_proxy:
            return "google_image_proxy";
        case AgentFamily::yahoo_mail_proxy:
            return "yahoo_mail_proxy";
        case AgentFamily::chromium:
            return "chromium";
        case AgentFamily::old_chromium:
            return "old_chromium";
        case AgentFamily::firefox:
            return "firefox";
        case AgentFamily::safari:
            return "safari";
        case AgentFamily::apple_webkit:
            return "apple_webkit";
        case AgentFamily::outlook:
            return "outlook";
        case AgentFamily::thunderbird:
            return "thunderbird";
    }
    return "";
}

std::size_t UserAgents::rows() { return crawlers.size(); }

UserAgents::UserAgents() {
    starts_.reserve(crawlers.size());
    for (std::size_t row = 0; row < crawlers.size(); ++row) {
        const auto letters = three_letters(crawlers[row].first, 0);
        starts_.push_back({letters, static_cast<std::uint16_t>(row)});
        seen_.set(slot(letters));
    }
    std::ranges::sort(starts_, {}, &Start::letters);
}

bool UserAgents::is_crawler(std::string_view agent) const {
    agent = agent.substr(0, longest_agent);
    for (std::size_t at = 0; at + 3 <= agent.size(); ++at) {
        const auto letters = three_letters(agent, at);
        if (!seen_.test(slot(letters))) continue;
        const auto begin = std::ranges::lower_bound(starts_, letters, {}, &Start::letters);
        for (auto start = begin; start != starts_.end() && start->letters == letters; ++start)
            if (matches(crawlers[start->row], agent, at)) return true;
    }
    return false;
}

AgentFamily UserAgents::family(std::string_view agent) const {
    if (agent.find_first_not_of(' ') == std::string_view::npos) return AgentFamily::absent;
    if (agent == "Mozilla/5.0") return AgentFamily::bare_mozilla;
    if (agent.contains("GoogleImageProxy")) return AgentFamily::google_image_proxy;
    if (agent.contains("YahooMailProxy")) return AgentFamily::yahoo_mail_proxy;
    return is_crawler(agent) ? AgentFamily::crawler : browser(agent);
}

}  // namespace chapar::engage
