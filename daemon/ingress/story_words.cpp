#include "ingress/story_words.hpp"

#include <fmt/format.h>

#include "policy/explain.hpp"

namespace chapar::ingress {
namespace {

struct Pair {
    std::string_view en, fa;
    std::string_view in(bool persian) const { return persian ? fa : en; }
};

// clang-format off
Pair of_verdict(model::Verdict verdict) {
    switch (verdict) {
        case model::Verdict::accepted:
            return {"the provider accepted it", "ارائه‌دهنده آن را پذیرفت"};
        case model::Verdict::delivered:
            return {"the provider delivered it", "ارائه‌دهنده آن را رساند"};
        case model::Verdict::retry:
            return {"the provider could not take it then",
                    "ارائه‌دهنده آن هنگام نتوانست آن را بگیرد"};
        case model::Verdict::rejected:
            return {"the provider refused it for good",
                    "ارائه‌دهنده آن را برای همیشه رد کرد"};
        case model::Verdict::unknown:
            return {"no clear answer came, so it may have been sent", "پاسخ روشنی نیامد، پس شاید فرستاده شده باشد"};
    }
    return {};
}

constexpr Pair of_test{"It is a test: it goes to the sandbox, which sends nothing and reports as a provider would.",
                       "این یک آزمایش است: چیزی از آن فرستاده نمی‌شود."};
constexpr Pair of_plugin{"its plugin refused it, without an answer of the provider",
                         "افزونهٔ آن بدون پاسخی از ارائه‌دهنده آن را رد کرد"};
constexpr Pair of_plugin_alone{"It can't be sent as it is: its plugin refused it, without an answer of the provider.",
                               "آن‌گونه که هست فرستاده نمی‌شود: افزونهٔ آن بدون پاسخی از ارائه‌دهنده آن را رد کرد."};

Pair of_state(model::State state) {
    switch (state) {
        case model::State::waiting:
            return {"It waits to be sent.", "منتظر ارسال است."};
        case model::State::sending:
            return {"It is being sent at this moment.", "همین اکنون در حال ارسال است."};
        case model::State::sent:
            return {"The provider has accepted it.", "ارائه‌دهنده آن را پذیرفته است."};
        case model::State::delivered:
            return {"It has arrived.", "رسیده است."};
        case model::State::failed:
            return {"It has failed for good.", "برای همیشه ناموفق ماند."};
        case model::State::expired:
            return {"Its time was over before it could be sent.", "پیش از آنکه فرستاده شود زمانش گذشت."};
        case model::State::cancelled:
            return {"It was cancelled.", "لغو شده است."};
        case model::State::held:
            return {"It is held until a person decides: `chapar retry ID` or `chapar cancel ID`.",
                    "نگه داشته شده تا یک نفر تصمیم بگیرد: `chapar retry ID` یا `chapar cancel ID`."};
        case model::State::suppressed:
            return {"The rules ended it before it was sent.", "قواعد پیش از ارسال به آن پایان دادند."};
        case model::State::collected:
            return {"It goes as part of a digest.", "به‌عنوان بخشی از یک خلاصه می‌رود."};
        case model::State::blocked_by_operator:
            return {
                "The operator lets no advertising through to this person; marketing takes another channel from now on.",
                "اپراتور تبلیغات را به این شخص نمی‌رساند؛ از این پس تبلیغ از کانال دیگری می‌رود."};
    }
    return {};
}
// clang-format on

/// "2026-11-30 05:30:12" on the wall of the zone.
std::string plain_moment(Timestamp at, const policy::Zone& zone) {
    const auto wall = zone.local(at);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(wall.day))};
    const int seconds = wall.millisecond / 1000;
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), seconds / 3600,
                       seconds / 60 % 60, seconds % 60);
}

}  // namespace

std::string_view refused_by_plugin(model::Language language) {
    return of_plugin_alone.in(language == model::Language::fa);
}

std::string StoryWords::moment(Timestamp at) const {
    return is_persian() ? policy::persian_moment(at, telling_.zone) : plain_moment(at, telling_.zone);
}

std::string StoryWords::number(std::int64_t count) const {
    return is_persian() ? policy::persian_digits(std::to_string(count)) : std::to_string(count);
}

std::string StoryWords::head(const model::Message& message) const {
    const auto campaign = message.campaign.empty() ? std::string()
                          : is_persian()           ? fmt::format("، کارزار {}", message.campaign)
                                                   : fmt::format(", campaign {}", message.campaign);
    return fmt::format(
        fmt::runtime(is_persian() ? "پیام {} از {}، کلاس {}{}. زمان‌ها به وقت {} است."
                                  : "Message {} of {}, class {}{}. Times are those of {}."),
        message.id.text(), message.application, message.class_name, campaign, telling_.zone.name());
}

