// Seals: what was sealed opens, with both keys of a rotation, and nothing else does.
#include "seal/seal.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "seal/base32.hpp"
#include "seal/return_path.hpp"

namespace chapar::seal {
namespace {

const std::string key_a(64, 'a'), key_b(64, 'b'), key_c(32, 'c');
const std::string attempt = "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.3";

Sealer sealer(Kind kind, std::vector<std::string> keys, std::size_t tag = 16) {
    return Sealer::make(kind, keys, tag).value();
}
ReturnPaths paths(std::vector<std::string> keys) { return ReturnPaths::make(keys).value(); }

TEST(Seal, opens_to_what_was_sealed) {
    const auto seals = sealer(Kind::click, {key_a});
    for (const std::string& fields :
         {std::string(), std::string("x"), std::string(300, '\0'), std::string("\xff\x00\x01", 3)})
        EXPECT_EQ(seals.open(seals.seal(fields)), fields);
}

TEST(Seal, every_kind_has_its_own_key) {
    constexpr Kind kinds[] = {Kind::open,  Kind::click,   Kind::unsubscribe, Kind::preferences,     Kind::return_path,
                              Kind::inbox, Kind::console, Kind::subscribe,   Kind::unsubscribe_mail};
    for (const Kind made : kinds) {
        for (const Kind asked : kinds) {
            EXPECT_EQ(sealer(asked, {key_a}).open(sealer(made, {key_a}).seal("m1")).has_value(), made == asked);
            EXPECT_EQ(sealer(asked, {key_a}).reveal(sealer(made, {key_a}).hide("m1")).has_value(), made == asked);
        }
    }
}

TEST(ReturnPaths, a_mailbox_to_unsubscribe_at_is_no_return_path) {
    const std::vector<std::string> keys{key_a};
    const auto bounces = paths(keys), noes = ReturnPaths::make(keys, Kind::unsubscribe_mail).value();
    const auto mailbox = noes.sender("u@news.example.com", attempt).value();
    EXPECT_TRUE(looks_sealed(mailbox));
    EXPECT_EQ(noes.attempt_of(mailbox), attempt);
    EXPECT_EQ(bounces.attempt_of(mailbox), std::nullopt);
    EXPECT_EQ(noes.attempt_of(bounces.sender("u@news.example.com", attempt).value()), std::nullopt);
}

TEST(Seal, what_is_hidden_is_revealed_whole_and_by_nothing_else) {
    const auto seals = sealer(Kind::unsubscribe, {key_a, key_b});
    for (const std::string& fields :
         {std::string(), std::string("x"), std::string(300, '\0'), std::string("\xff\x00\x01", 3)}) {
        const auto hidden = seals.hide(fields);
        EXPECT_EQ(hidden.size(), fields.size() + seals.overhead());
        EXPECT_EQ(seals.reveal(hidden), fields);
        EXPECT_FALSE(seals.open(hidden));
        EXPECT_FALSE(seals.reveal(seals.seal(fields)));
        EXPECT_EQ(sealer(Kind::unsubscribe, {key_b, key_a}).reveal(hidden), fields);
        EXPECT_FALSE(sealer(Kind::unsubscribe, {key_b}).reveal(hidden));
        for (std::size_t bit = 0; bit < hidden.size() * 8; ++bit) {
            auto bad = hidden;
            bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
            ASSERT_FALSE(seals.reveal(bad)) << bit;
        }
        for (std::size_t size = 0; size < hidden.size(); ++size)
            ASSERT_FALSE(seals.reveal(hidden.substr(0, size))) << size;
    }
}

TEST(Seal, what_is_hidden_can_not_be_read) {
    const auto seals = sealer(Kind::unsubscribe, {key_a});
    const std::string secret = "sara@example.com, sara@example.com, sara@example.com";
    EXPECT_FALSE(seals.hide(secret).contains("sara"));
    EXPECT_FALSE(seals.hide(secret).contains("example"));
}

TEST(Seal, two_keys_open_while_one_replaces_the_other) {
    const auto before = sealer(Kind::open, {key_a}), between = sealer(Kind::open, {key_b, key_a}),
               after = sealer(Kind::open, {key_b});
    const auto old_seal = before.seal("f"), new_seal = between.seal("f");
    EXPECT_TRUE(between.open(old_seal));
    EXPECT_TRUE(between.open(new_seal));
    EXPECT_TRUE(after.open(new_seal));
    EXPECT_FALSE(after.open(old_seal));
    EXPECT_FALSE(before.open(new_seal));
}

TEST(Seal, any_changed_bit_and_any_cut_is_refused) {
    const auto seals = sealer(Kind::click, {key_a, key_b});
    const auto good = seals.seal("0123456789");
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
        auto bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(seals.open(bad)) << bit;
    }
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(seals.open(good.substr(0, size))) << size;
    EXPECT_FALSE(seals.open(good + '\0'));
}

TEST(Seal, keys_that_can_not_be_are_refused_in_words_without_the_key) {
    EXPECT_FALSE(Sealer::make(Kind::open, {}));
    const std::vector<std::string> three{key_a, key_b, key_c}, weak{"hunter2"};
    EXPECT_FALSE(Sealer::make(Kind::open, three));
    const auto made = Sealer::make(Kind::open, weak);
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().contains("32"));
    EXPECT_FALSE(made.error().contains("hunter2"));
}

