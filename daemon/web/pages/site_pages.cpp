#include "web/pages/site_pages.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <optional>

#include "base/thread_name.hpp"
#include "web/pages/preferences.hpp"
#include "web/pages/unsubscribe.hpp"

namespace chapar::web {
namespace {

constexpr std::size_t page_threads = 1;  // pages are few; one of the store's readers is enough

}  // namespace

struct SitePages::Impl {
    Impl(Deps given, engage::PersonSeals persons, engage::SubscriptionSeals subscriptions)
        : deps(std::move(given)), person_seals(std::move(persons)), subscription_seals(std::move(subscriptions)) {
        page_deps = std::make_shared<const PageDeps>(
            PageDeps{deps.clock, deps.store, deps.control, book, person_seals, deps.settings,
                     [this](std::function<void()> work) { boost::asio::post(threads, std::move(work)); }});
        boost::asio::post(threads, [] { name_thread("pages"); });
    }

    const Deps deps;
    const engage::PersonSeals person_seals;
    const engage::SubscriptionSeals subscription_seals;
    PageBook book;
    FormBook forms;
    std::shared_ptr<const render::SiteFiles> files;      // in use, or found wrong
    std::shared_ptr<const config::Settings> form_rules;  // that the forms were held against
    std::string page_trouble, form_trouble;
    std::shared_ptr<const PageDeps> page_deps;
    boost::asio::thread_pool threads{page_threads};
};

SitePages::SitePages(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SitePages::~SitePages() { stop(); }

void SitePages::stop() {
    impl_->threads.stop();
    impl_->threads.join();
}

Result<std::unique_ptr<SitePages>> SitePages::make(Deps deps) {
    auto persons = engage::PersonSeals::make(deps.site_keys);
    if (!persons) return fail(PagesError::unusable_key, "[web] seal_key: " + persons.error());
    auto subscriptions = engage::SubscriptionSeals::make(deps.site_keys);
    if (!subscriptions) return fail(PagesError::unusable_key, "[web] seal_key: " + subscriptions.error());
    deps.site_keys.clear();
    auto impl = std::make_unique<Impl>(std::move(deps), std::move(*persons), std::move(*subscriptions));
    return std::unique_ptr<SitePages>(new SitePages(std::move(impl)));
}

std::vector<std::pair<std::string, std::shared_ptr<PageHandler>>> SitePages::handlers() const {
    const auto& pages = impl_->page_deps;
    SubscribeDeps subscribe{pages, impl_->forms, impl_->subscription_seals, impl_->deps.base_url, impl_->deps.send};
    return {{"/u/", std::make_shared<UnsubscribeHandler>(pages)},
            {"/p/", std::make_shared<PreferencesHandler>(pages)},
            {"/s/", std::make_shared<SubscribeHandler>(std::move(subscribe))}};
}

std::vector<std::string> SitePages::use(const render::Catalogue& catalogue) {
    const auto files = catalogue.site_files();
    const auto settings = impl_->deps.settings();
    if (files != impl_->files) impl_->page_trouble = impl_->book.use(*files);
    // Templates may have come or gone, so forms that were wrong are looked at each time.
    if (files != impl_->files || settings != impl_->form_rules || !impl_->form_trouble.empty())
        impl_->form_trouble = impl_->forms.use(*files, *settings, catalogue);
    impl_->files = files;
    impl_->form_rules = settings;
    std::vector<std::string> out;
    for (const auto* trouble : {&impl_->page_trouble, &impl_->form_trouble})
        for (std::size_t at = 0; at < trouble->size();) {
            const auto end = std::min(trouble->find('\n', at), trouble->size());
            out.push_back(trouble->substr(at, end - at));
            at = end + 1;
        }
    return out;
}

}  // namespace chapar::web
