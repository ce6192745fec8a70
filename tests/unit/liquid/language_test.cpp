// The language: each line is a template, its data and what the reference prints.
#include "rendering.hpp"

#include <vector>

namespace chapar::liquid {
namespace {

struct Line {
    const char* source;
    const char* json;
    const char* output;
};

void expect_all(const std::vector<Line>& lines) {
    for (const auto& line : lines)
        EXPECT_EQ(rendered(line.source, line.json), line.output) << line.source;
}

TEST(Liquid, outputs_print_as_the_reference_does) {
    expect_all({{"{{ 1 }} {{ -1.50 }} {{ true }} {{ nil }}|", "{}", "1 -1.5 true |"},
                {"{{ a }}", R"({"a":[1,[2,null],"x"]})", "12x"},
                {"{{ a }}", R"({"a":{"k":[1,null,"s\"q\n"],"f":1.0}})", R"({"k"=>[1, nil, "s\"q\n"], "f"=>1.0})"},
                {"{{ a }} {{ b }} {{ c }}", R"({"a":1e15,"b":100000000000000.0,"c":0.00001})",
                 "1.0e+15 100000000000000.0 1.0e-05"},
                {"{{ (1..3) }} {{ (1..3) | size }}", "{}", "1..3 3"},
                {"{{ 9223372036854775807 | plus: 1 }}", "{}", "9223372036854775808"},
                {"{{ a.b[0].c }}{{ a['b'][-1].c }}{{ a.b.first.c }}{{ a.b.size }}", R"({"a":{"b":[{"c":7}]}})", "7771"},
                {"{{ a | }}{{ 'x' | nothing }}", R"({"a":1})", "1x"}});
}

TEST(Liquid, white_space_control_reaches_the_next_text_only) {
    expect_all({{" a {{- 'b' -}} c ", "{}", " abc "},
                {"a {%- if true -%} b {%- endif -%} c", "{}", "abc"},
                {"{% if true %}  {% endif %}|{% for i in (1..2) %} {% assign x = i %} {% endfor %}", "{}", "|"},
                {"{%- raw -%} {{ x }} {%- endraw -%} y", "{}", " {{ x }} y"}});
}

TEST(Liquid, conditions_compare_as_the_reference_does) {
    expect_all(
        {{"{% if 1 < 2 and 'a' == 'a' %}y{% endif %}", "{}", "y"},
         {"{% if false and true or true %}y{% else %}n{% endif %}", "{}", "n"},
         {"{% if a == empty %}e{% endif %}{% if a == blank %}b{% endif %}", R"({"a":[]})", "eb"},
         {"{% if s == blank %}b{% endif %}{% if s == empty %}e{% endif %}", R"({"s":" "})", "b"},
         {"{% if a contains 2 %}y{% endif %}{% if s contains 'el' %}y{% endif %}", R"({"a":[1,2],"s":"hello"})", "yy"},
         {"{% if 1 == 1.0 %}y{% endif %}{% if nil < 1 %}n{% endif %}", "{}", "y"},
         {"{% if 1 < 'a' %}n{% else %}x{% endif %}", "{}",
          "Liquid error (line 1): comparison of Integer with String failed"},
         {"{% unless false %}y{% elsif true %}n{% endunless %}", "{}", "y"},
         {"{% case x %}{% when 1, 2 %}a{% when 3 or 2 %}b{% else %}c{% endcase %}", R"({"x":2})", "ab"}});
}

TEST(Liquid, loops_know_where_they_are) {
    expect_all(
        {{"{% for i in a reversed limit:2 offset:1 %}{{ i }}{{ forloop.index }}{{ forloop.rindex0 }} {% endfor %}",
          R"({"a":[1,2,3,4]})", "311 220 "},
         {"{% for i in a limit:2 %}{{ i }}{% endfor %}|{% for i in a offset:continue %}{{ i }}{% endfor %}",
          R"({"a":[1,2,3,4]})", "12|34"},
         {"{% for i in a %}{% for k in a %}{{ forloop.parentloop.index }}{{ forloop.last }} {% endfor %}{% endfor %}",
          R"({"a":[1,2]})", "1false 1true 2false 2true "},
         {"{% for p in h %}{{ p[0] }}={{ p[1] }};{% else %}none{% endfor %}", R"({"h":{"b":1,"a":2}})", "b=1;a=2;"},
         {"{% for i in (1..5) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% "
          "endfor %}",
          "{}", "13"},
         {"{% for i in x %}{% else %}none{% endfor %}", "{}", "none"},
         {"{% tablerow i in (1..3) cols:2 %}{{ i }}{% endtablerow %}", "{}",
          "<tr class=\"row1\">\n<td class=\"col1\">1</td><td class=\"col2\">2</td></tr>\n<tr class=\"row2\"><td "
          "class=\"col1\">3</td></tr>\n"}});
}

