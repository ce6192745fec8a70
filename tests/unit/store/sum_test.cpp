// A row's checksum is that of its columns with their lengths, one behind the other, however long the row is.

#include <gtest/gtest.h>
#include <xxhash.h>

#include <string>

#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

std::string with_length(const std::string& text) {
    const auto size = static_cast<std::int64_t>(text.size());
    return std::string(reinterpret_cast<const char*>(&size), sizeof size) + text;
}

TEST(Sum, of_a_row_of_any_length_is_the_hash_of_all_its_bytes) {
    for (std::size_t length = 0; length < 2600; length += length < 64 || (length > 960 && length < 1100) ? 1 : 37) {
        const std::string first(length / 3, 'a'), second(length - length / 3, 'b');
        Sum sum;
        sum.add(std::string_view(first)).add(std::string_view(second)).add(std::int64_t{7});
        const std::int64_t last = 7;
        const auto bytes =
            with_length(first) + with_length(second) + std::string(reinterpret_cast<const char*>(&last), sizeof last);
        EXPECT_EQ(sum.value(), static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()))) << length;
    }
}

TEST(Sum, can_be_asked_for_before_the_row_is_whole) {
    Sum sum;
    sum.add(std::int64_t{1});
    const auto of_one = sum.value();
    sum.add(std::string_view("x"));
    EXPECT_NE(sum.value(), of_one);
    EXPECT_EQ(of_one, sum_of(std::int64_t{1}));
    EXPECT_EQ(sum.value(), sum_of(std::int64_t{1}, std::string_view("x")));
}

}  // namespace
}  // namespace chapar::store
