// Values that mean harm, in every place of a page: read by another HTML parser, the page has the elements and
// attributes that it has with a harmless value, its addresses have allowed schemes, and its scripts and styles hold no
// more of what makes them run than with a harmless value. (Attacks: values that become markup, addresses or scripts.)
#include "rendering.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace chapar::liquid {
namespace {

/// What a page is made of.
struct Page {
    std::vector<std::string> shape;  // elements with their attributes' names, in order
    std::vector<std::string> urls;
    std::string script, style;  // all there is of each
};

bool is_url(std::string_view name) {
    constexpr std::array<std::string_view, 8> names = {"href", "src",  "action", "background",
                                                       "cite", "data", "poster", "formaction"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

void add_attribute(Page& page, const GumboAttribute& attribute) {
    const std::string_view name = attribute.name;
    const std::string value = attribute.value;
    if (name.starts_with("on") || name == "srcdoc") page.script += value + "|";
    if (name == "style") page.style += value + "|";
    if (is_url(name)) page.urls.push_back(value);
    page.shape.back() += " " + std::string(name);
}

void collect(const GumboNode* node, Page& page) {
    if (node->type != GUMBO_NODE_ELEMENT) return;
    const auto& element = node->v.element;
    if (element.tag == GUMBO_TAG_BR) return;  // newline_to_br may make some
    page.shape.emplace_back(gumbo_normalized_tagname(element.tag));
    for (unsigned i = 0; i < element.attributes.length; ++i)
        add_attribute(page, *static_cast<const GumboAttribute*>(element.attributes.data[i]));
    for (unsigned i = 0; i < element.children.length; ++i) {
        const auto* child = static_cast<const GumboNode*>(element.children.data[i]);
        if (child->type == GUMBO_NODE_TEXT && element.tag == GUMBO_TAG_SCRIPT) page.script += child->v.text.text;
        if (child->type == GUMBO_NODE_TEXT && element.tag == GUMBO_TAG_STYLE) page.style += child->v.text.text;
        collect(child, page);
    }
}

Page read(const std::string& html) {
    Page page;
    GumboOutput* tree = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
    collect(tree->root, page);
    gumbo_destroy_output(&kGumboDefaultOptions, tree);
    return page;
}

/// As browsers read an address: what stands before it or is broken over lines does not count.
std::string scheme_of(const std::string& url) {
    std::string clean;
    for (char c : url) {
        const bool leading = clean.empty() && static_cast<unsigned char>(c) <= ' ';
        if (!leading && c != '\t' && c != '\n' && c != '\r') clean += static_cast<char>(std::tolower(c));
    }
    const auto end = clean.find_first_of(":/?#");
    return end == std::string::npos || clean[end] != ':' ? "" : clean.substr(0, end);
}

bool is_allowed(const std::string& scheme, const std::string& source) {
    std::string literal;  // the template's own text
    for (char c : source) {
        if (c != '\n') literal += static_cast<char>(std::tolower(c));
    }
    if (scheme.empty() || literal.find(scheme + ":") != std::string::npos) return true;
    constexpr std::array<std::string_view, 4> allowed = {"http", "https", "mailto", "tel"};
    return std::any_of(allowed.begin(), allowed.end(), [&](auto name) { return scheme.ends_with(name); });
}

/// `text` without its language's escapes (`lead`, `size` more characters), then only what could make it run.
std::string running_part(const std::string& text, std::string_view lead, std::size_t size, std::string_view running) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, lead.size(), lead) == 0) {
            i += lead.size() + size - 1;
        } else if (running.find(text[i]) != std::string_view::npos) {
            out += text[i];
        }
    }
    return out;
}
std::string script_of(const Page& page) {
    return running_part(page.script, "\\u", 4, "'\"`();=<>&$+/*,:{}[]\\ \n\t\r");
}
std::string style_of(const Page& page) {
    std::string out;
    for (std::size_t i = 0; i < page.style.size(); ++i) {
        const char c = page.style[i];
        const auto next = c == '\\' && i + 3 < page.style.size() ? page.style[i + 1] : ' ';
        if (next == 'u' || std::isxdigit(static_cast<unsigned char>(next)) != 0) {
            i += next == 'u' ? 5 : 3;  // to CSS \u is the letter
        } else if (std::string_view(";:(){}<>@\\*&").find(c) != std::string_view::npos) {
            out += c;
        }
    }
    return out;
}

std::string escaped_json(const std::string& text) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    for (char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
            out += std::string("\\u00") + hex[static_cast<unsigned char>(c) >> 4] + hex[c & 15];
        } else {
            out += c;
        }
    }
    return out;
}

