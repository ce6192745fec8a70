#include "base/money.hpp"

#include <gtest/gtest.h>

#include "model/cost.hpp"

namespace chapar {
namespace {

TEST(Amounts, are_exact_and_written_as_short_as_they_are) {
    for (const auto* text : {"0", "1250", "0.0079", "1199.5", "9999999999.999999"})
        EXPECT_EQ(show_money(*parse_money(text)), text);
    EXPECT_EQ(parse_money("0.1")->micros + parse_money("0.2")->micros, parse_money("0.3")->micros);
    for (const auto* bad : {"", "-1", "1.", ".5", "1.2345678", "1e3", "12345678901", "1 000"})
        EXPECT_FALSE(parse_money(bad).has_value()) << bad;
    EXPECT_EQ(exchanged(*parse_money("0.000001"), *parse_money("0.5")), Money{1}) << "rounded to the nearest";
}

TEST(Costs, what_a_trace_says_is_read_again) {
    const model::Cost cost{3, 2, Money{2'399'000'000}, "IRR"};
    EXPECT_EQ(model::estimated_detail(cost), "attempt 3: 2 segments, 2399 IRR");
    const auto read = model::read_cost(model::estimated_detail(cost));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->attempt, 3);
    EXPECT_EQ(read->segments, 2);
    EXPECT_EQ(read->amount, cost.amount);
    EXPECT_EQ(model::read_cost(model::billed_detail(cost))->segments, 0);
    EXPECT_EQ(model::read_bill("0.0079 USD")->amount, Money{7'900});
    for (const auto* bad : {"", "0.0079", "0.0079 usd", "much USD", "-1 USD"})
        EXPECT_FALSE(model::read_bill(bad)) << bad;
}

}  // namespace
}  // namespace chapar
