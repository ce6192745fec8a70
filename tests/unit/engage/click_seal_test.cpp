#include "engage/click_seal.hpp"

#include <gmock/gmock.h>

#include "mail.hpp"
#include "test_seal.hpp"

namespace chapar::engage {
namespace {

const TestSeal clicks{"key one", 'c'}, pixels{"key one", 'o'}, other_key{"key two", 'c'};
const ClickSeal sample{MessageKey{0x7123456789ABCDEF}, 65535, 20600, "https://shop.ir/?a=1&b=%D8%B3#x"};

TEST(ClickSeal, opens_to_the_destination_and_the_ids) {
    EXPECT_EQ(open_click(clicks.seal(fields_of(sample)), clicks.opener()), sample);
    const ClickSeal negative{MessageKey{-1}, 0, 0, "http://shop.ir"};
    EXPECT_EQ(open_click(clicks.seal(fields_of(negative)), clicks.opener()), negative);
    auto longest = sample;
    longest.destination = "https://shop.ir/" + std::string(longest_destination - 16, 'a');
    EXPECT_EQ(open_click(clicks.seal(fields_of(longest)), clicks.opener()), longest);
    const OpenSeal open{MessageKey{42}, 20600};
    EXPECT_EQ(open_pixel(pixels.seal(fields_of(open)), pixels.opener()), open);
}

TEST(ClickSeal, everything_else_fails_alike) {
    const auto good = clicks.seal(fields_of(sample));
    const auto fails = [](std::string_view text, const TestSeal& with = clicks) {
        EXPECT_EQ(open_click(text, with.opener()), std::nullopt) << text;
    };
    for (std::size_t size = 0; size < good.size(); ++size)
        fails(good.substr(0, size));
    for (std::size_t at = 0; at + 1 < good.size(); ++at) {
        auto changed = good;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        fails(changed);
    }
    fails(good + "A");
    fails(good + good);
    fails("");
    fails("%");
    fails(good, other_key);
    fails(good, pixels);
    fails(pixels.seal(fields_of(OpenSeal{MessageKey{42}, 20600})));
    EXPECT_EQ(open_pixel(good, pixels.opener()), std::nullopt);
    // Fields that no seal of ours has, even under our own key.
    for (const std::string destination :
         {"", "javascript:alert(1)", "//evil.example", "https://a@shop.ir/", "https://shop.ir/\r\nSet-Cookie: a",
          "HTTPS://SHOP.IR/", "https://shop.ir/ü", "/relative"}) {
        auto odd = sample;
        odd.destination = destination;
        fails(clicks.seal(fields_of(odd)));
    }
    auto long_one = sample;
    long_one.destination = "https://shop.ir/" + std::string(longest_destination - 15, 'a');
    fails(clicks.seal(fields_of(long_one)));
    EXPECT_EQ(open_pixel(pixels.seal(fields_of(OpenSeal{MessageKey{42}, 1}) + "x"), pixels.opener()), std::nullopt);
}

TEST(ClickSeal, a_rewritten_mail_leads_where_it_led) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto today = seal_day(from_ms(1'900'000'000'000));
    const auto write = click_writer("https://m.shop.ir", MessageKey{77}, today, clicks.sealer());
    const auto pixel = pixel_address("https://m.shop.ir", MessageKey{77}, today, pixels.sealer());
    const auto done = rewrite_html(
        R"(<body><a href="https://shop.ir/?a=1&amp;b=2">x</a> <a href='https://shop.ir/تخفیف'>y</a></body>)", rules,
        write, Pixel{Pixel::Place::end, pixel});
    EXPECT_THAT(pixel, testing::AllOf(testing::StartsWith("https://m.shop.ir/o/"), testing::EndsWith(".gif")));
    EXPECT_THAT(done.text, testing::HasSubstr(pixel));
    std::vector<std::string> destinations;
    for (auto at = done.text.find("/c/"); at != std::string::npos; at = done.text.find("/c/", at + 1)) {
        const auto end = done.text.find_first_of("\"'", at);
        const auto opened = open_click(std::string_view(done.text).substr(at + 3, end - at - 3), clicks.opener());
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->message, MessageKey{77});
        EXPECT_EQ(opened->link, destinations.size());
        EXPECT_EQ(opened->issued, today);
        destinations.push_back(opened->destination);
    }
    EXPECT_THAT(destinations,
                testing::ElementsAre("https://shop.ir/?a=1&b=2", "https://shop.ir/%D8%AA%D8%AE%D9%81%DB%8C%D9%81"));
    EXPECT_EQ(seal_day(from_ms(-1)), 0);
    EXPECT_EQ(today, 21990);
}

}  // namespace
}  // namespace chapar::engage
