// Consent, suppression, expiry, dedupe and quiet hours of the reference model.
#include <algorithm>
#include <set>
#include <tuple>

#include "policy/decide.hpp"  // person_scope, which places a person on the slope
#include "reference.hpp"

namespace chapar::reference {
namespace {

using OnHit = config::QuietSettings::OnHit;
using model::ConsentState;
using model::Reason;
using namespace std::chrono_literals;

/// How much of a word is not "everything".
int closeness(const model::Consent& word) { return (word.channel == "*" ? 0 : 1) + (word.topic == "*" ? 0 : 1); }

/// The span that begins on this day of the wall.
std::pair<Timestamp, Timestamp> on_wall(const Wall& wall, std::int64_t day, const config::Span& span) {
    const auto last_day = span.to <= span.from ? day + 1 : day;
    return {wall.first(day * day_ms + span.from * minute_ms), wall.last(last_day * day_ms + span.to * minute_ms)};
}

}  // namespace

/// Whose ids and households are meant: the application's, or all's.
std::string Look::owner() const { return facts_.settings.policy.site_wide_people ? "everybody" : message_.application; }

std::string Look::person() const {
    if (message_.recipient.empty()) return "address " + owner() + "/" + way().channel + "/" + way().address;
    return "person " + owner() + "/" + message_.recipient;
}

std::string Look::content() const {
    return "content " + message_.application + "/" + person() + "/" + message_.dedupe_key;
}

Word Look::own_word() const {
    if (way().address.empty()) return shut_for(Reason::address_missing);
    if (!has_consent()) return shut_for(Reason::no_consent);
    if (is_suppressed()) return shut_for(Reason::suppressed);
    if (message_.expires_at <= now_) return ended(Reason::expired, model::Event::expire);
    if (!message_.is_test && is_duplicate()) return ended(Reason::duplicate_content);
    return {};
}

Word Look::word() const {
    const auto& cls = class_of(message_.class_name);
    auto own = own_word();
    if (own.kind != Word::Kind::free || message_.is_test) return own;
    if (cls.obeys_quiet) {
        const auto word = quiet();
        if (word.kind != Word::Kind::free) return word;
    }
    auto word = caps();
    if (word.kind == Word::Kind::free) ask_again_who_is_carried(word);
    return word;
}

bool Look::has_consent() const {
    const auto& cls = class_of(message_.class_name);
    if (cls.requires_ == config::Requires::none) return true;
    // A word under any name of the person counts for each way.
    std::set<std::string> names;
    if (!message_.recipient.empty()) names.insert(message_.recipient);
    for (const auto& step : message_.plan)
        names.insert(step.address);
    std::vector<model::Consent> said;
    for (const auto& word : facts_.words) {
        const bool about = (word.channel == "*" || word.channel == way().channel) &&
                           (word.topic == "*" || word.topic == message_.class_name || word.topic == message_.category);
        if (!about || word.application != message_.application || !names.contains(word.recipient)) continue;
        std::erase_if(said, [&](const model::Consent& older) {
            const bool stays = older.state == ConsentState::unsubscribed && word.state == ConsentState::pending;
            return older.recipient == word.recipient && older.channel == word.channel && older.topic == word.topic &&
                   !stays;
        });
        said.push_back(word);
    }
    for (const auto& no : said) {
        if (no.state != ConsentState::unsubscribed) continue;
        bool lifted = false;
        for (const auto& yes : said)
            lifted =
                lifted || (yes.state == ConsentState::subscribed && yes.at > no.at && closeness(yes) >= closeness(no));
        if (!lifted) return false;
    }
    if (cls.requires_ == config::Requires::no_opt_out) return true;
    const model::Consent* last = nullptr;  // of the closest, the newest; of the same moment the one that asks for more
    for (const auto& word : said) {
        if (word.state == ConsentState::unsubscribed) continue;
        const auto weight = [](const model::Consent& w) {
            return std::tuple(closeness(w), w.at, w.state == ConsentState::pending);
        };
        if (last == nullptr || weight(word) > weight(*last)) last = &word;
    }
    return last != nullptr && last->state == ConsentState::subscribed;
}

bool Look::is_suppressed() const {
    const bool marketing = class_of(message_.class_name).requires_ != config::Requires::none;
    for (const auto& row : facts_.suppressed) {
        const bool about = (row.channel == "*" || row.channel == way().channel) && row.address == way().address;
        const bool in_force = !row.until || now_ < *row.until;
        if (about && in_force && (marketing || row.reach == model::SuppressionReach::all)) return true;
    }
    return false;
}

bool Look::is_duplicate() const {
    if (message_.dedupe_key.empty()) return false;
    const auto window = std::min<Milliseconds>(message_.dedupe_window, 24h * 30);
    for (const auto& use : facts_.history) {
        const bool went = use.state != model::UseState::rejected && use.state != model::UseState::undelivered;
        if (use.scopes.contains(content()) && went && use.key != message_.key && use.at > now_ - window) return true;
    }
    return false;
}

const Wall* Look::chain(const std::vector<std::string>& names) const {
    for (const auto& name : names) {
        const Wall* found = nullptr;
        if (name == "device") {
            found = wall(message_.device_zone);
        } else if (name == "person") {
            found = wall(message_.person_zone);
        } else if (name == "country") {
            found = wall(message_.phone_zone);
        } else if (name == "application") {
            for (const auto& application : facts_.settings.applications)
                if (application.name == message_.application) found = wall(application.timezone);
        } else {
            found = wall(name);
        }
        if (found != nullptr) return found;
    }
    return nullptr;
}

bool Look::is_holiday(const config::QuietSettings& rule, std::int64_t day) const {
    if (rule.holidays.empty()) return false;
    for (const auto& feast : facts_.calendars.at(rule.holidays)) {
        const bool shifts = feast.system == "hijri" && feast.day == 30;
        if (facts_.mistake == "a 30th is only in months of 30 days" && shifts && date_of("hijri", day).day == 29)
            continue;
        const bool is_late = facts_.mistake == feast.system + " is a day late";
        if (is_on(feast, is_late ? day - 1 : day)) return true;
    }
    return false;
}

/// Every span of the rule that begins on a day near `at`, on this clock.
std::vector<Look::QuietSpan> Look::spans_of(const config::QuietSettings& rule, const Wall& clock, Timestamp at) const {
    const auto scope =
        static_cast<std::uint64_t>(policy::person_scope(facts_.settings.policy.site_wide_people, message_.application,
                                                        message_.recipient, way().channel, way().address));
    const bool slope = rule.spread.count() > 0 && rule.on_hit == OnHit::hold;
    const Milliseconds later(slope ? scope % static_cast<std::uint64_t>(rule.spread.count()) : 0);
    std::vector<QuietSpan> out;
    const auto today = floor_div(clock.shows(at), day_ms);
    for (auto day = today - 4; day <= today + 2; ++day) {
        const bool holiday = is_holiday(rule, day);
        auto spans = rule.weekly[static_cast<std::size_t>(weekday_of(day))];
        if (holiday && !rule.on_holidays.empty() && facts_.mistake != "holidays keep the hours of the weekday")
            spans = rule.on_holidays;
        if (holiday && rule.on_holidays.empty()) spans.push_back({0, 1440});
        for (const auto& span : spans) {
            const auto [from, to] = on_wall(clock, day, span);
            if (from < to) out.push_back({from, to + later, &rule, true, holiday});
        }
    }
    return out;
}

/// All that is quiet around a moment for this message.
std::vector<Look::QuietSpan> Look::quiet_around(Timestamp at) const {
    const auto kind = kind_of(message_, step_);
    std::vector<QuietSpan> out;
    for (const auto& rule : facts_.settings.quiet) {
        if (!matches(rule.match, kind)) continue;
        const auto* clock = chain(rule.zone);
        if (clock == nullptr && class_of(message_.class_name).unknown_zone_holds)
            out.push_back({now_, now_ + 1h, &rule, false});
        if (clock == nullptr) continue;
        const auto spans = spans_of(rule, *clock, at);
        out.insert(out.end(), spans.begin(), spans.end());
    }
    const auto* clock = chain({"device", "person", "country", "application", facts_.settings.daemon.timezone});
    const auto today = floor_div(clock->shows(at), day_ms);
    for (auto day = today - 4; day <= today + 2; ++day) {
        for (const auto& span : message_.own_quiet) {
            const auto [from, to] = on_wall(*clock, day, span);
            if (from < to) out.push_back({from, to, nullptr, true});
        }
    }
    return out;
}

Word Look::quiet() const {
    const auto strictness = [](const QuietSpan& span) {
        if (span.rule == nullptr || span.rule->on_hit == OnHit::hold) return 0;
        return span.rule->on_hit == OnHit::drop ? 2 : 1;
    };
    // Of equally strict ones, that nobody knows the zone is the more telling.
    const auto weight = [&](const QuietSpan& span) { return std::pair(strictness(span), !span.zone_is_known); };
    std::vector<QuietSpan> open;
    for (const auto& span : quiet_around(now_))
        if (span.from <= now_ && now_ < span.to) open.push_back(span);
    if (open.empty()) return {};
    for (const auto& span : open) {
        if (span.is_holiday) ++facts_.seen[span.rule->on_holidays.empty() ? "holiday" : "holiday hours"];
        if (span.rule == nullptr) ++facts_.seen["own quiet"];
    }
    const auto strictest = *std::max_element(open.begin(), open.end(),
                                             [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
    Word word;
    word.reason = strictest.zone_is_known ? Reason::quiet_hours : Reason::zone_unknown;
    if (strictness(strictest) == 2) return ended(word.reason);
    word.due = now_;
    for (bool longer = true; longer && word.due < now_ + 24h * 400;) {
        longer = false;
        for (const auto& span : quiet_around(word.due)) {
            if (span.from > word.due || word.due >= span.to) continue;
            word.due = span.to;
            longer = true;
        }
    }
    word.kind = word.due < message_.expires_at ? Word::Kind::wait : Word::Kind::over;
    for (const auto& span : open)
        if (strictness(span) == 1) word.switch_lists.push_back(span.rule->switch_to);
    return word;
}

}  // namespace chapar::reference
