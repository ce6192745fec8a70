#include "engage/one_click.hpp"

#include <gmock/gmock.h>

namespace chapar::engage {
namespace {

using Kind = PostedForm::Kind;
using testing::ElementsAre;
using testing::Pair;

constexpr auto form = "application/x-www-form-urlencoded";
constexpr auto multipart = "multipart/form-data; boundary=abc";

Kind kind(std::string_view type, std::string_view body) { return read_posted_form(type, body).kind; }
std::string part(const std::string& name, const std::string& value, const std::string& more = "") {
    return "--abc\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n" + more + "\r\n" + value + "\r\n";
}

TEST(OneClick, the_button_of_a_mail_provider_is_understood_however_it_is_posted) {
    EXPECT_EQ(kind(form, "List-Unsubscribe=One-Click"), Kind::one_click);
    EXPECT_EQ(kind("application/x-www-form-urlencoded; charset=UTF-8", "List-Unsubscribe=One-Click"), Kind::one_click);
    EXPECT_EQ(kind("APPLICATION/X-WWW-Form-URLencoded", "List-Unsubscribe=One-Click\r\n"), Kind::one_click);
    EXPECT_EQ(kind("", "List-Unsubscribe=One-Click"), Kind::one_click);
    EXPECT_EQ(kind(form, "List%2DUnsubscribe=One%2dClick"), Kind::one_click);
    EXPECT_EQ(kind(multipart, part("List-Unsubscribe", "One-Click") + "--abc--\r\n"), Kind::one_click);
    EXPECT_EQ(kind(multipart, part("List-Unsubscribe", "One-Click") + "--abc--"), Kind::one_click);
    EXPECT_EQ(
        kind("multipart/form-data; boundary=\"abc\"; charset=utf-8", part("List-Unsubscribe", "One-Click") + "--abc--"),
        Kind::one_click);
    EXPECT_EQ(
        kind("Multipart/Form-Data; charset=utf-8; BOUNDARY=abc", part("List-Unsubscribe", "One-Click") + "--abc--"),
        Kind::one_click);
    EXPECT_EQ(kind(multipart, "preamble\r\n" + part("List-Unsubscribe", "One-Click") + "--abc--\r\nepilogue"),
              Kind::one_click);
    EXPECT_EQ(kind(multipart, part("List-Unsubscribe", "One-Click",
                                   "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7BIT\r\n") +
                                  "--abc--"),
              Kind::one_click);
    EXPECT_EQ(kind(multipart, "--abc\nContent-Disposition: form-data; name=List-Unsubscribe\n\nOne-Click\n--abc--\n"),
              Kind::one_click);
    EXPECT_EQ(kind(multipart,
                   "--abc \r\ncontent-disposition:form-data;name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--abc--"),
              Kind::one_click);
    EXPECT_EQ(kind("multipart/form-data; boundary=\"a b\"",
                   "--a b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--a b--"),
              Kind::one_click);
}

TEST(OneClick, what_only_looks_like_it_does_nothing) {
    for (const std::string_view body :
         {"", "list-unsubscribe=one-click", "List-Unsubscribe=one-click", "List-Unsubscribe=One-Click ",
          "List-Unsubscribe=One+Click", "List-Unsubscribe",
          "List-Unsubscribe=", "List-Unsubscribe=One-Click&List-Unsubscribe=One-Click",
          "List-Unsubscribe=One-Click&x=1", "x=List-Unsubscribe=One-Click", "=One-Click", "One-Click",
          "{\"List-Unsubscribe\":\"One-Click\"}", "List-Unsubscribe=One-Click=", "List-Unsubscribe:One-Click", "a=b"})
        EXPECT_EQ(kind(form, body), Kind::other) << body;
    EXPECT_EQ(kind(multipart, part("List-Unsubscribe", "One-Click ") + "--abc--"), Kind::other);
    EXPECT_EQ(kind(multipart, part("list-unsubscribe", "One-Click") + "--abc--"), Kind::other);
    EXPECT_EQ(kind(multipart, part("List-Unsubscribe", "One-Click") + part("x", "1") + "--abc--"), Kind::other);
    EXPECT_EQ(kind(multipart, "--abc--"), Kind::other);
}

TEST(OneClick, what_is_no_form_is_told_apart) {
    const std::string good = part("List-Unsubscribe", "One-Click");
    EXPECT_EQ(kind("application/json", "List-Unsubscribe=One-Click"), Kind::malformed);
    EXPECT_EQ(kind("text/plain", "List-Unsubscribe=One-Click"), Kind::malformed);
    EXPECT_EQ(kind("multipart/form-data", good + "--abc--"), Kind::malformed) << "no boundary";
    EXPECT_EQ(kind("multipart/form-data; boundary=", good + "--abc--"), Kind::malformed);
    EXPECT_EQ(kind("multipart/form-data; boundary=\"abc", good + "--abc--"), Kind::malformed);
    EXPECT_EQ(kind("multipart/form-data; boundary=" + std::string(71, 'a'), good), Kind::malformed);
    EXPECT_EQ(kind("multipart/mixed; boundary=abc", good + "--abc--"), Kind::malformed);
    EXPECT_EQ(kind(multipart, good), Kind::malformed) << "cut off";
    EXPECT_EQ(kind(multipart, good + "--ab"), Kind::malformed);
    EXPECT_EQ(kind(multipart, ""), Kind::malformed);
    EXPECT_EQ(kind(multipart, "List-Unsubscribe=One-Click"), Kind::malformed);
    EXPECT_EQ(kind(multipart, "--abc\r\n\r\nOne-Click\r\n--abc--"), Kind::malformed) << "a part without a name";
    EXPECT_EQ(kind(multipart,
                   "--abc\r\nContent-Disposition: attachment; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--abc--"),
              Kind::malformed);
    EXPECT_EQ(
        kind(multipart, part("List-Unsubscribe", "T25lLUNsaWNr", "Content-Transfer-Encoding: base64\r\n") + "--abc--"),
        Kind::malformed);
    EXPECT_EQ(kind(form, std::string(longest_form + 1, 'a')), Kind::malformed);
    std::string many;
    for (std::size_t i = 0; i <= most_fields; ++i)
        many += "a=b&";
    EXPECT_EQ(kind(form, many), Kind::malformed);
}

TEST(OneClick, the_page_s_own_form_gives_its_fields) {
    const auto posted =
        read_posted_form(form, "confirm=1&topic=offers&topic=news&lang=fa&name=%D8%B3+%D9%84&empty=&bare&&%zz=%");
    EXPECT_EQ(posted.kind, Kind::page);
    EXPECT_THAT(posted.fields,
                ElementsAre(Pair("confirm", "1"), Pair("topic", "offers"), Pair("topic", "news"), Pair("lang", "fa"),
                            Pair("name", "س ل"), Pair("empty", ""), Pair("bare", ""), Pair("%zz", "%")));
    const auto parts =
        read_posted_form(multipart, part("confirm", "") + part("a\\\"b", "x\r\n--abcd\r\ny") + "--abc--");
    EXPECT_EQ(parts.kind, Kind::page);
    EXPECT_THAT(parts.fields, ElementsAre(Pair("confirm", ""), Pair("a\"b", "x\r\n--abcd\r\ny")));
}

TEST(UnsubscribeHeaders, invite_a_post_only_where_there_is_an_https_address) {
    EXPECT_THAT(unsubscribe_headers("https://m.shop.ir/u/S", "u+S@bounces.shop.ir"),
                ElementsAre(Pair("List-Unsubscribe", "<https://m.shop.ir/u/S>, <mailto:u+S@bounces.shop.ir>"),
                            Pair("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")));
    EXPECT_THAT(unsubscribe_headers("https://m.shop.ir/u/S", ""),
                ElementsAre(Pair("List-Unsubscribe", "<https://m.shop.ir/u/S>"),
                            Pair("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")));
    EXPECT_THAT(unsubscribe_headers("", "u@shop.ir"), ElementsAre(Pair("List-Unsubscribe", "<mailto:u@shop.ir>")));
    EXPECT_THAT(unsubscribe_headers("http://m.shop.ir/u/S", ""),
                ElementsAre(Pair("List-Unsubscribe", "<http://m.shop.ir/u/S>")));
    EXPECT_THAT(unsubscribe_headers("", ""), testing::IsEmpty());
}

}  // namespace
}  // namespace chapar::engage
