// Hands messages to an HTTP/1.1 server on a Unix socket as fast as it takes them, and prints one JSON report. In the
// template @TOKEN_32_HEX_DIGITS_GO_IN_HERE@ becomes a random token and @NUMBER@@@ the message's number (10 digits).

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <vector>

#include "connection.hpp"

namespace {

constexpr const char* usage =
    "load_client --socket PATH --template FILE --messages N [--connections N] [--mode one|ndjson] [--depth N]\n"
    "            [--target /v1/messages] [--seed N]\n";

std::map<std::string, std::string> parse(int count, char** words) {
    std::map<std::string, std::string> out{
        {"--connections", "1"}, {"--mode", "one"}, {"--depth", "1"}, {"--target", "/v1/messages"}, {"--seed", "1"}};
    for (int i = 1; i + 1 < count; i += 2)
        out[words[i]] = words[i + 1];
    for (const auto* needed : {"--socket", "--template", "--messages"}) {
        if (!out.contains(needed)) {
            std::cerr << usage;
            std::exit(2);
        }
    }
    return out;
}

std::string read_template(const std::string& path) {
    std::ifstream file(path);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    if (text.empty()) {
        std::cerr << "load_client: no template in " << path << '\n';
        std::exit(2);
    }
    return text;
}

void watch(int epoll, int operation, load::Connection& connection) {
    epoll_event event{};
    event.events = connection.wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll, operation, connection.fd(), &event);
}

/// Answers the seconds from the first byte to the last answer.
double run(std::vector<std::unique_ptr<load::Connection>>& connections) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    auto begin = load::now();
    std::map<load::Connection*, bool> writing;
    std::size_t open = 0;
    for (auto& connection : connections) {
        connection->ready(false);
        if (connection->ended()) continue;
        watch(epoll, EPOLL_CTL_ADD, *connection);
        writing[connection.get()] = connection->wants_write();
        ++open;
    }
    std::array<epoll_event, 128> events{};
    while (open > 0) {
        int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 60'000);
        if (count == 0) {
            std::cerr << "load_client: no progress for 60 s\n";
            break;
        }
        for (int i = 0; i < count; ++i) {
            auto& event = events[static_cast<std::size_t>(i)];
            auto& connection = *static_cast<load::Connection*>(event.data.ptr);
            connection.ready((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0);
            if (connection.ended()) {
                epoll_ctl(epoll, EPOLL_CTL_DEL, connection.fd(), nullptr);
                --open;
            } else if (writing[&connection] != connection.wants_write()) {
                writing[&connection] = connection.wants_write();
                watch(epoll, EPOLL_CTL_MOD, connection);
            }
        }
    }
    close(epoll);
    return load::now() - begin;
}

}  // namespace

int main(int count, char** words) {
    std::signal(SIGPIPE, SIG_IGN);
    auto options = parse(count, words);
    auto messages = std::stoull(options["--messages"]);
    auto wanted = std::stoull(options["--connections"]);
    load::Work work(read_template(options["--template"]), messages, std::stoull(options["--seed"]));
    std::vector<std::unique_ptr<load::Connection>> connections;
    for (std::uint64_t i = 0; i < wanted; ++i) {
        auto lines = messages / wanted + (i < messages % wanted ? 1 : 0);
        if (options["--mode"] == "ndjson") {
            connections.push_back(load::stream(work, options["--socket"], options["--target"], lines));
        } else {
            connections.push_back(
                load::one_per_request(work, options["--socket"], options["--target"], std::stoull(options["--depth"])));
        }
    }
    auto seconds = run(connections);
    work.errors = std::max(work.errors, work.messages() - work.answered());
    if (!work.first_refusal.empty()) std::cerr << "first refusal: " << work.first_refusal << '\n';
    std::cout << work.report(seconds) << std::endl;
    return work.accepted == work.messages() ? 0 : 1;
}
