#include "web/pages/subscribe.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "base/json.hpp"
#include "dispatch/hear.hpp"
#include "net/rfc3339.hpp"
#include "numbers/digits.hpp"

namespace chapar::web {

/// One request on its way through.
struct SubscribeVisit {
    WebRequest request;
    std::function<void(WebAnswer)> answer;
    std::shared_ptr<const SubscriptionForm> form;
    std::shared_ptr<const config::Settings> settings;
    engage::PostedForm posted;
    bool is_persian = true;
    bool wants_json = false;
    bool is_foreign = false;  // from a page of another site, which may read the answer

    std::string action() const { return "/s/" + form->settings.name; }
    std::string field(std::string_view name) const { return field_of(posted, name); }
};

namespace {

using Shared = std::shared_ptr<const SubscribeDeps>;
using engage::SubscriptionSeal;

constexpr int code_digits = 6, codes = 1'000'000;
/// What stands in a seal whose code was sent to nobody: as long as a code, and no digits that anybody writes equal it.
constexpr std::string_view unsent_code = "unsent";
static_assert(unsent_code.size() == code_digits);

std::string fresh_code() {
    constexpr std::uint32_t fair = 0xFFFFFFFFU / codes * codes;
    for (;;) {
        std::uint32_t value = 0;
        if (RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value) != 1)
            throw std::runtime_error("the cryptographic library has no random bytes");
        if (value < fair) return fmt::format("{:0{}}", value % codes, code_digits);
    }
}

bool is_same_code(std::string_view written, std::string_view code) {
    const auto read = numbers::read_digits(written);
    return read && read->digits.size() == code.size() &&
           CRYPTO_memcmp(read->digits.data(), code.data(), code.size()) == 0;
}

/// What is written, and the channel that it is an address of; an address that is none is empty.
struct Contact {
    std::string written, channel, address;
};

Contact contact_of(const SubscribeVisit& visit) {
    Contact out;
    for (const auto* name : {"email", "phone", "address"})
        if (out.written.empty()) out.written = visit.field(name);
    out.channel = out.written.contains('@') || !visit.form->takes("sms") ? "email" : "sms";
    if (!visit.form->takes(out.channel)) return out;
    const auto made = out.channel == "email" ? admission::canonical_email(out.written)
                                             : admission::canonical_phone(out.written, visit.settings->daemon.country);
    if (made && made->size() <= engage::longest_name) out.address = *made;
    return out;
}

bool is_over(const SubscriptionSeal& asked, const SubscriptionForm& form, Timestamp now) {
    const auto good = asked.code.empty() ? link_is_good : code_is_good;
    return asked.revision != form.revision || now - asked.asked > good;
}

/// An answer for the form of a site's own: one object.
WebAnswer json_answer(int status, std::string_view what, std::string_view token = {}) {
    WebAnswer out;
    out.status = status;
    out.content_type = "application/json";
    json::Writer body;
    body.begin_object().member("status", what);
    if (!token.empty()) body.member("token", token);
    out.body = body.end_object().take();
    return out;
}

/// A page or, for a site's own form, its short answer in JSON; readable for the site that asked.
WebAnswer told(const SubscribeDeps& deps, const SubscribeVisit& visit, std::string_view page, std::string_view data,
               int status, std::string_view what, std::string_view token = {}) {
    auto out = visit.wants_json ? json_answer(status, what, token)
                                : page_answer(deps.pages->book, page,
                                              speech_of(*deps.pages, *visit.settings, visit.is_persian), data, status);
    if (!visit.is_foreign) return out;
    out.headers.emplace_back("Access-Control-Allow-Origin", visit.request.origin);
    out.headers.emplace_back("Vary", "Origin");
    return out;
}

void write_form(json::Writer& out, const SubscribeVisit& visit) {
    const auto& form = visit.form->settings;
    out.member("form_title", form.title.in(visit.is_persian)).member("about", form.about.in(visit.is_persian));
    out.member("wording", form.wording.in(visit.is_persian)).member("action", visit.action());
    out.member("has_welcome", !form.welcome.empty());
}

/// The form itself; `wrong` says what was, empty: nothing.
WebAnswer form_page(const SubscribeDeps& deps, const SubscribeVisit& visit, std::string_view wrong, int status,
                    std::string_view written = {}) {
    json::Writer data;
    data.begin_object();
    write_form(data, visit);
    data.member("takes_email", visit.form->takes("email")).member("takes_sms", visit.form->takes("sms"));
    data.member("address", written).key("wrong");
    if (wrong.empty())
        data.null();
    else
        data.value(wrong);
    return told(deps, visit, "subscribe", data.end_object().text(), status, wrong);
}

WebAnswer asked_page(const SubscribeDeps& deps, const SubscribeVisit& visit, const SubscriptionSeal& asked,
                     std::string_view token, bool is_wrong = false) {
    const bool by_code = asked.channel == "sms";
    json::Writer data;
    data.begin_object();
    write_form(data, visit);
    data.member("address", asked.address).member("token", token).member("wrong", is_wrong).end_object();
    if (!by_code) return told(deps, visit, "subscribe-sent", data.text(), 200, "confirm-by-mail");
    return told(deps, visit, "subscribe-code", data.text(), is_wrong ? 422 : 200,
                is_wrong ? "wrong-code" : "confirm-by-code", token);
}

PageMessage message_to(const SubscriptionForm& form, const SubscriptionSeal& asked, const std::string& template_name,
                       std::string_view key, const std::function<void(json::Writer&)>& add_data) {
    json::Writer out;
    out.begin_object().key("to").begin_object();
    out.member(asked.channel == "email" ? "email" : "phone", asked.address);
    out.member("locale", asked.is_persian ? "fa-IR" : "en").end_object();
    out.key("channels").begin_array().value(asked.channel).end_array().member("template", template_name);
    if (!key.empty()) out.member("idempotency_key", key);
    out.key("data").begin_object().member("form_title", form.settings.title.in(asked.is_persian));
    add_data(out);
    out.end_object().end_object();
    return {form.settings.application, out.take()};
}

PageMessage confirmation(const SubscribeDeps& deps, const SubscriptionForm& form, const SubscriptionSeal& asked,
                         std::string_view token) {
    return message_to(form, asked, form.settings.confirm, {}, [&](json::Writer& data) {
        if (asked.code.empty())
            data.member("confirm_url", deps.base_url + "/s/" + form.settings.name + '/' + std::string(token));
        else
            data.member("code", asked.code).member("minutes", code_is_good / std::chrono::minutes(1));
    });
}

/// What was agreed to, in the language that it was read in.
std::string proof_of(const SubscriptionForm& form, const SubscriptionSeal& asked) {
    return fmt::format("form {}, revision {}: \"{}\"; asked {}; confirmed by {}", form.settings.name, form.revision,
                       form.settings.wording.in(asked.is_persian), net::format_time(asked.asked),
                       asked.code.empty() ? "the link of a mail" : "the code of an SMS");
}

store::Saying agreed(const SubscriptionForm& form, const SubscriptionSeal& asked, Timestamp now) {
    store::Saying out;
    out.is_told = true;
    for (const auto& topic : form.settings.topics) {
        model::Consent yes;
        yes.application = form.settings.application;
        yes.recipient = address::key(asked.address);
        yes.channel = asked.channel;
        yes.topic = topic;
        yes.state = model::ConsentState::subscribed;
        yes.source = "form " + form.settings.name;
        yes.proof = proof_of(form, asked);
        yes.at = now;
        out.words.push_back(std::move(yes));
    }
    return out;
}

WebAnswer done_page(const SubscribeDeps& deps, const SubscribeVisit& visit, const SubscriptionSeal& asked) {
    json::Writer data;
    data.begin_object();
    write_form(data, visit);
    data.member("address", asked.address).end_object();
    return told(deps, visit, "subscribe-done", data.text(), 200, "subscribed");
}

/// The yes is on disk; the welcome is the same message however often it is asked for.
void welcome(const Shared& deps, const std::shared_ptr<const SubscribeVisit>& visit, const SubscriptionSeal& asked) {
    const auto& form = *visit->form;
    if (form.settings.welcome.empty()) return visit->answer(done_page(*deps, *visit, asked));
    const auto key = fmt::format("form {} {} {}", form.settings.name, to_ms(asked.asked), asked.address);
    auto message = message_to(form, asked, form.settings.welcome, key.substr(0, 255), [&](json::Writer& data) {
        if (!form.settings.gift.empty()) data.member("gift_url", form.settings.gift);
    });
    deps->send(std::move(message), [deps, visit, asked](Handed handed) {
        if (handed == Handed::failed) return visit->answer(later_answer());
        deps->pages->run([deps, visit, asked] { visit->answer(done_page(*deps, *visit, asked)); });
    });
}

void subscribe(const Shared& deps, SubscribeVisit visit, const SubscriptionSeal& asked) {
    const auto kept = std::make_shared<const SubscribeVisit>(std::move(visit));
    auto saying = agreed(*kept->form, asked, deps->pages->clock.now());
    dispatch::hear(deps->pages->store, deps->pages->control, std::move(saying),
                   [deps, kept, asked](const Result<std::int64_t>& changed) {
                       if (!changed.has_value()) return kept->answer(later_answer());
                       welcome(deps, kept, asked);
                   });
}

/// GET asks once more, since programs follow links; POST with `confirm` says yes.
void follow_link(const Shared& deps, SubscribeVisit visit, std::string_view token) {
    const auto asked = deps->seals.open(token);
    if (!asked || asked->form != visit.form->settings.name || !asked->code.empty()) return visit.answer(not_found());
    visit.is_persian = asked->is_persian;
    if (is_over(*asked, *visit.form, deps->pages->clock.now()))
        return visit.answer(form_page(*deps, visit, "expired", 410, asked->address));
    if (visit.request.method == net::Method::post) {
        if (visit.posted.kind == engage::PostedForm::Kind::page) return subscribe(deps, std::move(visit), *asked);
        return visit.answer(plain_answer(400, "Nothing was changed.\n"));
    }
    json::Writer data;
    data.begin_object();
    const auto action = visit.request.path;
    write_form(data, visit);
    data.member("address", asked->address).end_object();
    auto text = data.take();
    visit.answer(told(*deps, visit, "subscribe-confirm", text, 200, "confirm"));
}

bool is_own(const WebRequest& request, std::string_view base_url) {
    // Browsers send "null" where the page before does not say whence it came; ours don't.
    return request.origin.empty() || request.origin == "null" || request.origin == base_url;
}

}  // namespace

