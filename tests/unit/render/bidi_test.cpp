// Values in lines of the other direction: a golden set written by bidi/make_golden.py, and ICU's own bidirectional
// algorithm as the judge of what a reader sees.
#include "render/catalogue.hpp"
#include "render/liquid/value.hpp"

#include "scratch_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unicode/ubidi.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

namespace chapar::render {
namespace {

constexpr std::string_view rtl_before = "سلام ", rtl_after = "، سفارش ۱۲ (۳) آماده است.";
constexpr std::string_view ltr_before = "Hi ", ltr_after = ", order 12 (3) is ready.";
constexpr std::string_view fsi = "\xE2\x81\xA8", rli = "\xE2\x81\xA7", pdi = "\xE2\x81\xA9";

struct Case {
    bool rtl = false, apart = false;
    std::string value, text, html;
    std::string json;  // {"v":value}
};

std::vector<Case> golden() {
    std::ifstream file(std::string(CHAPAR_SOURCE_DIR) + "/tests/unit/render/bidi/golden.jsonl");
    std::vector<Case> all;
    liquid::Document document;
    for (std::string line; std::getline(file, line);) {
        const auto root = document.parse(line);
        if (!root) return {};
        const auto text = [&](std::string_view key) { return std::string(root->as_hash().find(key)->as_string()); };
        const std::size_t from = line.find("\"value\": ") + 9, to = line.find(", \"apart\"");
        all.push_back({text("direction") == "rtl", root->as_hash().find("apart")->as_boolean(), text("value"),
                       text("text"), text("html"), "{\"v\": " + line.substr(from, to - from) + "}"});
    }
    return all;
}

std::string part(const Rendered& rendered, std::string_view name) {
    for (const auto& [key, value] : rendered.parts)
        if (key == name) return value;
    return "(no " + std::string(name) + ")";
}

class BidiTest : public testing::Test {
  protected:
    /// A mail and an SMS in both directions, with `front` in their front matter.
    void open(std::string_view front = "", std::string_view output = "{{ v }}") {
        for (const bool rtl : {true, false}) {
            const auto before = rtl ? rtl_before : ltr_before, after = rtl ? rtl_after : ltr_after;
            const auto line = fmt::format("{}{}{}", before, output, after);
            const std::string folder = rtl ? "rtl/" : "ltr/", lang = rtl ? "fa" : "en";
            folder_.write(folder + "email.liquid",
                          fmt::format("+++\nsubject = '{}'\nlang = '{}'\n{}\n+++\n<p>{}</p>", line, lang, front, line));
            folder_.write(folder + "sms.liquid", fmt::format("+++\nlang = '{}'\n{}\n+++\n{}", lang, front, line));
        }
        catalogue_ = open_catalogue(folder_.path(), nullptr);
        ASSERT_TRUE(catalogue_->reload().empty()) << catalogue_->reload().front();
    }
    std::string render(bool rtl, std::string_view json, std::string_view wanted, std::string_view channel = "email") {
        Input input;
        input.data_json = json;
        const auto rendered = catalogue_->find(rtl ? "rtl" : "ltr")->render(channel, input);
        return rendered ? part(*rendered, wanted) : "error: " + rendered.error().message();
    }
    ScratchFolder folder_;
    std::unique_ptr<Catalogue> catalogue_;
};

std::string in_line(const Case& c, std::string_view value) {
    return fmt::format("{}{}{}", c.rtl ? rtl_before : ltr_before, value, c.rtl ? rtl_after : ltr_after);
}

icu::UnicodeString wide(std::string_view text) { return icu::UnicodeString::fromUTF8(std::string(text)); }

/// The visual place of each UTF-16 unit of `text` in a paragraph of that level; those of controls are negative.
std::vector<std::int32_t> places(const icu::UnicodeString& text, UBiDiLevel level) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UBiDi, void (*)(UBiDi*)> bidi(ubidi_open(), ubidi_close);
    ubidi_setPara(bidi.get(), text.getBuffer(), text.length(), level, nullptr, &status);
    std::vector<std::int32_t> map(static_cast<std::size_t>(text.length()));
    if (!map.empty()) ubidi_getLogicalMap(bidi.get(), map.data(), &status);
    EXPECT_TRUE(U_SUCCESS(status));
    return map;
}

/// 0, 1, 2 in the order in which the places come: what is left when others are taken out.
std::vector<std::size_t> ranks(const std::vector<std::int32_t>& all) {
    std::vector<std::size_t> out;
    for (const auto place : all)
        out.push_back(
            static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](auto p) { return p < place; })));
    return out;
}

