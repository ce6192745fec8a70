#pragma once
// A dispatcher over the real embedded store in a scratch folder, with a plugin that answers what the test says, in
// virtual time: what the dispatcher asks of the store is answered before the call returns.

#include <chapar/plugin.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>

#include "../ingress/failing_store.hpp"
#include "dispatch/dispatcher.hpp"
#include "store/open_memory.hpp"
#include "store/open_sqlite.hpp"
#include "virtual_time.hpp"

namespace chapar::dispatch {

/// Keeps every batch until the test answers it, or answers at once with `answer`.
class FakeInstance final : public plugin::Instance {
  public:
    explicit FakeInstance(std::string name, std::uint32_t max_in_flight = 8) : name_(std::move(name)) {
        traits_.channels = {"email"};
        traits_.max_batch = 4;
        traits_.max_in_flight = max_in_flight;
        traits_.flags = CHAPAR_CARRIES_COPIES;
    }
    const std::string& name() const override { return name_; }
    const plugin::Traits& traits() const override { return traits_; }
    void send(std::vector<plugin::Outgoing> batch, Milliseconds, Completed done) override {
        batches.push_back(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) {
            std::function<model::Outcome(const plugin::Outgoing&)> answer_now;
            {
                const std::lock_guard lock(mutex);
                seen.push_back(batch[i]);
                answer_now = answer;
                if (!answer_now) open.emplace_back([done, i](model::Outcome outcome) { done(i, std::move(outcome)); });
            }
            if (answer_now) done(i, answer_now(batch[i]));
        }
    }
    void drain(Milliseconds, std::function<void(std::string)> drained) override { drained(""); }
    void carry_no_copies() { traits_.flags = 0; }
    void answer_first(const model::Outcome& outcome) {
        std::function<void(model::Outcome)> done;
        {
            const std::lock_guard lock(mutex);
            done = std::move(open.front());
            open.pop_front();
        }
        done(outcome);
    }

    std::size_t count() const {
        const std::lock_guard lock(mutex);
        return seen.size();
    }
    void answer_all(const model::Outcome& outcome) {
        std::deque<std::function<void(model::Outcome)>> taken;
        {
            const std::lock_guard lock(mutex);
            taken.swap(open);
        }
        for (auto& done : taken)
            done(outcome);
    }

    std::vector<std::size_t> batches;
    mutable std::mutex mutex;  // guards the members below
    std::vector<plugin::Outgoing> seen;
    std::deque<std::function<void(model::Outcome)>> open;
    std::function<model::Outcome(const plugin::Outgoing&)> answer;

