#include "ingress/message_tracking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.hpp"
#include "dispatch/facts.hpp"
#include "dispatch/prepare.hpp"
#include "engage/site_links.hpp"
#include "ingress/endpoints.hpp"
#include "policy/explain.hpp"

namespace chapar::ingress {
namespace {

using engage::Tracking;
using By = MessageTracking::By;
using Reason = engage::TrackingDecision::Reason;

std::string_view name(By by) {
    switch (by) {
        case By::of_class:
            return "class";
        case By::application:
            return "application";
        case By::copies:
            return "copies";
        case By::person:
            return "person";
        case By::site:
            return "site";
    }
    return "";
}

By by_of(Reason reason) {
    switch (reason) {
        case Reason::by_class:
            return By::of_class;
        case Reason::by_application:
            return By::application;
        case Reason::copied:
            return By::copies;
        case Reason::refused:
        case Reason::not_asked:
            return By::person;
    }
    return By::of_class;
}

constexpr std::string_view no_site = "tracking is none: [web] has no base_url that links could lead over";

// clang-format off
std::string persian(const engage::TrackingDecision& decision) {
    switch (decision.reason) {
        case Reason::by_class:
            return fmt::format("ردیابی {} است: کلاس {} چنین می‌گوید", engage::name(decision.tracking), decision.class_name);
        case Reason::by_application:
            return fmt::format("ردیابی {} است: برنامه کمتر از کلاس {} می‌خواهد", engage::name(decision.tracking), decision.class_name);
        case Reason::copied:
            return "ردیابی none است: دیگران هم این نامه را می‌گیرند و معلوم نیست چه کسی آن را دیده";
        case Reason::refused:
            return "ردیابی none است: گیرنده نمی‌خواهد ردیابی شود";
        case Reason::not_asked:
            return "ردیابی none است: گیرنده با آن موافقت نکرده و این سایت فقط موافقان را ردیابی می‌کند";
    }
    return {};
}
constexpr std::string_view no_site_fa = "ردیابی none است: بخش [web] نشانی base_url ندارد";
// clang-format on

/// The step that it left by, or stands at.
int step_of(const store::Record& record) {
    const auto& plan = record.message.plan;
    const int at = std::clamp(record.progress.step, 0, static_cast<int>(plan.size()) - 1);
    if (record.attempts.empty() || record.progress.state == model::State::waiting) return at;
    for (int i = at; i >= 0; --i)
        if (plan[static_cast<std::size_t>(i)].channel == record.attempts.back().channel) return i;
    return at;
}

/// All that the person said until then, under each of their names.
Result<std::vector<model::Consent>> words_until(const Deps& deps, const model::PersonRef& who, Timestamp until) {
    std::vector<std::string> names;
    const auto look = [&](model::Ledger& ledger) {
        names = ledger.names(who.application, who.recipient, who.addresses);
    };
    if (auto done = deps.store.peek(look); !done) return std::unexpected(done.error());
    std::vector<model::Consent> out;
    for (const auto& each : names) {
        auto history = deps.store.consent_history(who.application, each);
        if (!history) return std::unexpected(history.error());
        for (auto& word : *history)
            if (word.at <= until) out.push_back(std::move(word));
    }
    return out;
}

/// Addresses of `text` that lead over the site, by the seals in them.
void add_counted(const engage::SiteLinks& site, std::string_view text, std::map<std::uint16_t, std::string>& out) {
    const auto begin = site.base_url() + "/c/";
    const auto is_seal = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    for (auto at = text.find(begin); at != std::string_view::npos; at = text.find(begin, at + 1)) {
        auto end = at + begin.size();
        while (end < text.size() && is_seal(text[end]))
            ++end;
        if (auto found = site.resolve(text.substr(at, end - at))) out.emplace(found->link, found->destination);
    }
}

/// Those of a mail, as it is rendered now.
void find_mail_links(const Deps& deps, const config::Settings& settings, const store::Record& record, int step,
                     MessageTracking& out) {
    if (auto why = why_no_content(settings, record, deps.clock.now()); !why.empty()) {
        out.links_unknown = std::move(why);
        return;
    }
    store::Queued queued{record.message, record.progress};
    queued.progress.step = step;
    dispatch::SiteDefaults site{settings.daemon.timezone, settings.daemon.locale};
    site.links = dispatch::linking_for(settings, deps.links(), record.message, step, out.mode);
    std::optional<dispatch::Digest> digest;
    if (auto digest_name = dispatch::digest_template(record.progress.trace); !digest_name.empty())
        if (const auto carried = deps.store.collected(record.message.id.key()); carried && !carried->empty())
            digest = dispatch::make_digest(std::move(digest_name), record.message, *carried);
    const auto made = dispatch::prepare(queued, std::max(1, record.progress.attempts), deps.catalogue, site,
                                        deps.clock.now(), digest);
    if (!made) {
        out.links_unknown = made.error().detail;
        return;
    }
    std::map<std::uint16_t, std::string> found;
    for (const auto& [part, text] : made->content)
        if (part == "html" || part == "text") add_counted(*site.links.site, text, found);
    out.links.emplace();
    for (auto& [number, address] : found)
        out.links->push_back({number, std::move(address)});
}

/// Those of a text, as they were written when it left.
Result<void> find_short_links(const Deps& deps, const store::Record& record, MessageTracking& out) {
    const auto codes = deps.store.short_links_of(record.message.id.key());
    if (!codes) return std::unexpected(codes.error());
    if (!out.is_past && codes->empty()) {
        out.links_unknown = "its short links are made when it leaves";
        return {};
    }
    out.links.emplace();
    for (const auto& code : *codes) {
        const auto found = deps.store.find_short(code.code);
        if (!found) return std::unexpected(found.error());
        if (*found && (*found)->is_tracked) out.links->push_back({code.link, code.destination});
    }
    return {};
}

Result<engage::TrackingDecision> decide(const Deps& deps, const config::Settings& settings, const store::Record& record,
                                        int step) {
    auto question = dispatch::tracking_question(settings, record.message, step);
    auto decision = engage::decide_tracking(question);
    const bool depends_on_person = decision.tracking != Tracking::none || decision.reason == Reason::not_asked;
    if (!depends_on_person) return decision;
    const bool has_left = !record.attempts.empty() && record.progress.state != model::State::waiting;
    const auto facts = dispatch::read_facts(record.message, step, settings.daemon.country);
    const auto words = words_until(deps, facts.who(), has_left ? record.attempts.back().started_at : deps.clock.now());
    if (!words) return std::unexpected(words.error());
    question.person = engage::tracking_consent(*words, record.message.plan[static_cast<std::size_t>(step)].channel);
    return engage::decide_tracking(question);
}

/// Nothing is sent any more, and nothing was.
bool never_leaves(const store::Record& record) {
    if (!record.attempts.empty()) return false;
    const auto state = record.progress.state;
    return state != model::State::waiting && state != model::State::sending && state != model::State::held;
}

std::string counted(std::int64_t count, bool is_persian) {
    return is_persian ? policy::persian_digits(std::to_string(count)) : std::to_string(count);
}

}  // namespace

Result<std::optional<MessageTracking>> tracking_of(const Deps& deps, const store::Record& record,
                                                   model::Language language, bool with_links) {
    if (never_leaves(record) || record.message.plan.empty()) return std::nullopt;
    const int step = step_of(record);
    const auto& channel = record.message.plan[static_cast<std::size_t>(step)].channel;
    if (channel != "email" && channel != "sms") return std::nullopt;
    const bool is_persian = language == model::Language::fa;
    MessageTracking out;
    out.is_past = !record.attempts.empty() && record.progress.state != model::State::waiting;
    const auto site = deps.links ? deps.links() : nullptr;
    if (site == nullptr) {
        out.sentence = is_persian ? no_site_fa : no_site;
        return out;
    }
    const auto settings = deps.settings();
    const auto decision = decide(deps, *settings, record, step);
    if (!decision) return std::unexpected(decision.error());
    out.mode = decision->tracking;
    out.by = by_of(decision->reason);
    out.sentence = is_persian ? persian(*decision) : decision->sentence();
    if (!with_links) return out;
    if (channel == "sms") {
        if (auto done = find_short_links(deps, record, out); !done) return std::unexpected(done.error());
    } else if (out.mode == Tracking::none) {
        out.links.emplace();
    } else {
        find_mail_links(deps, *settings, record, step, out);
    }
    return out;
}

std::string tracking_json(const MessageTracking& tracking) {
    json::Writer out;
    out.begin_object().member("mode", engage::name(tracking.mode)).member("by", name(tracking.by));
    out.member("past", tracking.is_past).member("sentence", tracking.sentence);
    if (tracking.links) {
        out.key("links").begin_array();
        for (const auto& link : *tracking.links)
            out.begin_object().member("number", link.number).member("address", link.address).end_object();
        out.end_array();
    }
    if (!tracking.links_unknown.empty()) out.member("links_unknown", tracking.links_unknown);
    return out.end_object().take();
}

std::vector<std::string> tracking_lines(const MessageTracking& tracking, model::Language language) {
    const bool is_persian = language == model::Language::fa;
    auto first = tracking.sentence;
    if (!first.empty() && first.front() == 't') first.front() = 'T';
    std::vector<std::string> out{first + '.'};
    if (!tracking.links_unknown.empty())
        out.push_back(
            fmt::format(fmt::runtime(is_persian ? "پیوندهایش معلوم نیست: {}." : "Its links are not shown: {}."),
                        tracking.links_unknown));
    if (!tracking.links) return out;
    if (tracking.links->empty())
        out.emplace_back(is_persian ? "هیچ پیوندی شمرده نمی‌شود." : "No link is counted.");
    for (const auto& link : *tracking.links)
        out.push_back(fmt::format(
            fmt::runtime(is_persian ? "پیوند {} شمرده می‌شود: {}" : "Link {} is counted: {}"),
            counted(link.number, is_persian), link.address));
    return out;
}

std::vector<std::string> engagement_lines(const store::Engagement& engagement, model::Language language) {
    const bool is_persian = language == model::Language::fa;
    std::vector<std::string> out;
    for (const auto kind : {model::Engaged::opened, model::Engaged::clicked}) {
        const auto counts = store::counts_of(engagement, kind);
        if (counts.raw == 0) continue;
        const auto of = [&](model::HitBy by) {
            return counted(counts.by.at(static_cast<std::size_t>(by)), is_persian);
        };
        const bool is_open = kind == model::Engaged::opened;
        const auto what = is_persian ? (is_open ? "باز شدن" : "کلیک") : is_open ? "Opened" : "Clicked";
        out.push_back(
            fmt::format(fmt::runtime(is_persian ? "{}: {} بار؛ {} از انسان، {} از ماشین، {} نامعلوم."
                                                : "{}, times in all: {}; by people {}, by machines {}, unknown {}."),
                        what, counted(counts.raw, is_persian), of(model::HitBy::human), of(model::HitBy::machine),
                        of(model::HitBy::unknown)));
    }
    return out;
}

}  // namespace chapar::ingress