std::string StoryWords::line(Timestamp at, Timestamp until, int times, std::string_view text) const {
    if (at == until && times == 1) return fmt::format("{}  {}", moment(at), text);
    const auto span = fmt::format(fmt::runtime(is_persian() ? "{} تا {}" : "{} to {}"), moment(at), moment(until));
    if (times == 1) return fmt::format("{}  {}", span, text);
    return fmt::format(fmt::runtime(is_persian() ? "{}، {} بار  {}" : "{}, {} times  {}"), span, number(times), text);
}

std::string StoryWords::answer(const model::Attempt& attempt) const {
    if (!attempt.finished_at)
        return std::string(Pair{"its outcome is not known yet", "نتیجهٔ آن هنوز معلوم نیست"}.in(is_persian()));
    const auto said = model::words(attempt.outcome);
    // Without a code of the provider, nobody but the plugin refused it.
    const bool is_plugins = attempt.outcome.verdict == model::Verdict::rejected && attempt.outcome.code.empty();
    const auto verdict = (is_plugins ? of_plugin : of_verdict(attempt.outcome.verdict)).in(is_persian());
    return said.empty() ? std::string(verdict) : fmt::format("{} ({})", verdict, said);
}

std::string StoryWords::attempt(const model::Attempt& attempt) const {
    return fmt::format(
        fmt::runtime(is_persian() ? "تلاش {} با {} از مسیر {}: {}." : "Attempt {} by {} on route {}: {}."),
        number(attempt.number), attempt.channel, attempt.route, answer(attempt));
}

std::string StoryWords::more_attempts(int count, const std::vector<std::pair<int, std::string>>& answers) const {
    constexpr std::size_t most = 3;
    auto out = fmt::format(fmt::runtime(is_persian() ? "{} تلاش دیگر" : "{} more attempts"), number(count));
    int told = 0;
    for (std::size_t i = 0; i < std::min(most, answers.size()); ++i) {
        const auto& [times, answer] = answers[i];
        out += i == 0 ? ": " : is_persian() ? "؛ " : "; ";
        out += times == 1
                   ? fmt::format(fmt::runtime(is_persian() ? "یک بار {}" : "once {}"), answer)
                   : fmt::format(fmt::runtime(is_persian() ? "{} بار {}" : "{} times {}"), number(times), answer);
        told += times;
    }
    if (told < count)
        out += fmt::format(
            fmt::runtime(is_persian() ? "؛ {} بار پاسخ‌های دیگر" : "; {} times something else"),
            number(count - told));
    return out + '.';
}

/// "2 of 3 segments delivered, segment 3 failed (UNDELIV)."
std::string StoryWords::segments(const std::vector<model::PartReceipt>& parts) const {
    if (parts.size() < 2) return "";
    std::int64_t delivered = 0;
    std::string failed;
    for (const auto& part : parts) {
        if (part.delivered == true) ++delivered;
        if (part.delivered == false)
            failed += fmt::format(fmt::runtime(is_persian() ? "، بخش {} ناموفق ({})" : ", segment {} failed ({})"),
                                  number(part.part), part.code);
    }
    return fmt::format(fmt::runtime(is_persian() ? "{} از {} بخش رسید{}." : "{} of {} segments delivered{}."),
                       number(delivered), number(static_cast<std::int64_t>(parts.size())), failed);
}

std::string StoryWords::estimated(const model::Cost& cost) const {
    const auto of = cost.segments > 1 ? fmt::format(fmt::runtime(is_persian() ? " برای {} بخش" : " for {} segments"),
                                                    number(cost.segments))
                                      : std::string();
    return fmt::format(fmt::runtime(is_persian() ? "از روی قیمت‌های مسیر {}{} هزینه دارد."
                                                 : "By the prices of its route it costs {}{}."),
                       model::show_bill(cost), of);
}

std::string StoryWords::billed(const model::Cost& cost) const {
    return fmt::format(
        fmt::runtime(is_persian() ? "ارائه‌دهنده {} برداشت." : "The provider took {} for it."),
        model::show_bill(cost));
}

std::string StoryWords::decision(model::Reason reason, std::string_view detail) const {
    const auto sentence = model::sentence(reason, telling_.language);
    if (detail.empty()) return std::string(sentence);
    return fmt::format("{} ({})", sentence, detail);
}

std::string StoryWords::not_before(Timestamp send_at) const {
    return fmt::format(fmt::runtime(is_persian() ? "نباید پیش از {} برود." : "It was not to go before {}."),
                       moment(send_at));
}

std::string_view StoryWords::test() const { return of_test.in(is_persian()); }

std::string_view StoryWords::state(model::State state) const { return of_state(state).in(is_persian()); }

std::string StoryWords::standstill(const model::TraceEntry& entry) const {
    return fmt::format(fmt::runtime(is_persian() ? "اکنون هیچ پیامی از این نوع نمی‌رود: {}"
                                                 : "Nothing of its kind goes now: {}"),
                       decision(entry.reason, entry.detail));
}

std::string StoryWords::next_try(Timestamp due) const {
    return fmt::format(fmt::runtime(is_persian() ? "تلاش بعدی: {}." : "The next try is due at {}."), moment(due));
}

}  // namespace chapar::ingress
