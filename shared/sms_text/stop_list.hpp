#pragma once
// The words of words.cpp, as people write them. Blanks, case, ZWNJ, marks and the Arabic or Persian form of a letter
// make no difference. Sources: CTIA's messaging principles (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE,
// OPTOUT), the rule of Iran's regulator for advertising ("لغو" and "11"), what operators of Arabic countries take.

#include <string_view>

namespace chapar::sms {

/// Mean nothing else.
inline constexpr std::string_view clear_stops[] = {
    "stop",        "stop all",  "unsubscribe",    "unsub",        "opt out",       "opting out",  "revoke",
    "remove me",   "stop it",   "arret",          "لغو",          "انصراف",        "لغو عضویت",   "لغو اشتراک",
    "قطع پیامک",   "توقف",      "ارسال نکنید",    "ارسال نکن",    "پیام ندهید",    "پیام ندید",   "پیام نده",
    "پیامک ندهید", "پیامک نده", "پیام نفرستید",   "پیام نفرست",   "پیامک نفرستید", "پیامک نفرست", "نفرستید",
    "نفرست",       "إلغاء",     "إلغاء الاشتراك", "الغي",         "إيقاف",         "أوقف",        "أوقفوا",
    "انسحاب",      "لا ترسل",   "لا ترسلوا",      "لا ترسلوا لي",
};

/// Are a no only when nothing stands beside them but politeness.
inline constexpr std::string_view bare_stops[] = {
    "11", "end", "quit", "cancel", "off", "leave", "remove", "stop now", "خروج", "حذف", "قطع", "قف", "كفى",
};

inline constexpr std::string_view polite_words[] = {
    "please", "pls",     "plz",  "kindly",  "thanks", "thank",     "you",   "thx",    "ty",   "hi",
    "hello",  "dear",    "sir",  "madam",   "now",    "لطفا",      "ممنون", "ممنونم", "مرسی", "متشکرم",
    "متشکر",  "تشکر",    "با",   "باتشکر",  "سپاس",   "سپاسگزارم", "سلام",  "خواهشا", "شكرا", "رجاء",
    "الرجاء", "من فضلك", "فضلك", "لو سمحت", "سمحت",   "السلام",    "علیکم", "مرحبا",
};

/// What is to stop, and to whom it comes.
inline constexpr std::string_view companions_of_stops[] = {
    "me",          "my",        "number",   "it",      "this",       "these",     "all",
    "any",         "the",       "your",     "from",    "to",         "sending",   "texting",
    "messaging",   "messages",  "message",  "msg",     "msgs",       "texts",     "text",
    "sms",         "ads",       "spam",     "list",    "promotions", "promotion", "marketing",
    "immediately", "i",         "want",     "would",   "like",       "عضویت",     "اشتراک",
    "پیامک",       "پیام",      "پیامها",   "پیامهای", "پیامکها",    "پیامکهای",  "تبلیغات",
    "تبلیغاتی",    "تبلیغ",     "ارسال",    "دریافت",  "خبرنامه",    "از",        "را",
    "رو",          "و",         "این",      "من",      "برای",       "برام",      "دیگر",
    "دیگه",        "شماره",     "کنید",     "کن",      "شود",        "بشه",       "شه",
    "نمایید",      "می",        "خواهم",    "میخواهم", "میخوام",     "خوام",      "میدهم",
    "دادم",        "دهم",       "همه",      "تمام",    "الاشتراك",   "اشتراك",    "اشتراكي",
    "الرسائل",     "رسائل",     "رسائلكم",  "الإرسال", "إرسال",      "عن",        "في",
    "من",          "لي",        "هذه",      "كل",      "جميع",       "الآن",      "الرسائل النصية",
    "النصية",      "الإعلانات", "الدعائية", "أريد",
};

}  // namespace chapar::sms