/// Is the order of the words around the value what it would be around a picture, and is nothing of them within it?
bool line_keeps_order(const Case& c, std::string_view shown) {
    const auto before = wide(c.rtl ? rtl_before : ltr_before);
    const auto line = wide(in_line(c, shown)), picture = wide(in_line(c, "\xEF\xBF\xBC"));
    const UBiDiLevel level = c.rtl ? 1 : 0;
    const auto with_value = places(line, level), with_picture = places(picture, level);
    const auto start = static_cast<std::size_t>(before.length());
    const auto length = static_cast<std::size_t>(wide(shown).length());
    const auto around = [&](const std::vector<std::int32_t>& map, std::size_t taken) {
        std::vector<std::int32_t> out(map.begin(), map.begin() + static_cast<std::ptrdiff_t>(start));
        out.insert(out.end(), map.begin() + static_cast<std::ptrdiff_t>(start + taken), map.end());
        return ranks(out);
    };
    if (around(with_value, length) != around(with_picture, 1)) return false;
    const auto [low, high] = std::minmax_element(with_value.begin() + static_cast<std::ptrdiff_t>(start),
                                                 with_value.begin() + static_cast<std::ptrdiff_t>(start + length));
    return length == 0 || *high - *low == static_cast<std::int32_t>(length) - 1;
}

/// Takes no place of its own: ICU lets it stand anywhere near.
bool is_control(UChar32 c) {
    const auto kind = u_charDirection(c);
    return kind == U_BOUNDARY_NEUTRAL || (kind >= U_LEFT_TO_RIGHT_EMBEDDING && kind <= U_POP_DIRECTIONAL_FORMAT) ||
           (kind >= U_FIRST_STRONG_ISOLATE && kind <= U_POP_DIRECTIONAL_ISOLATE);
}

/// Is the value itself read as it is read alone: in its own direction when it is to be set apart, else in the line's?
bool value_keeps_order(const Case& c, std::string_view shown) {
    const auto before = wide(c.rtl ? rtl_before : ltr_before), value = wide(shown);
    const auto line = places(wide(in_line(c, shown)), c.rtl ? 1 : 0);
    const auto alone = places(value, c.apart ? UBIDI_DEFAULT_LTR : c.rtl ? 1 : 0);
    std::vector<std::int32_t> inside, own;
    for (std::int32_t i = 0; i < value.length(); ++i) {
        if (is_control(value.char32At(i))) continue;
        inside.push_back(line[static_cast<std::size_t>(before.length() + i)]);
        own.push_back(alone[static_cast<std::size_t>(i)]);
    }
    return ranks(inside) == ranks(own);
}

/// Not set apart for the sake of programs; and a tab ends every isolate, by rule L1.
bool may_differ(const Case& c) {
    return c.value.find("://") != std::string::npos || c.value.find(".example") != std::string::npos ||
           c.value.find('\t') != std::string::npos;
}

TEST_F(BidiTest, the_golden_set) {
    open();
    const auto all = golden();
    ASSERT_GE(all.size(), 200u);
    EXPECT_GE(std::count_if(all.begin(), all.end(), [](const Case& c) { return c.apart; }), 100);
    for (const Case& c : all) {
        EXPECT_EQ(render(c.rtl, c.json, "subject"), in_line(c, c.text)) << c.json;
        EXPECT_EQ(render(c.rtl, c.json, "html"), "<p>" + in_line(c, c.html) + "</p>") << c.json;
        const bool keeps_blanks = c.value.find('\t') == std::string::npos;  // unlike HTML
        EXPECT_TRUE(!keeps_blanks || render(c.rtl, c.json, "text") == in_line(c, c.text) + "\n") << c.json;
    }
}

TEST_F(BidiTest, icu_sees_every_line_in_order) {
    open();
    for (const Case& c : golden()) {
        const std::string line = render(c.rtl, c.json, "subject");
        const auto before = c.rtl ? rtl_before : ltr_before, after = c.rtl ? rtl_after : ltr_after;
        ASSERT_GT(line.size(), before.size() + after.size());
        const auto shown = std::string_view(line).substr(before.size(), line.size() - before.size() - after.size());
        EXPECT_TRUE(line_keeps_order(c, shown)) << c.json << " in " << line;
        EXPECT_TRUE(may_differ(c) || value_keeps_order(c, shown)) << c.json << " in " << line;
    }
}

