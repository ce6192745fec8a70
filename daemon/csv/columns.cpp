#include "csv/columns.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "base/written_text.hpp"
#include "csv/encoding.hpp"

namespace chapar::csv {
namespace {

struct Known {
    std::string_view folded, column;
};

constexpr std::array<Known, 58> of_person = {{{"email", "email"},
                                              {"e mail", "email"},
                                              {"mail", "email"},
                                              {"email address", "email"},
                                              {"e mail address", "email"},
                                              {"e mail 1 value", "email"},
                                              {"ایمیل", "email"},
                                              {"ای میل", "email"},
                                              {"آدرس ایمیل", "email"},
                                              {"نشانی ایمیل", "email"},
                                              {"پست الکترونیک", "email"},
                                              {"پست الکترونیکی", "email"},
                                              {"رایانامه", "email"},
                                              {"نشانی رایانامه", "email"},
                                              {"البرید الالکترونی", "email"},
                                              {"البرید الإلکترونی", "email"},
                                              {"phone", "phone"},
                                              {"phone number", "phone"},
                                              {"phone 1 value", "phone"},
                                              {"mobile", "phone"},
                                              {"mobile number", "phone"},
                                              {"mobile phone", "phone"},
                                              {"cell", "phone"},
                                              {"cell phone", "phone"},
                                              {"cellphone", "phone"},
                                              {"tel", "phone"},
                                              {"telephone", "phone"},
                                              {"msisdn", "phone"},
                                              {"موبایل", "phone"},
                                              {"موبایل مشتری", "phone"},
                                              {"شماره موبایل", "phone"},
                                              {"شماره ی موبایل", "phone"},
                                              {"همراه", "phone"},
                                              {"شماره همراه", "phone"},
                                              {"تلفن همراه", "phone"},
                                              {"شماره تلفن همراه", "phone"},
                                              {"تلفن", "phone"},
                                              {"شماره تلفن", "phone"},
                                              {"گوشی", "phone"},
                                              {"شماره گوشی", "phone"},
                                              {"الجوال", "phone"},
                                              {"رقم الجوال", "phone"},
                                              {"الهاتف", "phone"},
                                              {"رقم الهاتف", "phone"},
                                              {"recipient", "recipient"},
                                              {"recipient id", "recipient"},
                                              {"شناسه", "recipient"},
                                              {"شناسه کاربر", "recipient"},
                                              {"شناسه مشتری", "recipient"},
                                              {"شناسه گیرنده", "recipient"},
                                              {"کد مشتری", "recipient"},
                                              {"locale", "locale"},
                                              {"زبان", "locale"},
                                              {"timezone", "timezone"},
                                              {"time zone", "timezone"},
                                              {"منطقه زمانی", "timezone"},
                                              {"idempotency key", "idempotency_key"},
                                              {"کلید", "idempotency_key"}}};

/// Besides the names of a person's address.
constexpr std::array<Known, 18> of_suppression = {{{"channel", "channel"},
                                                   {"کانال", "channel"},
                                                   {"address", "address"},
                                                   {"نشانی", "address"},
                                                   {"آدرس", "address"},
                                                   {"شماره", "address"},
                                                   {"reach", "reach"},
                                                   {"دامنه", "reach"},
                                                   {"reason", "reason"},
                                                   {"دلیل", "reason"},
                                                   {"علت", "reason"},
                                                   {"source", "source"},
                                                   {"منبع", "source"},
                                                   {"at", "at"},
                                                   {"زمان", "at"},
                                                   {"تاریخ", "at"},
                                                   {"until", "until"},
                                                   {"تا", "until"}}};

std::string column_of(std::span<const Known> known, std::string_view name) {
    const auto folded = folded_column(name);
    const auto found = std::ranges::find(known, folded, &Known::folded);
    return found == known.end() ? std::string(name) : std::string(found->column);
}

}  // namespace

std::string folded_column(std::string_view name) {
    std::string joined;
    for (std::size_t i = 0; i < name.size(); ++i) {  // a joiner parts words, and people write a blank for it
        if (name.substr(i).starts_with("\xE2\x80\x8C")) {
            joined += ' ';
            i += 2;
        } else {
            joined += name[i];
        }
    }
    std::string out;
    const auto plain = persian_letters(written::plain(joined).text);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        char c = plain[i];
        if (plain.compare(i, 2, "ى") == 0) {
            out += "ی";
            ++i;
            continue;
        }
        if (plain.compare(i, 2, "ٔ") == 0) {  // the mark in «شمارهٔ»
            ++i;
            continue;
        }
        if (plain.compare(i, 2, "ۀ") == 0) {
            out += "ه";
            ++i;
            continue;
        }
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        const bool is_gap = c == ' ' || c == '_' || c == '-' || c == '\t' || c == '\n' || c == '\r';
        if (!is_gap) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    while (!out.empty() && (out.back() == ' ' || out.back() == ':'))
        out.pop_back();
    return out;
}

std::string column_of_person(std::string_view name) { return column_of(of_person, name); }

std::string column_of_suppression(std::string_view name) {
    const auto person = column_of_person(name);
    return person == "email" || person == "phone" ? "address" : column_of(of_suppression, name);
}

}  // namespace chapar::csv
