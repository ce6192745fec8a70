// The server's loop waits for nobody: while the store's readers or the name service are stuck, everything else is
// served.
#include <sys/syscall.h>

#include <condition_variable>
#include <deque>

#include "failing_store.hpp"
#include "fixture.hpp"
#include "ingress/callers.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress::test {
namespace {

/// What passes it waits while it is shut.
class Door {
  public:
    ~Door() { open(); }
    void shut() {
        const std::lock_guard lock(mutex_);
        is_shut_ = true;
    }
    void open() {
        const std::lock_guard lock(mutex_);
        is_shut_ = false;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !is_shut_; });
        --waiting_;
    }
    bool wait_for_one() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(5), [this] { return waiting_ > 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_shut_ = false;
    int waiting_ = 0;
};

constexpr std::string_view by_id = R"({"to":{"recipient":"sara"},"template":"welcome","data":{"name":"Sara"}})";
constexpr std::string_view stranger = R"({"to":{"recipient":"x"},"template":"welcome","data":{"name":"X"}})";

class Waiting : public FrontDoor {
  protected:
    void TearDown() override {
        door.open();
        FrontDoor::TearDown();
    }
    void open_with_reads_stuck() {
        failing->before_read = [this] { door.pass(); };
        open();
        const auto put = ask("PUT", "/v1/recipients/sara", R"({"email":"sara@example.com"})");
        ASSERT_LT(put.status, 300) << put.body;
        door.shut();
    }
    Door door;
};

TEST_F(Waiting, a_stuck_read_of_a_recipient_holds_up_nobody_else) {
    open_with_reads_stuck();
    auto stuck = client();
    stuck.request("POST", "/v1/messages", by_id);
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(post(simple).status, 202);
    EXPECT_EQ(ask("GET", "/v1/health").status, 200);
    EXPECT_EQ(stuck.peek(0), "");
    door.open();
    EXPECT_EQ(stuck.read().status, 202);
    ASSERT_EQ(control.taken().size(), 2u);
    EXPECT_EQ(control.taken()[1].message.plan.at(0).address, "sara@example.com");
}

TEST_F(Waiting, a_stuck_read_of_a_key_holds_up_nobody_else) {
    open_with_reads_stuck();
    auto stuck = client();
    stuck.request("POST", "/v1/messages",
                  R"({"to":{"email":"a@example.com"},"template":"gone","idempotency_key":"k1"})");
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(post(simple).status, 202);
    EXPECT_EQ(stuck.peek(0), "");
    door.open();
    const auto refused = stuck.read();
    EXPECT_EQ(refused.status, 422) << refused.body;
}

TEST_F(Waiting, what_can_not_be_accepted_any_more_is_known_by_its_key) {
    open();
    const std::string body =
        R"({"to":{"email":"a@example.com"},"template":"welcome","data":{"name":"A"},"idempotency_key":"k2"})";
    const auto first = post(body);
    ASSERT_EQ(first.status, 202) << first.body;
    app("shop").classes = {"otp"};  // its class is not allowed any more
    server->reconfigured();
    const auto again = post(body);
    EXPECT_EQ(again.status, 202) << again.body;
    EXPECT_EQ(again.text("id"), first.text("id"));
    EXPECT_TRUE(again.has("\"duplicate\":true"));
}

TEST_F(Waiting, the_order_of_a_connection_is_kept) {
    open_with_reads_stuck();
    auto piped = client();
    for (const auto& body : {by_id, simple, by_id, stranger, simple})
        piped.request("POST", "/v1/messages", body);
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(control.taken().size(), 0u);
    door.open();
    std::vector<std::string> taken_ids;
    for (const int status : {202, 202, 202, 422, 202}) {
        const auto answer = piped.read();
        EXPECT_EQ(answer.status, status) << answer.body;
        if (answer.status == 202) taken_ids.push_back(answer.text("id"));
    }
    std::vector<std::string> taken;
    for (const auto& each : control.taken())
        taken.push_back(each.message.id.text());
    EXPECT_EQ(taken, taken_ids);
}

TEST_F(Waiting, the_order_of_a_stream_is_kept_and_it_ends) {
    open_with_reads_stuck();
    std::string lines;
    constexpr int rounds = 700;  // more reads than one go has
    for (int i = 0; i < rounds; ++i)
        lines += std::string(by_id) + "\n" + std::string(simple) + "\n{}\n";
    auto stream = client();
    stream.request("POST", "/v1/messages", lines, {{"Content-Type", "application/x-ndjson"}});
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(post(simple).status, 202);
    door.open();
    const auto answer = stream.read();
    ASSERT_EQ(answer.status, 200);
    std::size_t at = 0;
    for (int line = 1; line <= 3 * rounds; ++line) {
        const auto wanted = "{\"line\":" + std::to_string(line) + ",\"status\":" + (line % 3 == 0 ? "4" : "202");
        ASSERT_EQ(answer.body.substr(at, wanted.size()), wanted);
        at = answer.body.find('\n', at) + 1;
    }
    EXPECT_EQ(at, answer.body.size());
    EXPECT_EQ(control.taken().size(), 2u * rounds + 1);
}

