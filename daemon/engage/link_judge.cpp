#include "engage/link_judge.hpp"

#include <algorithm>
#include <utility>

namespace chapar::engage {
namespace {

constexpr std::uint32_t most_links = 65536;

}  // namespace

LinkJudge::LinkJudge(const LinkRules& rules) : rules_(rules) {
    for (const auto& kept : rules.as_written)
        if (auto read = read_destination(kept)) as_written_.push_back(std::move(read->url));
}

void LinkJudge::know(std::span<const Link> links) {
    for (const auto& link : links) {
        if (link.fate == LinkFate::turned_off) turned_off_.emplace(link.destination, true);
        if (link.fate != LinkFate::rewritten) continue;
        numbers_.emplace(link.destination, link.index);
        parameters_of_.emplace(link.plain, link.destination);
        next_ = std::max(next_, link.index + 1U);
    }
}

LinkFate LinkJudge::decide(const Destination& destination) const {
    const auto begins = [&](const std::string& own) { return destination.url.starts_with(own); };
    if (std::ranges::any_of(rules_.own, begins)) return LinkFate::ours;
    if (std::ranges::find(as_written_, destination.url) != as_written_.end()) return LinkFate::as_written;
    if (turned_off_.contains(destination.url)) return LinkFate::turned_off;
    const bool is_known =
        is_among(destination.host, rules_.literal_hosts) || is_among(destination.host, rules_.link_hosts);
    return is_known ? LinkFate::rewritten : LinkFate::foreign_host;
}

Link LinkJudge::judge(std::size_t begin, std::size_t end, std::string_view href, std::string_view name) {
    Link link{.begin = begin, .end = end, .name = std::string(name)};
    auto read = read_destination(href);
    link.fate = read ? decide(*read) : read.error();
    if (link.fate != LinkFate::rewritten) return link;
    link.plain = link.destination = std::move(read->url);
    const auto same = parameters_of_.find(link.plain);
    if (same != parameters_of_.end())
        link.destination = same->second;  // with the name that it has there
    else if (rules_.utm != nullptr && is_among(read->host, rules_.utm->hosts))
        add_utm(link.destination, *rules_.utm, name);
    const auto known = numbers_.find(link.destination);
    if (link.destination.size() > longest_destination)
        link.fate = LinkFate::too_long;
    else if (known != numbers_.end())
        link.index = known->second;
    else if (next_ == most_links)
        link.fate = LinkFate::too_many;
    else
        link.index = static_cast<std::uint16_t>(next_++);
    return link;
}

Link LinkJudge::turn_off(std::size_t begin, std::size_t end, std::string_view href) const {
    Link link{.begin = begin, .end = end, .fate = LinkFate::turned_off};
    auto read = read_destination(href);
    if (read)
        link.destination = std::move(read->url);
    else
        link.fate = read.error();
    return link;
}

std::string replace_links(std::string_view source, std::span<const Link> links, const LinkWriter& write,
                          std::size_t insert_at, std::string_view inserted) {
    std::string out;
    out.reserve(source.size() + links.size() * 160 + inserted.size());
    std::size_t copied = 0;
    bool is_inserted = inserted.empty();
    const auto copy_to = [&](std::size_t end) {
        if (!is_inserted && insert_at <= end) {
            out += source.substr(copied, insert_at - copied);
            out += inserted;
            copied = insert_at;
            is_inserted = true;
        }
        out += source.substr(copied, end - copied);
        copied = end;
    };
    for (const auto& link : links) {
        if (link.fate != LinkFate::rewritten) continue;
        copy_to(link.begin);
        write(out, link.index, link.destination);
        copied = link.end;
    }
    copy_to(source.size());
    return out;
}

}  // namespace chapar::engage
