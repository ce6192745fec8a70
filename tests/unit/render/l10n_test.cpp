// The filters that depend on language, calendar, time zone and script, through the catalogue as messages use them.
#include "render/catalogue.hpp"
#include "render/l10n/translations.hpp"
#include "render/lint.hpp"

#include "scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <thread>

namespace chapar::render {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class L10nTest : public testing::Test {
  protected:
    /// `text` as an SMS without a language of its own.
    std::string say(std::string_view text, std::string_view locale, std::string_view json = "{}") {
        folder_.write("t/sms.liquid", fmt::format("+++\nbidi = false\n+++\n{}", text));
        if (!catalogue_) catalogue_ = open_catalogue(folder_.path(), nullptr);
        for (const auto& trouble : catalogue_->reload())
            return "broken: " + trouble;
        return render("t", "sms", locale, json);
    }
    std::string render(std::string_view name, std::string_view channel, std::string_view locale,
                       std::string_view json = "{}", std::string_view wanted = "text") {
        Input input;
        input.data_json = json;
        input.locale = locale;
        input.timezone = zone_;
        input.now = from_ms(now_ms_);
        const auto rendered = catalogue_->find(name)->render(channel, input);
        if (!rendered) return "error: " + rendered.error().message();
        for (const auto& [key, value] : rendered->parts)
            if (key == wanted) return value;
        return "(none)";
    }
    ScratchFolder folder_;
    std::string zone_ = "Asia/Tehran";
    std::int64_t now_ms_ = 1721989205000;  // 2024-07-26 10:20:05 UTC
    std::unique_ptr<Catalogue> catalogue_;
};

TEST_F(L10nTest, numbers) {
    EXPECT_EQ(say("{{ 1250000.5 | number }} {{ 3 | number: 2 }} {{ 'x' | number }}", "en"), "1,250,000.5 3.00 x");
    EXPECT_EQ(say("{{ 1250000.5 | number }}", "fa-IR"), "۱٬۲۵۰٬۰۰۰٫۵");
    EXPECT_EQ(say("{{ 1250000.5 | number }}", "de"), "1.250.000,5");
    EXPECT_EQ(say("{{ '12۳' | latin_digits }} {{ 12 | fa_digits }}", "en"), "123 ۱۲");
}

TEST_F(L10nTest, money) {
    EXPECT_EQ(say("{{ 1250000 | money: 'IRR' }}", "fa-IR"), "۱٬۲۵۰٬۰۰۰ ریال");
    EXPECT_EQ(say("{{ 1250000 | money: 'IRR', unit: 'toman' }}", "fa-IR"), "۱۲۵٬۰۰۰ تومان");
    EXPECT_EQ(say("{{ 1250005 | money: 'IRR', unit: 'toman' }}", "fa-IR"), "۱۲۵٬۰۰۰٫۵ تومان");
    EXPECT_EQ(say("{{ 125000 | money: 'IRT' }}", "fa"), "۱۲۵٬۰۰۰ تومان");
    EXPECT_EQ(say("{{ 1250000 | money: 'IRR', unit: 'toman' }}", "en"), "125,000 toman");
    EXPECT_EQ(say("{{ 1250000 | money: 'IRR' }}", "en"), "IRR 1,250,000");
    EXPECT_EQ(say("{{ 12.5 | money: 'USD' }} {{ 12.5 | money: 'JPY' }}", "en"), "$12.50 ¥13");
    EXPECT_EQ(say("{{ 12.5 | money: 'EUR' }}", "de"), "12,50 €");
    EXPECT_EQ(say("{{ 12.5 | money: 'USD', display: 'name', decimals: 0 }}", "en"), "13 US dollars");
    EXPECT_EQ(say("{{ 'free' | money: 'USD' }}{{ nothing | money: 'USD' }}", "en"), "free");
    EXPECT_THAT(say("{{ 1 | money: 'usd' }}", "en"), HasSubstr("is no currency"));
    EXPECT_THAT(say("{{ 1 | money: 'XQZ' }}", "en"), HasSubstr("'XQZ' is no currency"));
    EXPECT_THAT(say("{{ 1 | money: 'IRR', units: 'toman' }}", "en"), HasSubstr("did you mean 'unit'?"));
    EXPECT_THAT(say("{{ 1 | money: 'USD', unit: 'toman' }}", "en"), HasSubstr("unit goes with 'IRR'"));
}

TEST_F(L10nTest, numbers_as_people_write_them) {
    for (const auto* text :
         {"12000", "12,000", "۱۲۰۰۰", "۱۲٬۰۰۰", "١٢٠٠٠", "۱۲،۰۰۰", "12_000", "12 000", "12\u00A0000"}) {
        const auto json = fmt::format(R"({{"v":"{}"}})", text);
        EXPECT_EQ(say("{{ v | money: 'IRT' }}", "fa", json), "۱۲٬۰۰۰ تومان") << text;
        EXPECT_EQ(say("{{ v | number }}", "fa", json), "۱۲٬۰۰۰") << text;
        EXPECT_EQ(say("{{ v | times: 2 | plus: v | minus: 1 | divided_by: 1 }}", "en", json), "35999") << text;
        EXPECT_EQ(
            say("{{ v | at_least: 20000 }} {{ v | at_most: 5 }} {{ v | abs }} {{ v | round }} {{ v | modulo: 7 }}",
                "en", json),
            "20000 5 12000 12000 2")
            << text;
        EXPECT_EQ(say("{{ v | ordinal }}", "en", json), "12,000th") << text;
    }
    const auto* basket = R"({"items":[{"price":"12,000"},{"price":"۱۵۰۰۰"},{"price":"۱٬۰۰۰"},{"price":2}]})";
    EXPECT_EQ(say("{{ items | sum: 'price' | money: 'IRT' }}", "fa", basket), "۲۸٬۰۰۲ تومان");
    EXPECT_EQ(say("{{ '۱۲٫۵' | plus: '۰٫۵' }} {{ '−۱۲' | abs }} {{ '۲٫۵' | ceil }} {{ '2.5' | floor }}", "en"),
              "13.0 12 3 2");
    EXPECT_EQ(say("{{ '12,5' | number }} {{ '021-8888' | number }} {{ '12000 تومان' | money: 'IRT' }}", "en"),
              "12,5 021-8888 12000 تومان");
}

TEST_F(L10nTest, percentages) {
    for (const auto* text : {"20", "۲۰", "20%", "۲۰٪", "٪۲۰", "۲۰ درصد"}) {
        const auto json = fmt::format(R"({{"v":"{}"}})", text);
        EXPECT_EQ(say("{{ v | percent }}", "fa", json), "۲۰٪") << text;
        EXPECT_EQ(say("{{ v | number }}٪", "fa", json), "۲۰٪") << text;
        EXPECT_EQ(say("{{ v | percent }}", "en", json), "20%") << text;
    }
    EXPECT_EQ(say("{{ 12.55 | percent: 1 }} {{ 'half' | percent }}", "en"), "12.6% half");
}

TEST_F(L10nTest, a_half_goes_away_from_zero_and_no_zero_is_negative) {
    EXPECT_EQ(say("{{ 0.125 | money: 'USD' }} {{ 0.135 | money: 'USD' }} {{ -0.125 | money: 'USD' }}", "en"),
              "$0.13 $0.14 -$0.13");
    EXPECT_EQ(say("{{ 0.5 | money: 'IRR' }} {{ 1.5 | money: 'IRR' }} {{ 2.5 | money: 'IRR' }}", "fa"),
              "۱ ریال ۲ ریال ۳ ریال");
    EXPECT_EQ(
        say("{{ -0.4 | money: 'IRR' }} {{ -0.001 | money: 'USD' }} {{ '-0' | money: 'IRT' }} {{ -0.2 | number: 0 }}",
            "en"),
        "IRR 0 $0.00 0 toman 0");
    EXPECT_EQ(say("{{ 2.5 | number: 0 }} {{ 3.5 | number: 0 }} {{ -2.5 | number: 0 }}", "en"), "3 4 -3");
}

TEST_F(L10nTest, dates_of_the_iranian_calendar_are_read_as_such) {
    for (const auto* text : {"1405/12/29", "1405-12-29", "۱۴۰۵/۱۲/۲۹", "۱۴۰۵-۱۲-۲۹", "1405.12.29", "2027-03-20",
                             "۲۰۲۷/۰۳/۲۰", "۲۹ اسفند ۱۴۰۵", "14051229", "1405/12/29 18:30"}) {
        const auto json = fmt::format(R"({{"v":"{}"}})", text);
        EXPECT_EQ(say("{{ v | jalali }}", "fa", json), "۱۴۰۵/۱۲/۲۹") << text;
        EXPECT_EQ(say("{{ v | local_date: 'long' }}", "fa", json), "۲۹ اسفند ۱۴۰۵") << text;
        EXPECT_EQ(say("{{ v | local_date: 'long' }}", "en", json), "March 20, 2027") << text;
        EXPECT_EQ(say("{{ v | date: '%Y-%m-%d' }}", "en", json), "2027-03-20") << text;
    }
    EXPECT_EQ(say("{{ '1405/12/29 18:30' | jalali: '%F %R' }}", "en"), "1405-12-29 18:30");
    EXPECT_EQ(say("{{ '1405-12-29T18:30:00Z' | jalali: '%F %R' }}", "en"), "1405-12-29 22:00");
    EXPECT_EQ(say("{{ '1403/05/02' | relative_time }}", "en"), "4 days ago");
}

TEST_F(L10nTest, what_could_be_another_day_stays_as_it_was_written) {
    for (const auto* text :
         {"1405/12/30", "۱۴۰۵/۱۳/۰۱", "29/12/1405", "05/12/29", "12/05/2026", "2026-02-30", "29 Esfand", "فردا"}) {
        const auto json = fmt::format(R"({{"v":"{}"}})", text);
        EXPECT_EQ(say("{{ v | jalali }}|{{ v | local_date: 'long' }}|{{ v | date: '%F' }}", "en", json),
                  fmt::format("{0}|{0}|{0}", text));
    }
    EXPECT_EQ(say("{{ '15 June 2020' | local_date: 'short' }} {{ 'Jun 15, 2020 3pm' | date: '%F %R' }}", "en"),
              "6/15/20 2020-06-15 15:00");
}

TEST_F(L10nTest, the_systems_zones_are_the_only_ones) {
    const auto* both =
        "{{ v | date: '%H:%M %Z' }} {{ v | local_date: 'none', time: 'short' }} {{ v | jalali: '%H:%M' }}";
    zone_ = "America/Mexico_City";  // summer time was abolished in 2022
    EXPECT_EQ(say(both, "de", R"({"v":1782918000})"), "09:00 CST 09:00 09:00");
    zone_ = "Asia/Tehran";
    EXPECT_EQ(say(both, "de", R"({"v":279936000})"), "03:30 +0330 03:30 03:30");  // 15 November 1978
    EXPECT_EQ(say(both, "de", R"({"v":283996800})"), "03:30 +0330 03:30 03:30");  // New Year 1979
    EXPECT_EQ(say(both, "de", R"({"v":1655000000})"), "06:43 +0430 06:43 06:43");
    zone_ = "Europe/Berlin";
    EXPECT_EQ(say("{{ v | local_date: 'none', time: 'long' }}", "de", R"({"v":1782918000})"), "17:00:00 MESZ");
}

TEST_F(L10nTest, ordinals) {
    EXPECT_EQ(say("{{ 1 | ordinal }} {{ 22 | ordinal }} {{ 3 | ordinal: 'words' }}", "en"), "1st 22nd third");
    EXPECT_EQ(say("{{ 3 | ordinal }}", "fa"), "۳م");
    EXPECT_EQ(
        say("{% assign all = '1,2,3,30,23' | split: ',' %}{% for n in all %}{{ n | ordinal: 'words' }} {% endfor %}",
            "fa"),
        "اول دوم سوم سی\xE2\x80\x8Cام بیست و سوم");
    EXPECT_EQ(say("{{ 'x' | ordinal }}", "en"), "x");
}

TEST_F(L10nTest, dates_in_the_readers_calendar_and_zone) {
    EXPECT_EQ(say("{{ 'now' | local_date: 'long' }}", "en"), "July 26, 2024");
    EXPECT_EQ(say("{{ 'now' | local_date: 'full', time: 'short' }}", "fa-IR"), "جمعه ۵ مرداد ۱۴۰۳ ساعت ۱۳:۵۰");
    EXPECT_EQ(say("{{ 'now' | local_date: 'short', time: 'short' }}", "fa"), "۱۴۰۳/۵/۵، ۱۳:۵۰");
    EXPECT_EQ(say("{{ 'now' | local_date: 'long', calendar: 'gregorian' }}", "fa"), "۲۶ ژوئیهٔ ۲۰۲۴");
    EXPECT_EQ(say("{{ 'now' | local_date: 'MMMMd' }}", "en"), "July 26");
    zone_ = "Pacific/Auckland";
    EXPECT_EQ(say("{{ 'now' | local_date: 'none', time: 'short' }}", "de"), "22:20");
    EXPECT_EQ(say("{{ '2024-07-26 20:00' | local_date: 'short' }}", "de"), "26.07.24");
    EXPECT_EQ(say("{{ 'no date' | local_date }}", "en"), "no date");
    EXPECT_THAT(say("{{ 'now' | local_date: 'longish' }}", "en"), HasSubstr("local_date takes"));
}

TEST_F(L10nTest, jalali_in_the_readers_zone) {
    EXPECT_EQ(say("{{ 'now' | jalali }}", "fa-IR"), "۱۴۰۳/۰۵/۰۵");
    EXPECT_EQ(say("{{ 'now' | jalali: '%A %-d %B %Y %H:%M' }}", "fa"), "جمعه ۵ مرداد ۱۴۰۳ ۱۳:۵۰");
    EXPECT_EQ(say("{{ 'now' | jalali: '%A %-d %B %Y' }}", "en"), "Friday 5 Mordad 1403");
    EXPECT_EQ(say("{{ 'now' | jalali: '%B %d', digits: 'latin' }}", "fa"), "مرداد 05");
    EXPECT_EQ(say("{{ 'now' | jalali: '%B %d', names: 'fa', digits: 'fa' }}", "en"), "مرداد ۰۵");
    zone_ = "Pacific/Kiritimati";
    EXPECT_EQ(say("{{ 'now' | jalali: '%d %H:%M' }}", "en"), "06 00:20");
    zone_ = "";
    EXPECT_EQ(say("{{ 0 | jalali: '%F %T %z' }}", "en"), "1348-10-11 00:00:00 +0000");
    EXPECT_THAT(say("{{ 0 | jalali: '%F', digit: 'fa' }}", "en"), HasSubstr("did you mean 'digits'?"));
}

TEST_F(L10nTest, date_itself_stays_the_references) {
    EXPECT_EQ(say("{{ 'now' | date: '%Y-%m-%d %H:%M %B' }}", "fa"), "2024-07-26 13:50 July");
}

TEST_F(L10nTest, relative_time) {
    constexpr std::string_view all =
        "{{ 1721989205 | relative_time }}, {{ 1721985605 | relative_time }}, {{ 1722248405 | relative_time }}, "
        "{{ 1716718805 | relative_time }}, {{ 1658830805 | relative_time: 'short' }}";
    EXPECT_EQ(say(all, "en"), "now, 1 hour ago, in 3 days, 2 months ago, 2 yr. ago");
    EXPECT_EQ(say("{{ 1721985605 | relative_time }}", "fa"), "۱ ساعت پیش");
}

TEST_F(L10nTest, translations_with_plurals_and_values) {
    folder_.write("locales/en.default.toml",
                  "hello = 'Hello {{ name }}'\nonly = 'default'\n[cart]\n"
                  "items = { zero = 'Nothing', one = '{{ count }} item', other = '{{count}} items' }\n");
    folder_.write("locales/fa.toml",
                  "hello = 'سلام {{ name }}'\ncart.items.one = '{{ count }} کالا!'\n"
                  "cart.items.other = '{{ count }} کالا'\n");
    folder_.write("locales/ar.toml", "cart.items = {zero='z',one='o',two='t',few='f',many='m',other='x'}\n");
    folder_.write("locales/pl.toml", "cart.items = {one='o',few='f',many='m',other='x'}\n");
    constexpr std::string_view items = "{{ 'cart.items' | t: count: n }}";
    EXPECT_EQ(say("{{ 'hello' | t: name: 'Sara' }}", "en"), "Hello Sara");
    EXPECT_EQ(say("{{ 'hello' | t: name: 'Sara' }}", "fa-IR"), "سلام Sara");
    EXPECT_EQ(say("{{ 'only' | t }}", "fa-IR"), "default");
    EXPECT_EQ(say("{{ 'only' | t }}", "sw"), "default");
    EXPECT_EQ(say(items, "en", R"({"n":0})"), "Nothing");
    EXPECT_EQ(say(items, "en", R"({"n":1})"), "1 item");
    EXPECT_EQ(say(items, "en", R"({"n":1.5})"), "1.5 items");
    EXPECT_EQ(say(items, "en", R"({"n":1234})"), "1,234 items");
    EXPECT_EQ(say(items, "fa", R"({"n":1})"), "۱ کالا!");
    EXPECT_EQ(say(items, "fa", R"({"n":12})"), "۱۲ کالا");
    const auto arabic = [&](int n) { return say(items, "ar", fmt::format(R"({{"n":{}}})", n)); };
    EXPECT_EQ(arabic(0) + arabic(1) + arabic(2) + arabic(3) + arabic(11) + arabic(100), "zotfmx");
    const auto polish = [&](int n) { return say(items, "pl", fmt::format(R"({{"n":{}}})", n)); };
    EXPECT_EQ(polish(1) + polish(2) + polish(5) + polish(22), "ofmf");
}

TEST_F(L10nTest, what_is_wrong_with_a_translation_is_told) {
    folder_.write("locales/en.default.toml", "[cart]\nitems = {one='1', other='{{ count }}'}\nhi = 'Hi {{ name }}'\n");
    folder_.write("locales/fa.toml", "x = 'y'\n");
    EXPECT_THAT(say("{% if on %}{{ 'cart.itms' | t }}{% endif %}", "fa", R"({"on":true})"),
                HasSubstr("no translation 'cart.itms' in locales/fa.toml, locales/en.default.toml; did you mean "
                          "'cart.items'?"));
    EXPECT_THAT(say("{% if on %}{{ 'cart.items' | t }}{% endif %}", "en", R"({"on":true})"), HasSubstr("needs count"));
    EXPECT_THAT(say("{% if on %}{{ 'cart.hi' | t }}{% endif %}", "en", R"({"on":true})"),
                HasSubstr("in locales/en.default.toml needs name"));
}

TEST_F(L10nTest, a_broken_file_of_translations_stops_only_who_uses_it) {
    folder_.write("plain/sms.liquid", "plain");
    folder_.write("locales/fa.toml", "a = 'A'\n");
    EXPECT_EQ(say("{{ 'a' | t }}", "fa"), "A");
    const auto trouble = [&](std::string_view toml) {
        folder_.write("locales/fa.toml", toml);
        const auto all = catalogue_->reload();
        return all.empty() ? std::string() : all.front();
    };
    EXPECT_THAT(trouble("a = 'A'\nb = \n"), HasSubstr("locales/fa.toml:2:"));
    EXPECT_EQ(render("t", "sms", "fa"), "A");  // the last good revision
    EXPECT_EQ(render("plain", "sms", "fa"), "plain");
    EXPECT_THAT(trouble("\nb = 3\n"), HasSubstr("locales/fa.toml:2:5: 'b' is no text"));
    EXPECT_THAT(trouble("a = '{{ b | upcase }}'"), HasSubstr("a name alone"));
    EXPECT_THAT(trouble("a = {one = 'x'}"), HasSubstr("no 'other'"));
    EXPECT_THAT(trouble("a_html = '<a href=\"{{ u }}\">x</a>'"), HasSubstr("within a tag"));
    EXPECT_THAT(trouble("a_html = '<script>{{ u }}</script>'"), HasSubstr("no place in a translation"));
    folder_.write("locales/fa.toml", "a = 'B'\n");
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_EQ(render("t", "sms", "fa"), "B");
    folder_.write("locales/1.toml", "");
    EXPECT_THAT(catalogue_->reload().front(), HasSubstr("'1' is no language tag"));
}

TEST_F(L10nTest, lint_names_the_missing_key_its_files_and_the_nearest_one) {
    folder_.write("locales/en.default.toml", "cart.items = 'x'\n");
    folder_.write("locales/fa.toml", "cart.own = 'x'\n");
    folder_.write("all/sms.liquid", "{% if a %}\n{{ 'cart.itms' | t }}{{ 'cart.items' | t }}{% endif %}");
    folder_.write("one/sms.liquid", "{% if a %}{{ 'cart.own' | t }}{% endif %}");
    std::vector<std::string> said;
    for (const Finding& finding : lint(folder_.path()).findings)
        if (finding.rule == "missing-translation")
            said.push_back(fmt::format("{}:{}: {}", finding.file, finding.line, finding.sentence));
    EXPECT_THAT(said, testing::UnorderedElementsAre(
                          "all/sms.liquid:2: no translation 'cart.itms' in locales/en.default.toml; did you mean "
                          "'cart.items'?",
                          "all/sms.liquid:2: no translation 'cart.itms' in locales/fa.toml, locales/en.default.toml; "
                          "did you mean 'cart.items'?",
                          "one/sms.liquid:1: no translation 'cart.own' in locales/en.default.toml"));
}

TEST_F(L10nTest, many_threads_render_at_once) {
    folder_.write("locales/en.default.toml", "n = { one = '{{ count }} thing', other = '{{ count }} things' }\n");
    folder_.write("locales/fa.toml", "n = { other = '{{ count }} چیز' }\n");
    constexpr std::string_view all =
        "{{ 'n' | t: count: 1234 }}|{{ 1.5 | money: 'EUR' }}|{{ 'now' | jalali: '%B' }}|{{ 'now' | local_date: 'long' "
        "}}";
    const std::string english = say(all, "en"), persian = say(all, "fa");
    EXPECT_EQ(english, "1,234 things|€1.50|Mordad|July 26, 2024");
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 50; ++n)
                if (render("t", "sms", "en") != english || render("t", "sms", "fa") != persian) ++wrong;
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
}