TEST_F(Waiting, a_stop_waits_for_reads_under_way) {
    open_with_reads_stuck();
    auto stuck = client();
    stuck.request("POST", "/v1/messages", by_id);
    ASSERT_TRUE(door.wait_for_one());
    server->stop_accepting();
    EXPECT_FALSE(server->drain(Milliseconds(20)));
    std::thread opener([this] { door.open(); });
    EXPECT_TRUE(server->drain(std::chrono::seconds(5)));
    opener.join();
    EXPECT_EQ(stuck.read().status, 202);
}

/// A disk that is slower than the whole stop: the answers come when the server is gone.
TEST_F(Waiting, what_the_store_answers_when_the_server_is_gone_hurts_nobody) {
    app("shop").operator_role = true;
    open();
    ASSERT_LT(ask("PUT", "/v1/recipients/sara", R"({"email":"sara@example.com"})").status, 300);
    std::vector<std::string> taken_ids;
    for (const auto* tag : {"a", "b", "c"}) {
        const auto taken =
            post(R"({"to":{"email":"a@example.com"},"template":"welcome","data":{"name":"A"},"tags":[")" +
                 std::string(tag) + R"("]})");
        ASSERT_EQ(taken.status, 202) << taken.body;
        taken_ids.push_back(taken.text("id"));
    }
    const auto tomorrow = net::format_time(clock.now() + std::chrono::hours(24));
    std::vector<Client> askers;
    const auto begin = [&](std::string_view method, std::string_view target, std::string_view body,
                           const Headers& headers = {}) {
        askers.push_back(client());
        askers.back().request(method, target, body, headers);
    };
    door.shut();
    real_store->put_setting("stuck", "writer", [this](const Result<bool>&) { door.pass(); });
    ASSERT_TRUE(door.wait_for_one());
    begin("POST", "/v1/messages/" + taken_ids[0] + "/cancel", "");
    begin("POST", "/v1/messages/" + taken_ids[1] + "/reschedule", R"({"send_at":")" + tomorrow + "\"}");
    begin("POST", "/v1/bulk", R"({"action":"cancel","tag":"c"})");
    begin("PUT", "/v1/recipients/ali", R"({"email":"ali@example.com"})");
    begin("PUT", "/v1/recipients/sara/consents", R"({"state":"unsubscribed"})");
    begin("POST", "/v1/recipients/sara/events", R"({"event":"came"})");
    begin("PUT", "/v1/suppressions", R"({"channel":"email","address":"x@example.com"})");
    begin("PUT", "/v1/suppressions", "channel,address\nemail,y@example.com\n", {{"Content-Type", "text/csv"}});
    begin("DELETE", "/v1/suppressions?channel=email&address=x@example.com", "");
    begin("DELETE", "/v1/recipients/sara?erase=true", "");
    begin("DELETE", "/v1/recipients/ali", "");
    ASSERT_EQ(ask("GET", "/v1/messages").status, 200);  // whoever came before has been read
    for (auto& asker : askers)
        EXPECT_EQ(asker.peek(0), "");
    server.reset();
    door.open();
    real_store->close();
    std::vector<std::string> moved;
    for (const auto key : control.moves)
        moved.push_back(std::to_string(key.value));
    std::vector<std::string> wanted;
    for (const auto& id : taken_ids)
        wanted.push_back(std::to_string(MessageId::parse(id)->key().value));
    std::ranges::sort(moved);
    EXPECT_EQ(moved, wanted);
}

TEST_F(Waiting, a_stuck_look_up_of_one_caller_holds_up_no_other) {
    constexpr uid_t slow = 12345;
    identify = [this](const net::Peer& peer) {
        if (peer.uid == slow) door.pass();
        return net::identify(peer);
    };
    app("shop").users.push_back(std::to_string(slow));
    open();
    ::chmod(path.c_str(), 0666);
    ::chmod(folder.c_str(), 0755);
    door.shut();
    if (::getuid() != 0 || ::syscall(SYS_setresuid, -1, slow, 0) != 0) GTEST_SKIP() << "only root can be somebody else";
    Client stuck(path);
    ::syscall(SYS_setresuid, -1, 0, 0);
    stuck.request("POST", "/v1/messages", simple);
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(post(simple).status, 202);
    EXPECT_EQ(stuck.peek(0), "");
    door.open();
    EXPECT_EQ(stuck.read().status, 202);
}