TEST(Base32, every_value_has_one_spelling_but_for_its_case) {
    std::mt19937 random(7);
    for (std::size_t size = 0; size < 70; ++size) {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(random());
        auto text = to_base32(bytes);
        EXPECT_EQ(text.size(), base32_size(size));
        EXPECT_EQ(from_base32(text), bytes);
        for (char& c : text)
            if (c >= 'a' && random() % 2 == 0) c = static_cast<char>(c - 32);
        EXPECT_EQ(from_base32(text), bytes);
    }
    EXPECT_EQ(to_base32("foobar"), "mzxw6ytboi");  // RFC 4648 section 10
    for (const char* bad : {"a", "aaa", "aaaaaa", "ab", "mzxw6ytboj1", "mzxw6ytbo=", "0000", "a a "})
        EXPECT_FALSE(from_base32(bad)) << bad;
}

TEST(ReturnPath, comes_back_as_the_attempt_in_any_case_and_with_any_mark) {
    const auto made = paths({key_a}).sender("bounces@m.shop.ir", attempt).value();
    EXPECT_TRUE(made.starts_with("bounces+"));
    EXPECT_TRUE(made.ends_with("@m.shop.ir"));
    EXPECT_TRUE(looks_sealed(made));
    std::string upper = made, mixed = made;
    for (std::size_t i = 0; i < made.size(); ++i) {
        upper[i] = static_cast<char>(std::toupper(made[i]));
        if (i % 2 == 0) mixed[i] = upper[i];
    }
    std::string dash = made, equals = made;
    dash[7] = '-';
    equals[7] = '=';
    const auto foreign = made.substr(0, made.find('@')) + "@other.example";
    for (const auto& address : {made, upper, mixed, dash, equals, foreign, made.substr(0, made.find('@'))})
        EXPECT_EQ(paths({key_a}).attempt_of(address), attempt) << address;
    EXPECT_EQ(paths({key_b, key_a}).attempt_of(made), attempt);
    EXPECT_FALSE(paths({key_b}).attempt_of(made));
}

TEST(ReturnPath, a_local_part_never_grows_beyond_64_bytes) {
    for (std::size_t size = 1; size < 40; ++size) {
        const auto made = paths({key_a}).sender(std::string(size, 'b') + "@x.ir", attempt);
        EXPECT_EQ(made.has_value(), size <= ReturnPaths::longest_local);
        if (made) {
            EXPECT_LE(made->find('@'), 64U);
        }
    }
    EXPECT_FALSE(paths({key_a}).sender("@x.ir", attempt));
    EXPECT_FALSE(paths({key_a}).sender("no-domain", attempt));
}

TEST(ReturnPath, only_attempts_are_sealed) {
    for (const char* bad : {"", "x", "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6", "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.",
                            "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.65536", "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.-1",
                            "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.1x", "0192f3c4+5a6b-7c8d-9e0f-a1b2c3d4e5f6.1",
                            "g192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.1"})
        EXPECT_FALSE(paths({key_a}).sender("b@x.ir", bad)) << bad;
    const std::string last = "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.65535";
    EXPECT_EQ(paths({key_a}).attempt_of(paths({key_a}).sender("b@x.ir", last).value()), last);
}

TEST(ReturnPath, what_nobody_sealed_does_not_open) {
    const auto good = paths({key_a}).sender("bounces@x.ir", attempt).value();
    for (std::size_t at = 8; at < good.find('@'); ++at) {
        auto bad = good;
        bad[at] = bad[at] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(paths({key_a}).attempt_of(bad)) << at;
    }
    for (const char* plain : {"", "a@b.example", "bounces@x.ir", "@", "bounces+short@x.ir"})
        EXPECT_FALSE(looks_sealed(plain)) << plain;
    auto longer = good, shorter = good, plain = good;
    longer.insert(9, "a");
    shorter.erase(9, 1);
    plain[7] = 'x';
    for (const auto& bad : {longer, shorter, plain, std::string(), std::string("@"), std::string("bounces@x.ir"),
                            "bounces+" + std::string(ReturnPaths::seal_letters, 'a') + "@x.ir"})
        EXPECT_FALSE(paths({key_a}).attempt_of(bad)) << bad;
}

TEST(ReturnPath, a_seal_of_another_kind_is_none) {
    const auto other =
        sealer(Kind::unsubscribe, {key_a}, ReturnPaths::tag_bytes).seal(std::string(ReturnPaths::attempt_bytes, 'x'));
    EXPECT_FALSE(paths({key_a}).attempt_of("bounces+" + to_base32(other) + "@x.ir"));
}

}  // namespace
}  // namespace chapar::seal
