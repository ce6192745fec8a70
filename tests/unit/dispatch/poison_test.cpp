// A message that ends the daemon each time it is sent: it is found, held, and takes no other with it.
#include <set>

#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::State;
using model::Verdict;

/// Stands for a plugin that ends the daemon when it is given one of `deadly`: from then on nothing is answered.
class Deadly final : public plugin::Instance {
  public:
    explicit Deadly(std::set<std::string> deadly) : deadly_(std::move(deadly)) {
        traits_.channels = {"email"};
        traits_.max_batch = 64;
        traits_.max_in_flight = 600;
    }
    const std::string& name() const override { return name_; }
    const plugin::Traits& traits() const override { return traits_; }
    void send(std::vector<plugin::Outgoing> batch, Milliseconds, Completed done) override {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < batch.size(); ++i) {
            is_dead = is_dead || deadly_.contains(batch[i].address);
            if (!is_dead && is_answering) {
                ++answered;
                done(i, {Verdict::accepted, Blame::none, {}, "", "250", ""});
            } else {
                open_.emplace_back([done, i] { done(i, {Verdict::accepted, Blame::none, {}, "", "250", ""}); });
            }
        }
    }
    void drain(Milliseconds, std::function<void(std::string)> drained) override { drained(""); }

    std::size_t open_count() {
        const std::lock_guard lock(mutex_);
        return open_.size();
    }
    std::atomic<bool> is_dead = false, is_answering = true;
    std::atomic<int> answered = 0;

  private:
    std::mutex mutex_;  // guards open_: several threads hand over
    std::vector<std::function<void()>> open_;
    const std::string name_ = "deadly";
    const std::set<std::string> deadly_;
    plugin::Traits traits_;
};

class PoisonTest : public DispatchTest {
  protected:
    std::shared_ptr<Deadly> begin(std::set<std::string> deadly) {
        auto instance = std::make_shared<Deadly>(std::move(deadly));
        config::RouteSettings route;
        route.name = "deadly";
        route.channel = "email";
        route.plugin = "fake";
        route.per_destination = 1000;
        specs = {{route, instance}};
        start();
        return instance;
    }
    std::int64_t held() { return store->counts()->by_state[static_cast<int>(State::held)]; }
    std::int64_t in_hand() { return store->counts()->by_state[static_cast<int>(State::sending)]; }
    std::vector<MessageId> put_messages(int count, const std::string& poison, const std::string& cls = "otp") {
        std::vector<model::Message> messages;
        for (int i = 0; i < count; ++i)
            messages.push_back(message(cls, i == count / 2 && !poison.empty() ? poison : "a@example.com"));
        return enqueue(std::move(messages));
    }
    int count_in(const std::vector<MessageId>& all, State wanted) {
        return static_cast<int>(std::ranges::count_if(all, [&](MessageId id) { return state(id) == wanted; }));
    }
};

TEST_F(PoisonTest, it_is_held_after_three_deaths_and_all_others_are_sent) {
    auto plugin = begin({"poison@example.com"});
    plugin->is_answering = false;  // so that all are in hand when it happens
    const auto all = put_messages(40, "poison@example.com");
    const auto poison = all[20];
    ASSERT_TRUE(until([&] { return in_hand() == 40; }));
    int deaths = 0;
    while (true) {
        ++deaths;
        crash();
        if (deaths > 1) {
            EXPECT_EQ(in_hand(), 1) << "it went alone, so its neighbours are not in doubt again";
        }
        plugin = begin({"poison@example.com"});
        if (state(poison) == State::held) break;
        ASSERT_LT(deaths, 4);
        ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
    }
    EXPECT_EQ(deaths, 3);
    ASSERT_TRUE(until([&] { return count_in(all, State::sent) == 39; }));
    EXPECT_EQ(model::decode_trace(record(poison).progress.trace).back().reason, model::Reason::poison);
}

TEST_F(PoisonTest, a_neighbour_that_is_poison_too_is_found_and_the_innocent_go) {
    const std::set<std::string> deadly = {"one@example.com", "two@example.com"};
    auto plugin = begin(deadly);
    plugin->is_answering = false;
    std::vector<model::Message> messages;
    for (int i = 0; i < 20; ++i)
        messages.push_back(message("otp", i == 3 ? "one@example.com" : i == 15 ? "two@example.com" : "a@example.com"));
    const auto all = enqueue(std::move(messages));
    ASSERT_TRUE(until([&] { return in_hand() == 20; }));
    int deaths = 0;
    do {
        crash();
        ASSERT_LT(++deaths, 8);
        plugin = begin(deadly);
        until([&] { return plugin->is_dead.load() || held() == 2; });
    } while (held() < 2);
    ASSERT_TRUE(until([&] { return count_in(all, State::sent) == 18; }));
    EXPECT_EQ(state(all[3]), State::held);
    EXPECT_EQ(state(all[15]), State::held);
}

