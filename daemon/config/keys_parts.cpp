// The key tables of tables inside of others: [[route.price]] and backoff.

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"

namespace chapar::config {
namespace {

using B = Backoff;
const Key<B> backoff_keys[] = {
    {.name = "first",
     .member = &B::first,
     .help = "The longest wait before the second attempt; it doubles from there.",
     .rule = {.min = 1, .max = 7 * day}},
    {.name = "max",
     .member = &B::max,
     .help = "The longest wait between two attempts.",
     .rule = {.min = 1, .max = 7 * day}},
};

using PR = PriceSettings;
const Key<PR> price_keys[] = {
    {.name = "prefix",
     .member = &PR::prefix,
     .help = "How the numbers begin, in E.164; \"+\" is every number.",
     .rule = {.check = check_prefix_or_all}},
    {.name = "segment",
     .member = &PR::segment,
     .help = "Of one segment (of other channels: one message). A text such as \"0.0079\" is exact to the millionth.",
     .required = true},
    {.name = "currency",
     .member = &PR::currency,
     .help = "What `segment` is counted in; another one than the policy's needs an `exchange` there.",
     .rule = {.check = check_currency},
     .absent = "the policy's"},
};

}  // namespace

template <>
std::span<const Key<PR>> keys<PR>() {
    return price_keys;
}
template <>
std::string_view title<PR>() {
    return "[[route.price]]";
}

template <>
std::span<const Key<B>> keys<B>() {
    return backoff_keys;
}
template <>
std::string_view title<B>() {
    return "backoff";
}

}  // namespace chapar::config