/// What stands between backquotes in `cell`, as one template; "\\|" of the table is a bar.
std::string examples_of(std::string_view cell, std::string_view separator) {
    std::string all;
    for (std::size_t open = cell.find('`'); open != std::string_view::npos; open = cell.find('`', open + 1)) {
        const std::size_t close = cell.find('`', open + 1);
        if (!all.empty()) all += separator;
        for (const char c : cell.substr(open + 1, close - open - 1))
            if (c != '\\') all += c;
        open = close;
    }
    return all;
}

TEST_F(L10nTest, the_table_of_the_manual) {
    std::ifstream file(std::string(CHAPAR_SOURCE_DIR) + "/docs/templates.md");
    int rows = 0;
    bool in_table = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("| | English | Persian |")) in_table = true;
        if (line.empty()) in_table = false;
        if (!in_table || !line.starts_with("| `{{")) continue;
        const std::size_t persian = line.rfind(" | ", line.size() - 3), english = line.rfind(" | ", persian - 1);
        const std::string_view all = line, cell = all.substr(0, english);
        const auto expected_english = all.substr(english + 3, persian - english - 3);
        const auto expected_persian = all.substr(persian + 3, all.size() - persian - 5);
        now_ms_ = 1721989205000 + (cell.find("three days later") == std::string_view::npos ? 0 : 3 * 86400000);
        constexpr std::string_view at = R"({"at":1721989205})";
        EXPECT_EQ(say(examples_of(cell, ", "), "en", at), expected_english) << line;
        EXPECT_EQ(say(examples_of(cell, "، "), "fa-IR", at), expected_persian) << line;
        ++rows;
    }
    EXPECT_EQ(rows, 12);
}