  private:
    std::string name_;
    plugin::Traits traits_;
};

class NoTemplates final : public render::Catalogue {
  public:
    std::vector<std::string> reload() override { return {}; }
    std::shared_ptr<const render::Template> find(std::string_view) const override { return nullptr; }
    std::vector<render::TemplateInfo> list() const override { return {}; }
    Result<std::shared_ptr<const render::Template>> pinned(std::string_view, std::string_view) override {
        return fail(render::Code::no_revision, "no such revision");
    }
};

/// In memory where there is such a place: no test here cuts the power.
inline std::filesystem::path scratch() {
    const std::filesystem::path memory = "/dev/shm";
    return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

class DispatchTest : public testing::Test {
  protected:
    DispatchTest() : folder(scratch() / ("chapar-dispatch-" + std::to_string(::getpid()))) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        for (const auto& [name, priority, on_doubt] :
             {std::tuple{"otp", config::Priority::critical, config::OnDoubt::retry},
              {"marketing", config::Priority::bulk, config::OnDoubt::hold}}) {
            auto& cls = settings.classes[name];
            cls.name = name;
            cls.priority = priority;
            cls.on_doubt = on_doubt;
            cls.backoff = {Milliseconds{20}, Milliseconds{50}};
        }
        if (all_lanes) {
            in_memory = std::make_unique<store::MemoryPlace>();
            lanes = 1;
        }
        open_store();
    }
    ~DispatchTest() override {
        forget();
        std::filesystem::remove_all(folder);
    }

    void open_store() {
        const auto moved = [this](std::vector<store::Moved> moves) { outcomes.put(std::move(moves)); };
        if (in_memory) {
            store::MemoryOptions options;
            options.moved = moved;
            options.stepped = lanes != 0 && !all_lanes;
            if (lanes != 0) options.shuffle = lanes++;
            store = store::open_memory(*in_memory, options, clock);
        } else {
            store::SqliteOptions options;
            options.path = (folder / "chapar.db").string();
            options.unsafe_no_sync = true;  // no test here cuts the power
            options.moved = moved;
            auto opened = store::open_sqlite(options, clock);
            ASSERT_TRUE(opened.has_value()) << opened.error().message();
            store = std::move(*opened);
        }
        seen = std::make_unique<ingress::test::FailingStore>(*store);
        seen->answers_at_once = !all_lanes;
        if (all_lanes) world->wait_outside = [this] { return seen && seen->wait_idle(); };
        seen->hides_orphans = hides_orphans;
        if (in_memory && lanes != 0 && !all_lanes) seen->step = [this] { return store::MemoryPlace::step(*store); };
    }
    std::shared_ptr<FakeInstance> add_route(const std::string& name, std::uint32_t max_in_flight = 8) {
        auto instance = std::make_shared<FakeInstance>(name, max_in_flight);
        config::RouteSettings route;
        route.name = name;
        route.channel = "email";
        route.plugin = "fake";
        route.per_destination = 1000;  // no limit
        specs.push_back({route, instance});
        return instance;
    }
    void start() { start_with(catalogue); }
    void start_with(render::Catalogue& templates) {
        dispatcher = std::make_unique<Dispatcher>(
            Deps{clock, *seen, *seen, *seen, *seen, templates, registry, world->contexts->strand, world->timers,
                 world->render, world->contexts->to_reads, world->contexts->to_upkeep, 7, nullptr, &outcomes});
        const auto rules = policy::compile(settings);
        ASSERT_TRUE(rules.has_value()) << rules.error().message();
        const auto started = dispatcher->start(settings, *rules, specs);
        ASSERT_TRUE(started.has_value()) << started.error().message();
    }
    /// As a crash does: what is in flight is forgotten, nothing is settled.
    void crash() {
        forget();
        open_store();
    }
    /// What is ready is not run, and is gone with the dispatcher that it points into.
    void forget() {
        if (all_lanes && seen) seen->wait_idle();
        if (store && !in_memory) store->close();
        outcomes.drain();
        dispatcher.reset();
        world->drop_ready();
        seen.reset();
        if (store && in_memory) store::MemoryPlace::crash(store);
        store.reset();
    }
    /// From now on the store is in memory; what the other one held is gone. `shuffle`: it commits and answers in
    /// another order than it was asked (store::MemoryOptions), on the test's thread.
    void remember_in_memory(std::uint64_t shuffle = 0) {
        forget();
        if (!all_lanes) lanes = shuffle;
        in_memory = std::make_unique<store::MemoryPlace>();
        open_store();
    }
    model::Message message(const std::string& cls, const std::string& address = "a@example.com") {
        model::Message out;
        out.id = ids.next();
        out.application = "shop";
        out.class_name = cls;
        out.plan.push_back({"email", address, "", "", "en"});
        out.accepted_at = out.send_at = clock.now();
        out.expires_at = clock.now() + std::chrono::hours(1);
        out.body = R"({"to":{"email":"a@example.com"},"content":{"email":{"subject":"Hi","text":"Hello"}}})";
        return out;
    }
    store::AcceptedBatch put(std::vector<model::Message> messages) {
        std::vector<store::NewMessage> batch;
        for (auto& each : messages)
            batch.emplace_back().message = std::move(each);
        std::promise<store::AcceptedBatch> done;
        store->accept(std::move(batch), [&](Result<store::AcceptedBatch> r) { done.set_value(std::move(*r)); });
        auto taken = done.get_future();
        while (seen->step && taken.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            seen->step();
        return taken.get();
    }
    std::vector<MessageId> enqueue(std::vector<model::Message> messages) {
        std::vector<MessageId> out;
        for (const auto& each : messages)
            out.push_back(each.id);
        dispatcher->accepted(put(std::move(messages)));
        return out;
    }
    std::vector<MessageId> enqueue(int count, const std::string& cls) {
        std::vector<model::Message> messages;
        for (int i = 0; i < count; ++i)
            messages.push_back(message(cls));
        return enqueue(std::move(messages));
    }
    store::Record record(MessageId id) {
        auto found = store->find(id);
        EXPECT_TRUE(found.has_value());
        return found.has_value() ? *found : store::Record{};
    }
    model::State state(MessageId id) { return record(id).progress.state; }
    /// Lets virtual time go on until `done` holds; false after five seconds of it.
    bool until(const std::function<bool()>& done) { return world->until(done, Milliseconds{5'000}); }
    /// As a machine that slept: the clock is later at once.
    void advance(Milliseconds by) {
        clock.advance(by);
        world->run();
    }
    std::vector<RouteView> views() {
        std::optional<std::vector<RouteView>> out;
        dispatcher->routes([&](std::vector<RouteView> got) { out = std::move(got); });
        EXPECT_TRUE(until([&] { return out.has_value(); }));
        return out.value_or(std::vector<RouteView>{});
    }
    RouteView view(std::size_t index = 0) { return views().at(index); }
    void run_for(Milliseconds time) { world->run_for(time); }
    static model::Outcome outcome(model::Verdict verdict, model::Blame blame = model::Blame::none) {
        return {verdict, blame, {}, "", "250", "as the test says"};
    }

    /// CHAPAR_LANES in the environment: every test runs over the store in memory, which commits and answers in another
    /// order than it was asked, on its own thread.
    const bool all_lanes = std::getenv("CHAPAR_LANES") != nullptr;  // NOLINT(concurrency-mt-unsafe)
    std::filesystem::path folder;
    std::unique_ptr<VirtualWorld> world = std::make_unique<VirtualWorld>();
    VirtualClock& clock = world->clock;
    IdGenerator ids{clock, MessageKey{0}, 3};
    config::Settings settings;
    metrics::Registry registry;
    NoTemplates catalogue;
    // Declared before the store, whose writer tells it what moves; off until a test turns it on.
    track::OutcomeLog outcomes{[this](MessageId id) { return store->find(id); }};
    std::unique_ptr<store::MemoryPlace> in_memory;  // null: SQLite
    bool hides_orphans = false;                     // of each store that is opened
    std::uint64_t lanes = 0;                        // its shuffle; 0: it keeps to the order
    std::unique_ptr<store::Store> store;
    std::unique_ptr<ingress::test::FailingStore> seen;  // as the dispatcher sees it
    std::vector<RouteSpec> specs;
    std::unique_ptr<Dispatcher> dispatcher;
};

}  // namespace chapar::dispatch
