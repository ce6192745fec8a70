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

}  // namespace
}  // namespace chapar::render