TEST(Liquid, tags_keep_their_state) {
    expect_all(
        {{"{% cycle 'a','b' %}{% cycle 'a','b' %}{% cycle n: 'a','b' %}", R"({"n":"x"})", "aba"},
         {"{% increment x %}{% increment x %}{% decrement x %}{{ x }}", "{}", "0111"},
         {"{% assign a = 'x' | upcase %}{% capture b %}{{ a }}y{% endcapture %}{{ b }}", "{}", "Xy"},
         {"{% for i in a %}{% ifchanged %}{{ i }}{% endifchanged %}{% endfor %}", R"({"a":[1,1,2]})", "12"},
         {"{% liquid\n assign x = 1\n if x == 1\n echo 'one'\n endif\n# comment\n%}", "{}", "one"},
         {"{% comment %}{% if %}{% raw %}{% endcomment %}{% endraw %}{% comment %}x{% endcomment %}{% endcomment %}y",
          "{}", "y"},
         {"{% doc %} @param {{ x }} {% enddoc %}{% # note %}z", "{}", "z"}});
}

TEST(Liquid, partials_share_or_isolate) {
    Settings settings;
    settings.partials = {{"p", "{{ x }}{{ y }}{% assign y = 2 %}"},
                         {"item", "{{ item }}{{ forloop.index }};"},
                         {"deep", "{% include 'deep' %}"},
                         {"bad", "{% if %}"}};
    EXPECT_EQ(rendered("{% assign y = 1 %}{% include 'p', x: 'a' %}{{ y }}", "{}", settings), "a12");
    EXPECT_EQ(rendered("{% assign y = 1 %}{% render 'p', x: 'a' %}{{ y }}", "{}", settings), "a1");
    EXPECT_EQ(rendered("{% render 'item' for a %}{% render 'item' with 5 %}", R"({"a":["x","y"]})", settings),
              "x1;y2;5;");
    EXPECT_EQ(rendered("{% include 'deep' %}", "{}", settings), "Liquid error (deep line 1): Nesting too deep");
    EXPECT_EQ(rendered("{% render 'bad' %}", "{}", settings),
              "Liquid syntax error (bad line 1): Syntax Error in tag 'if' - Valid syntax: if [expression]");
    EXPECT_EQ(rendered("{% include 'none' %}", "{}", settings), "Liquid error (line 1): No such template 'none'");
    settings.partials["a"] =
        "{% include 'b' %}{% include 'c' %}{% include 'd' %}{% include 'e' %}{{ 1 | divided_by: 0 }}";
    for (const char* name : {"b", "c", "d", "e"})
        settings.partials[name] = name;
    EXPECT_EQ(rendered("{% include 'a' %}", "{}", settings), "bcdeLiquid error (a line 1): divided by 0");
    for (const char* name : {"../etc/passwd", "/etc/passwd", "a/../../b", "a\\\\b"}) {
        EXPECT_EQ(rendered(std::string("{% include '") + name + "' %}", "{}", settings),
                  std::string("Liquid error (line 1): Illegal template name '") + name + "'");
    }
}

