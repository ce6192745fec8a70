#pragma once
// The pages over a store in memory, without a socket: requests go in, answers come out.

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "config/load.hpp"
#include "dispatch/control.hpp"
#include "engage/person_seal.hpp"
#include "store/open_memory.hpp"
#include "web/pages/preferences.hpp"
#include "web/pages/unsubscribe.hpp"

namespace chapar::web::test {

/// A dispatcher of which only the fence is asked; while it holds, what waits behind it waits.
class FenceControl final : public dispatch::Control {
  public:
    void fence(std::function<void()> done) override {
        {
            const std::lock_guard lock(mutex_);
            ++fences_;
            if (holds_) return held_.push_back(std::move(done));
        }
        done();
    }
    void hold() {
        const std::lock_guard lock(mutex_);
        holds_ = true;
    }
    std::size_t held() {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }
    int fences() {
        const std::lock_guard lock(mutex_);
        return fences_;
    }
    void release() {
        std::vector<std::function<void()>> ready;
        {
            const std::lock_guard lock(mutex_);
            holds_ = false;
            ready.swap(held_);
        }
        for (auto& each : ready)
            each();
    }
    void accepted(store::AcceptedBatch) override {}
    void moved(MessageKey) override {}
    void queue(std::function<void(dispatch::QueueView)> done) override { done({}); }
    void routes(std::function<void(std::vector<dispatch::RouteView>)> done) override { done({}); }
    void pause(std::string, std::string, std::function<void(Result<dispatch::RouteView>)>) override {}
    void resume(std::string, std::function<void(Result<dispatch::RouteView>)>) override {}
    std::optional<model::TraceEntry> standstill(std::string_view, std::string_view) const override { return {}; }
    std::int64_t waiting(std::string_view) const override { return 0; }

  private:
    std::mutex mutex_;
    bool holds_ = false;
    int fences_ = 0;
    std::vector<std::function<void()>> held_;
};

class Room : public testing::Test {
  protected:
    Room() {
        auto& settings = *settings_;
        settings.categories.push_back(
            {"offers", {"پیشنهادها", "Offers"}, {"تخفیف‌های هفته", "What is cheaper"}});
        settings.categories.push_back({"news", {"خبرها", "News"}, {}});
        settings.categories.push_back({.name = "surveys", .title = {"نظرسنجی", "Surveys"}, .default_ = "off"});
        for (const auto* channel : {"email", "sms"}) {
            config::RouteSettings route;
            route.name = route.channel = channel;
            settings.routes.push_back(std::move(route));
        }
        reopen();
    }
    /// The store as it is on disk, and pages over it.
    void reopen() {
        store::MemoryOptions options;
        options.refuses = [this] { return refuses.load(); };
        store = open_memory(place_, options, clock);
        deps = std::make_shared<PageDeps>(
            PageDeps{clock, *store, control, book, seals, [this] { return settings_; }, [](auto work) { work(); }});
    }

    std::future<WebAnswer> ask(PageHandler& handler, WebRequest request) {
        auto told = std::make_shared<std::promise<WebAnswer>>();
        auto future = told->get_future();
        handler.handle(std::move(request), [told](WebAnswer answer) { told->set_value(std::move(answer)); });
        return future;
    }
    WebRequest request(net::Method method, const std::string& path, std::string body = "",
                       std::string content_type = "application/x-www-form-urlencoded") {
        WebRequest out;
        out.method = method;
        out.path = path;
        out.rest = path.substr(3);
        out.body = std::move(body);
        if (method == net::Method::post) out.content_type = std::move(content_type);
        return out;
    }
    WebAnswer get(PageHandler& handler, const std::string& path, const std::string& query = "") {
        auto asked = request(net::Method::get, path);
        asked.query = query;
        return ask(handler, std::move(asked)).get();
    }
    WebAnswer post(PageHandler& handler, const std::string& path, std::string body) {
        return ask(handler, request(net::Method::post, path, std::move(body))).get();
    }
    std::vector<model::Consent> in_force(const std::string& person) {
        std::vector<model::Consent> out;
        const auto look = [&](model::Ledger& ledger) { out = ledger.consents("shop", person); };
        EXPECT_TRUE(store->peek(look).has_value());
        return out;
    }
    std::vector<model::FeedEntry> feed() { return store->feed({}, {}, 1000).value().entries; }
    std::string unsubscribe_path() { return seals.unsubscribe_address("", whom).value(); }
    std::string preferences_path() { return seals.preferences_address("", whom).value(); }

    ManualClock clock{from_ms(1'900'000'000'000)};
    std::atomic<bool> refuses{false};
    store::MemoryPlace place_;
    std::shared_ptr<config::Settings> settings_ = std::make_shared<config::Settings>(config::defaults());
    std::unique_ptr<store::Store> store;
    FenceControl control;
    PageBook book;
    engage::PersonSeals seals = engage::PersonSeals::make(std::vector<std::string>{std::string(32, 'k')}).value();
    engage::PersonSeal whom{"shop", "sara@example.com", "email", "offers", MessageKey{77}};
    std::shared_ptr<const PageDeps> deps;
};

}  // namespace chapar::web::test
