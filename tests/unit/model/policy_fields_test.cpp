#include "model/policy_fields.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/varint.hpp"

namespace chapar::model {
namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t end) { return random() % end; }

/// Any bytes: the codec knows nothing of UTF-8.
std::string text(Random& random, std::size_t most) {
    std::string out(below(random, 3) == 0 ? 0 : below(random, most + 1), '\0');
    for (auto& byte : out)
        byte = static_cast<char>(random());
    return out;
}

std::vector<PlanStep> plan_of(Random& random) {
    std::vector<PlanStep> plan(1 + below(random, 3));
    for (auto& step : plan)
        step.address = "+9891" + std::to_string(below(random, 10));
    return plan;
}

Milliseconds time(Random& random) { return Milliseconds(static_cast<std::int64_t>(random()) - (1LL << 31)); }

PolicyFields fields_of(Random& random, const std::vector<PlanStep>& plan) {
    PolicyFields out;
    out.category = text(random, 40);
    out.sender = text(random, 300);
    out.household = text(random, 20);
    out.device_zone = text(random, 20);
    out.person_zone = text(random, 20);
    out.phone = below(random, 2) == 0 ? plan[below(random, plan.size())].address : text(random, 15);
    out.dedupe_key = text(random, 64);
    out.own_quiet = text(random, 400);
    if (below(random, 2) == 0) out.dedupe_window = time(random);
    if (below(random, 2) == 0) out.fallback_after = time(random);
    if (below(random, 2) == 0) out.value = static_cast<double>(random()) / 7 - 1e8;
    out.is_test = below(random, 2) == 0;
    for (std::size_t i = below(random, 4); i-- > 0;)
        out.data.emplace_back("path." + std::to_string(i), text(random, most_stored_value));
    for (std::size_t i = 0; i < plan.size(); ++i)
        if (below(random, 2) == 0) out.step_senders.emplace_back(static_cast<int>(i), text(random, 20));
    return out;
}

TEST(PolicyFieldsCodec, whatever_was_stored_comes_back) {
    Random random(11);
    for (int i = 0; i < 20'000; ++i) {
        const auto plan = plan_of(random);
        const auto fields = fields_of(random, plan);
        const auto bytes = encode(fields, plan);
        const auto back = decode_policy_fields(bytes, plan);
        ASSERT_TRUE(back.has_value()) << i;
        ASSERT_EQ(*back, fields) << i;
    }
}

TEST(PolicyFieldsCodec, a_message_without_any_takes_one_byte_and_is_not_taken_for_a_row_of_before) {
    const std::vector<PlanStep> plan(1);
    EXPECT_EQ(encode({}, plan).size(), 1U);
    EXPECT_EQ(decode_policy_fields(encode({}, plan), plan), PolicyFields{});
    EXPECT_EQ(decode_policy_fields("", plan), std::nullopt);
}

TEST(PolicyFieldsCodec, a_number_that_the_plan_has_is_not_written_twice) {
    std::vector<PlanStep> plan(2);
    plan[1].address = "+989121234567";
    const auto bytes = encode({.phone = "+989121234567"}, plan);
    EXPECT_LE(bytes.size(), 4U);
    EXPECT_EQ(decode_policy_fields(bytes, plan)->phone, "+989121234567");
    EXPECT_EQ(decode_policy_fields(bytes, std::vector<PlanStep>(1)), std::nullopt) << "there is no such step";
}

TEST(PolicyFieldsCodec, a_long_value_is_left_to_the_request_and_an_absent_one_is_known_to_be_absent) {
    const std::vector<PlanStep> plan(1);
    PolicyFields fields;
    fields.data = {{"absent", ""}, {"fits", std::string(most_stored_value, 'x')}};
    fields.data.emplace_back("long", std::string(most_stored_value + 1, 'x'));
    const auto back = decode_policy_fields(encode(fields, plan), plan);
    ASSERT_TRUE(back.has_value());
    ASSERT_NE(back->value_at("absent"), nullptr);
    EXPECT_EQ(*back->value_at("absent"), "");
    ASSERT_NE(back->value_at("fits"), nullptr);
    EXPECT_EQ(back->value_at("fits")->size(), most_stored_value);
    EXPECT_EQ(back->value_at("long"), nullptr);
    EXPECT_EQ(back->value_at("never asked for"), nullptr);
}