/// The loop of a server, turned by hand.
class Names : public ::testing::Test {
  protected:
    void turn_until(const std::function<bool()>& done) {
        for (int i = 0; i < 5000 && !done(); ++i) {
            std::deque<std::function<void()>> work;
            {
                std::unique_lock lock(mutex);
                posted.wait_for(lock, std::chrono::milliseconds(1), [this] { return !todo.empty(); });
                work.swap(todo);
            }
            for (auto& each : work)
                each();
        }
        ASSERT_TRUE(done());
    }
    bool is_operator(uid_t uid) {
        const auto& answer = callers->resolve({uid, uid}, "", settings);
        return answer.has_value() && answer->operator_role;
    }
    void SetUp() override {
        auto with = std::make_shared<config::Settings>();
        config::ApplicationSettings admins;
        admins.name = "admins";
        admins.groups = {"admins"};
        admins.operator_role = true;
        with->applications.push_back(admins);
        settings = with;
        callers = std::make_unique<Callers>(
            clock,
            [this, used = used](const net::Peer& peer) {
                ++asked;
                const bool was_admin = is_admin;
                door.pass();
                net::Identity out{peer.uid, "u" + std::to_string(peer.uid), {peer.gid}, {}};
                if (was_admin) out.group_names.push_back("admins");
                return out;
            },
            [this](std::function<void()> work) {
                const std::lock_guard lock(mutex);
                todo.push_back(std::move(work));
                posted.notify_all();
            });
    }
    void know(uid_t uid) {
        bool known = false;
        callers->know({uid, uid}, [&known] { known = true; });
        turn_until([&known] { return known; });
    }

    std::mutex mutex;
    std::condition_variable posted;
    std::deque<std::function<void()>> todo;
    bool is_let_go = false;
    std::shared_ptr<void> used{nullptr, [this](void*) {  // by look-ups
                                   const std::lock_guard lock(mutex);
                                   is_let_go = true;
                                   posted.notify_all();
                               }};
    Door door;
    std::atomic<bool> is_admin{true};
    std::atomic<int> asked{0};
    ManualClock clock{from_ms(1'000'000)};
    std::shared_ptr<const config::Settings> settings;
    std::unique_ptr<Callers> callers;
};

TEST_F(Names, a_caller_is_asked_about_once_a_minute) {
    know(50'001);
    know(50'001);
    EXPECT_TRUE(is_operator(50'001));
    EXPECT_EQ(asked, 1);
    clock.advance(std::chrono::seconds(59));
    EXPECT_TRUE(is_operator(50'001));
    EXPECT_EQ(asked, 1);
}

TEST_F(Names, an_old_answer_serves_until_the_new_one_is_there) {
    know(50'001);
    is_admin = false;
    door.shut();
    clock.advance(std::chrono::seconds(61));
    EXPECT_TRUE(is_operator(50'001));  // does not wait
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_TRUE(is_operator(50'001));
    EXPECT_EQ(asked, 2);  // and asks once
    door.open();
    turn_until([this] { return !is_operator(50'001); });
}

TEST_F(Names, many_who_wait_for_the_same_caller_ask_once) {
    door.shut();
    int known = 0;
    for (int i = 0; i < 5; ++i)
        callers->know({50'001, 50'001}, [&known] { ++known; });
    ASSERT_TRUE(door.wait_for_one());
    EXPECT_EQ(known, 0);
    door.open();
    turn_until([&known] { return known == 5; });
    EXPECT_EQ(asked, 1);
}

TEST_F(Names, more_callers_than_are_remembered_are_all_answered) {
    for (uid_t uid = 50'000; uid < 54'500; ++uid)
        know(uid);
    EXPECT_TRUE(is_operator(54'499));
    know(50'000);  // was forgotten, and is asked about again
    EXPECT_TRUE(is_operator(50'000));
}

TEST_F(Names, a_look_up_that_hangs_does_not_hold_up_the_end_and_leaves_nothing_behind) {
    door.shut();
    callers->know({50'001, 50'001}, [] {});
    ASSERT_TRUE(door.wait_for_one());
    callers.reset();
    used.reset();
    std::unique_lock lock(mutex);
    EXPECT_FALSE(is_let_go) << "it is still asked";
    lock.unlock();
    door.open();
    lock.lock();
    EXPECT_TRUE(posted.wait_for(lock, std::chrono::seconds(5), [this] { return is_let_go; }));
    EXPECT_TRUE(todo.empty()) << "nobody is there to be told";
}

}  // namespace
}  // namespace chapar::ingress::test