TEST_F(L10nTest, a_waiting_message_keeps_the_translation_it_was_accepted_with) {
    folder_.write("locales/fa.toml", "a = 'old'\n");
    folder_.write("t/sms.liquid", "{{ 'a' | t }}");
    folder_.write("other/sms.liquid", "no words");
    std::map<std::string, std::string, std::less<>> store;
    const auto load = [&](std::string_view revision) -> std::optional<std::string> {
        const auto found = store.find(revision);
        return found == store.end() ? std::nullopt : std::optional(found->second);
    };
    catalogue_ = open_catalogue(folder_.path(), load);
    const auto accepted = catalogue_->find("t");
    const auto other = catalogue_->find("other")->revision();
    store[accepted->revision()] = accepted->bundle();
    folder_.write("locales/fa.toml", "a = 'new'\n");
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_NE(catalogue_->find("t")->revision(), accepted->revision());
    EXPECT_EQ(catalogue_->find("other")->revision(), other);  // does not depend on translations
    EXPECT_EQ(render("t", "sms", "fa"), "new");
    const auto again = open_catalogue(folder_.path(), load);  // after a restart: from the store
    const auto pinned = again->pinned("t", accepted->revision());
    ASSERT_TRUE(pinned) << pinned.error().message();
    Input input;
    input.locale = "fa";
    EXPECT_EQ((*pinned)->render("sms", input)->parts.front().second, "old");
    for (const auto& info : catalogue_->list())
        EXPECT_NE(info.name, "locales");
}