TEST(Liquid, filters_answer_as_the_reference_does) {
    expect_all(
        {{"{{ 0.1 | plus: 0.2 }} {{ 7 | divided_by: 2 }} {{ 7 | divided_by: 2.0 }} {{ -7 | modulo: 3 }}", "{}",
          "0.3 3 3.5 2"},
         {"{{ 1.005 | round: 2 }} {{ 2.5 | round }} {{ -2.5 | ceil }} {{ '3.7' | floor }}", "{}", "1.01 3 -2 3"},
         {"{{ 5 | divided_by: 0 }}", "{}", "Liquid error (line 1): divided by 0"},
         {"{{ 'héllo wörld' | upcase | slice: 1, 4 }} {{ 'straße' | upcase }} {{ 'éa' | capitalize }}", "{}",
          "ÉLLO STRASSE Éa"},
         {"{{ 'a,b,,c,,' | split: ',' | join: '-' }} {{ ' a  b ' | split: ' ' | size }}", "{}", "a-b--c 2"},
         {"{{ 'abcdef' | truncate: 5 }} {{ 'a b c d' | truncatewords: 2 }} {{ '  x  y ' | squish }}", "{}",
          "ab... a b... x y"},
         {"{{ a | sort: 'p' | map: 'p' | join }} {{ a | where: 'q' | size }} {{ a | sum: 'p' }}",
          R"({"a":[{"p":3,"q":1},{"p":1},{"p":2,"q":2}]})", "1 2 3 2 6"},
         {"{{ a | find: 'p', 1 }} {{ a | find_index: 'p', 2 }} {{ a | has: 'p', 9 }} {{ a | reject: 'p', 3 | size }}",
          R"({"a":[{"p":3},{"p":1},{"p":2}]})", R"({"p"=>1} 2 false 2)"},
         {"{{ a | sort_natural | join: ',' }} {{ a | uniq | compact | size }}", R"({"a":["b","A",null,"b"]})",
          "A,b,b, 2"},
         {"{{ '<b>&amp;' | escape }} {{ '<b>&amp;' | escape_once }} {{ '<i>x</i><script>y</script>' | strip_html }}",
          "{}", "&lt;b&gt;&amp;amp; &lt;b&gt;&amp; x"},
         {"{{ 'a b&c' | url_encode }} {{ 'a+b%26c' | url_decode }} {{ 'hi' | base64_encode | base64_decode }}", "{}",
          "a+b%26c a b&c hi"},
         {"{{ '' | default: 'd' }} {{ false | default: 'd', allow_false: true }} {{ nil | default: 'd' }}", "{}",
          "d false d"},
         {"{{ 'aXbX' | replace: 'X', '-' }} {{ 'aXbX' | replace_last: 'X', '' }} {{ 'aXbX' | remove_first: 'X' }}",
          "{}", "a-b- aXb abX"},
         {"{{ 'x' | slice: 'y' }}", "{}", "Liquid error (line 1): invalid integer"},
         {"{{ 'x' | append }}", "{}", "Liquid error (line 1): wrong number of arguments (given 1, expected 2)"}});
}

TEST(Liquid, dates_are_read_and_written) {
    expect_all({{"{{ '2020-06-15 14:30:45' | date: '%Y/%-m/%e %l:%M %P %j %U' }}", "{}", "2020/6/15  2:30 pm 167 24"},
                {"{{ 'Fri Jul 16 01:00:00 2004' | date: '%F' }} {{ '16 march 12' | date: '%F' }}", "{}",
                 "2004-07-16 2012-03-16"},
                {"{{ '2006-07-05 10:00:00 -04:00' | date: '%s %z %:z %H' }}", "{}", "1152108000 -0400 -04:00 10"},
                {"{{ 1152098955 | date: '%c' }} {{ 'now' | date: '%F' }}", "{}", "Wed Jul  5 11:29:15 2006 2023-11-14"},
                {"{{ 'nonsense' | date: '%F' }} {{ nil | date: '%F' }}{{ '2020-01-01' | date: '' }}", "{}",
                 "nonsense 2020-01-01"},
                {"{{ '2020-06-15' | date: '%10Y|%^b|%-d|%3N|%Q|%%' }}", "{}", "0000002020|JUN|15|000|%Q|%"}});
    Settings settings;
    settings.timezone = "Asia/Tehran";
    EXPECT_EQ(rendered("{{ 1152098955 | date: '%H:%M %z' }} {{ '2020-12-01 10:00' | date: '%s' }}", "{}", settings),
              "14:59 +0330 1606804200");
}

TEST(Liquid, errors_carry_their_place) {
    const auto program = parse("a\n  {% if x %}\n{{ 'b' | }", {.name = "welcome/sms.liquid"});
    ASSERT_FALSE(program.has_value());
    EXPECT_EQ(program.error().located(),
              "welcome/sms.liquid:3:1: Variable '{{ 'b' | }' was not properly terminated with regexp: /\\}\\}/");
    const auto open = parse("a\n  {% if x %}\n", {});
    ASSERT_FALSE(open.has_value());
    EXPECT_EQ(open.error().message, "'if' tag was never closed");
    EXPECT_EQ(open.error().code, Code::syntax);
    EXPECT_EQ(rendered("{% endif %}"), "! Liquid syntax error (line 1): Unknown tag 'endif'");
    EXPECT_EQ(rendered("\n{% bogus %}"), "! Liquid syntax error (line 2): Unknown tag 'bogus'");
    EXPECT_EQ(rendered("\n\n{{ 1 | divided_by: 0 }}", "{}", {.on_error = OnError::stop}),
              "! Liquid error (line 3): divided by 0");
}