void SubscribeHandler::handle(WebRequest request, std::function<void(WebAnswer)> answer) {
    const auto slash = request.rest.find('/');
    auto form = deps_->forms.find(std::string_view(request.rest).substr(0, slash));
    if (!form) return answer(not_found());
    SubscribeVisit visit{std::move(request), std::move(answer), std::move(form), deps_->pages->settings(), {}};
    const auto& asked = visit.request;
    const bool is_post = asked.method == net::Method::post;
    if (is_post) visit.posted = engage::read_posted_form(asked.content_type, asked.body);
    visit.is_persian = speaks_persian(is_post ? visit.field("lang") : asked_language(asked), asked, *visit.settings);
    visit.wants_json = visit.field("answer") == "json";
    if (slash != std::string::npos) {
        const auto token = asked.rest.substr(slash + 1);
        return follow_link(deps_, std::move(visit), token);
    }
    if (!is_post) return visit.answer(form_page(*deps_, visit, "", 200));
    post(std::move(visit));
}

void SubscribeHandler::post(SubscribeVisit visit) {
    const auto& request = visit.request;
    if (!is_own(request, deps_->base_url)) {
        const auto& origins = visit.form->settings.origins;
        if (std::ranges::find(origins, request.origin) == origins.end())
            return visit.answer(plain_answer(403, "This site's forms are not taken here.\n"));
        visit.is_foreign = true;
    }
    using Kind = engage::PostedForm::Kind;
    if (visit.posted.kind == Kind::malformed || visit.posted.kind == Kind::one_click)
        return visit.answer(plain_answer(400, "This is no form.\n"));
    if (!of_network_.take(request.network, deps_->pages->clock.monotonic()))
        return visit.answer(form_page(*deps_, visit, "often", 429));
    if (!visit.field("token").empty()) return check_code(std::move(visit));
    ask(std::move(visit));
}