TEST(PolicyFieldsCodec, what_a_later_version_added_is_skipped) {
    Random random(12);
    for (int i = 0; i < 2'000; ++i) {
        const auto plan = plan_of(random);
        const auto fields = fields_of(random, plan);
        std::string strange;
        put_number(strange, 16 + below(random, 1'000'000));
        const auto content = text(random, 300);
        put_number(strange, content.size());
        strange += content;
        auto bytes = encode(fields, plan);
        bytes = below(random, 2) == 0 ? bytes + strange : bytes.substr(0, 1) + strange + bytes.substr(1);
        const auto back = decode_policy_fields(bytes, plan);
        ASSERT_TRUE(back.has_value()) << i;
        ASSERT_EQ(*back, fields) << i;
    }
}

TEST(PolicyFieldsCodec, another_version_is_not_read) {
    const std::vector<PlanStep> plan(1);
    auto bytes = encode({.category = "offers"}, plan);
    for (int version = 0; version < 256; ++version) {
        bytes[0] = static_cast<char>(version);
        EXPECT_EQ(decode_policy_fields(bytes, plan).has_value(), version == 1) << version;
    }
}

/// Whatever the bytes are, they are either refused or read as something that is the same when it is stored again.
void expect_harmless(std::string_view bytes, const std::vector<PlanStep>& plan) {
    const auto read = decode_policy_fields(bytes, plan);
    if (!read) return;
    for (const auto& [step, sender] : read->step_senders)
        ASSERT_LT(static_cast<std::size_t>(step), plan.size());
    PolicyFields stored = *read;
    std::erase_if(stored.data, [](const auto& each) { return each.second.size() > most_stored_value; });
    const auto again = decode_policy_fields(encode(*read, plan), plan);
    ASSERT_TRUE(again.has_value());
    if (std::isnan(read->value)) return;
    ASSERT_EQ(*again, stored);
}

TEST(PolicyFieldsCodec, a_text_that_was_cut_anywhere_or_changed_is_refused_or_harmless) {
    Random random(13);
    int refused = 0;
    for (int i = 0; i < 3'000; ++i) {
        const auto plan = plan_of(random);
        const auto bytes = encode(fields_of(random, plan), plan);
        for (std::size_t end = 0; end < bytes.size(); end += 1 + below(random, 5))
            expect_harmless(std::string_view(bytes).substr(0, end), plan);
        for (int flips = 0; flips < 20; ++flips) {
            auto changed = bytes;
            changed[below(random, changed.size())] ^= static_cast<char>(1 + below(random, 255));
            expect_harmless(changed, plan);
            refused += decode_policy_fields(changed, plan) ? 0 : 1;
        }
    }
    EXPECT_GT(refused, 1'000) << "the damage is real";
}

TEST(PolicyFieldsCodec, noise_is_refused_or_harmless) {
    Random random(14);
    for (int i = 0; i < 100'000; ++i) {
        const auto plan = plan_of(random);
        auto bytes = text(random, 60);
        if (!bytes.empty()) bytes[0] = 1;
        // Small bytes are tags and lengths more often.
        if (i % 2 == 0)
            for (std::size_t at = 1; at < bytes.size(); ++at)
                bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) % 18);
        expect_harmless(bytes, plan);
    }
}

TEST(PolicyFieldsCodec, a_length_beyond_the_end_or_beyond_all_bounds_is_refused) {
    const std::vector<PlanStep> plan(1);
    for (const std::uint64_t length : {std::uint64_t{4}, std::uint64_t{1} << 31, ~std::uint64_t{0}}) {
        std::string bytes{"\x01\x01", 2};
        put_number(bytes, length);
        bytes += "abc";
        EXPECT_EQ(decode_policy_fields(bytes, plan), std::nullopt) << length;
    }
    EXPECT_EQ(decode_policy_fields(std::string(12, '\xff').insert(0, 1, '\x01'), plan), std::nullopt);
}

}  // namespace
}  // namespace chapar::model
