// The sample's types are the contract of the data.
#include "render/data_shape.hpp"

#include <gmock/gmock.h>

#include "scratch_folder.hpp"

namespace chapar::render {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view cart = R"({"name":"Sara","count":2,"gift":true,"when":null,"person":{"first":"S"},"none":[],
    "items":[{"title":"Shoes","price":89.5},{"title":"Socks","price":"12","note":"x","tags":["a"]}]})";

std::vector<std::string> told(std::string_view json) {
    std::vector<std::string> out;
    for (const auto& each : contradictions(shape_of(cart), json))
        out.push_back(each.pointer + ": " + each.sentence);
    return out;
}

TEST(DataShape, lists_and_objects_are_not_plain_values) {
    EXPECT_THAT(told(R"({"items":"Shoes"})"),
                ElementsAre("/items: items is a list in the template's sample, and a text here"));
    EXPECT_THAT(told(R"({"items":""})"),
                ElementsAre("/items: items is a list in the template's sample, and a text here"));
    EXPECT_THAT(told(R"({"items":5,"name":["Sara"],"count":{"n":2},"person":"Sara"})"),
                ElementsAre("/items: items is a list in the template's sample, and a number here",
                            "/name: name is a text in the template's sample, and a list here",
                            "/count: count is a number in the template's sample, and an object here",
                            "/person: person is an object in the template's sample, and a text here"));
    EXPECT_THAT(told(R"({"items":{"1":{"title":"x"}}})"),
                ElementsAre("/items: items is a list in the template's sample, and an object here"));
    EXPECT_THAT(told(R"({"gift":[],"none":"x"})"),
                ElementsAre("/gift: gift is true or false in the template's sample, and a list here",
                            "/none: none is a list in the template's sample, and a text here"));
}

TEST(DataShape, what_is_inside_counts_too) {
    EXPECT_THAT(told(R"({"items":[{"title":"x"},"Socks",{"price":[1]},{"tags":"a"}],"person":{"first":{}}})"),
                ElementsAre("/items/1: items/1 is an object in the template's sample, and a text here",
                            "/items/2/price: items/2/price is a text in the template's sample, and a list here",
                            "/items/3/tags: items/3/tags is a list in the template's sample, and a text here",
                            "/person/first: person/first is a text in the template's sample, and an object here"));
}

TEST(DataShape, plain_values_stand_for_each_other_and_null_for_all) {
    EXPECT_THAT(told(R"({"name":5,"count":"۲","gift":"yes","items":null,"person":null,"more":[1],"when":{}})"),
                IsEmpty());
    EXPECT_THAT(told(R"({"items":[{"price":1},{"price":"۱۲٬۰۰۰"},{"price":null}],"count":true})"), IsEmpty());
    // Some languages write an empty list for an empty object, and the other way round.
    EXPECT_THAT(told(R"({"items":{},"person":[],"none":{}})"), IsEmpty());
    EXPECT_THAT(told(R"({"items":[],"none":[1,"x",{}]})"), IsEmpty());
    EXPECT_THAT(told("{}"), IsEmpty());
    EXPECT_THAT(told("no json"), IsEmpty());
}

TEST(DataShape, what_samples_say_differently_is_no_contract) {
    auto shape = shape_of(R"({"a":"x","b":[1],"c":{"d":"x"}})");
    merge(shape, shape_of(R"({"a":["x"],"b":[[1]],"c":{"e":[]},"f":[]})"));
    EXPECT_THAT(contradictions(shape, R"({"a":{},"b":[[1],{},"x"],"c":{"d":1,"e":[]}})"), IsEmpty());
    EXPECT_EQ(contradictions(shape, R"({"b":1,"c":{"d":[],"e":"x"},"f":"x"})").size(), 4u);
}

TEST(DataShape, pointers_are_escaped_and_at_most_twenty_are_told) {
    EXPECT_EQ(contradictions(shape_of(R"({"a/b~c":[]})"), R"({"a/b~c":"x"})").at(0).pointer, "/a~1b~0c");
    std::string many = R"({"items":[)";
    for (int i = 0; i < 30; ++i)
        many += i == 0 ? "1" : ",1";
    EXPECT_EQ(told(many + "]}").size(), 20u);
}

