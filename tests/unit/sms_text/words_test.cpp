#include "sms_text/words.hpp"

#include <gtest/gtest.h>

namespace chapar::sms {
namespace {

const StopWords built_in{{}};

TEST(stop_words, what_people_write_to_get_out_is_a_no) {
    for (const auto* text : {
             "STOP",
             "stop.",
             "Stop. Thank you",
             "STOP!!!",
             "  stop  ",
             "S T O P",
             "stop stop",
             "STOPALL",
             "Stop all",
             "STOP 11",
             "please stop",
             "Stop texting me",
             "stop sending me messages please",
             "stop these ads",
             "QUIT",
             "End",
             "END.",
             "cancel",
             "Cancel, please.",
             "unsubscribe",
             "Un-subscribe",
             "unsubscribe me from your list",
             "Opt out",
             "OPT-OUT",
             "optout",
             "revoke",
             "Remove me",
             "Remove me from this list, thanks",
             "ＳＴＯＰ",
             "لغو",
             "لغو ۱۱",
             "لغو۱۱",
             "لغو١١",
             "لغو‌۱۱",
             "لغو: 11",
             "«لغو ۱۱»",
             "11 لغو",
             "۱۱",
             "١١",
             "لغو.",
             "لـغـو",
             "لغو لطفا",
             "لطفاً لغو کنید",
             "لغو عضویت",
             "لغو اشتراك",
             "لغو پیامک",
             "لغو پيامك",
             "لغو دریافت پیامک",
             "لغو ارسال پیام‌های تبلیغاتی",
             "انصراف",
             "انصراف از دریافت پیامک",
             "انصراف می‌دهم",
             "توقف",
             "توقف ارسال",
             "دیگه پیام نفرستید",
             "پیامک نفرستید لطفا",
             "خروج",
             "إلغاء",
             "الغاء",
             "إلغاء الاشتراك",
             "الغاء الإشتراك من فضلك",
             "إيقاف",
             "ايقاف الرسائل",
             "توقّف",
             "انسحاب",
             "لا ترسلوا لي",
             "شكرا، إلغاء",
         })
        EXPECT_EQ(built_in.hear(text), Hearing::no) << text;
}

TEST(stop_words, a_sentence_that_has_the_word_is_perhaps_a_no) {
    for (const auto* text : {
             "Where does bus 11 stop?",
             "don't stop",
             "Please do not unsubscribe me",
             "cancel my order",
             "Cancel it",
             "when does the sale end",
             "لغو سفارش",
             "سفارش من را لغو کنید",
             "لغو نکنید",
             "آیا توقف در اینجا ممنوع است؟",
             "اريد إلغاء طلبي رقم 55",
             "لغو 1234",
             "STOP 4411",
         })
        EXPECT_EQ(built_in.hear(text), Hearing::perhaps) << text;
}

TEST(stop_words, what_has_none_of_them_is_an_answer_like_any_other) {
    for (const auto* text : {"", " ", "ok", "سلام", "ممنون", "thank you", "I come at 11", "ساعت ۱۱ می‌آیم",
                             "weekend", "1", "12", "nonstop", "bus stopped", "مرا", "👍", "please"})
        EXPECT_EQ(built_in.hear(text), Hearing::other) << text;
}

TEST(stop_words, the_words_of_a_site_count_as_the_built_in_ones) {
    const StopWords own({"نمی‌خوام", "Basta"});
    EXPECT_EQ(own.hear("نميخوام"), Hearing::no);
    EXPECT_EQ(own.hear("basta!"), Hearing::no);
    EXPECT_EQ(own.hear("basta, thank you"), Hearing::no);
    EXPECT_EQ(own.hear("pasta basta"), Hearing::perhaps);
    EXPECT_EQ(built_in.hear("basta"), Hearing::other);
}

TEST(stop_words, a_long_text_is_never_more_than_perhaps) {
    std::string text = "stop";
    for (int i = 0; i < 60; ++i)
        text += " stop";
    EXPECT_EQ(built_in.hear(text), Hearing::perhaps);
}

}  // namespace
}  // namespace chapar::sms
