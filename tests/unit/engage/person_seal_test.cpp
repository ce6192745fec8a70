// The addresses by which a person says no: they open to whom they were made for, and nothing else opens.
#include "engage/person_seal.hpp"

#include <gmock/gmock.h>

#include <random>

#include "engage/base64.hpp"

namespace chapar::engage {
namespace {

const std::string base = "https://m.shop.ir";
const std::string first_key(32, 'k'), second_key(32, 'n');
const PersonSeal sample{"shop", "sara@example.com", "email", "offers", MessageKey{0x7123456789ABCDEF}};

PersonSeals seals(std::vector<std::string> keys = {first_key}) { return PersonSeals::make(keys).value(); }
std::string text_of(const std::optional<std::string>& address) {
    return address.value().substr(base.size() + std::string_view("/u/").size());
}
std::string unsubscribe_text(const PersonSeals& by, const PersonSeal& whom = sample) {
    return text_of(by.unsubscribe_address(base, whom));
}

TEST(PersonSeal, opens_to_whom_it_was_made_for) {
    const auto by = seals();
    EXPECT_THAT(by.unsubscribe_address(base, sample).value(), testing::StartsWith("https://m.shop.ir/u/"));
    EXPECT_THAT(by.preferences_address(base, sample).value(), testing::StartsWith("https://m.shop.ir/p/"));
    EXPECT_EQ(by.open_unsubscribe(unsubscribe_text(by)), sample);
    EXPECT_EQ(by.open_preferences(text_of(by.preferences_address(base, sample))), sample);
}

TEST(PersonSeal, any_names_come_back_as_they_were) {
    const auto by = seals();
    std::mt19937 random(11);
    const auto name = [&random] {
        std::string out(1 + random() % longest_name, '\0');
        for (auto& c : out)
            c = static_cast<char>(random());
        return out;
    };
    for (int round = 0; round < 2'000; ++round) {
        const PersonSeal whom{name(), name(), name(), name(),
                              MessageKey{static_cast<std::int64_t>(std::uint64_t{random()} << 32 ^ random())}};
        const auto text = unsubscribe_text(by, whom);
        ASSERT_EQ(by.open_unsubscribe(text), whom);
        ASSERT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string::npos);
    }
    auto longest = sample;
    longest.person = std::string(longest_name, 'a');
    longest.application = longest.channel = longest.topic = longest.person;
    EXPECT_EQ(by.open_unsubscribe(unsubscribe_text(by, longest)), longest);
}

TEST(PersonSeal, a_name_that_is_empty_or_too_long_makes_no_address) {
    for (auto PersonSeal::* member :
         {&PersonSeal::application, &PersonSeal::person, &PersonSeal::channel, &PersonSeal::topic}) {
        for (const auto& odd : {std::string(), std::string(longest_name + 1, 'a')}) {
            auto whom = sample;
            whom.*member = odd;
            EXPECT_EQ(seals().unsubscribe_address(base, whom), std::nullopt);
            EXPECT_EQ(seals().preferences_address(base, whom), std::nullopt);
        }
    }
}

TEST(PersonSeal, every_changed_bit_and_every_cut_fails_alike) {
    const auto by = seals({second_key, first_key});
    const auto text = unsubscribe_text(by);
    const auto bytes = from_base64url(text).value();
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto changed = bytes;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_EQ(by.open_unsubscribe(to_base64url(changed)), std::nullopt) << bit;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_EQ(by.open_unsubscribe(to_base64url(bytes.substr(0, size))), std::nullopt) << size;
    for (std::size_t size = 0; size < text.size(); ++size)
        EXPECT_EQ(by.open_unsubscribe(text.substr(0, size)), std::nullopt) << size;
    for (const auto& odd : {text + "A", text + "=", text + text, " " + text, text + "\n", std::string(),
                            std::string(10'000, 'A'), std::string("%41"), std::string(22, 'A')})
        EXPECT_EQ(by.open_unsubscribe(odd), std::nullopt) << odd;
}

TEST(PersonSeal, is_good_for_one_use_and_one_site) {
    const auto by = seals(), stranger = seals({second_key});
    const auto unsubscribe = unsubscribe_text(by), preferences = text_of(by.preferences_address(base, sample));
    EXPECT_EQ(by.open_preferences(unsubscribe), std::nullopt);
    EXPECT_EQ(by.open_unsubscribe(preferences), std::nullopt);
    EXPECT_EQ(stranger.open_unsubscribe(unsubscribe), std::nullopt);
    EXPECT_EQ(stranger.open_preferences(preferences), std::nullopt);
}

TEST(PersonSeal, fields_that_no_seal_of_ours_has_do_not_open_under_our_own_key) {
    const std::vector<std::string> keys{first_key};
    const auto by = seals();
    const auto sealer = seal::Sealer::make(seal::Kind::unsubscribe, keys).value();
    const auto opens = [&](const std::string& fields) {
        return by.open_unsubscribe(to_base64url(sealer.hide(fields))).has_value();
    };
    const std::string key(8, '\1');
    EXPECT_TRUE(opens(key + "\1a\1b\1c\1d"));
    for (const auto& odd : {std::string(), key, key + "\1a\1b\1c", key + "\1a\1b\1c\2d", key + "\1a\1b\1c\1d\1",
                            key + std::string("\1a\1b\1c\0", 7), key + std::string("\0\1b\1c\1d", 7)})
        EXPECT_FALSE(opens(odd));
    EXPECT_EQ(by.open_unsubscribe(to_base64url(sealer.seal(key + "\1a\1b\1c\1d"))), std::nullopt) << "not hidden";
}

TEST(PersonSeal, an_old_key_still_opens_while_the_new_one_signs) {
    const auto before = seals(), between = seals({second_key, first_key}), after = seals({second_key});
    const auto old_text = unsubscribe_text(before), new_text = unsubscribe_text(between);
    EXPECT_EQ(between.open_unsubscribe(old_text), sample);
    EXPECT_EQ(between.open_unsubscribe(new_text), sample);
    EXPECT_EQ(after.open_unsubscribe(new_text), sample);
    EXPECT_EQ(after.open_unsubscribe(old_text), std::nullopt);
    EXPECT_EQ(before.open_unsubscribe(new_text), std::nullopt);
}

TEST(PersonSeal, an_address_names_nobody) {
    const auto by = seals();
    const auto bytes = from_base64url(unsubscribe_text(by)).value();
    for (const auto* text : {&sample.application, &sample.person, &sample.channel, &sample.topic})
        EXPECT_EQ(bytes.find(*text), std::string::npos);
    auto other = sample;
    other.person = "sara@example.org";
    const auto others = from_base64url(unsubscribe_text(by, other)).value();
    std::size_t same = 0;
    for (std::size_t i = 1; i < bytes.size(); ++i)
        same += bytes[i] == others[i] ? 1 : 0;
    EXPECT_LT(same, bytes.size() / 8) << "two people with almost the same fields have nothing in common";
    EXPECT_EQ(unsubscribe_text(by), unsubscribe_text(by)) << "the same fields have one address";
}

TEST(PersonSeal, a_key_that_can_not_be_is_refused_in_words) {
    const std::vector<std::string> weak{"hunter2"};
    const auto made = PersonSeals::make(weak);
    ASSERT_FALSE(made);
    EXPECT_THAT(made.error(), testing::HasSubstr("32"));
    EXPECT_THAT(made.error(), testing::Not(testing::HasSubstr("hunter2")));
}

}  // namespace
}  // namespace chapar::engage
