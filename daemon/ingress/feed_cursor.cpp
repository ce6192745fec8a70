#include "ingress/feed_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "ingress/endpoints.hpp"

namespace chapar::ingress {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
constexpr char mark_of_ours = 'e';  // earlier versions' begin with a digit
constexpr std::uint8_t number_alone = 1, number_and_mark = 2;
constexpr std::size_t mark_bytes = 3, sum_bytes = 2;

/// FNV-1a, folded.
std::uint16_t sum_of(std::string_view bytes) {
    std::uint32_t sum = 2'166'136'261U;
    for (const char each : bytes)
        sum = (sum ^ static_cast<std::uint8_t>(each)) * 16'777'619U;
    return static_cast<std::uint16_t>(sum >> 16 ^ sum);
}

void append_number(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;)
        out.push_back(static_cast<char>(value >> (8 * i)));
}

std::uint64_t number_in(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char each : bytes)
        value = value << 8 | static_cast<std::uint8_t>(each);
    return value;
}

std::string to_letters(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char each : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(each);
        for (count += 8; count >= 5; count -= 5)
            out.push_back(letters[bits >> (count - 5) & 31]);
    }
    if (count > 0) out.push_back(letters[bits << (5 - count) & 31]);
    return out;
}

std::optional<std::string> from_letters(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char each : text) {
        const auto value = letters.find(each);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 5 | static_cast<std::uint32_t>(value);
        if ((count += 5) < 8) continue;
        count -= 8;
        out.push_back(static_cast<char>(bits >> count));
    }
    return out;
}

std::optional<store::FeedCursor> read_earlier(std::string_view text) {
    const auto dash = text.find('-');
    const auto number = read_number(text.substr(0, dash));
    if (!number) return std::nullopt;
    store::FeedCursor out{*number, std::nullopt};
    if (dash == std::string_view::npos) return out;
    const auto mark = text.substr(dash + 1);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(mark.data(), mark.data() + mark.size(), value, 16);
    if (error != std::errc() || end != mark.data() + mark.size() || mark.size() != 2 * mark_bytes) return std::nullopt;
    out.mark = value;
    return out;
}

}  // namespace

std::string cursor_text(store::FeedCursor cursor) {
    const auto number = static_cast<std::uint64_t>(cursor.number);
    std::size_t bytes = 1;
    while (bytes < sizeof(number) && number >> (8 * bytes) != 0)
        ++bytes;
    std::string out(1, static_cast<char>(cursor.mark ? number_and_mark : number_alone));
    append_number(out, number, bytes);
    if (cursor.mark) append_number(out, *cursor.mark, mark_bytes);
    append_number(out, sum_of(out), sum_bytes);
    return mark_of_ours + to_letters(out);
}

std::optional<store::FeedCursor> read_cursor(std::string_view text) {
    if (!text.starts_with(mark_of_ours)) return read_earlier(text);
    const auto bytes = from_letters(text.substr(1));
    if (!bytes || bytes->size() < 1 + 1 + sum_bytes) return std::nullopt;
    const std::string_view all = *bytes;
    const bool has_mark = all.front() == number_and_mark;
    const std::size_t behind = sum_bytes + (has_mark ? mark_bytes : 0);
    if (all.size() <= 1 + behind || all.size() > 1 + sizeof(std::uint64_t) + behind) return std::nullopt;
    store::FeedCursor out;
    out.number = static_cast<std::int64_t>(number_in(all.substr(1, all.size() - 1 - behind)));
    if (has_mark) out.mark = static_cast<std::uint32_t>(number_in(all.substr(all.size() - behind, mark_bytes)));
    // One text for each: what was changed anywhere is none of ours.
    if (out.number < 0 || cursor_text(out) != text) return std::nullopt;
    return out;
}

}  // namespace chapar::ingress