std::vector<std::string> attacks() {
    std::ostringstream text;
    text << std::ifstream(CHAPAR_SOURCE_DIR "/tests/unit/liquid/injections.json").rdbuf();
    Document document;
    std::vector<std::string> out;
    const auto list = document.parse(text.str());
    if (!list || !list->is_array()) return out;
    for (const auto& attack : list->as_array().span())
        out.emplace_back(attack.as_string());
    return out;
}

std::string page_with(const std::string& source, const std::string& value) {
    return rendered(source, R"({"x":")" + escaped_json(value) + R"(","e":"","t":true,"l":[]})",
                    {.escape = Escape::html,
                     .on_error = OnError::stop,
                     .partials = {{"p", "{{ x }}"}, {"u", "<a href=\"{{ x }}\">u</a>"}, {"s", "color:{{ x }}"}}});
}

/// What Outlook sees: its conditional comments are no comments.
std::string for_outlook(std::string html) {
    for (const std::string mark : {"<!--[if mso]>", "<![endif]-->"}) {
        for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark))
            html.erase(at, mark.size());
    }
    return html;
}

void expect_harmless(const std::string& source, const std::string& attack, bool names_are_free) {
    for (const auto& view : {+[](std::string s) { return s; }, +for_outlook}) {
        const auto html = view(page_with(source, attack));
        const auto page = read(html), calm = read(view(page_with(source, "x")));
        const auto what = source + "\n  " + attack + "\n  " + html;
        if (names_are_free) {
            for (const auto& element : page.shape) {
                EXPECT_FALSE(element.starts_with("script") || element.starts_with("iframe")) << what;
            }
        } else {
            EXPECT_EQ(page.shape, calm.shape) << what;
        }
        for (const auto& url : page.urls) {
            EXPECT_TRUE(is_allowed(scheme_of(url), source)) << what;
        }
        EXPECT_EQ(script_of(page), script_of(calm)) << what;
        EXPECT_EQ(style_of(page), style_of(calm)) << what;
    }
}

