// Alphabets beyond the default, octets, replacements.
#include <gtest/gtest.h>

#include "sms_text/national.hpp"
#include "sms_text/plan.hpp"
#include "sms_text/smart.hpp"

namespace chapar::sms {
namespace {

std::string repeat(std::string_view what, int times) {
    std::string out;
    for (int i = 0; i < times; ++i)
        out += what;
    return out;
}

TextOptions with(std::initializer_list<std::string_view> names) {
    TextOptions out;
    for (const auto name : names)
        out.national.push_back(*parse_tables(name));
    return out;
}

TEST(Plan, says_the_same_as_count) {
    for (const auto& text : {repeat("a", 160), repeat("a", 161), repeat("س", 70), repeat("س", 71), repeat("€", 81),
                             repeat("😀", 36), std::string(), repeat("ab[", 200)}) {
        const auto planned = plan(text, {});
        const auto counted = count(text);
        EXPECT_EQ(planned.encoding, counted.encoding);
        EXPECT_EQ(static_cast<int>(planned.parts.size()), counted.segments) << text;
        std::string together;
        for (const auto& part : planned.parts)
            together += part;
        EXPECT_EQ(together, text);
    }
}

TEST(Plan, counts_as_it_plans_whatever_the_options) {
    std::vector<TextOptions> all(6);
    all[1].smart = true;
    all[2].latin1 = true;
    all[3] = with({"turkish", "portuguese-locking"});
    all[4].concatenation = Concatenation::udh16;
    all[5] = {with({"turkish"}).national, true, true, Concatenation::udh16};
    for (const auto& text :
         {repeat("a", 160), repeat("a", 305), repeat("س", 133), repeat("“it’s” – ", 17), repeat("é ã ", 40),
          repeat("ağ", 80), repeat("😀", 36), std::string(), repeat("ab[", 200)}) {
        for (const auto& options : all) {
            const auto planned = plan(text, options);
            const auto counted = count(text, options);
            EXPECT_EQ(planned.encoding, counted.encoding) << text;
            EXPECT_EQ(static_cast<int>(planned.parts.size()), counted.segments) << text;
        }
    }
    EXPECT_EQ(count(repeat("“it’s” – ", 17), all[1]).segments, 1);
    EXPECT_EQ(count(repeat("“it’s” – ", 17), all[1]).forced_by, "");
    EXPECT_EQ(count(repeat("“it’s” – ", 17)).segments, 3);
    EXPECT_EQ(count(repeat("س", 133), all[4]).segments, 3);
    EXPECT_EQ(count(repeat("س", 133)).segments, 2);
}

TEST(Plan, sixteen_bit_references_leave_one_place_less) {
    TextOptions options;
    options.concatenation = Concatenation::udh16;
    EXPECT_EQ(plan(repeat("a", 160), options).parts.size(), 1U);
    EXPECT_EQ(plan(repeat("a", 304), options).parts.size(), 2U);
    EXPECT_EQ(plan(repeat("a", 305), options).parts.size(), 3U);
    EXPECT_EQ(plan(repeat("س", 132), options).parts.size(), 2U);
    EXPECT_EQ(plan(repeat("س", 133), options).parts.size(), 3U);
}

TEST(Plan, national_tables_are_taken_only_where_they_do) {
    const auto turkish = plan("Şişli'de bugün yağmur", with({"turkish"}));
    EXPECT_EQ(turkish.encoding, Encoding::gsm7);
    EXPECT_EQ(turkish.tables.single, Language::turkish);
    EXPECT_EQ(plan("Hello", with({"turkish"})).tables, Tables{}) << "the default alphabet does";
    EXPECT_EQ(plan("Γειά σου", with({"turkish"})).encoding, Encoding::ucs2);
    EXPECT_EQ(plan("¿Cuántos días?", with({"turkish", "spanish"})).tables.single, Language::spanish);
    EXPECT_EQ(plan("coração", with({"portuguese-locking"})).tables.locking, Language::portuguese);
}

TEST(Plan, a_table_costs_its_element_in_the_header) {
    // 140 octets less 4 are 155 septets; with a concatenation less 9, 149.
    const auto options = with({"spanish"});
    EXPECT_EQ(plan("á" + repeat("a", 153), options).parts.size(), 1U);
    EXPECT_EQ(plan("á" + repeat("a", 154), options).parts.size(), 2U);
    EXPECT_EQ(plan("á" + repeat("a", 149 + 147), options).parts.size(), 2U);
    EXPECT_EQ(plan("á" + repeat("a", 149 + 148), options).parts.size(), 3U);
    EXPECT_EQ(shift_elements({Language::portuguese, Language::portuguese}), std::string("\x24\x01\x03\x25\x01\x03"));
}

TEST(Plan, persian_by_the_urdu_tables) {
    const auto persian = plan("سلام، سفارش شما رسید ۱۲", with({"urdu"}));
    EXPECT_EQ(persian.encoding, Encoding::gsm7);
    EXPECT_EQ(persian.tables, (Tables{Language::urdu, Language::urdu}));
    EXPECT_EQ(text_of(octets(persian.text, Encoding::gsm7, persian.tables), Encoding::gsm7, persian.tables),
              persian.text);
    EXPECT_EQ(plan("می\u200Cرود", with({"urdu"})).encoding, Encoding::ucs2) << "the tables have no ZWNJ";
    EXPECT_EQ(plan("راه", with({"urdu"})).encoding, Encoding::ucs2) << "nor Persian heh, Urdu writes another";
}

TEST(Plan, latin1_only_on_request) {
    TextOptions options;
    EXPECT_EQ(plan("façade", options).encoding, Encoding::ucs2);
    options.latin1 = true;
    EXPECT_EQ(plan("façade", options).encoding, Encoding::latin1);
    EXPECT_EQ(plan(repeat("ç", 140), options).parts.size(), 1U);
    EXPECT_EQ(plan(repeat("ç", 141), options).parts.size(), 2U);
    EXPECT_EQ(octets("ç", Encoding::latin1, {}), "\xE7");
}

TEST(Plan, every_table_reads_back) {
    for (const auto language :
         {Language::standard, Language::turkish, Language::spanish, Language::portuguese, Language::urdu}) {
        const Tables tables{language, language};
        for (int septet = 0; septet < 128; ++septet) {
            const auto plain = gsm_character({static_cast<std::uint8_t>(septet), false}, tables);
            if (!plain) continue;
            const auto code = gsm_code(*plain, tables);
            ASSERT_TRUE(code) << septet;
            EXPECT_EQ(gsm_character(*code, tables), plain);
        }
        for (const auto& place : single_table(language))
            EXPECT_TRUE(gsm_code(place.character, tables)) << static_cast<unsigned>(place.character);
        EXPECT_TRUE(locking_table(language).empty() || locking_table(language).size() == 128);
    }
}

TEST(Octets, utf16_goes_both_ways) {
    EXPECT_EQ(octets("س😀", Encoding::ucs2, {}), std::string("\x06\x33\xD8\x3D\xDE\x00", 6));
    EXPECT_EQ(text_of(octets("س😀 a", Encoding::ucs2, {}), Encoding::ucs2), "س😀 a");
    EXPECT_EQ(text_of(std::string("\xD8\x3D", 2), Encoding::ucs2), "\uFFFD") << "half a pair";
    EXPECT_EQ(text_of("\x06", Encoding::ucs2), "") << "half a unit";
}

TEST(Octets, septets_go_both_ways) {
    EXPECT_EQ(octets("@[€", Encoding::gsm7, {}), std::string("\x00\x1B\x3C\x1B\x65", 5));
    EXPECT_EQ(text_of(std::string("\x00\x1B\x3C\x1B\x65", 5), Encoding::gsm7), "@[€");
    EXPECT_EQ(text_of("\x1B", Encoding::gsm7), "");
}

TEST(Octets, packed_as_23038_has_it) {
    EXPECT_EQ(pack("hellohello", 0), std::string("\xE8\x32\x9B\xFD\x46\x97\xD9\xEC\x37"));
    EXPECT_EQ(pack("", 0), "");
    // Six octets of header: one fill bit.
    EXPECT_EQ(pack("a", 6), std::string("\xC2"));
    EXPECT_EQ(pack("a", 7), std::string("\x61"));
}

TEST(Smart, signs_are_replaced_where_that_saves) {
    const auto smart = smarten("It’s “done” – really…");
    EXPECT_EQ(smart.text, "It's \"done\" - really...");
    ASSERT_EQ(smart.replaced.size(), 5U);
    EXPECT_EQ(smart.replaced[0].from, "’");
    EXPECT_EQ(smart.replaced[0].to, "'");
    EXPECT_EQ(smart.replaced[0].times, 1);
    EXPECT_EQ(count(smart.text).encoding, Encoding::gsm7);
}

TEST(Smart, a_text_that_stays_ucs2_keeps_its_signs) {
    EXPECT_EQ(smarten("سلام «دنیا»").text, "سلام «دنیا»");
    EXPECT_TRUE(smarten("Привет – «мир»").replaced.empty());
}

TEST(Smart, arabic_letters_become_persian_in_a_persian_text) {
    EXPECT_EQ(smarten("گفتي كه").text, "گفتی که");
    EXPECT_EQ(smarten("كتاب عربي").text, "كتاب عربي") << "nothing says that this is Persian";
}

}  // namespace
}  // namespace chapar::sms