TEST_F(BidiTest, without_isolation_the_judge_finds_disorder) {
    int disorder = 0;
    for (const Case& c : golden()) {
        const bool order = line_keeps_order(c, c.value) && (may_differ(c) || value_keeps_order(c, c.value));
        // What is not set apart by the rule has to be in order without it.
        EXPECT_TRUE(c.apart || order) << c.json;
        disorder += order ? 0 : 1;
    }
    EXPECT_GE(disorder, 40);
}

/// The visual places of the first appearance of each piece in a line that is read from right to left.
std::vector<std::int32_t> places_of(std::string_view line, const std::vector<std::string_view>& pieces) {
    const auto text = wide(line);
    const auto map = places(text, 1);
    std::vector<std::int32_t> out;
    for (const auto piece : pieces)
        out.push_back(map[static_cast<std::size_t>(text.indexOf(wide(piece)))]);
    return out;
}

TEST_F(BidiTest, a_product_name_is_read_from_the_right_whatever_it_begins_with) {
    open();
    struct Name {
        std::string_view value;
        std::vector<std::string_view> pieces;  // as a reader meets them, from the right
    };
    const std::vector<Name> names = {{"iPhone 17 ظرفیت ۲۵۶ گیگابایت", {"iPhone", "ظ", "۲۵۶", "گیگ"}},
                                     {"iPhone 17 Pro Max (۲۵۶ گیگابایت)", {"iPhone", "۲۵۶", "گیگ"}},
                                     {"Galaxy S24+ دو سیم‌کارت", {"Galaxy", "دو"}},
                                     {"MacBook Air 13 اینچ", {"MacBook", "اینچ"}},
                                     {"AirPods Pro (نسل ۲)", {"AirPods", "نسل"}}};
    for (const auto& [value, pieces] : names) {
        for (const auto* channel : {"email", "sms"}) {
            const auto line =
                render(true, fmt::format(R"({{"v":"{}"}})", value), channel[0] == 'e' ? "subject" : "text", channel);
            const auto found = places_of(line, pieces);
            EXPECT_TRUE(std::is_sorted(found.rbegin(), found.rend())) << value << " in " << line;
        }
    }
}

TEST_F(BidiTest, a_percent_sign_stands_on_the_left_of_its_number_wherever_that_stands) {
    for (const auto* line :
         {"{{ v }}٪ تخفیف", "تا {{ v }}٪ تخفیف", "{{ v | number }}٪ تخفیف", "تخفیف {{ v | number }}٪",
          "iPhone {{ v }}٪ ارزان‌تر", "{{ v | percent }} تخفیف", "تخفیف {{ v | percent }}", "{{ w }} تخفیف",
          "تخفیف {{ w }} است", "۲۰٪ تخفیف", "تخفیف ۲۰٪"}) {
        folder_.write("rtl/sms.liquid", fmt::format("+++\nlang = 'fa'\n+++\n{}", line));
        folder_.write("rtl/email.liquid", fmt::format("+++\nsubject = '{}'\nlang = 'fa'\n+++\n<p>{}</p>", line, line));
        catalogue_ = open_catalogue(folder_.path(), nullptr);
        ASSERT_TRUE(catalogue_->reload().empty()) << catalogue_->reload().front();
        for (const auto* channel : {"email", "sms"}) {
            const auto* json = R"({"v":"۲۰","w":"۲۰٪"})";
            const auto shown = render(true, json, channel[0] == 'e' ? "subject" : "text", channel);
            const auto found = places_of(shown, {"٪", "۲", "۰"});
            EXPECT_LT(found[0], found[1]) << shown;
            EXPECT_LT(found[1], found[2]) << shown;
        }
    }
}

TEST_F(BidiTest, a_phone_number_in_the_templates_own_words_keeps_its_order) {
    for (const auto* line :
         {"تلفن ۰۲۱-۸۸۸۸۰۰۰۰", "با ۰۲۱-۸۸۸۸۰۰۰۰ تماس بگیرید", "تلفن: 021-88880000", "تلفن (۰۲۱) ۸۸۸۸۰۰۰۰",
          "تلفن ۰۲۱ ۸۸۸۸ ۰۰۰۰", "تلفن: (+98 21) 8888 0000", "پشتیبانی <b>۰۲۱-۸۸۸۸۰۰۰۰</b>"}) {
        folder_.write("rtl/email.liquid", fmt::format("+++\nsubject = 'x'\nlang = 'fa'\n+++\n<p>{}</p>", line));
        catalogue_ = open_catalogue(folder_.path(), nullptr);
        ASSERT_TRUE(catalogue_->reload().empty()) << catalogue_->reload().front();
        const auto shown = render(true, "{}", "text");
        const auto zero = shown.find("021") != std::string::npos || shown.find("+98") != std::string::npos;
        const auto found = places_of(
            shown, zero ? std::vector<std::string_view>{"21", "8888"} : std::vector<std::string_view>{"۰۲۱", "۸۸۸۸"});
        EXPECT_LT(found[0], found[1]) << shown;
    }
}