constexpr std::array places = {
    // text
    "<p>{{ x }}</p>",
    "<p>a{{ x }}b{{ x }}</p>",
    "<title>{{ x }}</title>",
    "<textarea>{{ x }}</textarea><a href='{{ x }}'>y</a>",
    "<select><option>{{ x }}</option></select>",
    "<!-- {{ x }} --><a href=\"{{ x }}\">y</a>",
    "<!--{{ x }}-->",
    "<!-- a --!><a href=\"{{ x }}\">y</a>",
    "<!doctype html><p>{{ x }}</p>",
    "<p>a < b {{ x }}</p>",
    "<p>{% echo x %}{% cycle x, 'b' %}</p>",
    "<p>{{ x | newline_to_br }}</p>",
    "<p>{{ x | escape_once }}</p>",
    "<p>{{ x | escape | upcase }}</p>",
    "<p>{{ x | url_decode }}{{ x | url_encode }}</p>",
    "<p>{% capture y %}{{ x }}{% endcapture %}{{ y }}{{ y | append: x }}</p>",
    "<p>{{ x | split: '' | join: x }}</p>",
    "<p>{% include 'p' %}{% render 'p', x: x %}</p>",
    "<p>{% tablerow i in (1..2) %}{{ x }}{% endtablerow %}</p>",
    "<p>{% assign y = x | append: '<b>' | strip_html %}{{ y }}</p>",
    "<p>{{ x | replace: 'a', '<' | remove: 'b' }}</p>",
    // attributes
    "<p title=\"{{ x }}\">y</p>",
    "<p title='{{ x }}'>y</p>",
    "<p title={{ x }}>y</p>",
    "<p title=a{{ x }}>y</p>",
    "<p title={{ e }} {{ x }}>y</p>",
    "<a href={{ e }} {{ x }}>y</a>",
    "<a href={{ e }} {{- x }}>y</a>",
    "<a href={{ x }} title={{ x }}>y</a>",
    "<p title=\"{% include 'p' %}\">y</p>",
    "<p title={% include 'p' %}>y</p>",
    "<p data-x=\"{{ x }}\" class='{{ x }}'>y</p>",
    "<p title=\"{% capture y %}{{ x }}{% endcapture %}{{ y }}\">y</p>",
    "<p title='{{ x | raw | upcase }}'>y</p>",
    // addresses
    "<a href=\"{{ x }}\">y</a>",
    "<a href='{{ x }}'>y</a>",
    "<a href={{ x }}>y</a>",
    "<a HREF = \"{{ x }}\">y</a>",
    "<a href=\" {{ x }}\">y</a>",
    "<a href=\"\n{{ x }}\">y</a>",
    "<a href=\"{{ e }}{{ x }}\">y</a>",
    "<a href=\"{{ x }}:{{ x }}\">y</a>",
    "<a href=\"{{ x }}://{{ x }}\">y</a>",
    "<a href=\"{{ x }}{{ e }}:alert(1)\">y</a>",
    "<a href=\"java{{ x }}\">y</a>",
    "<a href=\"{% if e == 'a' %}https://y/{% endif %}{{ x }}\">y</a>",
    "<a href=\"{% unless t %}/{% endunless %}{{ x }}\">y</a>",
    "<a href=\"{% for i in l %}/{% endfor %}{{ x }}\">y</a>",
    "<a href=\"{% for i in l %}/{% else %}{% endfor %}{{ x }}\">y</a>",
    "<a href=\"{% case e %}{% when 1 %}/{% endcase %}{{ x }}\">y</a>",
    "<a href=\"{% include 'p' %}\">y</a>",
    "<a href=\"{% render 'p', x: x %}\">y</a>",
    "<a href=\"{% include 'p' %}:{{ x }}\">y</a>",
    "<a href=\"{% capture y %}{{ x }}{% endcapture %}{{ y }}\">y</a>",
    "<a href=\"{{ x | escape }}\">y</a>",
    "<a href=\"{{ x | escape_once }}\">y</a>",
    "<a href=\"{{ x | strip }}\">y</a>",
    "<a href=\"{{ x | url_decode }}\">y</a>",
    "<a href=\"{% cycle x, 'b' %}\">y</a>",
    "<img src=\"{{ x }}\">",
    "<img src={{ x }}>",
    "<table background='{{ x }}'><tr><td>y</td></tr></table>",
    "<form action=\"{{ x }}\"><button formaction='{{ x }}'>y</button></form>",
    "<a href=\"https://y/{{ x }}\">y</a>",
    "<a href=\"https://y/?a={{ x }}&b={{ x }}\">y</a>",
    "<a href=\"mailto:{{ x }}\">y</a>",
    "<a href=\"app://{{ x }}\">y</a>",
    "<a title='>' href=\"{{ x }}\">y</a>",
    "<a title=\"a\"href=\"{{ x }}\">y</a>",
    "<a{{ e }} href=\"{{ x }}\">y</a>",
    "<a {% if t %}class=\"a\"{% endif %} href=\"{{ x }}\">y</a>",
    "<!--[if mso]><a href=\"{{ x }}\">y</a><![endif]-->",
    "<!--[if !mso]><!--><a href=\"{{ x }}\">y</a><!--<![endif]-->",
    "{% include 'u' %}",
    "<p>{% render 'u', x: x %}</p>",
    // scripts
    "<script>var a = \"{{ x }}\";</script>",
    "<script>var a = '{{ x }}';</script>",
    "<script>var a = {{ x }};</script>",
    "<script>var a = `{{ x }}`;</script>",
    "<script>var a = '</b>'; b = '{{ x }}';</script><a href='{{ x }}'>y</a>",
    "<script>if (a </ b) c = '{{ x }}'</script>",
    "<SCRIPT type=a>'{{ x }}'</SCRIPT >",
    "<script>{% include 'p' %}</script>",
    "<script>var a = '{% capture y %}{{ x }}{% endcapture %}{{ y }}';</script>",
    "<script type=\"application/ld+json\">{\"a\": \"{{ x }}\"}</script>",
    "<a href=\"javascript:f('{{ x }}')\">y</a>",
    "<a href='JavaScript:{{ x }}'>y</a>",
    "<a href=\"java\nscript:f('{{ x }}')\">y</a>",
    "<p onclick=\"f('{{ x }}')\">y</p>",
    "<p onclick='f(\"{{ x }}\")'>y</p>",
    "<p onclick=\"{{ x }}\">y</p>",
    "<p onclick={{ x }}>y</p>",
    "<p ONCLICK=\"f({{ x }})\">y</p>",
    "<p onclick={{ e }} {{ x }}>y</p>",
    "<p onclick=\"{% include 'p' %}\">y</p>",
    "<iframe srcdoc=\"{{ x }}\"></iframe>",
    "<p onclick=\"f('{{ x | escape }}')\">y</p>",
    // styles
    "<p style=\"color:{{ x }}\">y</p>",
    "<p style='color:{{ x }};margin:0'>y</p>",
    "<p style=\"{{ x }}\">y</p>",
    "<p style={{ x }}>y</p>",
    "<p style=color:{{ x }}>y</p>",
    "<style>p { color: {{ x }}; }</style><p>{{ x }}</p>",
    "<style>p { background: url({{ x }}) }</style>",
    "<style>{% include 's' %}</style>",
    "<p style=\"{% include 's' %}\">y</p>",
    "<p style=\"font-family:{{ x | escape }}\">y</p>",
};
constexpr std::array free_names = {"<{{ x }}>y</{{ x }}>",
                                   "<p {{ x }}>y</p>",
                                   "<p {{ x }}=\"1\">y</p>",
                                   "<p {{ x }}=\"{{ x }}\">y</p>",
                                   "<p on{{ x }}=\"{{ x }}\">y</p>",
                                   "<p o{{ x }}='{{ x }}'>y</p>",
                                   "<s{{ x }}>{{ x }}</s>",
                                   "<p {% include 'p' %}>y</p>",
                                   "<a {{ x }}href=\"{{ x }}\">y</a>",
                                   "<{{ x }} href=\"{{ x }}\">y"};

