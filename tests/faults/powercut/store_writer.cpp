// Accepts messages in a loop and writes every answer to a ledger, which lies on another file system and is synced.
// usage: store_writer DATABASE LEDGER [--no-sync] [--in-flight N] [--batch N] [--pause-us N] [--checkpoint-pages N]
// A ledger line is "ok TOKEN" (answered: on disk) or "no TOKEN CODE" (refused). SIGTERM ends it; "ready" is its first
// line, "closed" its last.

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "store/open_sqlite.hpp"

namespace {

using namespace chapar;

std::atomic<bool> stopping{false};

struct Arguments {
    store::SqliteOptions options;
    const char* ledger = nullptr;
    int in_flight = 4;
    int batch = 3;
    int pause_us = 2000;
};

class Ledger {
  public:
    explicit Ledger(const char* path) : fd_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {}
    ~Ledger() { ::close(fd_); }
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    /// One write, so that lines of several threads do not mix.
    void add(const std::string& lines) {
        if (::write(fd_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()) || ::fsync(fd_) != 0)
            std::abort();
    }

  private:
    int fd_;
};

store::NewMessage make(IdGenerator& ids, const Clock& clock, const std::string& token) {
    store::NewMessage item;
    model::Message& message = item.message;
    message.id = ids.next();
    message.application = "shop";
    message.class_name = "transactional";
    message.plan = {{"email", "a@example.org", "", "", "en"}};
    message.accepted_at = message.send_at = clock.now();
    message.expires_at = message.accepted_at + std::chrono::hours(24);
    message.body = token + std::string(400, ' ');
    item.idempotency_key = token;
    return item;
}

void work(store::Store& store, Ledger& ledger, IdGenerator& ids, const Clock& clock, const Arguments& arguments) {
    std::mt19937_64 random(std::random_device{}());
    while (!stopping) {
        std::vector<std::string> tokens;
        std::vector<store::NewMessage> batch;
        for (int i = 0; i < arguments.batch; ++i) {
            tokens.push_back("token-" + std::to_string(random()));
            batch.push_back(make(ids, clock, tokens.back()));
        }
        std::promise<std::string> answered;
        store.accept(std::move(batch), [&answered](const Result<store::AcceptedBatch>& result) {
            answered.set_value(result ? "" : std::to_string(result.error().code()));
        });
        const std::string refused = answered.get_future().get();
        std::string lines;
        for (const auto& token : tokens)
            lines += refused.empty() ? "ok " + token + "\n" : "no " + token + " " + refused + "\n";
        ledger.add(lines);
        ::usleep(static_cast<useconds_t>(arguments.pause_us));
    }
}

Arguments parse(int argc, char** argv) {
    Arguments arguments;
    arguments.options.path = argv[1];
    arguments.ledger = argv[2];
    for (int i = 3; i < argc; ++i) {
        const auto is = [&](const char* name) { return std::strcmp(argv[i], name) == 0 && i + 1 < argc; };
        if (std::strcmp(argv[i], "--no-sync") == 0) arguments.options.unsafe_no_sync = true;
        if (is("--in-flight"))
            arguments.in_flight = std::atoi(argv[++i]);
        else if (is("--batch"))
            arguments.batch = std::atoi(argv[++i]);
        else if (is("--pause-us"))
            arguments.pause_us = std::atoi(argv[++i]);
        else if (is("--checkpoint-pages"))
            arguments.options.checkpoint_pages = std::atoi(argv[++i]);
    }
    return arguments;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "usage: store_writer DATABASE LEDGER [options]\n"), 2;
    const Arguments arguments = parse(argc, argv);
    std::signal(SIGTERM, [](int) { stopping = true; });
    const SystemClock clock;
    auto store = store::open_sqlite(arguments.options, clock);
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message().c_str()), 1;
    IdGenerator ids(clock, (*store)->joined().ids_after);
    Ledger ledger(arguments.ledger);
    ledger.add("ready\n");
    std::vector<std::thread> crew;
    for (int i = 0; i < arguments.in_flight; ++i)
        crew.emplace_back([&] { work(**store, ledger, ids, clock, arguments); });
    for (auto& thread : crew)
        thread.join();
    (*store)->close();
    ledger.add("closed\n");
}
