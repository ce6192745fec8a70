#pragma once
// /p/SEAL: what a person may be sent, by topic and channel, with a pause, a no to everything, and a no to being
// tracked. GET shows, POST with the field `confirm` saves and shows what holds from when on; a no is answered when it
// has reached every lease.
//
// Threads: `handle` on the listener's; the rest where PageDeps::run runs it, since it reads the store.

#include <functional>
#include <memory>

#include "web/handler.hpp"
#include "web/pages/page_deps.hpp"

namespace chapar::web {

class PreferencesHandler final : public PageHandler {
  public:
    explicit PreferencesHandler(std::shared_ptr<const PageDeps> deps) : deps_(std::move(deps)) {}
    void handle(WebRequest request, std::function<void(WebAnswer)> answer) override;

  private:
    const std::shared_ptr<const PageDeps> deps_;
};

}  // namespace chapar::web
