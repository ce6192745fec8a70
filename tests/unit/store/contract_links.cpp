// Short links: written with the attempt, reused by the next, found when their message is gone.

#include "contract.hpp"
#include "gates.hpp"

namespace chapar::store {
namespace {

using model::Event;

constexpr auto kept = std::chrono::hours(24 * 400);

class ShortLinks : public Contract {
  protected:
    model::Leased lease(MessageId id, int number, std::vector<model::DrawnLink> links,
                        std::shared_ptr<model::Gate> gate = nullptr) {
        Lease item{id.key(), number, "sms", "texts", clock.now()};
        item.links = {std::move(links), clock.now() + kept};
        const auto leased =
            wait_for<std::vector<model::Leased>>([&](auto done) { store->lease({item}, std::move(gate), done); });
        EXPECT_TRUE(leased.has_value());
        return leased ? leased->front() : model::Leased{};
    }
    std::optional<model::FoundLink> find(const std::string& code) {
        const auto out = store->find_short(code);
        EXPECT_TRUE(out.has_value());
        return out ? *out : std::nullopt;
    }
    void give_back(MessageId id, int number) { ASSERT_TRUE(driver.settle(*store, id, number, Event::give_back)); }
    std::int64_t prune(int limit = 100) {
        return wait_for<std::int64_t>([&](auto done) { store->prune_links(clock.now(), limit, done); }).value_or(-1);
    }
    void erase(std::vector<std::string> names) {
        Person person;
        person.ids = std::move(names);
        const auto done = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
            [&](auto told) { store->erase_person("shop", person, told); });
        ASSERT_TRUE(done.has_value());
    }
};

TEST_P(ShortLinks, a_code_is_written_with_the_attempt_and_leads_to_its_destination) {
    const auto id = driver.accept_one(*store);
    const auto leased = lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}, {1, "https://shop.ir/b", {"2222222"}}});
    ASSERT_TRUE(leased.granted);
    const std::vector<model::ShortLink> expected{{"Ab3dE7x", 0, "https://shop.ir/a"},
                                                 {"2222222", 1, "https://shop.ir/b"}};
    EXPECT_EQ(leased.links, expected);
    place->crash(store);
    open();
    EXPECT_EQ(find("2222222"), (model::FoundLink{id.key(), 1, "https://shop.ir/b", clock.now() + kept, true}));
    EXPECT_FALSE(find("ab3dE7x")) << "letters are told apart";
    EXPECT_EQ(store->short_links_of(id.key()).value(), expected);
    EXPECT_FALSE(find("3333333"));
}

TEST_P(ShortLinks, the_next_attempt_has_the_same_code_and_a_new_one_for_a_new_destination) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    give_back(id, 1);
    reopen();
    const auto again = lease(id, 2, {{0, "https://shop.ir/new", {"3333333"}}, {1, "https://shop.ir/a", {"4444444"}}});
    ASSERT_TRUE(again.granted);
    const std::vector<model::ShortLink> expected{{"3333333", 0, "https://shop.ir/new"},
                                                 {"Ab3dE7x", 1, "https://shop.ir/a"}};
    EXPECT_EQ(again.links, expected);
    EXPECT_FALSE(find("4444444"));
    EXPECT_TRUE(find("3333333"));
}

TEST_P(ShortLinks, who_refuses_to_be_tracked_has_links_that_are_not_counted_also_those_of_before) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    EXPECT_TRUE(find("Ab3dE7x")->is_tracked);
    give_back(id, 1);
    clock.advance(std::chrono::hours(1));
    model::Ruling ruling;
    ruling.is_unwatched = true;
    ASSERT_TRUE(lease(id, 2, {{0, "https://shop.ir/a", {"2222222"}}}, always(ruling)).granted);
    EXPECT_FALSE(find("Ab3dE7x")->is_tracked);
    EXPECT_EQ(find("Ab3dE7x")->expires, clock.now() + kept) << "as long as those of the last attempt";
    EXPECT_FALSE(find("2222222"));
}

