// Handing over alone: what the plugin is given, and what comes back without it.

#include "dispatch/handover/handover.hpp"
#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;
using model::Verdict;

class HandoverTest : public RoomTest {
  protected:
    void furnish_handover() {
        furnish();
        handover = std::make_unique<Handover>(
            Handover::Deps{clock, *seen, catalogue, world->contexts->strand, world->render, config, memory, tickets,
                           registry},
            [this](AttemptResult result) { answers.push_back(std::move(result)); },
            [this](std::vector<AttemptResult> results) { std::ranges::move(results, std::back_inserter(not_sent)); });
    }
    ~HandoverTest() override { forget(); }
    void hand_over(const std::vector<queue::Item*>& items) {
        const auto ticket = tickets.open();
        handover->hand_over(router.routes()[0], items, ticket);
        tickets.close(ticket);
    }
    queue::Item* leased(model::Message one, int number = 1) {
        auto& made = items.emplace_back(item(one));
        made->queued.progress.attempts = number;
        memory.charge(route(), *made, false);
        return made.get();
    }
    model::Message sized(std::size_t bytes) {
        auto out = message("marketing");
        out.body = R"({"content":{"email":{"subject":"Hi","text":")" + std::string(bytes, 'x') + R"("}}})";
        return out;
    }

    LeaseTickets tickets;
    std::unique_ptr<Handover> handover;
    std::vector<queue::ItemPtr> items;
    std::vector<AttemptResult> answers, not_sent;
};

TEST_F(HandoverTest, batches_are_no_larger_than_the_plugin_takes_and_answers_name_their_attempts) {
    auto plugin = add_route("a");
    furnish_handover();
    std::vector<queue::Item*> go;
    for (int i = 0; i < 10; ++i)
        go.push_back(leased(message("otp"), i + 1));
    hand_over(go);
    world->run();
    EXPECT_EQ(plugin->batches, (std::vector<std::size_t>{4, 4, 2}));
    plugin->answer_all(outcome(Verdict::accepted));
    ASSERT_EQ(answers.size(), 10U);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].key, go[static_cast<std::size_t>(i)]->queued.message.id.key());
        EXPECT_EQ(answers[static_cast<std::size_t>(i)].number, i + 1);
        EXPECT_FALSE(answers[static_cast<std::size_t>(i)].not_sent.has_value());
    }
}

TEST_F(HandoverTest, large_bodies_are_not_in_one_batch_and_do_not_stay_in_memory) {
    auto plugin = add_route("a");
    settings.queue.memory = 64 << 20;
    furnish_handover();
    std::vector<queue::Item*> go;
    for (int i = 0; i < 4; ++i)
        go.push_back(leased(sized(200 << 10)));
    hand_over(go);
    world->run();
    EXPECT_EQ(plugin->batches, (std::vector<std::size_t>{2, 2})) << "256 KiB, and the one that goes beyond";
    for (const auto* each : go)
        EXPECT_FALSE(each->has_body());
    auto* const small = leased(message("otp"));
    hand_over({small});
    world->run();
    EXPECT_TRUE(small->has_body()) << "it may be needed for another try";
}

TEST_F(HandoverTest, what_cannot_be_rendered_comes_back_and_its_neighbours_go) {
    auto plugin = add_route("a");
    furnish_handover();
    auto broken = message("otp");
    broken.plan[0].template_name = "gone";
    hand_over({leased(message("otp")), leased(broken), leased(message("otp"))});
    world->run();
    EXPECT_EQ(plugin->batches, (std::vector<std::size_t>{2}));
    ASSERT_EQ(not_sent.size(), 1U);
    EXPECT_EQ(not_sent[0].key, broken.id.key());
    EXPECT_EQ(not_sent[0].not_sent->reason, Reason::render_failed);
}

TEST_F(HandoverTest, a_fence_is_passed_when_what_was_before_it_was_handed_over) {
    auto plugin = add_route("a");
    furnish_handover();
    world->holds_render = true;
    hand_over({leased(message("otp"))});
    bool passed = false;
    tickets.wait([&] { passed = true; });
    world->run();
    EXPECT_FALSE(passed);
    world->holds_render = false;
    world->run();
    EXPECT_TRUE(passed);
    EXPECT_EQ(plugin->count(), 1U) << "its answer is not waited for";
}

TEST_F(HandoverTest, the_most_urgent_of_what_waits_is_rendered_first_and_the_plugin_is_told) {
    auto plugin = add_route("a");
    furnish_handover();
    world->holds_render = true;
    hand_over({leased(message("marketing"))});
    hand_over({leased(message("otp"))});
    world->holds_render = false;
    world->run();
    ASSERT_EQ(plugin->count(), 2U);
    EXPECT_EQ(plugin->seen[0].class_name, "otp");
    EXPECT_TRUE(plugin->seen[0].urgent);
    EXPECT_FALSE(plugin->seen[1].urgent);
}

}  // namespace
}  // namespace chapar::dispatch
