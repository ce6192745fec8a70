#include <gtest/gtest.h>
#include <gumbo.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "render/html_text.hpp"

namespace chapar::engage {
namespace {

/// The href of the first link of a page, as gumbo reads it.
std::string by_gumbo(const std::string& html) {
    GumboOutput* raw = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
    const auto destroy = [](GumboOutput* output) { gumbo_destroy_output(&kGumboDefaultOptions, output); };
    const std::unique_ptr<GumboOutput, decltype(destroy)> output(raw, destroy);
    std::vector<const GumboNode*> open{output->root};
    while (!open.empty()) {
        const auto* node = open.back();
        open.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT) continue;
        if (node->v.element.tag == GUMBO_TAG_A) return gumbo_get_attribute(&node->v.element.attributes, "href")->value;
        for (unsigned i = 0; i < node->v.element.children.length; ++i)
            open.push_back(static_cast<const GumboNode*>(node->v.element.children.data[i]));
    }
    return "(no link)";
}

TEST(AttributeValue, is_read_as_a_parser_of_the_standard_reads_it) {
    const std::vector<std::string> pieces = {
        "&",  "amp", "copy",   "not",  "notin", "reg",  "lt",   "gt", ";",    "=", "a",     "1",      "#38",  "#x26",
        "#x", "#",   "eacute", "semi", "quot",  "nbsp", "zwnj", "Z",  "?b=c", "/", "#1740", "hellip", "COPY", "é"};
    std::mt19937 random(20300106);  // NOLINT(cert-msc51-cpp)
    for (int i = 0; i < 20'000; ++i) {
        std::string value;
        for (auto count = 1 + random() % 8; count > 0; --count)
            value += random() % 3 == 0 ? "&" : pieces[random() % pieces.size()];
        std::string read;
        unsigned lookups = 1000;
        render::append_decoded_value(read, value, lookups);
        ASSERT_EQ(read, by_gumbo("<p><a href=\"" + value + "\">x</a>")) << value;
    }
}

}  // namespace
}  // namespace chapar::engage