TEST(DataShape, each_channel_has_the_contract_of_its_own_files) {
    ScratchFolder folder;
    folder.write("t/sms.liquid", "+++\n[sample]\nitems = \"two shoes\"\n+++\n{{ items }}");
    folder.write("t/email.liquid", "+++\nsubject = \"x\"\n[sample]\nitems = [\"shoes\"]\n+++\n{{ items[0] }}");
    const auto catalogue = open_catalogue(folder.path(), nullptr);
    const auto loaded = catalogue->find("t");
    ASSERT_NE(loaded, nullptr);
    EXPECT_THAT(loaded->contradictions("sms", R"({"items":"shoes"})"), IsEmpty());
    EXPECT_EQ(loaded->contradictions("sms", R"({"items":["shoes"]})").size(), 1u);
    EXPECT_EQ(loaded->contradictions("email", R"({"items":"shoes"})").at(0).pointer, "/items");
    EXPECT_THAT(loaded->contradictions("push", R"({"items":"shoes"})"), IsEmpty());
}

TEST(DataLinks, what_may_not_begin_a_link_is_told_with_its_place_wherever_the_template_puts_it) {
    ScratchFolder folder;
    folder.write("_partials/button.liquid", "<a href=\"{{ url }}\">{{ label }}</a>");
    folder.write("_layouts/page.liquid", "<body><a href='{{ brand_url }}'>x</a>{{ content }}</body>");
    folder.write("t/email.liquid",
                 "+++\nsubject = \"{{ title }}\"\nlayout = \"page\"\n+++\n<a href=\"{{ start.url }}\">a</a>"
                 "{% for item in items %}<img src=\"{{ item.image }}\"><p title=\"{{ item.note }}\">{% endfor %}"
                 "{% render 'button', url: more_url, label: title %}"
                 "{% assign way = other_url %}<a href={{ way }}>b</a>"
                 "<a href=\"https://shop.example/{{ path }}\">c</a><a href=\"{{ made | append: '/x' }}\">d</a>"
                 "{% for url in urls %}<a href=\"{{ url }}\">{{ url }}</a>{% endfor %}"
                 "<a href=\"{{ pairs.first.url }}\">e</a>{{ text }}");
    folder.write("t/sms.liquid", "{{ start.url }}");
    const auto catalogue = open_catalogue(folder.path(), nullptr);
    const auto loaded = catalogue->find("t");
    ASSERT_NE(loaded, nullptr);
    const auto places = [&](std::string_view json, std::string_view channel = "email") {
        std::vector<std::string> out;
        for (const auto& each : loaded->contradictions(channel, json))
            out.push_back(each.pointer);
        std::ranges::sort(out);
        return out;
    };
    const std::string bad = "\"javascript:alert(1)\"";
    EXPECT_THAT(
        places(R"({"start":{"url":)" + bad + R"(},"items":[{"image":"cid:a.png"},{"image":"DATA:text/html,x"}]})"),
        ElementsAre("/items/0/image", "/items/1/image", "/start/url"));
    EXPECT_THAT(places(R"({"more_url":)" + bad + R"(,"other_url":"vbscript:x","brand_url":" JavaScript:x"})"),
                ElementsAre("/brand_url", "/more_url", "/other_url"));
    EXPECT_THAT(places(R"({"urls":["https://a.example",)" + bad + R"(],"pairs":[{"url":"shop.example:80"}]})"),
                ElementsAre("/pairs/0/url", "/urls/1"));
    EXPECT_THAT(places(R"({"text":)" + bad + R"(,"title":"data: 5","path":"a:b","made":)" + bad + R"(,"url":)" + bad +
                       R"(,"label":)" + bad + R"(,"items":[{"note":"a: b"}]})"),
                IsEmpty())
        << "none of them begins a link";
    EXPECT_THAT(
        places(R"({"start":{"url":"HTTPS://a.example/?x=a:b"},"more_url":"mailto:a@b.example","other_url":"/x:y",)"
               R"("urls":["tel:+98","#a:b","",null,7],"items":"x","brand_url":"?a:b"})"),
        IsEmpty());
    EXPECT_THAT(places(R"({"start":{"url":)" + bad + "}}", "sms"), IsEmpty()) << "a text has no links";
    EXPECT_EQ(loaded->contradictions("email", R"({"more_url":"data:x"})").at(0).sentence,
              "more_url begins a link, and this is none: it may begin with https:, http:, mailto: or tel:, and with "
              "nothing else before a colon");
}

}  // namespace
}  // namespace chapar::render
