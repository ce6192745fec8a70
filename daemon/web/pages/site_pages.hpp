#pragma once
// The pages of people as a whole: their files, their thread, and a handler for each beginning of a path. Built before
// the listener starts; outlives the store and the dispatcher, whose late answers reach it, though nothing is asked of
// them after `stop`.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "render/catalogue.hpp"
#include "web/handler.hpp"
#include "web/pages/subscribe.hpp"

namespace chapar::web {

enum class PagesError { unusable_key };
constexpr std::string_view error_domain(PagesError) { return "web"; }

class SitePages {
  public:
    struct Deps {
        const Clock& clock;
        store::Store& store;
        dispatch::Control& control;
        std::function<std::shared_ptr<const config::Settings>()> settings;
        std::function<void(PageMessage, std::function<void(Handed)>)> send;
        std::string base_url;
        std::vector<std::string> site_keys;
    };
    /// The error is a sentence for the operator.
    static Result<std::unique_ptr<SitePages>> make(Deps deps);
    ~SitePages();
    /// Ends its thread; what waits for it is dropped. Idempotent.
    void stop();
    SitePages(const SitePages&) = delete;
    SitePages& operator=(const SitePages&) = delete;

    /// "/u/", "/p/" and "/s/" with their handlers.
    std::vector<std::pair<std::string, std::shared_ptr<PageHandler>>> handlers() const;
    /// Pages and forms of the template folder; those that are wrong change nothing. Answers what is wrong, a sentence
    /// each.
    std::vector<std::string> use(const render::Catalogue& catalogue);

  private:
    struct Impl;
    explicit SitePages(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::web
