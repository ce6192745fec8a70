// Every page of people in both languages, as its handler answers: a JSON object by name, for test_pages.py.
#include <cstdio>
#include <future>
#include <string>

#include "base/json.hpp"
#include "web/pages/subscribe.hpp"
#include "web_pages/room.hpp"
#include "web_pages/shelf.hpp"

namespace chapar::web::test {
namespace {

constexpr std::string_view form_file = R"(
application = "shop"
channels = ["email", "sms"]
topics = ["offers"]
title = { fa = "پیشنهادهای هفته", en = "Weekly offers" }
about = { fa = "هر شنبه یک نامه، با بهترین تخفیف‌ها.", en = "One mail each Saturday, with the best of what is cheaper." }
wording = { fa = "با ثبت، می‌پذیرم که هفته‌ای یک پیام بفرستید؛ هر وقت بخواهم لغوش می‌کنم.", en = "By subscribing I agree to one message a week; I can take it back at any time." }
welcome = "subscribed"
)";

/// Not a test: its fixture is what is used.
class Samples : public Room {
  public:
    void TestBody() override {}

    std::string make() {
        prepare();
        for (const std::string language : {"fa", "en"}) {
            const auto query = "lang=" + language;
            add("unsubscribe", language, get(unsubscribe_, unsubscribe_path(), query));
            add("preferences", language, get(preferences_, preferences_path(), query));
            save(language);
            add("subscribe", language, get(*subscribe_, "/s/weekly", query));
            add("subscribe-wrong", language, post(*subscribe_, "/s/weekly", "address=nobody&" + query));
            confirm_by_mail(language);
            add("subscribe-code", language, post(*subscribe_, "/s/weekly", "address=09123456789&" + query));
            add("subscribe-refused", language, refused(query));
        }
        return out_.end_object().take();
    }

  private:
    void prepare() {
        whom.person = "customer-1";
        std::promise<void> kept;
        store->put_recipient({"shop", whom.person,
                              R"({"email":"sara@example.com","phone":"+989123456789","locale":"fa-IR"})", clock.now()},
                             [&](const Result<bool>&) { kept.set_value(); });
        kept.get_future().get();
        config::ApplicationSettings shop;
        shop.name = "shop";
        settings_->applications.push_back(std::move(shop));
        if (const auto wrong = forms_.use({{"_forms/weekly.toml", std::string(form_file)}}, *settings_, shelf_);
            !wrong.empty())
            throw std::runtime_error(wrong);
        subscribe_ = std::make_unique<SubscribeHandler>(SubscribeDeps{
            deps, forms_, seals_, "https://m.shop.ir", [this](PageMessage message, std::function<void(Handed)> done) {
                message_ = std::move(message.body);
                done(Handed::taken);
            }});
        out_.begin_object();
    }
    void save(const std::string& language) {
        const auto shown =
            "&shown=email:offers&shown=sms:offers&shown=email:news&shown=sms:news&shown=email:surveys"
            "&shown=sms:surveys";
        clock.advance(std::chrono::minutes(1));
        add("saved", language,
            post(
                preferences_, preferences_path(),
                "confirm=1&pause=1&untracked=1&on=sms:offers&on=email:surveys&on=email:news&lang=" + language + shown));
        add("preferences-paused", language, get(preferences_, preferences_path(), "lang=" + language));
        add("saved-nothing", language,
            post(preferences_, preferences_path(), "confirm=1&pause=1&untracked=1&lang=" + language));
        clock.advance(std::chrono::minutes(1));
        post(preferences_, preferences_path(),
             std::string("confirm=1&on=sms:offers&on=email:offers&on=sms:news&on=email:news") + shown);
    }
    void confirm_by_mail(const std::string& language) {
        const auto name = language == "fa" ? "sara@example.com" : "sam@example.com";
        add("subscribe-sent", language,
            post(*subscribe_, "/s/weekly", std::string("address=") + name + "&lang=" + language));
        const auto at = message_.find("/s/weekly/");
        const auto path = message_.substr(at, message_.find('"', at) - at);
        add("subscribe-confirm", language, get(*subscribe_, path));
        add("subscribe-done", language, post(*subscribe_, path, "confirm=1"));
        clock.advance(link_is_good + std::chrono::minutes(1));
        add("subscribe-expired", language, get(*subscribe_, path));
    }
    WebAnswer refused(const std::string& query) {
        WebAnswer answer;
        for (int i = 0; i < 400 && answer.status != 429; ++i)
            answer = post(*subscribe_, "/s/weekly", "address=p" + std::to_string(i) + "@example.com&" + query);
        clock.advance(std::chrono::hours(1));
        return answer;
    }
    void add(const std::string& page, const std::string& language, const WebAnswer& answer) {
        out_.key(page + "." + language).begin_object().member("status", answer.status);
        out_.member("type", answer.content_type).member("body", answer.body).key("headers").begin_object();
        for (const auto& [name, value] : answer.headers)
            out_.member(name, value);
        out_.end_object().end_object();
    }

    Shelf shelf_;
    FormBook forms_;
    engage::SubscriptionSeals seals_ =
        engage::SubscriptionSeals::make(std::vector<std::string>{std::string(32, 'k')}).value();
    UnsubscribeHandler unsubscribe_{deps};
    PreferencesHandler preferences_{deps};
    std::unique_ptr<SubscribeHandler> subscribe_;
    std::string message_;
    json::Writer out_;
};

}  // namespace
}  // namespace chapar::web::test

int main() {
    chapar::web::test::Samples samples;
    std::puts(samples.make().c_str());
    return 0;
}
