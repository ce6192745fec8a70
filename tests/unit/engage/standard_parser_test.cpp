#include <gtest/gtest.h>
#include <gumbo.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "mail.hpp"
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

using Tree = std::unique_ptr<GumboOutput, void (*)(GumboOutput*)>;
Tree parse(const std::string& html) {
    return {gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size()),
            [](GumboOutput* output) { gumbo_destroy_output(&kGumboDefaultOptions, output); }};
}

bool is_link(const GumboElement& element) {
    return element.tag_namespace == GUMBO_NAMESPACE_HTML &&
           (element.tag == GUMBO_TAG_A || element.tag == GUMBO_TAG_AREA);
}

/// Whether both elements are alike but for addresses of links that lead over us now.
bool are_alike(const GumboElement& before, const GumboElement& after) {
    if (before.tag != after.tag || before.attributes.length != after.attributes.length ||
        before.children.length != after.children.length)
        return false;
    for (unsigned i = 0; i < before.attributes.length; ++i) {
        const auto* a = static_cast<const GumboAttribute*>(before.attributes.data[i]);
        const auto* b = static_cast<const GumboAttribute*>(after.attributes.data[i]);
        const bool is_rewritten = is_link(before) && std::string_view(a->name) == "href" &&
                                  std::string_view(b->value).starts_with("https://m.shop.ir/c/");
        if (std::string_view(a->name) != b->name || (std::string_view(a->value) != b->value && !is_rewritten))
            return false;
    }
    return true;
}

bool are_alike(const GumboNode* before, const GumboNode* after) {
    if (before->type != after->type) return false;
    if (before->type != GUMBO_NODE_ELEMENT && before->type != GUMBO_NODE_TEMPLATE)
        return std::string_view(before->v.text.text) == after->v.text.text;
    const auto &a = before->v.element, &b = after->v.element;
    if (!are_alike(a, b)) return false;
    for (unsigned i = 0; i < a.children.length; ++i)
        if (!are_alike(static_cast<const GumboNode*>(a.children.data[i]),
                       static_cast<const GumboNode*>(b.children.data[i])))
            return false;
    return true;
}

TEST(HtmlLinks, a_parser_of_the_standard_sees_the_same_page_but_for_the_addresses) {
    std::mt19937 random(20300107);  // NOLINT(cert-msc51-cpp)
    const Shop shop;
    const auto rules = shop.rules();
    for (int i = 0; i < 10'000; ++i) {
        const auto page = random_page(random);
        if (page.contains('\0')) continue;  // gumbo's texts end there
        const auto done = rewrite_html(page, rules, write_numbered);
        const auto before = parse(page), after = parse(done.text);
        ASSERT_TRUE(are_alike(before->root, after->root)) << page << "\n--\n" << done.text;
    }
}

}  // namespace
}  // namespace chapar::engage
