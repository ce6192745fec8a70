#include "engage/short_code.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "mail.hpp"
#include "sms_text/plan.hpp"

namespace chapar::engage {
namespace {

const auto nobody_has_it = [](std::string_view) -> Result<bool> { return false; };

TEST(ShortCode, has_seven_characters_that_nobody_mistakes) {
    const auto random = system_randomness();
    std::set<std::string> seen;
    std::map<char, int> counts;
    for (int i = 0; i < 20'000; ++i) {
        const auto code = draw_short_code(random, nobody_has_it);
        ASSERT_TRUE(code);
        EXPECT_TRUE(is_short_code(*code)) << *code;
        EXPECT_EQ(code->find_first_of("0OIl+/_-"), std::string::npos);
        seen.insert(*code);
        for (const char c : *code)
            ++counts[c];
    }
    EXPECT_GE(seen.size(), 19'999U) << "two in a billion pairs are alike";
    EXPECT_EQ(counts.size(), 58U);
    // 140,000 characters: 2,414 of each, with a deviation of 49.
    for (const auto& [c, count] : counts)
        EXPECT_NEAR(count, 2414, 6 * 49) << c;
}

TEST(ShortCode, bytes_that_would_favour_some_characters_are_thrown_away) {
    int calls = 0;
    const auto code = draw_short_code(
        [&](std::span<std::uint8_t> bytes) {
            // 232 to 255 would be the first 24 characters once more.
            std::ranges::fill(bytes, ++calls == 1 ? 255 : 231);
            return true;
        },
        nobody_has_it);
    ASSERT_TRUE(code);
    EXPECT_EQ(*code, "zzzzzzz");
    EXPECT_EQ(calls, 2);
}

TEST(ShortCode, a_taken_one_is_drawn_again) {
    int asked = 0;
    std::string first;
    const auto code = draw_short_code(system_randomness(), [&](std::string_view drawn) -> Result<bool> {
        if (asked++ == 0) first = drawn;
        return asked <= 3;
    });
    ASSERT_TRUE(code);
    EXPECT_EQ(asked, 4);
    EXPECT_NE(*code, first);
}

TEST(ShortCode, a_full_table_a_broken_one_and_no_randomness_are_told_apart) {
    const auto full = draw_short_code(system_randomness(), [](std::string_view) -> Result<bool> { return true; });
    ASSERT_FALSE(full);
    EXPECT_TRUE(full.error().is(ShortCodeError::all_taken));
    const auto broken = draw_short_code(system_randomness(), [](std::string_view) -> Result<bool> {
        return fail(ShortCodeError::unavailable, "the store is away");
    });
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().is(ShortCodeError::unavailable));
    const auto silent = draw_short_code([](std::span<std::uint8_t>) { return false; }, nobody_has_it);
    ASSERT_FALSE(silent);
    EXPECT_TRUE(silent.error().is(ShortCodeError::no_randomness));
}

TEST(ShortCode, other_texts_are_none) {
    for (const std::string_view text :
         {"", "abcdef", "abcdefgh", "abcdef0", "abcdefO", "abcdefI", "abcdefl", "abc def", "abc/efg"})
        EXPECT_FALSE(is_short_code(text)) << text;
    EXPECT_TRUE(is_short_code("Ab3dE7x"));
}

TEST(ShortCode, the_placeholder_is_counted_as_no_less_than_any_code) {
    const auto placeholder = short_link_placeholder("https://zb.ir");
    EXPECT_EQ(placeholder, short_link_placeholder("https://zb.ir/"));
    EXPECT_EQ(placeholder.size(), std::string_view("https://zb.ir/Ab3dE7x").size());
    std::vector<sms::TextOptions> all(2);
    all[1].latin1 = true;
    for (const char* name :
         {"turkish", "turkish-locking", "spanish", "portuguese", "portuguese-locking", "urdu", "urdu-locking"})
        if (const auto tables = sms::parse_tables(name)) all.push_back({.national = {*tables}});
    EXPECT_GT(all.size(), 4U);
    for (const auto& options : all)
        for (const std::string text : {"Order: ", "سفارش شما: ", "Siparişiniz: ", "آرڈر ", "São ç "})
            for (const char c : base58) {
                const auto with = [&](const std::string& link) { return sms::count(text + link, options); };
                const auto counted = with(placeholder);
                const auto sent = with("https://zb.ir/" + std::string(short_code_length, c));
                EXPECT_LE(sent.units, counted.units) << text << c;
                EXPECT_LE(sent.segments, counted.segments) << text << c;
            }
}

TEST(ShortCode, a_text_is_counted_with_its_short_links_before_they_are_drawn) {
    const Shop shop;
    const auto rules = shop.rules();
    const std::string text = "سفارش شما راهی شد: https://shop.ir/orders/" + std::string(90, '7') +
                             " پیگیری: https://www.shop.ir/track?order=1042، لغو ۱۱";
    const auto counted = sms::count(rewrite_text(text, rules, placeholder_writer("https://zb.ir")).text);
    const auto random = system_randomness();
    const LinkWriter draw = [&](std::string& out, std::uint16_t, std::string_view) {
        out += "https://zb.ir/" + *draw_short_code(random, nobody_has_it);
    };
    const auto sent = sms::count(rewrite_text(text, rules, draw).text);
    EXPECT_EQ(counted.units, sent.units);
    EXPECT_EQ(counted.segments, 2);
    EXPECT_EQ(sent.segments, 2);
    EXPECT_GT(sms::count(text).segments, counted.segments);
}

}  // namespace
}  // namespace chapar::engage
