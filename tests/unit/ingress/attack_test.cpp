// Attacks S13, S13b, S14, S21, S34 and faults F13, F22 at the socket itself.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <thread>

#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

/// Makes this thread another user for a moment: the kernel tells the other end who connected.
class As {
  public:
    explicit As(uid_t uid) : done_(::getuid() == 0 && ::syscall(SYS_setresuid, -1, uid, 0) == 0) {}
    ~As() {
        if (done_) ::syscall(SYS_setresuid, -1, 0, 0);
    }
    bool possible() const { return done_; }

  private:
    bool done_;
};

constexpr std::string_view head = "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

class Socket : public FrontDoor {
  protected:
    /// What the server says to these bytes; it must close afterwards.
    void expect_refusal(std::string_view bytes, int status, std::string_view detail = {}) {
        auto connection = client();
        connection.send(bytes);
        const auto answer = connection.read();
        EXPECT_EQ(answer.status, status) << bytes.substr(0, 200) << answer.head << answer.body;
        EXPECT_TRUE(answer.has(detail)) << answer.body;
        EXPECT_EQ(answer.header("Connection"), "close") << bytes.substr(0, 200);
        EXPECT_TRUE(connection.closes_within(3000));
    }
    std::unique_ptr<Client> client_as(uid_t uid) {
        const As other(uid);
        return other.possible() ? std::make_unique<Client>(path) : nullptr;
    }
    void open_for_all() {
        open();
        ::chmod(path.c_str(), 0666);
        ::chmod(folder.c_str(), 0755);
    }
};

