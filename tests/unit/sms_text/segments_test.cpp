// What a text becomes as SMS: TS 23.038 and 23.040.
#include <gtest/gtest.h>

#include <numeric>

#include "sms_text/gsm.hpp"
#include "sms_text/segments.hpp"

namespace chapar::sms {
namespace {

std::string repeat(std::string_view what, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += what;
    return out;
}

TEST(Segments, a_latin_text_fits_160_and_then_153) {
    EXPECT_EQ(count(repeat("a", 160)).segments, 1);
    EXPECT_EQ(count(repeat("a", 161)).segments, 2);
    EXPECT_EQ(count(repeat("a", 306)).segments, 2);
    EXPECT_EQ(count(repeat("a", 307)).segments, 3);
    EXPECT_EQ(count("").segments, 1);
    EXPECT_EQ(count("").units, 0);
}

TEST(Segments, a_persian_text_fits_70_and_then_67) {
    EXPECT_EQ(count(repeat("س", 70)).segments, 1);
    EXPECT_EQ(count(repeat("س", 71)).segments, 2);
    EXPECT_EQ(count(repeat("س", 134)).segments, 2);
    EXPECT_EQ(count(repeat("س", 135)).segments, 3);
}

TEST(Segments, it_says_which_character_is_dear) {
    const auto typographic = count("It\u2019s 5\u20AC");
    EXPECT_EQ(typographic.encoding, Encoding::ucs2);
    EXPECT_EQ(typographic.forced_by, "\u2019");
    EXPECT_EQ(typographic.forced_at, 2U);
    EXPECT_EQ(count("5\u20AC").encoding, Encoding::gsm7);
    EXPECT_EQ(count("5\u20AC").units, 3) << "the euro sign is an extended character";
    EXPECT_EQ(count("fa\u00E7ade").encoding, Encoding::ucs2) << "the alphabet has the capital only";
    EXPECT_EQ(count("\u00C7a va").encoding, Encoding::gsm7);
}

TEST(Segments, an_extended_character_is_not_cut) {
    // 152 places, then a character of two: it goes to the second part.
    const std::string text = repeat("a", 152) + "[" + repeat("b", 20);
    const auto parts = split(text);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].size(), 152U);
    EXPECT_EQ(count(repeat("[", 80)).segments, 1);
    EXPECT_EQ(count(repeat("[", 153)).segments, 3) << "76 of them fit a part, one place stays empty";
}

TEST(Segments, a_surrogate_pair_is_not_cut) {
    const std::string text = repeat("س", 66) + "😀" + repeat("س", 10);
    const auto parts = split(text);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0], repeat("س", 66));
    EXPECT_EQ(count("😀").units, 2);
}

TEST(Segments, a_grapheme_is_not_cut) {
    const std::string family = "👨‍👩‍👧‍👦";  // eleven code units
    const std::string text = repeat("س", 60) + family + repeat("س", 10);
    const auto parts = split(text);
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0], repeat("س", 60));
    EXPECT_TRUE(parts[1].starts_with(family));
}

TEST(Segments, a_grapheme_longer_than_a_part_is_cut_between_characters) {
    const std::string text = "e" + repeat("\u0301", 200);
    const auto parts = split(text);
    EXPECT_EQ(parts.size(), 3U);
    EXPECT_EQ(count(text).segments, 3);
}

TEST(Segments, parts_make_the_whole_and_none_is_too_long) {
    const std::string text = repeat(
        "سلام، این یک پیام است؛ می‌خواهیم ببینیم 😀 چند بخش می‌شود. ",
        9);
    const auto parts = split(text);
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), std::string(),
                              [](std::string sum, std::string_view part) { return sum.append(part); }),
              text);
    EXPECT_EQ(static_cast<int>(parts.size()), count(text).segments);
    for (const auto part : parts)
        EXPECT_LE(count(part).units, ucs2_part);
}

TEST(Segments, bytes_that_are_no_utf8_count_as_replacements) {
    const auto broken = count("ab\xFF");
    EXPECT_EQ(broken.encoding, Encoding::ucs2);
    EXPECT_EQ(broken.units, 3);
}

TEST(Gsm, every_character_of_the_tables_comes_back) {
    int known = 0;
    for (int septet = 0; septet < 128; ++septet) {
        for (const bool extended : {false, true}) {
            const auto character = gsm_character({static_cast<std::uint8_t>(septet), extended});
            if (!character) continue;
            ++known;
            const auto code = gsm_code(*character);
            ASSERT_TRUE(code.has_value());
            EXPECT_EQ(code->septet, septet);
            EXPECT_EQ(code->extended, extended);
        }
    }
    EXPECT_EQ(known, 127 + 10);
}

}  // namespace
}  // namespace chapar::sms
