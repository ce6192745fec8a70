#include <gtest/gtest.h>

#include "model/outcome.hpp"
#include "model/trace.hpp"

namespace chapar::model {
namespace {

/// Letters of Arabic script, which UTF-8 writes with a first byte of D8 to DB.
bool is_persian(std::string_view text) { return text.find_first_of("\xD8\xD9\xDA\xDB") != std::string_view::npos; }

TEST(Trace, every_reason_has_a_sentence_in_both_languages) {
    for (int number = 1; number < reason_count; ++number) {
        const auto reason = reason_from(number);
        ASSERT_TRUE(reason) << number;
        const auto english = sentence(*reason, Language::en), persian = sentence(*reason, Language::fa);
        EXPECT_TRUE(english.ends_with('.') && !is_persian(english)) << name(*reason) << ": " << english;
        EXPECT_TRUE(persian.ends_with('.') && is_persian(persian)) << name(*reason) << ": " << persian;
    }
    EXPECT_EQ(sentence(Reason::cancelled), sentence(Reason::cancelled, Language::en));
}

TEST(Trace, the_newest_entry_is_the_last_line) {
    std::string trace;
    EXPECT_FALSE(last_entry(trace));
    append(trace, {from_ms(5), Reason::quiet_hours, "until eight"});
    append(trace, {from_ms(9), Reason::cancelled, "by shop"});
    const auto last = last_entry(trace);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->reason, Reason::cancelled);
    EXPECT_EQ(last->detail, "by shop");
    EXPECT_EQ(last->at, from_ms(9));
}

std::string answered(std::string code, std::string detail) {
    Outcome outcome;
    outcome.code = std::move(code);
    outcome.detail = std::move(detail);
    return words(outcome);
}

TEST(Outcome, what_code_and_detail_both_begin_with_is_said_once) {
    EXPECT_EQ(answered("550 5.1.1", "5.1.1 no such user"), "550 5.1.1 no such user");
    EXPECT_EQ(answered("550 5.1.1", "550 5.1.1 no such user"), "550 5.1.1 no such user");
    EXPECT_EQ(answered("250 2.0.0", "2.0.0"), "250 2.0.0");
    EXPECT_EQ(answered("0x401", "blocked"), "0x401 blocked");
    EXPECT_EQ(answered("5", "550 no"), "5 550 no") << "the beginning of a number is not the number";
}

TEST(Outcome, an_answer_without_a_code_or_without_a_sentence_has_no_stray_blank) {
    EXPECT_EQ(answered("", " can't connect"), "can't connect");
    EXPECT_EQ(answered("421", ""), "421");
    EXPECT_EQ(answered("", ""), "");
}

}  // namespace
}  // namespace chapar::model
