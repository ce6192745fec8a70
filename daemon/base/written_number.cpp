#include "base/written_number.hpp"

#include "base/written_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace chapar::written {
namespace {

constexpr std::size_t longest_number = 120;

enum class Mark { group, comma, dot, point };

struct Piece {
    std::string_view digits;
    Mark before = Mark::group;  // what stands between it and the piece before
};

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// The separator at the beginning of `text`, which is taken from it.
std::optional<Mark> take_mark(std::string_view& text) {
    struct Known {
        std::string_view text;
        Mark mark;
    };
    static constexpr std::array<Known, 10> known = {{{",", Mark::comma},
                                                     {"،", Mark::comma},
                                                     {"，", Mark::comma},
                                                     {".", Mark::dot},
                                                     {"٫", Mark::point},
                                                     {"٬", Mark::group},
                                                     {"_", Mark::group},
                                                     {" ", Mark::group},
                                                     {"'", Mark::group},
                                                     {"’", Mark::group}}};
    for (const auto& each : known) {
        if (!text.starts_with(each.text)) continue;
        text.remove_prefix(each.text.size());
        return each.mark;
    }
    return std::nullopt;
}

/// Digits and what is between them. False: something else is there too.
bool split(std::string_view text, std::vector<Piece>& pieces) {
    auto mark = Mark::group;
    if (!text.empty() && !is_digit(text.front())) {  // ".5"
        const auto taken = take_mark(text);
        if (!taken || (*taken != Mark::dot && *taken != Mark::point)) return false;
        pieces.push_back({"0", Mark::group});
        mark = *taken;
    }
    while (true) {
        const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
        if (end == 0) return false;
        pieces.push_back({text.substr(0, end), mark});
        text.remove_prefix(end);
        if (text.empty()) return true;
        const auto taken = take_mark(text);
        if (!taken) return false;
        mark = *taken;
    }
}

/// Does what stands before the last piece make that the fraction?
std::optional<bool> has_fraction(const std::vector<Piece>& pieces) {
    const auto count = [&](Mark mark) {
        return std::count_if(pieces.begin() + 1, pieces.end(), [&](const Piece& p) { return p.before == mark; });
    };
    if (pieces.size() == 1) return false;
    const auto last = pieces.back().before;
    const auto same = count(last), others = static_cast<std::ptrdiff_t>(pieces.size()) - 1 - same;
    switch (last) {
        case Mark::point:
            return same == 1 ? std::optional(true) : std::nullopt;
        case Mark::group:
            return count(Mark::point) == 0 && count(Mark::dot) == 0 ? std::optional(false) : std::nullopt;
        case Mark::dot:
            if (same == 1) return true;
            return others == 0 ? std::optional(false) : std::nullopt;  // 1.250.000
        case Mark::comma:
            if (same == 1 && others > 0)  // 1.250,50; "1 250,500" could be two numbers
                return pieces.back().digits.size() != 3 || count(Mark::dot) > 0 ? std::optional(true) : std::nullopt;
            return others == 0 ? std::optional(false) : std::nullopt;
    }
    return std::nullopt;
}

bool are_groups(const std::vector<Piece>& pieces, std::size_t count) {
    if (count == 1) return true;
    const auto& first = pieces.front().digits;
    if (first.size() > 3 || first.front() == '0' || pieces[count - 1].digits.size() != 3) return false;
    const auto kind = pieces[1].before;
    bool all_three = true, all_two = first.size() <= 2;
    for (std::size_t i = 1; i < count; ++i) {
        if (pieces[i].before != kind || kind == Mark::point) return false;
        if (i + 1 == count) break;
        all_three = all_three && pieces[i].digits.size() == 3;
        all_two = all_two && pieces[i].digits.size() == 2;
    }
    return all_three || (all_two && kind != Mark::dot);
}

std::optional<std::string> read_plain(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() > longest_number) return std::nullopt;
    std::string out;
    if (text.front() == '-' || text.front() == '+') {
        if (text.front() == '-') out = "-";
        text.remove_prefix(1);
    }
    std::vector<Piece> pieces;
    if (!split(text, pieces)) return std::nullopt;
    const auto fraction = has_fraction(pieces);
    if (!fraction) return std::nullopt;
    const auto whole = pieces.size() - (*fraction ? 1 : 0);
    if (!are_groups(pieces, whole)) return std::nullopt;
    for (std::size_t i = 0; i < whole; ++i)
        out += pieces[i].digits;
    if (*fraction) out.append(".").append(pieces.back().digits);
    return out;
}

}  // namespace

std::optional<std::string> read_number(std::string_view text) {
    if (text.size() > 4 * longest_number) return std::nullopt;
    return read_plain(plain(text).text);
}

std::optional<Percent> read_percent(std::string_view text) {
    if (text.size() > 4 * longest_number) return std::nullopt;
    const auto whole = plain(text).text;
    auto rest = trimmed(whole);
    bool has_sign = false;
    for (const std::string_view sign : {"%", "٪", "درصد", "％"}) {
        if (rest.starts_with(sign)) {
            rest.remove_prefix(sign.size());
            has_sign = true;
        } else if (rest.ends_with(sign)) {
            rest.remove_suffix(sign.size());
            has_sign = true;
        }
        if (has_sign) break;
    }
    auto number = read_plain(rest);
    if (!number) return std::nullopt;
    return Percent{std::move(*number), has_sign};
}

}  // namespace chapar::written
