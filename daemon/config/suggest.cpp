#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace chapar::config {
namespace {

std::string without_case(std::string_view word) {
    std::string out(word);
    for (char& letter : out)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
    if (word.size() > 64) return best;  // no typo is that long
    const auto folded = without_case(word);
    for (const auto candidate : known) {
        const auto distance = edit_distance(folded, without_case(candidate));
        if (distance < least) {
            least = distance;
            best = candidate;
        }
    }
    if (!best.empty() || word.size() < 3) return best;
    const auto begins = [&](std::string_view candidate) { return candidate.starts_with(word); };
    return std::ranges::count_if(known, begins) == 1 ? *std::ranges::find_if(known, begins) : best;
}

std::string listed(std::span<const std::string_view> words, std::string_view last) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? fmt::format(" {} ", last) : std::string(", ");
        out += words[i];
    }
    return out;
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
    if (const auto near = nearest(word, known); !near.empty()) return fmt::format("; did you mean \"{}\"?", near);
    if (known.empty()) return {};
    return "; known: " + listed(known, "and");
}

}  // namespace chapar::config