TEST_F(PoisonTest, suspects_go_one_at_a_time_and_hundreds_pass_quickly) {
    auto plugin = begin({});
    plugin->is_answering = false;
    const auto all = put_messages(256, "");
    ASSERT_TRUE(until([&] { return in_hand() == 256; }));
    crash();
    plugin = begin({});
    plugin->is_answering = false;
    ASSERT_TRUE(until([&] { return in_hand() == 1; }));
    ASSERT_TRUE(until([&] { return plugin->open_count() == 1; }));
    crash();
    EXPECT_EQ(in_hand(), 1) << "one alone, whatever waits behind it";
    plugin = begin({});
    const auto sent = [&] { return store->counts()->by_state[static_cast<int>(State::sent)]; };
    for (auto known = sent(); known < 256;
         known = sent())  // each waits for a disk of its own: progress counts, not the hour
        ASSERT_TRUE(until([&] { return sent() > known; })) << "no suspect went after " << known;
    EXPECT_EQ(plugin->answered.load(), 256);
}

/// As PoisonTest, and what the dispatcher asks of the store is counted.
class PoisonStoreTest : public PoisonTest {};

TEST_F(PoisonStoreTest, the_outcome_of_one_that_went_alone_waits_for_no_other) {
    auto plugin = begin({});
    plugin->is_answering = false;
    const auto all = put_messages(50, "");
    ASSERT_TRUE(until([&] { return in_hand() == 50; }));
    crash();
    plugin = begin({});
    ASSERT_TRUE(until([&] { return count_in(all, State::sent) == 50; }));
    EXPECT_EQ(seen->patient, 0) << "the next one goes after the commit: each would cost the whole patience";
    const auto later = put_messages(5, "");
    ASSERT_TRUE(until([&] { return count_in(later, State::sent) == 5; }));
    EXPECT_EQ(seen->patient, 5) << "those in good standing share their commits";
}

TEST_F(PoisonTest, a_retry_by_a_person_begins_to_count_anew) {
    auto plugin = begin({"poison@example.com"});
    const auto id = put_messages(1, "poison@example.com").front();
    for (int life = 0; life < 3; ++life) {
        ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
        crash();
        plugin = begin({"poison@example.com"});
    }
    ASSERT_EQ(state(id), State::held);
    std::promise<bool> moved;
    store::Transition again;
    again.key = id.key();
    again.event = model::Event::retry;
    again.due = clock.now();
    store->move(again, [&](Result<model::Progress> r) { moved.set_value(r.has_value()); });
    ASSERT_TRUE(moved.get_future().get());
    dispatcher->moved(id.key());
    ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
    crash();
    plugin = begin({});
    EXPECT_EQ(state(id), State::waiting) << "one death, not four";
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    crash();
    EXPECT_TRUE(store->suspects()->empty()) << "it survived: nothing is known against it";
}

TEST_F(PoisonTest, a_class_that_holds_still_holds_at_the_first_doubt) {
    auto plugin = begin({"poison@example.com"});
    const auto id = put_messages(1, "poison@example.com", "marketing").front();
    ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
    crash();
    plugin = begin({});
    EXPECT_EQ(state(id), State::held);
    EXPECT_EQ(model::decode_trace(record(id).progress.trace).back().reason, model::Reason::in_doubt_held);
}

TEST_F(PoisonTest, what_the_daemon_died_with_twice_has_it_for_itself) {
    auto plugin = begin({"poison@example.com"});
    const auto poison = put_messages(1, "poison@example.com").front();
    for (int life = 0; life < 2; ++life) {
        ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
        crash();
        if (life == 1) put({message("otp"), message("otp"), message("otp")});
        plugin = begin({"poison@example.com"});
    }
    ASSERT_TRUE(until([&] { return plugin->is_dead.load(); }));
    EXPECT_EQ(in_hand(), 1) << "nothing else is in hand with it";
    crash();
    plugin = begin({"poison@example.com"});
    EXPECT_EQ(state(poison), State::held);
}

/// A catalogue that can't read what it keeps, for a while.
class Forgetful final : public render::Catalogue {
  public:
    std::vector<std::string> reload() override { return {}; }
    std::shared_ptr<const render::Template> find(std::string_view) const override { return nullptr; }
    std::vector<render::TemplateInfo> list() const override { return {}; }
    Result<std::shared_ptr<const render::Template>> pinned(std::string_view, std::string_view) override {
        ++asked;
        return fail(render::Code::unavailable, "the disk does not answer");
    }
    std::atomic<int> asked = 0;
};

TEST_F(PoisonTest, a_template_that_can_not_be_read_just_now_is_no_verdict) {
    auto plugin = add_route("a");
    Forgetful forgetful;
    start_with(forgetful);
    auto mail = message("otp");
    mail.plan[0].template_name = "t";
    mail.plan[0].revision = "r";
    const auto id = enqueue({std::move(mail)}).front();
    ASSERT_TRUE(until([&] { return forgetful.asked >= 3; }));
    ASSERT_TRUE(until([&] { return state(id) == State::waiting; }));
    EXPECT_EQ(model::decode_trace(record(id).progress.trace).back().reason, model::Reason::given_back);
    forget();
}

}  // namespace
}  // namespace chapar::dispatch