TEST(LiquidInjection, no_value_changes_what_a_page_is_made_of) {
    const auto list = attacks();
    ASSERT_GT(list.size(), 150u);
    for (const char* place : places) {
        ASSERT_FALSE(page_with(place, "x").starts_with("! ")) << page_with(place, "x");
        for (const auto& attack : list)
            expect_harmless(place, attack, false);
    }
    for (const char* place : free_names) {
        for (const auto& attack : list)
            expect_harmless(place, attack, true);
    }
}

TEST(LiquidInjection, the_oracle_sees_what_gets_through) {
    const auto found = [](const char* source, const char* attack) {
        const auto page = read(page_with(source, attack)), calm = read(page_with(source, "x"));
        return page.shape != calm.shape || script_of(page) != script_of(calm) || style_of(page) != style_of(calm);
    };
    EXPECT_TRUE(found("<p>{{ x | raw }}</p>", "<b>"));
    EXPECT_TRUE(found("<p title=\"{{ x | raw }}\">", "\" onclick=\"a"));
    EXPECT_TRUE(found("<script>'{{ x | raw }}'</script>", "';a//"));
    EXPECT_TRUE(found("<p style=\"{{ x | raw }}\">", "a;b:c"));
    EXPECT_EQ(scheme_of(read(page_with("<a href=\"{{ x | raw }}\">y</a>", " java\nscript:a")).urls.at(0)),
              "javascript");
}

TEST(LiquidInjection, useful_values_keep_their_meaning) {
    EXPECT_EQ(page_with("<p style=\"color:{{ x }}\">", "#0a7"), "<p style=\"color:#0a7\">");
    EXPECT_EQ(page_with("<p style=\"color:{{ x }}\">", "rgba(1, 2, 3, .5)"), "<p style=\"color:rgba(1, 2, 3, .5)\">");
    EXPECT_EQ(page_with("<p style=\"font-family:{{ x }}\">", "Vazirmatn,'Segoe UI',sans-serif"),
              "<p style=\"font-family:Vazirmatn,&#39;Segoe UI&#39;,sans-serif\">");
    EXPECT_EQ(page_with("<p style=\"padding-{{ x }}:1px\">", "left"), "<p style=\"padding-left:1px\">");
    EXPECT_EQ(page_with("<script>a = {{ x }}</script>", "-12.5"), "<script>a = -12.5</script>");
    EXPECT_EQ(page_with("<script>a = '{{ x }}'</script>", "سلام دنیا"), "<script>a = 'سلام\\u0020دنیا'</script>");
    EXPECT_EQ(page_with("<h{{ x }}>y", "2"), "<h2>y");
    EXPECT_EQ(page_with("<td {{ x }}>y", "nowrap"), "<td nowrap>y");
    EXPECT_EQ(page_with("<a href=\"{{ x }}://y/{{ x }}\">", "https"), "<a href=\"https://y/https\">");
    EXPECT_EQ(page_with("<a href=\"{{ x }}:8080/a\">", "https://host"), "<a href=\"https:&#47;&#47;host:8080/a\">");
    EXPECT_EQ(page_with("<a href=\"myapp://{{ x }}\">", "a/b"), "<a href=\"myapp://a/b\">");
    EXPECT_EQ(page_with("<style>{% include 's' %}</style>", "red"), "<style>color:red</style>");
}

}  // namespace
}  // namespace chapar::liquid
