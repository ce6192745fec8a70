#pragma once
// A whole front door over a real Unix socket and a real store; dispatch and templates are stand-ins.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "admin/endpoints.hpp"
#include "client.hpp"
#include "ingress/server.hpp"
#include "render/data_shape.hpp"

namespace chapar::ingress::test {

class FakeTemplate final : public render::Template {
  public:
    explicit FakeTemplate(render::TemplateInfo info) : info_(std::move(info)) {}
    const std::string& name() const override { return info_.name; }
    const std::string& revision() const override { return info_.revision; }
    const std::string& bundle() const override { return bundle_; }
    bool has_channel(std::string_view channel) const override {
        for (const auto& known : info_.channels) {
            if (known.channel == channel) return true;
        }
        return false;
    }
    const render::TemplateInfo& info() const override { return info_; }
    std::optional<std::string> missing_variable(std::string_view, std::string_view data) const override {
        for (const auto& name : info_.required) {
            if (data.find('"' + name + '"') == std::string_view::npos) return name;
        }
        return std::nullopt;
    }
    std::vector<render::Contradiction> contradictions(std::string_view, std::string_view data) const override {
        return render::contradictions(render::shape_of(info_.sample_json), data);
    }
    Result<render::Rendered> render(std::string_view channel, const render::Input& input) const override {
        if (!has_channel(channel)) return fail(render::Code::unknown_channel, "no such channel");
        render::Rendered out;
        out.parts = {{"subject", "Hello"}, {"text", "data " + std::string(input.data_json)}};
        out.locale = input.locale;
        return out;
    }

  private:
    render::TemplateInfo info_;
    std::string bundle_ = "the sources";
};

class FakeCatalogue final : public render::Catalogue {
  public:
    FakeCatalogue() {
        render::TemplateInfo info;
        info.name = "welcome";
        info.revision = "abc123";
        info.class_name = "transactional";
        info.channels = {{"email", {"", "fa"}, {}}};
        info.required = {"name"};
        info.sample_json = R"({"name":"Sara"})";
        welcome_ = std::make_shared<FakeTemplate>(info);
    }
    std::vector<std::string> reload() override { return {}; }
    std::shared_ptr<const render::Template> find(std::string_view name) const override {
        return name == "welcome" ? welcome_ : nullptr;
    }
    std::vector<render::TemplateInfo> list() const override { return {welcome_->info()}; }
    Result<std::shared_ptr<const render::Template>> pinned(std::string_view name, std::string_view) override {
        if (auto found = find(name)) return found;
        return fail(render::Code::no_revision, "no");
    }

  private:
    std::shared_ptr<FakeTemplate> welcome_;
};

class FakeControl : public dispatch::Control {
  public:
    void accepted(store::AcceptedBatch batch) override {
        const std::lock_guard lock(mutex_);
        batch_sizes.push_back(batch.messages.size());
        for (auto& message : batch.messages)
            messages.push_back(std::move(message));
    }
    void moved(MessageKey key) override {
        const std::lock_guard lock(mutex_);
        moves.push_back(key);
    }
    void fence(std::function<void()> done) override {
        ++fences;
        done();
    }
    void queue(std::function<void(dispatch::QueueView)> done) override {
        dispatch::QueueView view;
        view.pools.push_back({"otp", "shop", "", 3, 2, from_ms(1'900'000'000'000), {}, 0});
        view.lanes.push_back({"smtp-a", "otp", "example.com", 1, 4, "throttled", 0});
        view.in_flight = 1;
        done(view);
    }
    void routes(std::function<void(std::vector<dispatch::RouteView>)> done) override { done({view()}); }
    void pause(std::string route, std::string reason, std::function<void(Result<dispatch::RouteView>)> done) override {
        if (route != "smtp-a") return done(fail(dispatch::Code::unknown_route, "there is no route " + route));
        paused = reason.empty() ? "operator" : reason;
        done(view());
    }
    void resume(std::string route, std::function<void(Result<dispatch::RouteView>)> done) override {
        if (route != "smtp-a") return done(fail(dispatch::Code::unknown_route, "there is no route " + route));
        if (paused.empty()) return done(fail(dispatch::Code::not_paused, "smtp-a is not paused"));
        paused.clear();
        done(view());
    }
    std::optional<model::TraceEntry> standstill(std::string_view, std::string_view) const override { return still; }
    std::int64_t waiting(std::string_view) const override { return waiting_now; }

    dispatch::RouteView view() const {
        dispatch::RouteView out;
        out.name = "smtp-a";
        out.channel = "email";
        out.plugin = "email";
        out.state = paused.empty() ? "sending" : "paused";
        out.why = paused;
        return out;
    }
    std::vector<store::NewMessage> taken() {
        const std::lock_guard lock(mutex_);
        return messages;
    }

    std::vector<store::NewMessage> messages;
    std::vector<std::size_t> batch_sizes;
    std::vector<MessageKey> moves;
    std::string paused;
    std::atomic<std::int64_t> waiting_now{0};
    std::atomic<int> fences{0};
    std::optional<model::TraceEntry> still;

  private:
    std::mutex mutex_;
};

/// The real store with a switch that makes accepting fail.
class FailingStore;

class FrontDoor : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;
    /// Changes the settings; before `open`, or followed by `server->reconfigured()`.
    config::Settings& change();
    void open();
    Client client() { return Client(path); }
    /// One request over a fresh connection.
    Answer ask(std::string_view method, std::string_view target, std::string_view body = "", Headers headers = {});
    Answer post(std::string_view body, Headers headers = {}) {
        return ask("POST", "/v1/messages", body, std::move(headers));
    }
    config::ApplicationSettings& app(const std::string& name);

    SystemClock clock;
    std::filesystem::path folder;
    std::string path;
    std::shared_ptr<config::Settings> settings;
    metrics::Registry metrics;
    std::unique_ptr<admin::Scrape> scrape;
    std::unique_ptr<store::Store> real_store;
    std::unique_ptr<store::Store> store;
    FailingStore* failing = nullptr;
    FakeControl control;
    FakeCatalogue catalogue;
    std::unique_ptr<IdGenerator> ids;
    std::function<net::Identity(const net::Peer&)> identify = net::identify;
    std::mutex settings_mutex;
    std::unique_ptr<Server> server;
};

inline constexpr std::string_view simple =
    R"({"to":{"email":"sara@example.com"},"template":"welcome","data":{"name":"Sara"}})";

}  // namespace chapar::ingress::test
