#include "engage/link_hosts.hpp"

#include <algorithm>
#include <iterator>

#include "email_rules/text.hpp"
#include "engage/destination.hpp"
#include "render/bundle.hpp"
#include "render/front_matter.hpp"
#include "render/liquid_spans.hpp"

namespace chapar::engage {
namespace {

constexpr std::string_view behind_scheme = "://";

bool follows_web_scheme(std::string_view source, std::size_t at) {
    for (const std::string_view scheme : {"https", "http"}) {
        if (at < scheme.size() ||
            email::find_ignoring_case(source.substr(at - scheme.size(), scheme.size()), scheme) != 0)
            continue;
        return at == scheme.size() || !email::is_alnum(source[at - scheme.size() - 1]);
    }
    return false;
}

/// "shop.ir" of "shop.ir:8443/a", "shop.ir{{ path }}", "shop.ir'}}".
std::string_view leading_host(std::string_view text) {
    if (text.starts_with('[')) return text.substr(0, std::min(text.find(']'), text.size() - 1) + 1);
    return text.substr(0, text.find_first_of(" \t\r\n\f/\\?#:\"'<>{}()[]|%@,;&`"));
}

}  // namespace

void merge_hosts(std::vector<std::string>& hosts, std::vector<std::string> more) {
    hosts.insert(hosts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    std::ranges::sort(hosts);
    hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
}

std::vector<std::string> literal_hosts(std::string_view source) {
    const auto spans = render::liquid_spans(source);
    auto span = spans.begin();
    std::vector<std::string> out;
    for (auto at = source.find(behind_scheme); at != std::string_view::npos; at = source.find(behind_scheme, at + 1)) {
        while (span != spans.end() && span->end <= at)
            ++span;
        if (span != spans.end() && span->begin <= at && span->kind == render::LiquidSpan::Kind::comment) continue;
        if (!follows_web_scheme(source, at)) continue;
        const auto rest = source.substr(at + behind_scheme.size());
        const auto host = leading_host(rest);
        // A user's name, which no link of ours may have, is not a host.
        if (rest.substr(host.size()).starts_with('@')) continue;
        auto comparable = comparable_host(host);
        if (!comparable.empty()) out.push_back(std::move(comparable));
    }
    std::vector<std::string> hosts;
    merge_hosts(hosts, std::move(out));
    return hosts;
}

std::vector<std::string> bundle_hosts(std::string_view bundle) {
    std::vector<std::string> hosts;
    const auto read = render::read_bundle(bundle);
    if (!read) return hosts;
    for (const auto& [path, source] : read->files) {
        const auto front = render::read_front_matter(source);
        merge_hosts(hosts, literal_hosts(std::string_view(source).substr(front ? front->body_offset : 0)));
        if (!front) continue;
        for (const auto& part : front->parts)
            merge_hosts(hosts, literal_hosts(part.text));
    }
    return hosts;
}

}  // namespace chapar::engage
