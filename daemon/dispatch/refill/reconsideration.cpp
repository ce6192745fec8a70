#include "dispatch/refill/reconsideration.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "base/log.hpp"

namespace chapar::dispatch {
namespace {

constexpr int reconsidered_rows = 1'000;

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
struct Reconsideration::Pass {
    std::optional<MessageKey> below;
    std::int64_t asked = 0;
    std::atomic<std::int64_t> left{0};  // answers that the page waits for
    std::atomic<bool> again{false};     // the rules changed meanwhile
};

Reconsideration::Reconsideration(Deps deps, std::function<void()> on_done)
    : deps_(deps), on_done_(std::move(on_done)) {}

void Reconsideration::begin() {
    if (pass_) {
        pass_->again = true;
        return;
    }
    pass_ = std::make_shared<Pass>();
    boost::asio::post(deps_.upkeep, [this, pass = pass_] { read_page(pass); });
}

void Reconsideration::read_page(const std::shared_ptr<Pass>& pass) {
    if (is_stopping_) return;
    if (pass->again.exchange(false)) pass->below.reset();
    store::ListFilter waiting;
    waiting.state = model::State::waiting;
    const auto page = deps_.messages.list(waiting, pass->below, reconsidered_rows);
    if (!page.has_value()) {
        log::warning("store.read_failed", "waiting messages can't be read: {}", page.error().message());
        boost::asio::post(deps_.strand, [this] { pass_.reset(); });
        return;
    }
    pass->below = page->next;
    ask_again(pass, *page);
}

/// The next page is read when the store has taken these: a million at once would stand in memory.
void Reconsideration::ask_again(const std::shared_ptr<Pass>& pass, const store::Page& page) {
    const auto one_less = [this, pass] {
        if (--pass->left != 0) return;
        if (pass->below || pass->again) {
            boost::asio::post(deps_.upkeep, [this, pass] { read_page(pass); });
        } else {
            boost::asio::post(deps_.strand, [this, pass] { end(*pass); });
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

void Reconsideration::end(const Pass& pass) {
    log::info("policy.reconsidered", "{} waiting messages are asked again under the new rules",
              log::Field("messages", pass.asked));
    const bool again = pass.again;
    pass_.reset();
    if (again) return begin();
    on_done_();
}

}  // namespace chapar::dispatch
