#include <sys/socket.h>
#include <sys/time.h>

#include "failing_store.hpp"
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

const Headers ndjson = {{"Content-Type", "application/x-ndjson"}};

std::vector<std::string> lines_of(const std::string& body) {
    std::vector<std::string> out;
    std::size_t at = 0, end;
    while ((end = body.find('\n', at)) != std::string::npos) {
        out.push_back(body.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

TEST_F(FrontDoor, a_stream_answers_each_line_in_order_and_a_bad_line_fails_alone) {
    open();
    std::string body;
    for (int i = 1; i <= 3000; ++i)
        body += i % 100 == 7 ? "{\"broken\n" : std::string(simple) + (i % 2 == 0 ? "\r\n" : "\n");
    body += simple;  // the last line needs no newline
    const auto answer = post(body, ndjson);
    ASSERT_EQ(answer.status, 200);
    const auto lines = lines_of(answer.body);
    ASSERT_EQ(lines.size(), 3001u);
    for (int i = 1; i <= 3001; ++i) {
        const auto& line = lines[static_cast<std::size_t>(i - 1)];
        EXPECT_TRUE(line.starts_with("{\"line\":" + std::to_string(i) + ",")) << line;
        EXPECT_NE(line.find(i % 100 == 7 ? "\"status\":400" : "\"status\":202"), std::string::npos) << line;
    }
    EXPECT_EQ(control.taken().size(), 2971u);
    EXPECT_LT(control.batch_sizes.size(), 300u);  // lines are batched
}

TEST_F(FrontDoor, a_stream_answers_while_it_is_open) {
    open();
    auto connection = client();
    connection.send(
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: "
        "chunked\r\n\r\n");
    const std::string line = std::string(simple) + "\n";
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", line.size());
    connection.send(size + line + "\r\n");
    EXPECT_NE(connection.peek(500).find("\"line\":1,\"status\":202"), std::string::npos);
    connection.send(size + line + "\r\n0\r\n\r\n");
    const auto answer = connection.read();
    EXPECT_EQ(lines_of(answer.body).size(), 2u);
    connection.request("GET", "/v1/health");  // the connection lives on
    EXPECT_EQ(connection.read().status, 200);
}

TEST_F(FrontDoor, a_line_that_is_too_long_fails_alone_in_constant_memory) {
    change().socket.max_body = 4096;
    open();
    const std::string body =
        std::string(simple) + "\n" + std::string(1'000'000, 'x') + "\n\n" + std::string(simple) + "\n";
    const auto lines = lines_of(post(body, ndjson).body);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_NE(lines[0].find("\"status\":202"), std::string::npos);
    EXPECT_NE(lines[1].find("\"line\":2,\"status\":413"), std::string::npos) << lines[1];
    EXPECT_NE(lines[2].find("\"line\":4,\"status\":202"), std::string::npos) << lines[2];
}

TEST_F(FrontDoor, a_client_that_does_not_read_stops_being_read) {
    open();
    auto connection = client();
    connection.send(
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
        "1000000000\r\n\r\n");
    std::string block;
    for (int i = 0; i < 2000; ++i)
        block += "{}\n";  // cheap to refuse, with a long answer
    timeval limit{0, 300'000};
    ::setsockopt(connection.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    std::size_t sent = 0;
    while (sent < 100'000'000 && connection.send(block))
        sent += block.size();
    EXPECT_LT(sent, 4'000'000u);  // the answers would be a hundred times as long
    // It is the unread answers that stop it: once they are read, it goes on where it stopped.
    std::string answers(1 << 20, '\0');
    std::size_t sent_after = 0;
    bool is_stuck = false;
    while (!is_stuck && sent_after < 4 * block.size()) {
        while (::recv(connection.fd(), answers.data(), answers.size(), MSG_DONTWAIT) > 0) {
        }
        const auto more = ::send(connection.fd(), block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        sent_after += more > 0 ? static_cast<std::size_t>(more) : 0;
        if (more < 0) is_stuck = !connection.wait_ready();
    }
    EXPECT_GE(sent_after, 4 * block.size());
}

TEST_F(FrontDoor, a_stream_of_large_lines_is_read_no_faster_than_they_reach_the_disk) {
    open();
    failing->slow = true;
    auto connection = client();
    connection.send(
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
        "1000000000\r\n\r\n");
    const std::string line =
        R"({"to":{"email":"sara@example.com"},"template":"welcome","data":{"name":"Sara","more":")" +
        std::string(500'000, 'x') + "\"}}\n";
    timeval limit{0, 300'000};
    ::setsockopt(connection.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    std::size_t sent = 0;
    while (sent < 100'000'000 && connection.send(line))
        sent += line.size();
    EXPECT_LT(sent, 20'000'000u) << "the rest would stand in memory";
    failing->catch_up();
}

TEST_F(FrontDoor, storage_trouble_in_a_stream_is_told_per_line) {
    open();
    failing->broken = true;
    const auto answer = post(std::string(simple) + "\n" + std::string(simple) + "\n", ndjson);
    const auto lines = lines_of(answer.body);
    ASSERT_EQ(lines.size(), 2u);
    for (const auto& line : lines)
        EXPECT_NE(line.find("\"status\":503"), std::string::npos) << line;
}

TEST_F(FrontDoor, an_empty_stream_has_no_lines) {
    open();
    const auto answer = post("", {{"Content-Type", "application/x-ndjson"}, {"Content-Length", "0"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body.empty());
}

TEST_F(FrontDoor, a_client_that_goes_in_the_middle_leaves_only_whole_lines) {
    open();
    {
        auto connection = client();
        connection.send(
            "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: "
            "100000\r\n\r\n");
        connection.send(std::string(simple) + "\n" + std::string(simple).substr(0, 30));
        EXPECT_NE(connection.peek(500).find("202"), std::string::npos);
    }
    EXPECT_EQ(post(simple).status, 202);
    EXPECT_EQ(control.taken().size(), 2u);
}

}  // namespace
}  // namespace chapar::ingress::test
