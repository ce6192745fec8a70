// After a reload that changed the rules: what the old ones kept back is asked again under the new ones.
//
// One pass at a time, a page at a time: between two pages other upkeep has its turn, and nobody waits for the store.
// Rules that change during a pass begin it anew.

#include <atomic>
#include <boost/asio/post.hpp>
#include <optional>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr int page_rows = 1'000;

/// The policy kept it back last, so other rules may say otherwise.
bool is_kept_back(const model::Progress& progress) {
    const auto trace = model::decode_trace(progress.trace);
    if (trace.empty()) return false;
    switch (trace.back().reason) {
        case model::Reason::quiet_hours:
        case model::Reason::capped:
        case model::Reason::too_soon:
        case model::Reason::zone_unknown:
        case model::Reason::arbitrating:
        case model::Reason::digest_waits:
            return true;
        default:
            return false;
    }
}

}  // namespace

/// Upkeep's while it works on a page, else nobody's but the store's answers'.
struct Dispatcher::Pass {
    std::optional<MessageKey> below;
    std::int64_t asked = 0;
    std::atomic<std::int64_t> left{0};  // answers that the page waits for
    std::atomic<bool> again{false};     // the rules changed meanwhile
};

void Dispatcher::reconsider() {
    if (pass_) {
        pass_->again = true;
        return;
    }
    pass_ = std::make_shared<Pass>();
    boost::asio::post(deps_.upkeep, [this, pass = pass_] { reconsider_page(pass); });
}

void Dispatcher::reconsider_page(std::shared_ptr<Pass> pass) {
    if (ending_) return;
    if (pass->again.exchange(false)) pass->below.reset();
    store::ListFilter waiting;
    waiting.state = model::State::waiting;
    const auto page = deps_.messages.list(waiting, pass->below, page_rows);
    if (!page.has_value()) {
        log::warning("store.read_failed", "waiting messages can't be read: {}", page.error().message());
        boost::asio::post(deps_.strand, [this] { pass_.reset(); });
        return;
    }
    pass->below = page->next;
    ask_again(pass, *page);
}

/// The next page is read when the store has taken these: a million at once would stand in memory.
void Dispatcher::ask_again(const std::shared_ptr<Pass>& pass, const store::Page& page) {
    const auto one_less = [this, pass] {
        if (--pass->left != 0) return;
        if (pass->below || pass->again) {
            boost::asio::post(deps_.upkeep, [this, pass] { reconsider_page(pass); });
        } else {
            boost::asio::post(deps_.strand, [this, pass] { end_pass(*pass); });
        }
    };
    pass->left = 1;
    for (const auto& record : page.records) {
        if (!is_kept_back(record.progress)) continue;
        store::Transition again;
        again.key = record.message.id.key();
        again.due = deps_.clock.now();
        ++pass->left;
        ++pass->asked;
        deps_.messages.move(std::move(again), [one_less](const Result<model::Progress>&) { one_less(); });
    }
    one_less();
}

void Dispatcher::end_pass(const Pass& pass) {
    log::info("policy.reconsidered", "{} waiting messages are asked again under the new rules",
              log::Field("messages", pass.asked));
    const bool again = pass.again;
    pass_.reset();
    if (again) return reconsider();
    look_again();
    wake();
}

}  // namespace chapar::dispatch
