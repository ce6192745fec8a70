#include "sms_text/smart.hpp"

#include <algorithm>
#include <utility>

#include "sms_text/segments.hpp"

namespace chapar::sms {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr Pair signs[] = {{"\u2018", "'"},   {"\u2019", "'"},  {"\u201A", ","},  {"\u201B", "'"},    {"\u2032", "'"},
                          {"\u201C", "\""},  {"\u201D", "\""}, {"\u201E", "\""}, {"\u201F", "\""},   {"\u2033", "\""},
                          {"\u00AB", "\""},  {"\u00BB", "\""}, {"\u2010", "-"},  {"\u2011", "-"},    {"\u2012", "-"},
                          {"\u2013", "-"},   {"\u2014", "-"},  {"\u2015", "-"},  {"\u2212", "-"},    {"\u2022", "-"},
                          {"\u2026", "..."}, {"\u00A0", " "},  {"\u202F", " "},  {"\u2009", " "},    {"\u2007", " "},
                          {"\u200B", ""},    {"\uFEFF", ""},   {"\u00AD", ""},   {"\u2122", "(TM)"}, {"\u00A9", "(C)"},
                          {"\u00AE", "(R)"}, {"\u00B4", "'"},  {"`", "'"},       {"\u00D7", "x"},    {"\u2044", "/"},
                          {"\t", " "},       {"\u2028", "\n"}, {"\u2029", "\n"}, {"\u2192", "->"}};

constexpr Pair letters[] = {{"\u064A", "\u06CC"}, {"\u0649", "\u06CC"}, {"\u0643", "\u06A9"}};
// Letters that Persian has and Arabic has not.
constexpr std::string_view persian[] = {"پ", "چ", "ژ", "گ", "ک", "ی"};

template <std::size_t Size>
Smart replace(std::string_view text, const Pair (&pairs)[Size]) {
    Smart out;
    out.text.reserve(text.size());
    while (!text.empty()) {
        const auto* found = std::ranges::find_if(pairs, [&](const Pair& pair) { return text.starts_with(pair.first); });
        if (found == std::end(pairs)) {
            out.text.push_back(text.front());
            text.remove_prefix(1);
            continue;
        }
        out.text.append(found->second);
        text.remove_prefix(found->first.size());
        auto known = std::ranges::find(out.replaced, found->first, &SmartReplacement::from);
        if (known == out.replaced.end())
            known = out.replaced.insert(known, {std::string(found->first), std::string(found->second), 0});
        ++known->times;
    }
    return out;
}

bool is_persian(std::string_view text) {
    return std::ranges::any_of(persian, [&](std::string_view letter) { return text.contains(letter); });
}

}  // namespace

Smart smarten(std::string_view text) {
    if (count(text).encoding == Encoding::gsm7) return {std::string(text), {}};
    Smart plain = replace(text, signs);
    if (count(plain.text).encoding == Encoding::gsm7) return plain;
    if (is_persian(text)) return replace(text, letters);
    return {std::string(text), {}};
}

}  // namespace chapar::sms
