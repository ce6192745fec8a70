// In HTML every output is escaped for the place it stands in.
#include "render/liquid/context.hpp"
#include "rendering.hpp"

namespace chapar::liquid {
namespace {

std::string html(const std::string& source, const std::string& json = "{}",
                 std::map<std::string, std::string> partials = {}) {
    return rendered(source, json, {.escape = Escape::html, .partials = std::move(partials)});
}

TEST(LiquidEscaping, every_output_is_escaped_once) {
    const std::string json = R"({"x":"<b>\"A\" & 'b'</b>","a":["<i>","&"]})";
    const std::string escaped = "&lt;b&gt;&quot;A&quot; &amp; &#39;b&#39;&lt;/b&gt;";
    EXPECT_EQ(html("{{ x }}", json), escaped);
    EXPECT_EQ(html("{{ x | escape }}", json), escaped);
    EXPECT_EQ(html("{{ x | escape | escape }}", json), escaped);
    EXPECT_EQ(html("{% echo x %}", json), escaped);
    EXPECT_EQ(html("{% capture y %}{{ x }}{% endcapture %}{{ y }}", json), escaped);
    EXPECT_EQ(html("{% assign y = x | escape %}{{ y }}", json), escaped);
    EXPECT_EQ(html("{{ a }} {{ a | join: '<' }}", json), "&lt;i&gt;&amp; &lt;i&gt;&lt;&amp;");
    EXPECT_EQ(html("{% cycle x %}", json), escaped);
    EXPECT_EQ(html("{{ 'a\n<b>' | newline_to_br }}"), "a<br />\n&lt;b&gt;");
    EXPECT_EQ(rendered("{{ x }}", json), R"(<b>"A" & 'b'</b>)");
}

TEST(LiquidEscaping, raw_is_the_visible_exception) {
    EXPECT_EQ(html("{{ '<b>' | raw }}"), "<b>");
    EXPECT_EQ(html("{{ '<b>' | raw | upcase }}"), "&lt;B&gt;");
    const auto program = parse("{{ x | raw }}", {.escape = Escape::html});
    ASSERT_TRUE(program.has_value());
    EXPECT_TRUE((*program)->uses_raw());
}

TEST(LiquidEscaping, urls_are_web_mail_or_phone_addresses) {
    const auto link = [](const std::string& url) { return html("<a href=\"{{ u }}\">", R"({"u":")" + url + "\"}"); };
    for (const char* good : {"https://x.example/a?b=c", "http://x", "mailto:a@b.example", "tel:+98", "/path", "#top",
                             "HTTPS://X", "page.html", "?q=a:b", "//cdn.example/x"}) {
        EXPECT_EQ(link(good), std::string("<a href=\"") + good + "\">");
    }
    for (const char* bad :
         {"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:x", "java\\nscript:x", "\\u0001javascript:x",
          "data:text/html,x", "cid:logo", "vbscript:x", ":x", "file:///etc/passwd"}) {
        EXPECT_EQ(link(bad), "<a href=\"#\">") << bad;
    }
    const std::string json = R"({"a":"java","b":"script:x","c":"javascript:x","id":"7"})";
    EXPECT_EQ(html("<a href='{{ a }}{{ b }}'>", json), "<a href='java#'>");
    EXPECT_EQ(html("<img src={{ c }}>", json), "<img src=#>");
    EXPECT_EQ(html("<a HREF = \"https://x/{{ c }}\">", json), "<a HREF = \"https://x/javascript:x\">");
    EXPECT_EQ(html("<a title=\"{{ c }}\">", json), "<a title=\"javascript:x\">");
    EXPECT_EQ(html("<a href=\"{% include 'p' %}\">", json, {{"p", "{{ c }}"}}), "<a href=\"#\">");
    EXPECT_EQ(html("<a href=\"{% if id %}{{ c }}{% else %}x{% endif %}\">", json), "<a href=\"#\">");
    EXPECT_EQ(html("{% capture u %}{{ c }}{% endcapture %}<a href=\"{{ u }}\">", json), "<a href=\"#\">");
    EXPECT_EQ(html("<a href=\"{{ 'javascript&#58;x' | escape_once }}\">"), "<a href=\"#\">");
    EXPECT_EQ(html("<!-- > --><a href=\"{{ c }}\"><!--><a href=\"{{ c }}\">", json),
              "<!-- > --><a href=\"#\"><!--><a href=\"#\">");
}

TEST(LiquidEscaping, a_bare_attribute_can_not_be_left) {
    EXPECT_EQ(html("<a title={{ x }}>", R"({"x":"a onclick=b"})"), "<a title=a&#32;onclick&#61;b>");
    EXPECT_EQ(html("<p {{ x }}>", R"({"x":"a>b"})"), "<p a\\u003eb>");
}

TEST(LiquidEscaping, a_partial_parsed_for_text_does_not_stand_in_html) {
    const auto text = parse("{{ x }}", {.name = "p"});
    const auto page = parse("{% render 'p', x: x %}", {.escape = Escape::html});
    ASSERT_TRUE(text.has_value() && page.has_value());
    const Resolver partials = [&](std::string_view) -> Outcome<std::shared_ptr<const Program>> { return *text; };
    RenderOptions options;
    options.partials = &partials;
    Document document;
    std::string out;
    const auto done = render(**page, *document.parse(R"({"x":"<b>"})"), options, out);
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().message, "Template 'p' was parsed for text and can't stand in html");
    EXPECT_EQ(out, "");
}

Value shout(Call& call, Value input) { return call.context.string(std::string(call.context.text_of(input)) + "!<"); }
void stop(Context& context, Value reason) { context.stop(std::string(context.text_of(reason))); }

TEST(LiquidHost, tags_and_filters_of_the_host_are_known) {
    auto environment = std::make_shared<Environment>();
    environment->add_filter("shout", 0, 1, shout);
    environment->add_tag("abort_message", stop);
    const auto program =
        parse("a{{ 'x' | shout: locale: 'fa' }}{% if y %}{% abort_message 'not for ' | append: y %}{% endif %}b",
              {.escape = Escape::html, .environment = environment});
    ASSERT_TRUE(program.has_value());
    Document document;
    std::string out;
    EXPECT_TRUE(render(**program, *document.parse("{}"), {}, out).has_value());
    EXPECT_EQ(out, "ax!&lt;b");
    RenderOptions options;
    options.on_error = OnError::print;
    const auto stopped = render(**program, *document.parse(R"({"y":"you"})"), options, out);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().code, Code::stopped);
    EXPECT_EQ(stopped.error().message, "not for you");
}

TEST(LiquidData, json_keeps_its_order_and_its_numbers) {
    Document document;
    const auto root = document.parse(R"({"b":1,"a":{"z":18446744073709551616,"y":-0.5},"b":2})");
    ASSERT_TRUE(root.has_value());
    std::string text;
    append_text(text, *root);
    EXPECT_EQ(text, R"({"b"=>2, "a"=>{"z"=>18446744073709551616, "y"=>-0.5}})");
    EXPECT_FALSE(document.parse("{\"a\":").has_value());
}

}  // namespace
}  // namespace chapar::liquid