TEST_F(Socket, ambiguous_requests_are_refused_and_smuggle_nothing) {
    open();
    const std::string smuggled = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n";
    expect_refusal(std::string(head) + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
                   400);
    expect_refusal(std::string(head) + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + smuggled,
                   400);
    expect_refusal(std::string(head) + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde", 400);
    expect_refusal(std::string(head) + "Content-Length: 5, 5\r\n\r\nabcde", 400);
    expect_refusal(std::string(head) + "Content-Length: +5\r\n\r\nabcde", 400);
    expect_refusal(std::string(head) + "Content-Length: -1\r\n\r\n", 400);
    expect_refusal(std::string(head) + "Content-Length: 99999999999999999999\r\n\r\n", 400);
    expect_refusal(std::string(head) + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
    expect_refusal(std::string(head) + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    expect_refusal(std::string(head) + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400);
    expect_refusal(std::string(head) + "Content-Length : 5\r\n\r\nabcde", 400);
    expect_refusal("GET /v1/health HTTP/1.1\nHost: x\n\n", 505);  // a bare LF ends no line
    expect_refusal("GET /v1/health HTTP/1.1\r\n\r\n", 400);
    expect_refusal("GET /v1/health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400);
    expect_refusal("GET ftp://x/v1/health HTTP/1.1\r\nHost: x\r\n\r\n", 400);
    expect_refusal("GET /v1/health HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
    expect_refusal("GET /v1/health HTTP/2.0\r\nHost: x\r\n\r\n", 505);
    expect_refusal("\x16\x03\x01 nonsense\r\n\r\n", 400);
    expect_refusal(std::string(head) + "Expect: everything\r\n\r\n", 417);
    expect_refusal(std::string(head) + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 415);
}

TEST_F(Socket, large_heads_bodies_and_chunk_extensions_are_refused) {
    auto& socket = change().socket;
    socket.max_header = 4096;
    socket.max_body = 10'000;
    open();
    expect_refusal("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431,
                   "the head is larger than the 4096 bytes allowed");
    std::string many = "GET /v1/health HTTP/1.1\r\nHost: x\r\n";
    for (int i = 0; i < 200; ++i)
        many += "X-" + std::to_string(i) + ": " + std::string(30, 'v') + "\r\n";
    expect_refusal(many + "\r\n", 431);
    expect_refusal(many, 431);  // without an end
    expect_refusal(std::string(head) + "Content-Length: 10001\r\n\r\n", 413,
                   "the body has 10001 bytes; 10000 are allowed");
    std::string chunks = std::string(head) + "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 11; ++i)
        chunks += "400\r\n" + std::string(1024, ' ') + "\r\n";
    expect_refusal(chunks, 413, "the body is larger than the 10000 bytes allowed");
    std::string extensions = std::string(head) + "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 50; ++i)
        extensions += "1;name=" + std::string(20, 'x') + "\r\n \r\n";
    expect_refusal(extensions, 400);
    expect_refusal(std::string(head) + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'x'), 431);
}

TEST_F(Socket, a_dribbled_header_flood_is_counted_as_a_whole) {
    change().socket.max_header = 4096;
    open();
    auto connection = client();
    connection.send("GET /v1/health HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 400 && connection.send("X-Filler: 0123456789012345678901234567890\r\n"); ++i)
        std::this_thread::yield();
    EXPECT_EQ(connection.read().status, 431);
}

TEST_F(Socket, pipelined_requests_are_answered_in_order) {
    open();
    auto connection = client();
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        const std::string body(simple);
        bytes += std::string(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
        bytes += i % 2 == 0 ? "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    std::thread writer([&] { connection.send(bytes); });
    for (int i = 0; i < 300; ++i) {
        ASSERT_EQ(connection.read().status, 202) << i;
        ASSERT_EQ(connection.read().status, i % 2 == 0 ? 200 : 404) << i;
    }
    writer.join();
    EXPECT_EQ(control.taken().size(), 300u);
}

TEST_F(Socket, a_request_in_single_bytes_is_a_request) {
    open();
    auto connection = client();
    const std::string body(simple);
    const auto bytes = std::string(head) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    for (const char c : bytes)
        connection.send({&c, 1});
    EXPECT_EQ(connection.read().status, 202);
}

TEST_F(Socket, a_half_closed_client_still_hears_its_answers) {
    open();
    auto connection = client();
    connection.request("POST", "/v1/messages", simple);
    connection.request("POST", "/v1/messages", simple);
    connection.half_close();
    EXPECT_EQ(connection.read().status, 202);
    EXPECT_EQ(connection.read().status, 202);
    EXPECT_TRUE(connection.closes_within(3000));
}

TEST_F(Socket, a_client_that_asks_may_send_a_big_body) {
    open();
    auto connection = client();
    const std::string body(simple);
    connection.send(std::string(head) + "Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) +
                    "\r\n\r\n");
    EXPECT_EQ(connection.read().status, 100);
    connection.send(body);
    EXPECT_EQ(connection.read().status, 202);
}

TEST_F(Socket, http_1_0_gets_one_answer_and_the_end) {
    open();
    auto connection = client();
    connection.send("GET /v1/health HTTP/1.0\r\n\r\n");
    const auto answer = connection.read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(connection.closes_within(3000));
}

TEST_F(Socket, slow_heads_and_bodies_are_cut_off_while_others_are_served) {
    change().socket.idle_timeout = Milliseconds{300};
    open();
    auto slow_head = client();
    auto slow_body = client();
    auto idle = client();
    slow_body.send(std::string(head) + "Content-Length: 1000\r\n\r\n");
    const auto until = std::chrono::steady_clock::now() + Milliseconds{900};
    while (std::chrono::steady_clock::now() < until) {
        slow_head.send("G");
        slow_body.send(" ");
        EXPECT_EQ(post(simple).status, 202);
        std::this_thread::sleep_for(Milliseconds{30});
    }
    EXPECT_TRUE(slow_head.closes_within(3000) || slow_head.read().status == 408);
    EXPECT_EQ(slow_body.read().status, 408);
    EXPECT_TRUE(idle.closes_within(3000));
}

TEST_F(Socket, many_slow_clients_do_not_shut_the_others_out) {
    change().socket.max_connections = 64;
    open();
    std::vector<Client> slow;
    for (int i = 0; i < 64; ++i) {
        slow.push_back(client());
        slow.back().send("G");
    }
    std::this_thread::sleep_for(Milliseconds{1200});  // by then they count as dispensable
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(post(simple).status, 202);
}

TEST_F(Socket, requests_that_never_end_do_not_shut_the_others_out) {
    change().socket.max_connections = 64;
    open();
    std::vector<Client> slow;
    for (int i = 0; i < 64; ++i) {
        slow.push_back(client());
        slow.back().send(std::string(head) + "Content-Length: 1000\r\n\r\n{");  // the head is whole, the body is not
    }
    std::this_thread::sleep_for(Milliseconds{1200});  // by then they count as dispensable
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(post(simple).status, 202);
}

TEST_F(Socket, who_finds_no_room_hears_it_even_after_asking) {
    change().socket.max_connections = 4;
    open();
    std::vector<Client> busy;
    for (int i = 0; i < 3; ++i) {  // one uid may have three of the four
        busy.push_back(client());
        busy.back().request("GET", "/v1/health");
        ASSERT_EQ(busy.back().read().status, 200);  // too young to be let go of
    }
    std::vector<Client> asking;
    for (int i = 0; i < 20; ++i) {
        asking.push_back(client());
        asking.back().request("POST", "/v1/messages", std::string(20'000, ' '));
    }
    int refused = 0;
    for (auto& each : asking) {
        const auto answer = each.read();
        ASSERT_TRUE(answer.status == 503 || answer.status == 400) << answer.status;
        if (answer.status != 503) continue;
        ++refused;
        EXPECT_EQ(answer.header("Retry-After"), "1");
        EXPECT_EQ(answer.header("Connection"), "close");
    }
    EXPECT_GT(refused, 0);
}

TEST_F(Socket, without_descriptors_accepting_rests_and_recovers) {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "the sanitizers' own checks need a descriptor (UBSan probes memory through a pipe)";
#endif
    open();
    ASSERT_EQ(post(simple).status, 202);
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    auto waiting = std::make_unique<Client>(path);
    auto second = std::make_unique<Client>(path);
    {
        int top = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        ::close(top);
        rlimit tight{static_cast<rlim_t>(top), before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &tight);
    }
    // Everything below the limit is taken now, except what closing frees: fill the holes.
    std::vector<int> holes;
    for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
        holes.push_back(fd);
    rlimit wide = before;
    ::setrlimit(RLIMIT_NOFILE, &wide);
    auto third = std::make_unique<Client>(path);
    const int third_fd = third->fd();
    rlimit tight{static_cast<rlim_t>(third_fd + 1), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &tight);
    timeval cpu_before{}, cpu_after{};
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    cpu_before = use.ru_utime;
    third->request("GET", "/v1/health");
    std::this_thread::sleep_for(Milliseconds{500});
    ::getrusage(RUSAGE_SELF, &use);
    cpu_after = use.ru_utime;
    ::setrlimit(RLIMIT_NOFILE, &before);
    for (const int fd : holes)
        ::close(fd);
    const auto spent = (cpu_after.tv_sec - cpu_before.tv_sec) * 1000 + (cpu_after.tv_usec - cpu_before.tv_usec) / 1000;
    EXPECT_LT(spent, 250);  // no spinning
    EXPECT_EQ(third->read().status, 200);
    EXPECT_EQ(post(simple).status, 202);
}

TEST_F(Socket, who_calls_is_what_the_kernel_says) {
    app("shop").users = {"12345"};
    app("blog").users = {"23456"};
    open_for_all();
    auto shop = client_as(12345);
    if (!shop) GTEST_SKIP() << "only root can be somebody else";
    shop->request("POST", "/v1/messages", simple, {{"X-Chapar-Application", "blog"}});
    EXPECT_EQ(shop->read().status, 403);
    shop->request("POST", "/v1/messages", simple);
    const auto sent = shop->read();
    ASSERT_EQ(sent.status, 202) << sent.body;
    const auto one = "/v1/messages/" + sent.text("id");

    auto blog = client_as(23456);
    for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
             {"GET", one}, {"POST", one + "/cancel"}, {"POST", one + "/retry"}}) {
        blog->request(method, target);
        EXPECT_EQ(blog->read().status, 404) << method << target;  // never 403: it does not exist for them
    }
    blog->request("GET", "/v1/messages");
    EXPECT_FALSE(blog->read().has(sent.text("id")));
    blog->request("POST", "/v1/routes/smtp-a/pause");
    EXPECT_EQ(blog->read().status, 403);

    auto stranger = client_as(34567);
    stranger->request("POST", "/v1/messages", simple);
    const auto refused = stranger->read();
    EXPECT_EQ(refused.status, 403);
    EXPECT_TRUE(refused.has("uid 34567")) << refused.body;
    EXPECT_TRUE(refused.has("[[application]]"));
    stranger->request("GET", "/v1/health");
    EXPECT_EQ(stranger->read().status, 200);
    stranger->request("GET", "/metrics");
    EXPECT_EQ(stranger->read().status, 403) << "what is sent, and to how many, is not for everybody";
}

TEST_F(Socket, nobody_is_never_an_identity) {
    app("shop").users = {"65534", "nobody"};
    open_for_all();
    auto nobody = client_as(65534);
    if (!nobody) GTEST_SKIP() << "only root can be somebody else";
    nobody->request("POST", "/v1/messages", simple);
    EXPECT_EQ(nobody->read().status, 403);
}

TEST_F(Socket, keys_of_two_applications_never_meet) {
    app("shop").users = {"12345"};
    app("blog").users = {"23456"};
    open_for_all();
    const std::string body =
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"x"},"idempotency_key":"same"})";
    auto shop = client_as(12345);
    if (!shop) GTEST_SKIP() << "only root can be somebody else";
    auto blog = client_as(23456);
    shop->request("POST", "/v1/messages", body);
    blog->request("POST", "/v1/messages", body);
    const auto first = shop->read(), second = blog->read();
    EXPECT_EQ(first.status, 202);
    EXPECT_EQ(second.status, 202);
    EXPECT_NE(first.text("id"), second.text("id"));
    EXPECT_TRUE(second.has("\"duplicate\":false"));
}

TEST_F(Socket, the_operator_sees_all_and_may_name_an_application) {
    app("shop").users = {"12345"};
    open();
    if (::getuid() != 0) GTEST_SKIP() << "the daemon's own uid is the application here";
    EXPECT_EQ(post(simple).status, 403);
    const auto sent = post(simple, {{"X-Chapar-Application", "shop"}});
    ASSERT_EQ(sent.status, 202) << sent.body;
    EXPECT_EQ(post(simple, {{"X-Chapar-Application", "nonsense"}}).status, 403);
    EXPECT_EQ(ask("GET", "/v1/messages/" + sent.text("id")).status, 200);
}

}  // namespace
}  // namespace chapar::ingress::test
