#include "engage/click_seal.hpp"

#include <gmock/gmock.h>

#include "mail.hpp"
#include "test_seal.hpp"

namespace chapar::engage {
namespace {

const auto clicks = sealer(seal::Kind::click), opens = sealer(seal::Kind::open);
const auto stranger = sealer(seal::Kind::click, {std::string(32, 's')});
const ClickSeal sample{MessageKey{0x7123456789ABCDEF}, 65535, 20600, "https://shop.ir/?a=1&b=%D8%B3#x"};

TEST(ClickSeal, opens_to_the_destination_and_the_ids) {
    EXPECT_EQ(open_click(sealed_text(*clicks, fields_of(sample)), *clicks), sample);
    const ClickSeal negative{MessageKey{-1}, 0, 0, "http://shop.ir"};
    EXPECT_EQ(open_click(sealed_text(*clicks, fields_of(negative)), *clicks), negative);
    auto longest = sample;
    longest.destination = "https://shop.ir/" + std::string(longest_destination - 16, 'a');
    EXPECT_EQ(open_click(sealed_text(*clicks, fields_of(longest)), *clicks), longest);
    const OpenSeal open{MessageKey{42}, 20600};
    EXPECT_EQ(open_pixel(sealed_text(*opens, fields_of(open)), *opens), open);
}

TEST(ClickSeal, everything_else_fails_alike) {
    const auto good = sealed_text(*clicks, fields_of(sample));
    const auto fails = [](std::string_view text, const seal::Sealer& with = *clicks) {
        EXPECT_EQ(open_click(text, with), std::nullopt) << text;
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
    fails(good, *stranger);
    fails(good, *opens);
    fails(sealed_text(*opens, fields_of(OpenSeal{MessageKey{42}, 20600})));
    EXPECT_EQ(open_pixel(good, *opens), std::nullopt);
    // Fields that no seal of ours has, even under our own key.
    for (const std::string destination :
         {"", "javascript:alert(1)", "//evil.example", "https://a@shop.ir/", "https://shop.ir/\r\nSet-Cookie: a",
          "HTTPS://SHOP.IR/", "https://shop.ir/ü", "/relative"}) {
        auto odd = sample;
        odd.destination = destination;
        fails(sealed_text(*clicks, fields_of(odd)));
    }
    auto long_one = sample;
    long_one.destination = "https://shop.ir/" + std::string(longest_destination - 15, 'a');
    fails(sealed_text(*clicks, fields_of(long_one)));
    EXPECT_EQ(open_pixel(sealed_text(*opens, fields_of(OpenSeal{MessageKey{42}, 1}) + "x"), *opens), std::nullopt);
}

TEST(ClickSeal, an_old_key_still_opens_while_the_new_one_seals) {
    const auto text = sealed_text(*clicks, fields_of(sample));
    const auto both = sealer(seal::Kind::click, {std::string(32, 'n'), std::string(32, 'k')});
    EXPECT_EQ(open_click(text, *both), sample);
    const auto fresh = sealed_text(*both, fields_of(sample));
    EXPECT_EQ(open_click(fresh, *both), sample);
    EXPECT_EQ(open_click(fresh, *clicks), std::nullopt);
}

TEST(ClickSeal, has_one_spelling) {
    const auto text = sealed_text(*opens, fields_of(OpenSeal{MessageKey{42}, 1}));  // 27 bytes: no bit is left over
    EXPECT_EQ(open_pixel(text + "=", *opens), std::nullopt);
    EXPECT_EQ(open_pixel(text + "====", *opens), std::nullopt);
    EXPECT_EQ(open_pixel(" " + text, *opens), std::nullopt);
    for (std::string bytes; bytes.size() < 70; bytes += static_cast<char>(bytes.size() * 37)) {
        const auto plain = to_base64url(bytes);
        EXPECT_EQ(plain.find_first_of("+/="), std::string::npos);
        EXPECT_EQ(from_base64url(plain), bytes);
        if (bytes.size() % 3 == 0) continue;
        auto odd = plain;
        odd.back() = odd.back() == '_' ? '-' : static_cast<char>(odd.back() + 1);
        const auto read = from_base64url(odd);
        EXPECT_TRUE(!read || read != bytes) << plain;
    }
}

TEST(ClickSeal, a_rewritten_mail_leads_where_it_led) {
    const Shop shop;
    const auto rules = shop.rules();
    const auto today = seal_day(from_ms(1'900'000'000'000));
    const auto write = click_writer("https://m.shop.ir", MessageKey{77}, today, clicks);
    const auto pixel = pixel_address("https://m.shop.ir", MessageKey{77}, today, *opens);
    const auto done = rewrite_html(
        R"(<body><a href="https://shop.ir/?a=1&amp;b=2">x</a> <a href='https://shop.ir/تخفیف'>y</a></body>)", rules,
        write, Pixel{Pixel::Place::end, pixel});
    EXPECT_THAT(pixel, testing::AllOf(testing::StartsWith("https://m.shop.ir/o/"), testing::EndsWith(".gif")));
    EXPECT_THAT(done.text, testing::HasSubstr(pixel));
    std::vector<std::string> destinations;
    for (auto at = done.text.find("/c/"); at != std::string::npos; at = done.text.find("/c/", at + 1)) {
        const auto end = done.text.find_first_of("\"'", at);
        const auto opened = open_click(std::string_view(done.text).substr(at + 3, end - at - 3), *clicks);
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