TEST_F(L10nTest, one_file_speaks_every_language_of_the_folder) {
    folder_.write("locales/en.default.toml", "s = 'Welcome'\nb_html = 'Hi <b>{{ name }}</b>'\n");
    folder_.write("locales/fa.toml", "s = 'خوش آمدید'\nb_html = 'سلام <b>{{ name }}</b>'\n");
    folder_.write("m/email.liquid",
                  "+++\nsubject = \"{{ 's' | t }}\"\n+++\n<p lang={{ lang }} dir={{ dir }}>"
                  "{{ 'b_html' | t: name: name }} {{ 5 | number }}</p>");
    catalogue_ = open_catalogue(folder_.path(), nullptr);
    ASSERT_THAT(catalogue_->reload(), IsEmpty());
    constexpr std::string_view name = R"({"name":"A&B+"})";
    EXPECT_EQ(render("m", "email", "fa-IR", name, "subject"), "خوش آمدید");
    EXPECT_EQ(render("m", "email", "fa-IR", name, "html"), "<p lang=fa dir=rtl>سلام <b><bdi>A&amp;B+</bdi></b> ۵</p>");
    EXPECT_EQ(render("m", "email", "de", name, "html"), "<p lang=en dir=ltr>Hi <b>A&amp;B+</b> 5</p>");
    Input input;
    input.locale = "fa-IR";
    input.data_json = name;
    EXPECT_EQ(catalogue_->find("m")->render("email", input)->locale, "fa");
    EXPECT_TRUE(catalogue_->find("m")->render("email", input)->right_to_left);
}

