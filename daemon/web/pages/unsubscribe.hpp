#pragma once
// /u/SEAL: unsubscribing from what a message was about, by the channel that it came by (RFC 8058). GET shows a page and
// changes nothing; a POST acts when it is the mail provider's button or the page's own form. It is answered when the no
// has reached every lease.
//
// Threads: `handle` on the listener's; the answer comes from the store's or the dispatcher's.

#include <functional>
#include <memory>

#include "web/handler.hpp"
#include "web/pages/page_deps.hpp"

namespace chapar::web {

class UnsubscribeHandler final : public PageHandler {
  public:
    explicit UnsubscribeHandler(std::shared_ptr<const PageDeps> deps) : deps_(std::move(deps)) {}
    void handle(WebRequest request, std::function<void(WebAnswer)> answer) override;

  private:
    const std::shared_ptr<const PageDeps> deps_;
};

}  // namespace chapar::web
