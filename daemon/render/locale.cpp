#include "render/locale.hpp"

#include <unicode/uloc.h>

#include <algorithm>
#include <numeric>

namespace chapar::render {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Case by length and place: "fa", "Hant", "IR".
void append_subtag(std::string& out, std::string_view subtag) {
    const bool letters = std::all_of(subtag.begin(), subtag.end(), is_letter);
    const bool region = !out.empty() && letters && subtag.size() == 2;
    const bool script = !out.empty() && letters && subtag.size() == 4;
    if (!out.empty()) out.push_back('-');
    for (std::size_t i = 0; i < subtag.size(); ++i)
        out.push_back(region || (script && i == 0) ? upper(subtag[i]) : lower(subtag[i]));
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string canonical_locale(std::string_view tag) {
    constexpr std::size_t longest = 35;
    std::string out;
    if (tag.size() > longest) return out;
    while (!tag.empty()) {
        const std::size_t end = std::min(tag.find_first_of("-_"), tag.size());
        const std::string_view subtag = tag.substr(0, end);
        const bool plain =
            std::all_of(subtag.begin(), subtag.end(), [](char c) { return is_letter(c) || is_digit(c); });
        const bool language = subtag.size() >= 2 && subtag.size() <= 3 && !is_digit(subtag.front());
        if (!plain || subtag.empty() || subtag.size() > 8 || (out.empty() && !language)) return {};
        append_subtag(out, subtag);
        if (end == tag.size()) break;
        tag.remove_prefix(end + 1);
        if (tag.empty()) return {};
    }
    return out;
}

std::string_view parent_locale(std::string_view canonical_tag) {
    const std::size_t cut = canonical_tag.rfind('-');
    return cut == std::string_view::npos ? "" : canonical_tag.substr(0, cut);
}

bool is_right_to_left(const std::string& language) { return uloc_isRightToLeft(language.c_str()) != 0; }

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(word.size() / 2, 1) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t d = distance(word, candidate);
        if (d < best_distance) {
            best_distance = d;
            best = candidate;
        }
    }
    return best;
}

}  // namespace chapar::render