TEST_F(L10nTest, a_value_in_a_translation_is_set_apart_by_the_translations_direction) {
    folder_.write("locales/fa.toml", "s = 'سفارش {{ code }} رسید'\n");
    folder_.write("m/email.liquid",
                  "+++\nsubject = \"{{ 's' | t: code: code }}\"\n+++\n"
                  "<p title=\"{{ 's' | t: code: code }}\">{{ 's' | t: code: code }}</p>");
    catalogue_ = open_catalogue(folder_.path(), nullptr);
    const std::string text =
        "سفارش \xE2\x81\xA8"
        "1234-AB\xE2\x81\xA9 رسید";
    EXPECT_EQ(render("m", "email", "fa", R"({"code":"1234-AB"})", "subject"), text);
    EXPECT_EQ(render("m", "email", "fa", R"({"code":"1234-AB"})", "html"),
              "<p title=\"" + text + "\">سفارش <bdi>1234-AB</bdi> رسید</p>");
}

TEST_F(L10nTest, a_character_of_the_reader_is_never_cut) {
    constexpr std::string_view family =
        R"({"v":"👩‍👩‍👧‍👦abc","e":"ae\u0301b","f":"🇮🇷🇮🇷"})";
    EXPECT_EQ(say("{{ v | truncate: 4, '' }}|{{ v | truncate: 8, '' }}|{{ v | truncate: 9, '…' }}", "en", family),
              "|👩‍👩‍👧‍👦a|👩‍👩‍👧‍👦a…");
    EXPECT_EQ(say("{{ v | slice: 0 }}|{{ v | slice: 2, 6 }}|{{ v | slice: -1 }}", "en", family),
              "👩‍👩‍👧‍👦|👩‍👩‍👧‍👦a|c");
    EXPECT_EQ(say("{{ e | truncate: 2, '' }}|{{ e | slice: 1 }}|{{ f | truncate: 3, '' }}", "en", family),
              "a|e\xCC\x81|🇮🇷");
    EXPECT_EQ(say("{{ 'abcdef' | truncate: 5 }}|{{ 'abc' | truncate: 5 }}|{{ 'abcdef' | slice: 1, 2 }}", "en"),
              "ab...|abc|bc");
}