TEST_P(ShortLinks, a_destination_that_stands_twice_has_one_code) {
    const auto leased = lease(driver.accept_one(*store), 1,
                              {{0, "https://shop.ir/a", {"Ab3dE7x"}}, {1, "https://shop.ir/a", {"5555555"}}});
    ASSERT_TRUE(leased.granted);
    EXPECT_EQ(leased.links[1].code, "Ab3dE7x");
    EXPECT_FALSE(find("5555555"));
}

TEST_P(ShortLinks, a_taken_code_is_nobody_elses) {
    const auto first = driver.accept_one(*store);
    ASSERT_TRUE(lease(first, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    const auto second = driver.accept_one(*store);
    EXPECT_FALSE(lease(second, 1, {{0, "https://shop.ir/b", {"Ab3dE7x"}}}).granted);
    EXPECT_EQ(state(second), model::State::waiting);
    EXPECT_EQ(find("Ab3dE7x")->message, first.key());
    const auto again =
        lease(second, 1,
              {{0, "https://shop.ir/b", {"Ab3dE7x", "6666666"}}, {1, "https://shop.ir/c", {"6666666", "7777777"}}});
    ASSERT_TRUE(again.granted);
    EXPECT_EQ(again.links[0].code, "6666666");
    EXPECT_EQ(again.links[1].code, "7777777");
}

TEST_P(ShortLinks, an_attempt_that_is_kept_back_or_refused_writes_none) {
    const auto id = driver.accept_one(*store);
    model::Ruling ruling;
    ruling.action = model::Ruling::Action::wait;
    ruling.due = clock.now() + std::chrono::hours(1);
    const auto later = always(ruling);
    EXPECT_FALSE(lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}, later).granted);
    EXPECT_FALSE(lease(id, 5, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    EXPECT_FALSE(find("Ab3dE7x"));
}

TEST_P(ShortLinks, links_outlive_their_message_until_they_expire) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}, {1, "https://shop.ir/b", {"2222222"}}}).granted);
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_delivered));
    clock.advance(std::chrono::hours(1));
    ASSERT_EQ(wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 100, done); }).value_or(-1), 1);
    ASSERT_FALSE(store->find(id).has_value());
    EXPECT_EQ(prune(), 0);
    EXPECT_TRUE(find("Ab3dE7x"));
    clock.advance(kept);
    EXPECT_TRUE(find("Ab3dE7x")) << "until it is dropped";
    EXPECT_EQ(prune(1), 1);
    EXPECT_EQ(prune(), 1);
    EXPECT_FALSE(find("Ab3dE7x"));
}

TEST_P(ShortLinks, who_is_erased_takes_the_links_along) {
    auto item = driver.make();
    item.message.recipient = "user-1";
    const auto id = driver.accept_one(*store, std::move(item));
    ASSERT_TRUE(lease(id, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_delivered));
    auto other = driver.make();
    other.message.recipient = "user-2";
    ASSERT_TRUE(lease(driver.accept_one(*store, std::move(other)), 1, {{0, "https://shop.ir/b", {"2222222"}}}).granted);
    erase({"user-1"});
    EXPECT_FALSE(find("Ab3dE7x"));
    EXPECT_TRUE(find("2222222"));
}

TEST_P(ShortLinks, who_is_erased_takes_the_links_of_messages_along_that_are_gone) {
    auto to_id = driver.make(), to_number = driver.make();
    to_id.message.recipient = "user-1";
    to_number.message.recipient = "";
    const auto first = driver.accept_one(*store, std::move(to_id));
    const auto second = driver.accept_one(*store, std::move(to_number));
    ASSERT_TRUE(lease(first, 1, {{0, "https://shop.ir/a", {"Ab3dE7x"}}}).granted);
    ASSERT_TRUE(lease(second, 1, {{0, "https://shop.ir/b", {"2222222"}}}).granted);
    for (const auto& id : {first, second})
        ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_delivered));
    clock.advance(std::chrono::hours(1));
    ASSERT_EQ(wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 100, done); }).value_or(-1), 2);
    erase({"user-1"});
    EXPECT_FALSE(find("Ab3dE7x"));
    EXPECT_TRUE(find("2222222"));
    erase({"+989120000000"});
    EXPECT_FALSE(find("2222222"));
}

INSTANTIATE_TEST_SUITE_P(Backends, ShortLinks, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
