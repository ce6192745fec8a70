// Any bytes as a page and as a text. What is not rewritten stays; with the old addresses put back it is what it was; a
// pixel is all that it adds; and every destination is an address of the web in visible ASCII.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engage/link_hosts.hpp"
#include "engage/links.hpp"

namespace {

using namespace chapar::engage;

void require(bool holds) {
    if (!holds) __builtin_trap();
}

void write(std::string& out, std::uint16_t index, std::string_view) {
    out += "https://m.shop.ir/c/" + std::to_string(index);
}

void check_restored(std::string_view source, const Rewritten& done) {
    std::string again;
    std::size_t at = 0, in_source = 0;
    for (const auto& link : done.links) {
        require(in_source <= link.begin && link.begin <= link.end && link.end <= source.size());
        if (link.fate != LinkFate::rewritten) continue;
        std::string written;
        write(written, link.index, {});
        const auto plain = link.begin - in_source;
        require(done.text.compare(at + plain, written.size(), written) == 0);
        again.append(done.text, at, plain).append(source.substr(link.begin, link.end - link.begin));
        at += plain + written.size();
        in_source = link.end;
    }
    again.append(done.text, at);
    require(again == source);
}

void check_destinations(const Rewritten& done) {
    for (const auto& link : done.links) {
        if (link.fate != LinkFate::rewritten) continue;
        require(link.destination.size() <= longest_destination);
        for (const char c : link.destination)
            require(c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>');
        const auto read = read_destination(link.destination);
        require(read && read->url == link.destination);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    static const std::vector<std::string> hosts{"shop.ir", "*.shop.ir"}, own{"https://m.shop.ir/c/"}, nobody;
    static const Utm utm{.source = "chapar", .medium = "email", .campaign = "c", .hosts = hosts};
    const LinkRules rules{.literal_hosts = hosts, .own = own, .utm = &utm};
    const auto html = rewrite_html(source, rules, write);
    check_restored(source, html);
    check_destinations(html);
    const auto text = rewrite_text(source, rules, write, html.links);
    check_restored(source, text);
    check_destinations(text);
    const LinkRules nothing{};
    require(rewrite_html(source, nothing, write).text == source);
    for (const auto place : {Pixel::Place::top, Pixel::Place::end}) {
        auto with = rewrite_html(source, nothing, write, Pixel{place, "PIXEL"}).text;
        const auto plain = source.size();
        std::size_t at = 0;
        while (at < plain && with[at] == source[at])
            ++at;
        require(with.size() > plain && source.ends_with(std::string_view(with).substr(with.size() - (plain - at))));
    }
    (void)literal_hosts(source);
    return 0;
}
