// The pages of people, with what they need of the daemon.
#include "app/app.hpp"
#include "base/log.hpp"
#include "web/keys.hpp"

namespace chapar::app {

Result<void> App::open_pages() {
    const auto now = settings();
    auto keys = web::read_site_keys(now->web);
    if (!keys.has_value()) return fail(plugin::Code::bad_config, keys.error().message());
    auto made = web::SitePages::make({clock_, *store_, *dispatcher_, [this] { return settings(); },
                                      [this](web::PageMessage message, std::function<void(web::Handed)> done) {
                                          send_for_page(std::move(message), std::move(done));
                                      },
                                      now->web.base_url, std::move(*keys)});
    if (!made.has_value()) return fail(plugin::Code::bad_config, made.error().message());
    pages_ = std::move(*made);
    for (auto& problem : pages_->use(*catalogue_)) {
        log::warning("template.broken", "{}", problem);
        template_problems_.push_back(std::move(problem));
    }
    for (auto& [prefix, handler] : pages_->handlers())
        web_->serve(prefix, handler);
    return {};
}

/// As the application itself would send it: whatever it may not do, its forms may not either.
void App::send_for_page(web::PageMessage message, std::function<void(web::Handed)> done) {
    auto told = [application = message.application, done = std::move(done)](const ingress::SubmittedMessage& sent) {
        if (sent.is_taken) return done(web::Handed::taken);
        log::warning("web.form_refused", "application {} can't send for a form: {}",
                     log::Field("application", application), sent.why);
        done(sent.may_retry ? web::Handed::failed : web::Handed::refused);
    };
    server_->submit(std::move(message.application), std::move(message.body), std::move(told));
}

}  // namespace chapar::app
