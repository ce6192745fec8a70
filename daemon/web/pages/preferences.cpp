#include "web/pages/preferences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "address/key.hpp"
#include "base/json.hpp"
#include "config/checks.hpp"
#include "dispatch/hear.hpp"
#include "net/rfc3339.hpp"
#include "store/person.hpp"
#include "store/profile.hpp"
#include "web/pages/choices.hpp"

namespace chapar::web {
namespace {

using Answer = std::function<void(WebAnswer)>;
using Deps = std::shared_ptr<const PageDeps>;

constexpr std::string_view by_number[] = {"sms", "voice", "whatsapp"};

/// What is known of the person behind a seal.
struct Known {
    std::shared_ptr<const config::Settings> settings;
    engage::PersonSeal whom;
    std::vector<std::string> addresses, channels;
    std::vector<model::Consent> words;
    std::optional<store::Recipient> profile;
    Choices choices;
};

bool is_by_number(std::string_view channel) {
    return std::ranges::find(by_number, channel) != std::ranges::end(by_number);
}

bool can_reach(const Known& known, std::string_view channel) {
    const auto has = [&](auto is_such) { return std::ranges::any_of(known.addresses, is_such); };
    if (channel == known.whom.channel) return true;
    if (channel == "email") return has([](const auto& address) { return address::is_email(address); });
    if (is_by_number(channel)) return has([](const auto& address) { return address::is_number(address); });
    return !address::is_address(known.whom.person);  // an application on the person's device: by their id
}

std::vector<std::string> channels_of(const Known& known) {
    std::vector<std::string> out;
    const auto add = [&](const std::string& channel) {
        if (can_reach(known, channel) && std::ranges::find(out, channel) == out.end()) out.push_back(channel);
    };
    for (const std::string usual : {"email", "sms"})
        if (std::ranges::find(known.settings->routes, usual, &config::RouteSettings::channel) !=
            known.settings->routes.end())
            add(usual);
    for (const auto& route : known.settings->routes)
        add(route.channel);
    add(known.whom.channel);
    return out;
}

/// Blocks on the store.
Result<Known> look_up(const PageDeps& deps, const engage::PersonSeal& whom) {
    Known out;
    out.settings = deps.settings();
    out.whom = whom;
    const auto person = store::person_of(deps.store, whom.application, whom.person);
    if (!person.has_value()) return std::unexpected(person.error());
    out.addresses = person->addresses;
    const auto look = [&](model::Ledger& ledger) {
        for (const auto& name : person->ids)
            std::ranges::move(ledger.consents(whom.application, name), std::back_inserter(out.words));
    };
    if (const auto done = deps.store.peek(look); !done.has_value()) return std::unexpected(done.error());
    auto profile = deps.store.recipient(whom.application, whom.person);
    if (!profile.has_value()) return std::unexpected(profile.error());
    out.profile = std::move(*profile);
    out.channels = channels_of(out);
    out.choices = choices_of(*out.settings, whom, out.channels, out.words, deps.clock.now());
    return out;
}

std::string shown_address(const Known& known) {
    const bool wants_number = is_by_number(known.whom.channel);
    for (const auto& address : known.addresses)
        if (address::is_number(address) == wants_number) return masked_address(address);
    return known.addresses.empty() ? std::string() : masked_address(known.addresses.front());
}

/// Of the profile; empty: it has none.
std::string language_of(const Known& known) {
    if (!known.profile) return {};
    const auto locale = store::locale_in(known.profile->profile);
    return locale.substr(0, locale.find('-'));
}

void write_paused(json::Writer& out, const std::optional<Timestamp>& until) {
    out.key("paused_until");
    if (until)
        out.value(net::format_time(*until));
    else
        out.null();
}

void write_topics(json::Writer& out, const Known& known, bool is_persian) {
    out.key("topics").begin_array();
    for (const auto& topic : known.choices.topics) {
        const auto category =
            std::ranges::find(known.settings->categories, topic.topic, &config::CategorySettings::name);
        const bool is_listed = category != known.settings->categories.end();
        out.begin_object().member("title", topic_title(*known.settings, topic.topic, is_persian));
        out.member("about", is_listed ? category->about.in(is_persian) : std::string()).key("cells").begin_array();
        for (const auto& cell : topic.cells) {
            out.begin_object().member("channel", cell.channel).member("on", cell.is_on);
            out.member("name", cell_name(cell.channel, topic.topic)).end_object();
        }
        out.end_array().end_object();
    }
    out.end_array();
}

WebAnswer form_page(const PageDeps& deps, const WebRequest& request, const Known& known) {
    const bool is_persian = speaks_persian(asked_language(request), request, *known.settings);
    json::Writer data;
    data.begin_object().member("action", request.path).member("address", shown_address(known));
    write_topics(data, known, is_persian);
    write_paused(data, known.choices.paused_until);
    data.member("none", known.choices.takes_none).member("untracked", known.choices.is_untracked).key("language");
    const auto language = language_of(known);
    if (!known.profile)
        data.null();
    else
        data.value(language);
    data.end_object();
    return page_answer(deps.book, "preferences", speech_of(deps, *known.settings, is_persian), data.text());
}

void write_change(json::Writer& out, const Known& known, const model::Consent& word, bool is_persian) {
    const bool is_no = word.state == model::ConsentState::unsubscribed;
    out.begin_object();
    if (word.topic == model::tracking_topic)
        out.member("what", "untracked").member("on", is_no);
    else if (word.topic == model::pause_topic)
        out.member("what", "pause").member("on", is_no);
    else if (word.topic == "*")
        out.member("what", "none").member("on", is_no);
    else
        out.member("what", "topic")
            .member("on", !is_no)
            .member("channel", word.channel)
            .member("title", topic_title(*known.settings, word.topic, is_persian));
    out.end_object();
}

/// What was saved.
struct Saved {
    std::vector<model::Consent> words;
    std::string language;  // of messages, where it was changed
};

WebAnswer saved_page(const PageDeps& deps, const Known& known, const Saved& saved, bool is_persian) {
    const auto is_no = [](const model::Consent& word) { return word.state == model::ConsentState::unsubscribed; };
    const auto pause = std::ranges::find(saved.words, model::pause_topic, &model::Consent::topic);
    json::Writer data;
    data.begin_object().member("preferences", preferences_path(deps.seals, known.whom));
    data.member("says_no", std::ranges::any_of(saved.words, is_no)).key("changes").begin_array();
    for (const auto& word : saved.words)
        write_change(data, known, word, is_persian);
    if (!saved.language.empty())
        data.begin_object().member("what", "language").member("on", saved.language == "fa").end_object();
    data.end_array();
    write_paused(data, pause == saved.words.end() ? std::nullopt : std::optional(pause->at + model::pause_length));
    data.end_object();
    return page_answer(deps.book, "saved", speech_of(deps, *known.settings, is_persian), data.text());
}

/// The profile with another language; nothing: it stays.
std::optional<store::Recipient> with_language(const Known& known, std::string_view language, Timestamp now) {
    if (!known.profile || (language != "fa" && language != "en") || language == language_of(known)) return std::nullopt;
    auto out = *known.profile;
    out.profile = store::with_locale(out.profile, language == "fa" ? "fa-IR" : "en");
    out.updated_at = now;
    return out;
}

void finish(const Deps& deps, const std::shared_ptr<const Known>& known, const Saved& saved, bool is_persian,
            const Answer& answer) {
    deps->run([deps, known, saved, is_persian, answer] { answer(saved_page(*deps, *known, saved, is_persian)); });
}

void save_words(const Deps& deps, const std::shared_ptr<const Known>& known, const Saved& saved, bool is_persian,
                const Answer& answer) {
    if (saved.words.empty()) return finish(deps, known, saved, is_persian, answer);
    dispatch::hear(deps->store, deps->control, {saved.words, true, known->whom.message},
                   [deps, known, saved, is_persian, answer](const Result<std::int64_t>& changed) {
                       if (!changed.has_value()) return answer(later_answer());
                       finish(deps, known, saved, is_persian, answer);
                   });
}

void save(const Deps& deps, const WebRequest& request, const engage::PostedForm& form,
          const std::shared_ptr<const Known>& known, const Answer& answer) {
    const auto now = deps->clock.now();
    const bool is_persian = speaks_persian(field_of(form, "lang"), request, *known->settings);
    Saved saved;
    saved.words = new_words(*known->settings, known->choices, known->words, form, now);
    for (auto& word : saved.words) {
        word.application = known->whom.application;
        word.recipient = known->whom.person;
        word.source = "preferences page";
        word.proof = fmt::format("the link of message {}", known->whom.message.value);
    }
    const auto language = field_of(form, "language");
    auto profile = with_language(*known, language, now);
    if (!profile) return save_words(deps, known, saved, is_persian, answer);
    saved.language = language;
    deps->store.put_recipient(std::move(*profile), [deps, known, saved, is_persian, answer](const Result<bool>& kept) {
        if (!kept.has_value()) return answer(later_answer());
        save_words(deps, known, saved, is_persian, answer);
    });
}

void serve(const Deps& deps, const WebRequest& request, const engage::PersonSeal& whom, const Answer& answer) {
    auto found = look_up(*deps, whom);
    if (!found.has_value()) return answer(later_answer());
    if (request.method != net::Method::post) return answer(form_page(*deps, request, *found));
    const auto form = engage::read_posted_form(request.content_type, request.body);
    save(deps, request, form, std::make_shared<const Known>(std::move(*found)), answer);
}

}  // namespace

void PreferencesHandler::handle(WebRequest request, Answer answer) {
    const auto whom = deps_->seals.open_preferences(request.rest);
    if (!whom) return answer(not_found());
    const bool is_post = request.method == net::Method::post;
    if (is_post && engage::read_posted_form(request.content_type, request.body).kind != engage::PostedForm::Kind::page)
        return answer(plain_answer(400, "Nothing was changed.\n"));
    deps_->run([deps = deps_, request = std::move(request), whom = *whom, answer = std::move(answer)] {
        serve(deps, request, whom, answer);
    });
}

}  // namespace chapar::web
