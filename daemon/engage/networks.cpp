#include "engage/networks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

namespace chapar::engage {
namespace {

constexpr std::string_view blanks = " \t";

constexpr std::array all_classes = {NetworkClass::unlisted, NetworkClass::microsoft, NetworkClass::proofpoint,
                                    NetworkClass::mimecast, NetworkClass::barracuda, NetworkClass::cisco,
                                    NetworkClass::apple,    NetworkClass::google,    NetworkClass::yahoo,
                                    NetworkClass::hosting};

std::string class_names() {
    std::string out;
    for (const auto each : all_classes)
        ((out += out.empty() ? "" : ", ") += name(each));
    return out;
}

/// The next word of `line` from `at` on, which moves behind it.
std::string_view next_word(std::string_view line, std::size_t& at) {
    at = std::min(line.find_first_not_of(blanks, at), line.size());
    const auto begin = at;
    at = std::min(line.find_first_of(blanks, at), line.size());
    return line.substr(begin, at - begin);
}

}  // namespace

std::string_view name(NetworkClass network) {
    switch (network) {
        case NetworkClass::unlisted:
            return "unlisted";
        case NetworkClass::microsoft:
            return "microsoft";
        case NetworkClass::proofpoint:
            return "proofpoint";
        case NetworkClass::mimecast:
            return "mimecast";
        case NetworkClass::barracuda:
            return "barracuda";
        case NetworkClass::cisco:
            return "cisco";
        case NetworkClass::apple:
            return "apple";
        case NetworkClass::google:
            return "google";
        case NetworkClass::yahoo:
            return "yahoo";
        case NetworkClass::hosting:
            return "hosting";
    }
    return "";
}

std::optional<NetworkClass> parse_network_class(std::string_view text) {
    for (const auto each : all_classes)
        if (text == name(each)) return each;
    return std::nullopt;
}

std::optional<std::string> NetworkReader::read_line(std::string_view file, unsigned number, std::string_view line,
                                                    std::vector<Entry>& out, Places& places) const {
    const auto flaw = [&](std::string_view word, std::string sentence) {
        const auto column = static_cast<std::size_t>(word.data() - line.data()) + 1;
        return fmt::format("{}:{}:{}: {}", file, number, column, sentence);
    };
    line = line.substr(0, line.find('#'));
    std::size_t at = 0;
    const auto block = next_word(line, at);
    if (block.empty()) return std::nullopt;
    const auto cidr = parse_cidr(block);
    if (!cidr) return flaw(block, cidr.error());
    const auto word = next_word(line, at);
    if (word.empty())
        return flaw(line.substr(line.size()), "the class of the block is missing: one of " + class_names());
    const auto network = parse_network_class(word);
    if (!network) return flaw(word, fmt::format("there is no class \"{}\"; there are {}", word, class_names()));
    const auto more = next_word(line, at);
    if (!more.empty()) return flaw(more, "nothing follows the class but a comment with #");
    const Key key{cidr->first, cidr->bits};
    if (const auto before = places_.find(key); before != places_.end())
        return flaw(block, fmt::format("{} is listed already, at {}", block, before->second));
    auto place = fmt::format("{}:{}", file, number);
    const auto [here, is_new] = places.emplace(key, std::move(place));
    if (!is_new) return flaw(block, fmt::format("{} is listed already, at {}", block, here->second));
    out.push_back({*cidr, *network});
    return std::nullopt;
}

std::vector<std::string> NetworkReader::read(std::string_view file, std::string_view text) {
    std::vector<std::string> flaws;
    std::vector<Entry> found;
    Places places;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (unsigned number = 1; !text.empty(); ++number) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (auto flaw = read_line(file, number, line, found, places)) flaws.push_back(*std::move(flaw));
    }
    if (!flaws.empty()) return flaws;
    entries_.insert(entries_.end(), found.begin(), found.end());
    places_.merge(places);
    return flaws;
}

Networks NetworkReader::build() const {
    auto sorted = entries_;
    std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
        return std::tie(a.block.first, a.block.bits) < std::tie(b.block.first, b.block.bits);
    });
    Networks out;
    out.blocks_ = sorted.size();
    const auto edge = [&](const IpAddress& from, NetworkClass network) {
        if (!out.edges_.empty() && out.edges_.back().from == from)
            out.edges_.back().network = network;
        else
            out.edges_.push_back({from, network});
    };
    std::vector<const Entry*> open;  // each lies inside of the one before it
    const auto close_until = [&](const IpAddress* next) {
        while (!open.empty() && (next == nullptr || open.back()->block.last() < *next)) {
            auto after = open.back()->block.last();
            open.pop_back();
            if (++after.low == 0 && ++after.high == 0) continue;  // it was the end of the line
            edge(after, open.empty() ? NetworkClass::unlisted : open.back()->network);
        }
    };
    for (const auto& entry : sorted) {
        close_until(&entry.block.first);
        edge(entry.block.first, entry.network);
        open.push_back(&entry);
    }
    close_until(nullptr);
    return out;
}

NetworkClass Networks::of(const IpAddress& address) const {
    const auto after = std::ranges::upper_bound(edges_, address, {}, &Edge::from);
    return after == edges_.begin() ? NetworkClass::unlisted : std::prev(after)->network;
}

}  // namespace chapar::engage
