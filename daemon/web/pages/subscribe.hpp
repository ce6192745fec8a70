#pragma once
// /s/FORM: people subscribe, here or from a form of the site's own, and confirm it by the link of a mail or the code of
// an SMS. The answer is the same whoever is known already; until somebody confirms, nothing of them is stored. What
// they confirmed is kept as consent, with when, and the wording. Then the form's welcome follows.
//
// Threads: `handle` on the listener's, which owns the counts; answers come from wherever messages are taken.

#include <functional>
#include <memory>
#include <string>

#include "engage/subscription_seal.hpp"
#include "web/handler.hpp"
#include "web/pages/attempts.hpp"
#include "web/pages/form_book.hpp"
#include "web/pages/page_deps.hpp"

namespace chapar::web {

/// A message that a page sends, as an application would: the JSON text of POST /v1/messages.
struct PageMessage {
    std::string application, body;
};
enum class Handed : std::uint8_t {
    taken,    // it is on disk
    refused,  // it can't be sent, now or later
    failed,   // not now
};

/// Borrowed like PageDeps.
struct SubscribeDeps {
    std::shared_ptr<const PageDeps> pages;
    const FormBook& forms;
    const engage::SubscriptionSeals& seals;
    std::string base_url;  // without a slash at its end
    std::function<void(PageMessage, std::function<void(Handed)>)> send;
};

inline constexpr std::uint32_t asks_of_a_network = 200, asks_of_an_address = 3;  // in an hour
inline constexpr std::uint32_t tries_of_a_code = 5;
inline constexpr Milliseconds link_is_good{std::chrono::hours(24 * 7)}, code_is_good{std::chrono::minutes(10)};

struct SubscribeVisit;

class SubscribeHandler final : public PageHandler {
  public:
    explicit SubscribeHandler(SubscribeDeps deps) : deps_(std::make_shared<const SubscribeDeps>(std::move(deps))) {}
    void handle(WebRequest request, std::function<void(WebAnswer)> answer) override;

  private:
    void post(SubscribeVisit visit);
    void ask(SubscribeVisit visit);
    void check_code(SubscribeVisit visit);

    const std::shared_ptr<const SubscribeDeps> deps_;
    Attempts of_network_{asks_of_a_network, std::chrono::hours(1)};
    Attempts of_address_{asks_of_an_address, std::chrono::hours(1)};
    Attempts of_code_{tries_of_a_code, code_is_good};
};

}  // namespace chapar::web