TEST_F(L10nTest, zwnj_survives_every_filter) {
    constexpr std::string_view word = "می\xE2\x80\x8Cخواهم";
    const auto json = fmt::format(R"({{"v":"{}","w":" {}\n"}})", word, word);
    for (const auto* filters : {"strip",
                                "lstrip | rstrip",
                                "downcase",
                                "upcase",
                                "capitalize",
                                "escape",
                                "escape_once",
                                "squish",
                                "strip_html",
                                "strip_newlines | strip",
                                "truncate: 40 | strip",
                                "truncatewords: 3 | strip",
                                "split: ' ' | join: ' ' | strip",
                                "split: '' | join: '' | strip",
                                "replace: 'x', 'y' | strip",
                                "remove: 'x' | strip",
                                "append: '' | strip",
                                "url_encode | url_decode | strip",
                                "base64_encode | base64_decode | strip",
                                "newline_to_br | remove: '<br />' | strip",
                                "fa_digits | strip",
                                "latin_digits | strip",
                                "bidi: false | strip",
                                "default: 'x' | strip",
                                "slice: 1, 8",
                                "number | strip"})
        EXPECT_EQ(say(fmt::format("{{{{ w | {} }}}}", filters), "fa", json), word) << filters;
    EXPECT_EQ(say("{{ v | truncate: 3, '' }}", "fa", json), word.substr(0, 7));
}

}  // namespace
}  // namespace chapar::render
