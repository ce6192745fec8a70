#pragma once
// What the tests of links share: rules of a shop, a writer whose addresses name their link, and the way back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engage/links.hpp"

namespace chapar::engage {

struct Shop {
    std::vector<std::string> literal_hosts{"shop.ir", "www.shop.ir"};
    std::vector<std::string> link_hosts{"partner.example", "*.cdn.example"};
    std::vector<std::string> own{"https://m.shop.ir/u/", "https://m.shop.ir/p/", "https://m.shop.ir/c/"};
    std::vector<std::string> as_written;
    Utm utm;

    LinkRules rules() const {
        return {.literal_hosts = literal_hosts, .link_hosts = link_hosts, .own = own, .as_written = as_written};
    }
    LinkRules rules_with_utm() const {
        auto out = rules();
        out.utm = &utm;
        return out;
    }
};

inline void write_numbered(std::string& out, std::uint16_t index, std::string_view /*destination*/) {
    out += "https://m.shop.ir/c/" + std::to_string(index);
}

/// What was found about the only link of `html`.
inline Link only_link(const std::string& html, const LinkRules& rules) {
    const auto done = rewrite_html(html, rules, write_numbered);
    EXPECT_EQ(done.links.size(), 1U) << html;
    return done.links.empty() ? Link{} : done.links.front();
}

/// The rewritten text with the addresses put back that stood there before.
inline std::string restored(std::string_view source, const Rewritten& done) {
    std::string out;
    std::size_t at = 0;
    std::size_t in_source = 0;
    for (const auto& link : done.links) {
        if (link.fate != LinkFate::rewritten) continue;
        std::string written;
        write_numbered(written, link.index, link.destination);
        const auto plain = link.begin - in_source;
        out += done.text.substr(at, plain);
        EXPECT_EQ(done.text.substr(at + plain, written.size()), written);
        out += source.substr(link.begin, link.end - link.begin);
        at += plain + written.size();
        in_source = link.end;
    }
    return out + done.text.substr(at);
}

/// A page of pieces that belong together or do not.
inline std::string random_page(std::mt19937& random) {
    static const std::vector<std::string> pieces = {"<a href=\"https://shop.ir/a\">",
                                                    "<a href='https://evil.example/'>",
                                                    "<a href=https://shop.ir/b?c=d&amp;e>",
                                                    "</a>",
                                                    "<a ",
                                                    "href=",
                                                    "\"",
                                                    "'",
                                                    ">",
                                                    "<",
                                                    "/",
                                                    "<!--",
                                                    "-->",
                                                    "--!>",
                                                    "<!",
                                                    "<![if mso]>",
                                                    "<script>",
                                                    "</script>",
                                                    "<style>",
                                                    "</style>",
                                                    "<title>",
                                                    "</title>",
                                                    "<svg>",
                                                    "</svg>",
                                                    "<body>",
                                                    "</body>",
                                                    "</html>",
                                                    "<html>",
                                                    "<head>",
                                                    "</head>",
                                                    "<!doctype html>",
                                                    "text",
                                                    "سلام",
                                                    " ",
                                                    "\n",
                                                    "https://shop.ir/x",
                                                    "&amp;",
                                                    "&",
                                                    ";",
                                                    "data-chapar-track=off",
                                                    "<area href=\"https://shop.ir/c\">",
                                                    "<a href=\"https://shop.ir/\xC3\">",
                                                    "\xFF",
                                                    std::string(1, '\0'),
                                                    "<p>",
                                                    "=",
                                                    "<textarea>",
                                                    "<a href=\"\">",
                                                    "<a href=\"https://shop.ir/d\" href=\"x\">",
                                                    "<a\nHREF\t=\r'HTTP://SHOP.IR'>"};
    std::string out;
    for (auto count = random() % 24; count > 0; --count)
        out += pieces[random() % pieces.size()];
    return out;
}

}  // namespace chapar::engage
