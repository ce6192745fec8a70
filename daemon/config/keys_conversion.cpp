// The part of the key table that is about what people do because of messages: [[conversion]].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 3> credits{"last_click", "last_touch", "linear"};
constexpr std::array<std::string_view, 3> once_pers{"event", "person", "day"};

using V = ConversionSettings;
const Key<V> conversion_keys[] = {
    {.name = "name",
     .member = &V::name,
     .help = "Its name in reports.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "event",
     .member = &V::event,
     .help = "The event of POST /v1/recipients/ID/events that counts.",
     .required = true},
    {.name = "window",
     .member = &V::window,
     .help = "How long after an open or a click it is credited to the message.",
     .rule = {.min = minute, .max = 365 * day, .zero = zero_time}},
    {.name = "credit",
     .member = &V::credit,
     .help = "Who gets it: the message of the last click, of the last open or click, or all of them alike. Machines' "
             "never count.",
     .rule = {.choices = credits}},
    {.name = "once_per",
     .member = &V::once_per,
     .help = "event: each counts. person, day: a person's first, or first of a day (UTC). The same `key` never counts "
             "twice.",
     .rule = {.choices = once_pers}},
    {.name = "applications", .member = &V::applications, .help = "Whose events count.", .absent = "those of all"},
};

}  // namespace

// clang-format off
template <> std::span<const Key<V>> keys<V>() { return conversion_keys; }

template <> std::string_view title<V>() { return "[[conversion]]"; }
// clang-format on

void add_conversion_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<V>())
        all.push_back({title<V>(), key.name});
}

}  // namespace chapar::config
