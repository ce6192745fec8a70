// What messages may take: bytes waiting and in flight, whatever their number; and where they are read.

#include <map>

#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::State;
using model::Verdict;

constexpr std::size_t kib = 1 << 10, mib = 1 << 20;

/// Renders to as much text as it is told, and counts where.
class LargeTemplate final : public render::Template {
  public:
    const std::string& name() const override { return name_; }
    const std::string& revision() const override { return name_; }
    const std::string& bundle() const override { return name_; }
    bool has_channel(std::string_view) const override { return true; }
    const render::TemplateInfo& info() const override { return info_; }
    std::optional<std::string> missing_variable(std::string_view, std::string_view) const override { return {}; }
    Result<render::Rendered> render(std::string_view, const render::Input&) const override {
        ++(is_on_renderer && is_on_renderer() ? on_renderer : elsewhere);
        return render::Rendered{{{"subject", "s"}, {"text", std::string(size, 'x')}}, "en"};
    }

    std::size_t size = 1;
    std::function<bool()> is_on_renderer;
    mutable int on_renderer = 0, elsewhere = 0;

  private:
    std::string name_ = "large";
    render::TemplateInfo info_;
};

class OneTemplate final : public render::Catalogue {
  public:
    std::vector<std::string> reload() override { return {}; }
    std::shared_ptr<const render::Template> find(std::string_view) const override { return only; }
    std::vector<render::TemplateInfo> list() const override { return {}; }
    Result<std::shared_ptr<const render::Template>> pinned(std::string_view, std::string_view) override { return only; }
    std::shared_ptr<LargeTemplate> only = std::make_shared<LargeTemplate>();
};

class MemoryTest : public DispatchTest {
  protected:
    MemoryTest() { settings.queue.memory = 16 * mib; }

    model::Message large(std::size_t size, const std::string& cls = "marketing",
                         const std::string& to = "a@a.example") {
        auto out = message(cls, to);
        out.body = R"({"content":{"email":{"subject":"Hi","text":")" + std::string(size, 'x') + R"("}}})";
        return out;
    }
    static std::size_t text_of(const plugin::Outgoing& out) {
        for (const auto& [name, value] : out.content) {
            if (name == "text") return value.size();
        }
        return 0;
    }
    std::size_t open(const FakeInstance& plugin) {
        const std::lock_guard lock(plugin.mutex);
        return plugin.open.size();
    }
};

TEST_F(MemoryTest, what_is_in_flight_is_bounded_by_bytes_and_an_otp_still_passes) {
    auto plugin = add_route("a", 256);
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 40; ++i)
        messages.push_back(large(256 * kib));
    enqueue(std::move(messages));
    // 12 of 16 MiB are for what is in flight, an eighth of that for urgent ones; each counts three times twice its
    // size.
    ASSERT_TRUE(until([&] { return plugin->count() == 6; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 6U) << "a provider that does not answer holds so many and no more";
    enqueue(1, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 7; }));
    EXPECT_EQ(plugin->seen.back().class_name, "otp");
    std::size_t most = 0;
    ASSERT_TRUE(until([&] {
        most = std::max(most, open(*plugin));
        plugin->answer_all(outcome(Verdict::accepted));
        return plugin->count() == 41;
    }));
    EXPECT_LE(most, 7U);
    for (const auto& out : plugin->seen)
        EXPECT_EQ(text_of(out), out.class_name == "otp" ? 5 : 256 * kib) << "with its whole body, wherever it waited";
}

TEST_F(MemoryTest, a_route_may_have_less_and_another_is_not_held_up_by_it) {
    auto slow = add_route("slow", 256);
    auto quick = add_route("quick", 256);
    specs[0].settings.memory = 2 * mib;
    specs[0].settings.classes = {"marketing"};
    specs[1].settings.classes = {"news"};
    settings.classes["news"].name = "news";
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 50; ++i)
        messages.push_back(large(256 * kib, i % 2 == 0 ? "marketing" : "news"));
    enqueue(std::move(messages));
    quick->answer = [](const auto&) { return outcome(Verdict::accepted); };
    ASSERT_TRUE(until([&] { return quick->count() == 25; }));
    EXPECT_EQ(slow->count(), 1U);
}

TEST_F(MemoryTest, a_message_larger_than_all_there_is_goes_alone) {
    auto plugin = add_route("a", 256);
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 3; ++i)
        messages.push_back(large(20 * kib));
    for (int i = 0; i < 3; ++i)
        messages.push_back(large(6 * mib));
    enqueue(std::move(messages));
    std::map<std::size_t, std::size_t> most;  // in flight, by the size of the last that came
    ASSERT_TRUE(until([&] {
        if (plugin->count() != 0) {
            const auto now = open(*plugin);
            const std::lock_guard lock(plugin->mutex);
            auto& of_size = most[text_of(plugin->seen.back())];
            of_size = std::max(of_size, now);
        }
        plugin->answer_all(outcome(Verdict::accepted));
        return plugin->count() == 6;
    }));
    EXPECT_EQ(most[6 * mib], 1U);
}

