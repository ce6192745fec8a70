#include "model/trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace chapar::model {
namespace {

struct Words {
    std::string_view name;
    std::string_view sentence, persian;
};

// clang-format off
constexpr std::array<Words, reason_count> reason_words = {{
    {"", "", ""},
    {"accepted", "It was accepted and is on disk.", "پذیرفته و روی دیسک ثبت شد."},
    {"scheduled", "It waits for its send_at time.", "منتظر زمان ارسال خود (send_at) است."},
    {"handed_over", "It was handed to the channel plugin.", "به افزونهٔ کانال سپرده شد."},
    {"sent", "The provider accepted it.", "ارائه‌دهنده آن را پذیرفت."},
    {"delivered", "The provider reports that it arrived.",
     "ارائه‌دهنده می‌گوید که رسیده است."},
    {"retry_later", "The provider could not take it now; it will be tried again.",
     "ارائه‌دهنده اکنون نتوانست آن را بگیرد؛ دوباره تلاش می‌شود."},
    {"rejected", "The provider refused it for good.",
     "ارائه‌دهنده آن را برای همیشه رد کرد."},
    {"attempts_exhausted", "Every attempt that its class allows was used.",
     "همهٔ تلاش‌هایی که کلاس آن اجازه می‌دهد انجام شد."},
    {"max_age_reached", "It became older than its class allows.",
     "از سنی که کلاس آن اجازه می‌دهد گذشت."},
    {"expired", "Its expires_at time passed before it could be sent.",
     "پیش از آنکه بتواند برود، زمان expires_at آن گذشت."},
    {"cancelled", "It was cancelled.", "لغو شد."},
    {"in_doubt_held", "It may have been sent; its class says that a person decides (retry or cancel).",
     "شاید فرستاده شده باشد؛ کلاس آن می‌گوید که یک نفر باید تصمیم بگیرد (retry یا cancel)."},
    {"in_doubt_retried", "It may have been sent; its class says to try again, so a duplicate is possible.",
     "شاید فرستاده شده باشد؛ کلاس آن می‌گوید دوباره تلاش شود، پس شاید دو بار برسد."},
    {"operator_retry", "Another try was asked for.", "تلاش دوباره‌ای درخواست شد."},
    {"render_failed", "Its template could not be rendered.", "قالب آن ساخته نشد."},
    {"aborted_by_template", "Its template stopped it.", "قالب آن جلوی ارسال را گرفت."},
    {"quarantined", "Its stored row is damaged, so it is not sent.",
     "ردیف ذخیره‌شدهٔ آن آسیب دیده است، پس فرستاده نمی‌شود."},
    {"no_route", "No route can carry its channel now.",
     "اکنون هیچ مسیری کانال آن را نمی‌برد."},
    {"next_channel", "The next channel of its plan is tried.",
     "کانال بعدی برنامهٔ آن امتحان می‌شود."},
    {"given_back", "It was taken up, but nothing left; it waits again.", "برداشته شد ولی چیزی نرفت؛ دوباره منتظر است."},
    {"address_missing", "The recipient has no address for this channel.", "گیرنده برای این کانال نشانی ندارد."},
    {"lane_throttled", "The destination asked to slow down.",
     "مقصد خواست که آهسته‌تر فرستاده شود."},
    {"circuit_open", "The provider is failing, so the route rests.",
     "ارائه‌دهنده از کار افتاده است، پس مسیر استراحت می‌کند."},
    {"route_paused", "The route is paused.", "مسیر متوقف شده است."},
    {"receipt", "A later word came from the provider.", "خبر بعدی از ارائه‌دهنده رسید."},
    {"no_consent", "The person has not agreed to it, or took the consent back.",
     "این شخص موافقت نکرده، یا موافقت خود را پس گرفته است."},
    {"suppressed", "The address is on the suppression list.", "نشانی یا شخص در فهرست منع ارسال است."},
    {"duplicate_content", "The same content went to this person a short time ago.",
     "همین محتوا تازگی برای این شخص رفته است."},
    {"quiet_hours", "It is quiet time for this person.", "برای این شخص ساعت سکوت است."},
    {"capped", "A cap is reached: enough was sent to this person.",
     "سقف پر است: به اندازهٔ کافی برای این شخص فرستاده شده است."},
    {"too_soon", "The last message to this person is too recent.", "از آخرین پیام به این شخص زمان کمی گذشته است."},
    {"zone_unknown", "The person's time zone is not known, so quiet time can't be ruled out.",
     "منطقهٔ زمانی این شخص معلوم نیست، پس نمی‌توان گفت که ساعت سکوت نیست."},
    {"arbitrating", "It competes with others for the last slot of a cap.",
     "با پیام‌های دیگر بر سر آخرین جای یک سقف رقابت می‌کند."},
    {"displaced", "A more important message took its slot.", "پیام مهم‌تری جای آن را گرفت."},
    {"superseded", "A newer message with the same collapse_key replaced it.",
     "پیام تازه‌تری با همان collapse_key جای آن را گرفت."},
    {"collected", "It goes as part of a digest.", "به‌عنوان بخشی از یک خلاصه می‌رود."},
    {"digest_waits", "It waits for its digest.", "منتظر خلاصهٔ خود است."},
    {"fallback_due", "No delivery was known in time.", "خبر رسیدن به‌موقع نیامد."},
    {"released", "What kept it back is over.", "آنچه جلوی آن را گرفته بود تمام شد."},
    {"erased", "The person's data was removed.", "داده‌های این شخص پاک شد."},
    {"digest", "It carries others as one digest.",
     "پیام‌های دیگری را به‌صورت خلاصه می‌برد."},
    {"routed", "The route was chosen among several.", "مسیر از میان چند مسیر انتخاب شد."},
    {"estimated", "Its cost was estimated by the prices of its route.",
     "هزینهٔ آن از روی قیمت‌های مسیر برآورد شد."},
    {"billed", "The provider said what it took for it.",
     "ارائه‌دهنده گفت که چه اندازه هزینه برداشته است."},
    {"blocked_by_operator", "The operator lets no advertising through to this person.",
     "اپراتور تبلیغات را به این شخص نمی‌رساند."},
    {"poison", "The daemon ended each time it was sent, so it is held as poison; a person decides (retry or cancel).",
     "هر بار که فرستاده شد سرویس از کار افتاد، پس به‌عنوان پیام خطرناک نگه داشته شد؛ یک نفر باید تصمیم بگیرد (retry یا cancel)."},
    {"suspected",
     "The daemon ended while it was in hand; it goes alone next, so that the one that does this is known.",
     "هنگام کار روی آن سرویس از کار افتاد؛ بار بعد تنها می‌رود تا معلوم شود کدام پیام چنین می‌کند."},
    {"restored", "The store was restored from a backup, and it may have been sent since; `chapar release` lets it go.",
     "پایگاه داده از پشتیبان بازگردانده شد و شاید پس از آن فرستاده شده باشد؛ `chapar release` آن را رها می‌کند."},
    {"journal", "The store was restored from a backup; the journal tells what became of it since.",
     "پایگاه داده از پشتیبان بازگردانده شد؛ دفتر رویدادها می‌گوید که پس از آن چه بر سر آن آمد."},
    {"copy_left_out", "Somebody in cc or bcc may not be written to; the mail goes without that copy.",
     "به یکی از گیرندگان رونوشت نباید نوشت؛ نامه بدون آن رونوشت می‌رود."},
}};
// clang-format on

std::string one_line(std::string_view text) {
    std::string out(text.substr(0, 500));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return out;
}

}  // namespace

