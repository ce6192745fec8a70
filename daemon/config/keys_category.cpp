// The part of the key table that is about what people may choose: [[category]].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/page_texts.hpp"

#include <array>

namespace chapar::config {
namespace {

constexpr std::size_t longest_text = 300;
constexpr std::array<std::string_view, 2> defaults_known{"on", "off"};

using Category = CategorySettings;
const Key<Category> category_keys[] = {
    {.name = "name",
     .member = &Category::name,
     .help = "The category, as messages carry it.",
     .rule = {.check = check_word},
     .required = true},
    {.name = "title",
     .member = Several<Category>{
         [](Reading& reading, const Slot& slot, Category& out) { read_texts(reading, slot, out.title, longest_text); },
         [](const Category& category) { return show_texts(category.title); }, "table of texts: fa, en"},
     .help = "What people read on the page of preferences, in each language.",
     .required = true},
    {.name = "about",
     .member = Several<Category>{
         [](Reading& reading, const Slot& slot, Category& out) { read_texts(reading, slot, out.about, longest_text); },
         [](const Category& category) { return show_texts(category.about); }, "table of texts: fa, en"},
     .help = "A sentence below the title.",
     .absent = "none"},
    {.name = "class",
     .member = &Category::class_name,
     .help = "The class of its messages. It asks for consent or an opt-out: `requires` is not none.",
     .rule = {.check = check_name}},
    {.name = "default",
     .member = &Category::default_,
     .help = "What holds while a person said nothing. on: what the class says. off: it goes only to who chose it.",
     .rule = {.choices = defaults_known}},
};

}  // namespace

// clang-format off
template <> std::span<const Key<Category>> keys<Category>() { return category_keys; }

template <> std::string_view title<Category>() { return "[[category]]"; }
// clang-format on

void add_category_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<Category>())
        all.push_back({title<Category>(), key.name});
}

}  // namespace chapar::config