TEST_F(MemoryTest, what_rendering_makes_large_is_learnt_and_bounded) {
    OneTemplate templates;
    templates.only->size = mib;
    auto plugin = add_route("a", 256);
    settings.classes["marketing"].backoff = {Milliseconds{1}, Milliseconds{1}};
    start_with(templates);
    std::vector<model::Message> messages;
    for (int i = 0; i < 20; ++i) {
        messages.push_back(message("marketing"));
        messages.back().plan[0].template_name = "large";
    }
    const auto ids_made = enqueue(std::move(messages));
    std::size_t most = 0;
    ASSERT_TRUE(until([&] {
        run_for(Milliseconds{5});
        most = std::max(most, open(*plugin));
        plugin->answer_all(outcome(Verdict::accepted));
        return plugin->count() == 20;
    }));
    EXPECT_LE(most, 4U) << "of 1 MiB each, before anybody knew and after";
    ASSERT_TRUE(until([&] { return state(ids_made.back()) == State::sent; }));
}

TEST_F(MemoryTest, a_large_message_that_waits_in_its_lane_is_read_again) {
    auto plugin = add_route("a", 256);
    specs[0].settings.per_destination = 1;
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 6; ++i)
        messages.push_back(large((100 + static_cast<std::size_t>(i)) * kib));
    enqueue(std::move(messages));
    ASSERT_TRUE(until([&] {
        plugin->answer_all(outcome(Verdict::accepted));
        return plugin->count() == 6;
    }));
    std::set<std::size_t> sizes;
    for (const auto& out : plugin->seen)
        sizes.insert(text_of(out) / kib);
    EXPECT_EQ(sizes, (std::set<std::size_t>{100, 101, 102, 103, 104, 105}));
}

TEST_F(MemoryTest, a_backlog_larger_than_a_page_of_the_store_is_sent_whole) {
    auto plugin = add_route("a", 256);
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    std::vector<model::Message> messages;
    for (int i = 0; i < 60; ++i)
        messages.push_back(large(mib));
    put(std::move(messages));
    start();
    for (auto known = plugin->count(); known < 60; known = plugin->count())  // progress counts, not the hour
        ASSERT_TRUE(until([&] { return plugin->count() > known; })) << "stuck after " << known;
}

TEST_F(MemoryTest, a_retry_of_a_large_message_carries_its_body_again) {
    auto plugin = add_route("a", 256);
    int calls = 0;
    plugin->answer = [&](const auto&) {
        return ++calls < 3 ? outcome(Verdict::retry, model::Blame::recipient) : outcome(Verdict::accepted);
    };
    start();
    const auto id = enqueue({large(300 * kib)}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_EQ(text_of(plugin->seen.back()), 300 * kib);
}

TEST_F(MemoryTest, nothing_is_rendered_or_counted_on_the_strand) {
    OneTemplate templates;
    templates.only->is_on_renderer = [this] { return world->render.is_running(); };
    auto plugin = add_route("a");
    specs[0].settings.channel = "sms";
    specs[0].settings.prices.push_back({"+", Money{1'000'000}, ""});
    settings.classes["marketing"].fallback_after = std::chrono::hours(1);
    config::CapSettings cap;
    cap.name = "segments";
    cap.count_by = config::CapSettings::CountBy::segments;
    cap.limit = 1'000;
    settings.caps.push_back(cap);
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start_with(templates);
    auto text = message("otp");
    text.plan[0] = {"sms", "+989121234567", "large", "large", "en"};
    const auto id = enqueue({text}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_GT(templates.only->on_renderer, 0);
    EXPECT_EQ(templates.only->elsewhere, 0);
}

TEST_F(MemoryTest, upkeep_that_hangs_keeps_no_message_waiting) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    world->holds_upkeep = true;
    start();
    const auto id = enqueue(1, "otp").front();
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
}

TEST_F(MemoryTest, an_otp_is_not_rendered_behind_bulk_that_renders_long) {
    OneTemplate templates;
    auto plugin = add_route("a", 64);
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start_with(templates);
    std::vector<model::Message> messages;
    for (int i = 0; i < 40; ++i) {
        messages.push_back(message("marketing"));
        messages.back().plan[0].template_name = "large";
    }
    world->holds_render = true;  // the renderer is busy
    enqueue(std::move(messages));
    run_for(Milliseconds{50});
    enqueue(1, "otp");
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 0U);
    world->holds_render = false;
    EXPECT_TRUE(until([&] { return plugin->count() == 41; }));
    EXPECT_EQ(plugin->seen.front().class_name, "otp");
    EXPECT_EQ(plugin->seen.back().class_name, "marketing");
}

}  // namespace
}  // namespace chapar::dispatch