void SubscribeHandler::ask(SubscribeVisit visit) {
    const auto contact = contact_of(visit);
    if (contact.address.empty())
        return visit.answer(
            form_page(*deps_, visit, contact.written.empty() ? "empty" : contact.channel, 422, contact.written));
    SubscriptionSeal asked{visit.form->settings.name,
                           visit.form->revision,
                           contact.channel,
                           contact.address,
                           contact.channel == "sms" ? fresh_code() : std::string(),
                           visit.is_persian,
                           deps_->pages->clock.now()};
    // Who is written to often, and programs that fill in what nobody sees, get the answer and nothing else.
    const bool is_silent = !visit.field("website").empty() ||
                           !of_address_.take(address::key(contact.address), deps_->pages->clock.monotonic());
    if (is_silent && !asked.code.empty()) asked.code = unsent_code;
    const auto token = deps_->seals.seal(asked).value();
    if (is_silent) return visit.answer(asked_page(*deps_, visit, asked, token));
    auto message = confirmation(*deps_, *visit.form, asked, token);
    const auto kept = std::make_shared<const SubscribeVisit>(std::move(visit));
    deps_->send(std::move(message), [deps = deps_, kept, asked, token](Handed handed) {
        if (handed == Handed::failed) return kept->answer(later_answer());
        deps->pages->run([deps, kept, asked, token, handed] {
            const bool is_refused = handed == Handed::refused;
            kept->answer(is_refused ? form_page(*deps, *kept, asked.channel, 422, asked.address)
                                    : asked_page(*deps, *kept, asked, token));
        });
    });
}

void SubscribeHandler::check_code(SubscribeVisit visit) {
    const auto token = visit.field("token");
    const auto asked = deps_->seals.open(token);
    const bool is_of_form = asked && asked->form == visit.form->settings.name && !asked->code.empty();
    const auto now = deps_->pages->clock.now();
    // Five tries for each code, and then another one has to be asked for.
    if (!is_of_form || is_over(*asked, *visit.form, now) || !of_code_.take(token, deps_->pages->clock.monotonic()))
        return visit.answer(form_page(*deps_, visit, "expired", 410));
    if (!is_same_code(visit.field("code"), asked->code))
        return visit.answer(asked_page(*deps_, visit, *asked, token, true));
    subscribe(deps_, std::move(visit), *asked);
}

}  // namespace chapar::web
