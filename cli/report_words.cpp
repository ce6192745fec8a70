#include "cli/report_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/jalali.hpp"
#include "base/money.hpp"
#include "render/l10n/dates.hpp"
#include "render/l10n/numbers.hpp"

namespace chapar::cli {
namespace {

struct Words {
    std::string_view en, fa;
};

/// By Word.
constexpr std::array words = {
    Words{"Report", "گزارش"},
    Words{"Accepted", "پذیرفته"},
    Words{"Sent", "فرستاده"},
    Words{"Delivered", "رسیده"},
    Words{"Opened", "بازشده"},
    Words{"Clicked", "کلیک‌شده"},
    Words{"by people", "توسط افراد"},
    Words{"all", "همه"},
    Words{"machines", "ماشین‌ها"},
    Words{"unknown", "نامعلوم"},
    Words{"Bounced", "برگشتی"},
    Words{"no such address", "نشانی نادرست"},
    Words{"not this time", "موقت"},
    Words{"not let through", "راه‌نداده"},
    Words{"content", "محتوا"},
    Words{"Unsubscribed", "لغو اشتراک"},
    Words{"Complained", "شکایت"},
    Words{"Kept back", "نگه‌داشته"},
    Words{"Converted", "تبدیل"},
    Words{"Revenue", "درآمد"},
    Words{"Cost", "هزینه"},
    Words{"Day", "روز"},
    Words{"Month", "ماه"},
    Words{"Channel", "کانال"},
    Words{"Template", "قالب"},
    Words{"Variant", "گونه"},
    Words{"Class", "رده"},
    Words{"All messages", "همه پیام‌ها"},
    Words{"ready-made", "آماده"},
    Words{"Nothing was counted.", "چیزی شمرده نشده است."},
    Words{"Some counts of earlier days are lost: their rows were damaged.",
          "بخشی از شمارش‌ها از دست رفته است."},
    Words{"Day by day", "روز به روز"},
    Words{"Month by month", "ماه به ماه"},
    Words{"Channels and templates", "کانال‌ها و قالب‌ها"},
    Words{"From accepted to clicked", "از پذیرش تا کلیک"},
    Words{"of sent", "از فرستاده‌ها"},
    Words{
        "Opens and clicks count messages, once each: those that a person opened or clicked, then all, with scanners of "
        "mail gateways and proxies that fetch pictures.",
        "باز شدن و کلیک هر پیام یک بار: از افراد، "
        "سپس همه با پویشگرها و واسطه‌ها."},
    Words{"made at", "ساخته‌شده در"},
    Words{"Total", "مجموع"},
};

/// Of reasons that keep a message back; others are shown by their name.
constexpr auto reasons = std::to_array<std::pair<std::string_view, Words>>({
    {"no_consent", {"no consent", "بدون رضایت"}},
    {"suppressed", {"on the suppression list", "در فهرست منع"}},
    {"duplicate_content", {"the same content twice", "محتوای تکراری"}},
    {"quiet_hours", {"quiet hours", "ساعت‌های سکوت"}},
    {"capped", {"caps", "سقف تعداد"}},
    {"too_soon", {"too soon", "خیلی زود"}},
    {"zone_unknown", {"time zone unknown", "منطقه زمانی نامعلوم"}},
    {"displaced", {"gave way to another", "جای خود را داد"}},
    {"superseded", {"replaced by a newer one", "جایگزین‌شده"}},
    {"collected", {"part of a digest", "در خلاصه"}},
    {"cancelled", {"cancelled", "لغوشده"}},
    {"expired", {"expired", "منقضی"}},
    {"max_age_reached", {"too old", "کهنه"}},
    {"attempts_exhausted", {"tried in vain", "تلاش بی‌نتیجه"}},
    {"render_failed", {"template failed", "خطای قالب"}},
    {"aborted_by_template", {"stopped by its template", "توقف در قالب"}},
    {"address_missing", {"no address", "بدون نشانی"}},
    {"no_route", {"no route", "بدون مسیر"}},
    {"erased", {"person forgotten", "فرد پاک‌شده"}},
    {"blocked_by_operator", {"operator's list", "فهرست اپراتور"}},
});

constexpr auto channels = std::to_array<std::pair<std::string_view, Words>>({
    {"email", {"email", "ایمیل"}},
    {"sms", {"sms", "پیامک"}},
    {"voice", {"voice", "تماس"}},
    {"whatsapp", {"whatsapp", "واتساپ"}},
    {"push", {"push", "اعلان"}},
});

}  // namespace

std::string_view ReportWords::operator()(Word word) const {
    const auto& both = words[static_cast<std::size_t>(word)];
    return is_persian() ? both.fa : both.en;
}

std::string ReportWords::reason(std::string_view name) const {
    const auto found = std::ranges::find(reasons, name, &std::pair<std::string_view, Words>::first);
    if (found != reasons.end()) return std::string(is_persian() ? found->second.fa : found->second.en);
    std::string out(name);
    std::ranges::replace(out, '_', ' ');
    return out;
}

std::string ReportWords::channel(std::string_view name) const {
    const auto found = std::ranges::find(channels, name, &std::pair<std::string_view, Words>::first);
    if (found == channels.end()) return std::string(name);
    return std::string(is_persian() ? found->second.fa : found->second.en);
}

std::string ReportWords::number(std::int64_t count) const {
    const auto plain = std::to_string(count);
    return render::format_number(plain, locale(), 0).value_or(plain);
}

std::string ReportWords::amount(std::int64_t millionths) const {
    const auto plain = show_money(Money{millionths});
    const auto point = plain.find('.');
    const auto decimals = point == std::string::npos ? 0 : std::min<int>(2, static_cast<int>(plain.size() - point - 1));
    return render::format_number(plain, locale(), decimals).value_or(plain);
}

std::string ReportWords::money(std::int64_t millionths, std::string_view currency) const {
    const auto plain = show_money(Money{millionths});
    // What a message costs may be less than the smallest coin: nothing of it is rounded away.
    if (std::abs(millionths) < 10'000 && millionths != 0) return fmt::format("{} {}", plain, currency);
    const render::Money money{.currency = currency,
                              .display = is_persian() ? render::MoneyDisplay::name : render::MoneyDisplay::code,
                              .decimals = std::nullopt};
    return render::format_money(plain, locale(), money).value_or(fmt::format("{} {}", amount(millionths), currency));
}

std::string ReportWords::share(std::int64_t part, std::int64_t whole) const {
    if (whole <= 0) return {};
    const auto percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    const auto text = fmt::format("{:.1f}", percent);
    return render::format_percent(text, locale(), 1).value_or(text + '%');
}

std::string ReportWords::date(std::int32_t day, std::string_view skeleton) const {
    const render::DateStyle style{.date = skeleton, .time = "none", .calendar = is_jalali_ ? "persian" : "gregorian"};
    return render::format_date(std::int64_t{day} * 24 * 60 * 60, locale(), "UTC", style).value_or(std::to_string(day));
}

std::string ReportWords::day(std::int32_t day) const {
    if (is_persian()) return date(day, "yMd");
    if (is_jalali_) {
        const auto at = times::jalali_date(day);
        return fmt::format("{:04}-{:02}-{:02}", at.year, at.month, at.day);
    }
    const std::chrono::year_month_day at{std::chrono::sys_days{std::chrono::days{day}}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(at.year()), static_cast<unsigned>(at.month()),
                       static_cast<unsigned>(at.day()));
}

std::string ReportWords::short_day(std::int32_t day) const { return date(day, "MMMd"); }
std::string ReportWords::month(std::int32_t day) const { return date(day, "yMMMM"); }

std::int32_t ReportWords::month_start(std::int32_t day) const {
    if (is_jalali_) return day - times::jalali_date(day).day + 1;
    const std::chrono::year_month_day at{std::chrono::sys_days{std::chrono::days{day}}};
    return day - static_cast<std::int32_t>(static_cast<unsigned>(at.day())) + 1;
}

}  // namespace chapar::cli
