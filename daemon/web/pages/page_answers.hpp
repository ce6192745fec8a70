#pragma once
// A page as an answer of the public listener. Any thread.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "web/handler.hpp"
#include "web/pages/page_set.hpp"

namespace chapar::web {

/// The pages in use; they are replaced whole.
class PageBook {
  public:
    PageBook();
    std::shared_ptr<const PageSet> pages() const { return std::atomic_load(&pages_); }
    /// What is wrong with the files, one sentence; empty: they are in use from here on. Else the ones before stay.
    std::string use(const render::SiteFiles& files);

  private:
    std::shared_ptr<const PageSet> pages_;
};

/// The language of an answer: what the address or the form asks for, else the browser's, else the site's.
bool speaks_persian(std::string_view asked, const WebRequest& request, const config::Settings& settings);
/// `lang` of the query.
std::string asked_language(const WebRequest& request);

/// Renders `page` with a nonce of its own for its style, under a policy that lets nothing else in.
WebAnswer page_answer(const PageBook& book, std::string_view page, const PageSpeech& speech, std::string_view data,
                      int status = 200);
/// Nothing could be read or written: the person, or the provider's machine, tries again.
WebAnswer later_answer();

}  // namespace chapar::web
