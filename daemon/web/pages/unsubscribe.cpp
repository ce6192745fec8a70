#include "web/pages/unsubscribe.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/json.hpp"
#include "dispatch/hear.hpp"

namespace chapar::web {
namespace {

using Answer = std::function<void(WebAnswer)>;
using Deps = std::shared_ptr<const PageDeps>;

WebAnswer question(const PageDeps& deps, const WebRequest& request, const engage::PersonSeal& whom) {
    const auto settings = deps.settings();
    const bool is_persian = speaks_persian(asked_language(request), request, *settings);
    json::Writer data;
    data.begin_object().member("action", request.path).member("channel", whom.channel);
    data.member("topic_title", topic_title(*settings, whom.topic, is_persian));
    data.member("preferences", preferences_path(deps.seals, whom)).end_object();
    return page_answer(deps.book, "unsubscribe", speech_of(deps, *settings, is_persian), data.text());
}

WebAnswer done_page(const PageDeps& deps, const engage::PersonSeal& whom, bool is_persian) {
    const auto settings = deps.settings();
    json::Writer data;
    data.begin_object().member("says_no", true).member("preferences", preferences_path(deps.seals, whom));
    data.key("changes").begin_array().begin_object().member("what", "topic").member("on", false);
    data.member("title", topic_title(*settings, whom.topic, is_persian)).member("channel", whom.channel);
    data.end_object().end_array().end_object();
    return page_answer(deps.book, "saved", speech_of(deps, *settings, is_persian), data.text());
}

/// `done` runs when nothing that had not left by then can leave any more; false: the store could not take it.
void say_no(const PageDeps& deps, const engage::PersonSeal& whom, std::string source, std::function<void(bool)> done) {
    model::Consent no;
    no.application = whom.application;
    no.recipient = whom.person;
    no.channel = whom.channel;
    no.topic = whom.topic;
    no.state = model::ConsentState::unsubscribed;
    no.source = std::move(source);
    no.proof = fmt::format("the link of message {}", whom.message.value);
    no.at = deps.clock.now();
    dispatch::hear(deps.store, deps.control, {{std::move(no)}, true, whom.message},
                   [done = std::move(done)](const Result<std::int64_t>& changed) { done(changed.has_value()); });
}

void act_for_page(const Deps& deps, const WebRequest& request, const engage::PersonSeal& whom,
                  std::string_view language, Answer answer) {
    const bool is_persian = speaks_persian(language, request, *deps->settings());
    say_no(*deps, whom, "unsubscribe page", [deps, whom, is_persian, answer = std::move(answer)](bool is_kept) {
        if (!is_kept) return answer(later_answer());
        deps->run([deps, whom, is_persian, answer] { answer(done_page(*deps, whom, is_persian)); });
    });
}

}  // namespace

void UnsubscribeHandler::handle(WebRequest request, Answer answer) {
    const auto whom = deps_->seals.open_unsubscribe(request.rest);
    if (!whom) return answer(not_found());
    if (request.method != net::Method::post) return answer(question(*deps_, request, *whom));
    using Kind = engage::PostedForm::Kind;
    const auto form = engage::read_posted_form(request.content_type, request.body);
    switch (form.kind) {
        case Kind::one_click:
            return say_no(*deps_, *whom, "one-click unsubscribe", [answer = std::move(answer)](bool is_kept) {
                answer(is_kept ? plain_answer(200, "") : later_answer());
            });
        case Kind::page:
            return act_for_page(deps_, request, *whom, field_of(form, "lang"), std::move(answer));
        case Kind::other:
        case Kind::malformed:
            break;
    }
    answer(plain_answer(400, "Nothing was changed. To unsubscribe, post List-Unsubscribe=One-Click (RFC 8058).\n"));
}

}  // namespace chapar::web
