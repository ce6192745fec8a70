// What all connections of the socket hold in memory together while the disk is slow.
#include <sys/socket.h>
#include <sys/time.h>

#include "failing_store.hpp"
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class Memory : public FrontDoor {};

/// A message of a million bytes.
std::string large_body() {
    return R"({"to":{"email":"sara@example.com"},"template":"welcome","data":{"name":"Sara","more":")" +
           std::string(1'000'000, 'x') + "\"}}";
}

TEST_F(Memory, bodies_of_all_connections_together_have_a_limit_and_small_ones_have_room_below_it) {
    change().socket.max_connections = 1024;
    open();
    failing->slow = true;
    const auto body = large_body();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(std::make_unique<Client>(path));
        clients.back()->request("POST", "/v1/messages", body);
    }
    EXPECT_EQ(ask("GET", "/v1/health").status, 200);
    auto small = client();
    small.request("POST", "/v1/messages", simple);
    EXPECT_EQ(ask("GET", "/v1/health").status, 200);  // by now the small one has been read
    failing->catch_up();
    int taken = 0, refused = 0;
    for (auto& each : clients) {
        const auto answer = each->read();
        if (answer.status == 202) {
            ++taken;
            continue;
        }
        ++refused;
        EXPECT_EQ(answer.status, 503);
        EXPECT_NE(answer.body.find("short-of-memory"), std::string::npos) << answer.body;
        EXPECT_FALSE(answer.header("Retry-After").empty());
    }
    EXPECT_GE(taken, 50);
    EXPECT_GE(refused, 30) << "the rest would stand in memory";
    EXPECT_EQ(small.read().status, 202);
    EXPECT_EQ(ask("POST", "/v1/messages", body).status, 202) << "what was held is given back";
}

TEST_F(Memory, streams_of_all_connections_together_have_a_limit) {
    change().socket.max_connections = 1024;
    open();
    failing->slow = true;
    const auto line = large_body() + "\n";
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 60; ++i) {
        clients.push_back(std::make_unique<Client>(path));
        auto& stream = *clients.back();
        stream.send(
            "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
            "1000000000\r\n\r\n");
        timeval limit{0, 50'000};
        ::setsockopt(stream.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        std::size_t of_this = 0;
        while (of_this < 6 * line.size() && stream.send(line))
            of_this += line.size();
    }
    EXPECT_EQ(ask("GET", "/v1/health").status, 200);  // by now all that came has been read
    EXPECT_GE(failing->slowed, 50);
    EXPECT_LE(failing->slowed, 170) << "each stands for a million bytes in memory";
    failing->catch_up();
    EXPECT_EQ(ask("POST", "/v1/messages", simple).status, 202);
}

}  // namespace
}  // namespace chapar::ingress::test