TEST_F(BidiTest, the_front_matter_switches) {
    open("bidi = false");
    EXPECT_EQ(render(true, R"({"v":"C++"})", "subject"), fmt::format("{}C++{}", rtl_before, rtl_after));
    EXPECT_EQ(render(true, R"({"v":"C++"})", "html"), fmt::format("<p>{}C++{}</p>", rtl_before, rtl_after));
    open("bidi = true");
    EXPECT_EQ(render(true, R"({"v":"Sara"})", "text", "sms"),
              fmt::format("{}{}Sara{}{}", rtl_before, fsi, pdi, rtl_after));
}

TEST_F(BidiTest, a_value_switches_for_itself) {
    open("", "{{ v | bidi: false }}");
    EXPECT_EQ(render(true, R"({"v":"C++"})", "html"), fmt::format("<p>{}C++{}</p>", rtl_before, rtl_after));
    open("bidi = false", "{{ v | bidi: true }}");
    EXPECT_EQ(render(true, R"({"v":"علی"})", "html"),
              fmt::format("<p>{}<bdi dir=\"rtl\">علی</bdi>{}</p>", rtl_before, rtl_after));
    EXPECT_EQ(render(true, R"({"v":"علی"})", "text", "sms"),
              fmt::format("{}{}علی{}{}", rtl_before, rli, pdi, rtl_after));
}

TEST_F(BidiTest, a_short_message_pays_only_for_what_would_come_apart) {
    open();
    const auto shown = [&](std::string_view value, bool rtl = true) {
        const auto line = render(rtl, fmt::format(R"({{"v":"{}"}})", value), "text", "sms");
        return line == fmt::format("{}{}{}", rtl ? rtl_before : ltr_before, value, rtl ? rtl_after : ltr_after);
    };
    for (const auto* value : {"Sara", "علی", "482913", "1,250,000", "AB-1234", "iPhone 15", "https://shop.example/c/1"})
        EXPECT_TRUE(shown(value)) << value;
    for (const auto* value : {"1234-AB", "C++", "+98 21 8888", "Nike (Tehran)"})
        EXPECT_FALSE(shown(value)) << value;
    EXPECT_TRUE(shown("علی", false));
    EXPECT_FALSE(shown("علی 12", false));
}

TEST_F(BidiTest, nothing_is_added_where_a_program_reads) {
    folder_.write("_partials/link.liquid",
                  "<a title=\"{{ label }}\" href=\"https://x.example/{{ code }}\">{{ label }}</a>");
    folder_.write(
        "mail/email.liquid",
        "+++\nsubject = 'سفارش https://x.example/{{ code }} و {{ code }}'\nfrom = '{{ label }} <a@b.example>'\n"
        "lang = 'fa'\n+++\n"
        "<title>{{ label }}</title><style>.a { color: {{ code }} }</style><!-- {{ label }} -->"
        "<p class={{ code }} title='{{ label }}'>{% include 'link' %}{% capture all %}{{ label }}{% endcapture %}"
        "<img alt=\"{{ all }}\" width=\"1\">{{ all }}|{{ label | raw }}|{{ 'Chapar' }}|https://x.example/{{ code }}");
    catalogue_ = open_catalogue(folder_.path(), nullptr);
    ASSERT_TRUE(catalogue_->reload().empty()) << catalogue_->reload().front();
    Input input;
    input.data_json = R"({"label":"C+","code":"a-"})";
    const auto rendered = catalogue_->find("mail")->render("email", input);
    ASSERT_TRUE(rendered) << rendered.error().message();
    EXPECT_EQ(part(*rendered, "html"),
              "<title>C+</title><style>.a { color: a- }</style><!-- C+ --><p class=a- title='C+'>"
              "<a title=\"C+\" href=\"https://x.example/a-\"><bdi>C+</bdi></a><img alt=\"C+\" width=\"1\">"
              "C+|C+|Chapar|https://x.example/a-");
    EXPECT_EQ(part(*rendered, "subject"), fmt::format("سفارش https://x.example/a- و {}a-{}", fsi, pdi));
    EXPECT_EQ(part(*rendered, "from"), "C+ <a@b.example>");
}

}  // namespace
}  // namespace chapar::render