std::string_view name(Reason reason) { return reason_words[static_cast<std::size_t>(reason)].name; }
std::string_view sentence(Reason reason, Language language) {
    const auto& known = reason_words[static_cast<std::size_t>(reason)];
    switch (language) {
        case Language::en:
            return known.sentence;
        case Language::fa:
            return known.persian;
    }
    return {};
}

std::optional<Reason> reason_from(int number) {
    if (number < 1 || number >= static_cast<int>(reason_words.size())) return std::nullopt;
    return static_cast<Reason>(number);
}

std::string encode(const TraceEntry& entry) {
    return std::to_string(to_ms(entry.at)) + ' ' + std::to_string(static_cast<int>(entry.reason)) + ' ' +
           one_line(entry.detail) + '\n';
}

std::vector<TraceEntry> decode_trace(std::string_view text) {
    std::vector<TraceEntry> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        std::int64_t ms = 0;
        int code = 0;
        const char* last = line.data() + line.size();
        const auto time = std::from_chars(line.data(), last, ms);
        if (time.ec != std::errc{} || time.ptr == last) continue;
        const auto number = std::from_chars(time.ptr + 1, last, code);
        const auto reason = reason_from(code);
        if (number.ec != std::errc{} || !reason) continue;
        const char* detail = number.ptr == last ? last : number.ptr + 1;
        out.push_back({from_ms(ms), *reason, std::string(detail, last)});
    }
    return out;
}

std::optional<TraceEntry> last_entry(std::string_view trace) {
    if (trace.ends_with('\n')) trace.remove_suffix(1);
    const auto before = trace.rfind('\n');
    const auto entries = decode_trace(before == std::string_view::npos ? trace : trace.substr(before + 1));
    return entries.empty() ? std::nullopt : std::optional(entries.back());
}

std::optional<TraceEntry> last_decision(std::string_view trace) {
    auto entries = decode_trace(trace);
    while (!entries.empty()) {
        const auto reason = entries.back().reason;
        if (reason != Reason::routed && reason != Reason::estimated && reason != Reason::billed)
            return std::move(entries.back());
        entries.pop_back();
    }
    return std::nullopt;
}

void append(std::string& trace, const TraceEntry& entry) {
    trace += encode(entry);
    if (static_cast<std::size_t>(std::count(trace.begin(), trace.end(), '\n')) <= trace_limit) return;
    auto entries = decode_trace(trace);
    entries.erase(entries.begin() + trace_limit / 4, entries.begin() + trace_limit / 2);
    trace.clear();
    for (const auto& kept : entries)
        trace += encode(kept);
}

}  // namespace chapar::model
