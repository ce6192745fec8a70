#include "app/webhook_thread.hpp"

#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "base/thread_name.hpp"

namespace chapar::app {
namespace {

constexpr Milliseconds write_limit{2'000};  // behind the last answer

}  // namespace

WebhookThread::WebhookThread(const Clock& clock, store::Reports& reports, store::WebhookProgress& webhooks,
                             metrics::Registry& metrics)
    : deliveries_({clock, reports, webhooks, metrics, timers_,
                   [this](std::function<void()> work) { boost::asio::post(context_, std::move(work)); },
                   [this](net::Transfer out, net::Transfers::Done done) { transfer(std::move(out), std::move(done)); },
                   [this] { return std::uniform_real_distribution<>()(chance_); }}) {
    thread_ = std::thread([this] {
        name_thread("webhooks");
        context_.run();
    });
}

WebhookThread::~WebhookThread() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
    transfers_.reset();
}

/// As many connections as events are under way: a slow endpoint takes none from another.
void WebhookThread::transfer(net::Transfer out, net::Transfers::Done done) {
    if (!transfers_) {
        net::Transfers::Options options;
        options.max_host_connections = 0;
        options.max_connections = 0;
        transfers_ = std::make_unique<net::Transfers>(options);
    }
    transfers_->start(std::move(out), std::move(done));
}

void WebhookThread::apply(std::vector<webhook::DefinitionPtr> definitions) {
    ask([definitions = std::move(definitions)](webhook::Deliveries& all) { all.apply(definitions); });
}

void WebhookThread::ask(std::function<void(webhook::Deliveries&)> work) {
    boost::asio::post(context_, [this, work = std::move(work)] { work(deliveries_); });
}

void WebhookThread::stop(Milliseconds limit) {
    const auto stopped = std::make_shared<std::promise<void>>();
    ask([limit, stopped](webhook::Deliveries& all) { all.stop(limit, [stopped] { stopped->set_value(); }); });
    stopped->get_future().wait_for(limit + write_limit);
    context_.stop();
    if (thread_.joinable()) thread_.join();
    transfers_.reset();
}

}  // namespace chapar::app