TEST(Liquid, strict_modes_refuse_what_lax_forgives) {
    EXPECT_EQ(rendered("{{ a b }}", R"({"a":1})"), "1");
    EXPECT_EQ(rendered("{{ a b }}", "{}", {.mode = Mode::strict}),
              "! Liquid syntax error (line 1): Expected end_of_string but found id in \"{{ a b }}\"");
    EXPECT_EQ(rendered("{% assign x.y = 1 %}", "{}", {.mode = Mode::strict}), "");
    EXPECT_EQ(rendered("{% assign x.y = 1 %}", "{}", {.mode = Mode::strict2}).substr(0, 2), "! ");
    EXPECT_EQ(rendered("{{ ['a'] }}", R"({"a":1})", {.mode = Mode::strict2}),
              "! Liquid syntax error (line 1): Bare bracket access is not allowed. Use self['...'] instead in \"{{ "
              "['a'] }}\"");
    EXPECT_EQ(rendered("{{ self['a'] }}", R"({"a":1})", {.mode = Mode::strict2}), "1");
}

TEST(Liquid, undefined_names_are_errors_when_asked_for) {
    EXPECT_EQ(rendered("{{ a.b }}", R"({"a":{}})", {.on_error = OnError::stop, .strict_variables = true}),
              "! Liquid error (line 1): undefined variable b");
    EXPECT_EQ(rendered("[{{ x }}]", "{}", {.strict_variables = true}), "[]");
    EXPECT_EQ(rendered("{{ 1 | nope }}", "{}", {.on_error = OnError::stop, .strict_filters = true}),
              "! Liquid error (line 1): undefined filter nope");
}

TEST(Liquid, a_program_tells_what_it_reads) {
    const auto program = parse(
        "{{ user.name.first }}{% for i in cart.items %}{{ i.title }}{{ user.age }}{% endfor %}{% assign t = 1 %}{{ t "
        "}}{% render 'footer' %}{% include 'head' %}");
    ASSERT_TRUE(program.has_value());
    EXPECT_EQ((*program)->variables(), (std::vector<std::string_view>{"user.name", "cart.items", "user.age"}));
    EXPECT_EQ((*program)->partials(), (std::vector<std::string>{"footer", "head"}));
}

TEST(Liquid, numbers_beyond_whole_ones_end_a_table_and_not_the_program) {
    EXPECT_EQ(rendered("{% tablerow i in (1..2) limit: n %}{{ i }}{% endtablerow %}", R"({"n":1e300})"),
              "<tr class=\"row1\">\n<td class=\"col1\">1</td><td class=\"col2\">2</td></tr>\n");
    EXPECT_EQ(rendered("{% tablerow i in (1..2) offset: n %}{{ i }}{% endtablerow %}", R"({"n":1e300})"),
              "<tr class=\"row1\">\n</tr>\n");
    EXPECT_EQ(rendered("{% tablerow i in (1..2) limit: n %}{{ i }}{% endtablerow %}", R"({"n":-1e300})"),
              "<tr class=\"row1\">\n</tr>\n");
    EXPECT_EQ(rendered("{{ 'abcdef' | truncate: '-99999999999999999999' }}"), "...");
}

TEST(Liquid, a_range_of_literals_is_no_end_of_a_range) {
    for (const char* source : {"{{ ((1..3)..9) }}", "{% for i in ((1..3)..9) %}{% endfor %}"})
        EXPECT_TRUE(rendered(source).starts_with("! Liquid syntax error (line 1): Invalid expression type '("))
            << source;
}

TEST(Liquid, joiners_in_a_list_that_is_shown_stay_as_they_are) {
    EXPECT_EQ(rendered("{{ a }}", "{\"a\":{\"k\":\"می\u200cخواهم\"}}"), "{\"k\"=>\"می\u200cخواهم\"}");
}

}  // namespace
}  // namespace chapar::liquid
