// link: chapar_store
// How fast the store is by itself: durable accepts on its one writer thread, then lease, settle, and an open.
// usage: store_micro [DIRECTORY] [MESSAGES] [BATCH] [CHECKPOINT_PAGES]

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include "store/open_sqlite.hpp"

namespace {

using namespace chapar;
using Steady = std::chrono::steady_clock;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

store::NewMessage make(IdGenerator& ids, const Clock& clock, std::size_t number) {
    store::NewMessage item;
    model::Message& message = item.message;
    message.id = ids.next();
    message.application = "shop";
    message.class_name = "bulk";
    message.recipient = "customer-" + std::to_string(number);
    message.campaign = "spring";
    message.plan = {{"email", "c" + std::to_string(number) + "@example.org", "welcome", "0123456789abcdef", "fa-IR"}};
    message.accepted_at = message.send_at = clock.now();
    message.expires_at = message.accepted_at + std::chrono::hours(24);
    message.body.assign(600, 'x');
    item.idempotency_key = "order-" + std::to_string(number);
    item.request_hash = number;
    return item;
}

double thread_cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Latencies {
    std::mutex mutex;
    double writer_cpu = 0;  // of the thread that answers, so far
    std::vector<double> ms;
    double at(double share) {
        std::sort(ms.begin(), ms.end());
        return ms.empty() ? 0 : ms[static_cast<std::size_t>(share * static_cast<double>(ms.size() - 1))];
    }
};

/// `depth` batches in flight, as the ingress has them.
void accept_all(store::Store& store, std::size_t total, std::size_t batch, int depth) {
    const SystemClock clock;
    IdGenerator ids(clock, store.joined().ids_after);
    std::counting_semaphore<> slots(depth);
    Latencies latencies;
    std::atomic<std::size_t> failed{0};
    const double cpu = cpu_seconds();
    const auto start = Steady::now();
    for (std::size_t at = 0; at < total; at += batch) {
        std::vector<store::NewMessage> items;
        items.reserve(batch);
        for (std::size_t i = 0; i < std::min(batch, total - at); ++i)
            items.push_back(make(ids, clock, at + i));
        slots.acquire();
        const auto begun = Steady::now();
        store.accept(std::move(items), [&, begun](Result<store::AcceptedBatch> result) {
            if (!result) failed += 1;
            {
                const std::lock_guard lock(latencies.mutex);
                latencies.ms.push_back(seconds_since(begun) * 1000);
                latencies.writer_cpu = thread_cpu_seconds();
            }
            slots.release();
        });
    }
    for (int i = 0; i < depth; ++i)
        slots.acquire();
    const double took = seconds_since(start);
    std::printf(
        "accept  batch %5zu depth %3d: %8.0f/s, %5.2f us cpu each (writer %.2f), p50 %.2f ms, p99 %.2f ms, p99.9 %.2f "
        "ms, "
        "max %.2f ms, failed %zu\n",
        batch, depth, static_cast<double>(total) / took, (cpu_seconds() - cpu) * 1e6 / static_cast<double>(total),
        latencies.writer_cpu * 1e6 / static_cast<double>(total), latencies.at(0.5), latencies.at(0.99),
        latencies.at(0.999), latencies.at(1), failed.load());
}

bool is_yes(bool flag) { return flag; }
bool is_yes(const model::Leased& leased) { return leased.granted; }

template <class Answer, class Item, class Submit>
void timed(const char* what, std::vector<Item> items, std::size_t batch, Submit submit) {
    const auto start = Steady::now();
    const double cpu = cpu_seconds();
    std::size_t yes = 0;
    for (std::size_t at = 0; at < items.size(); at += batch) {
        const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), at + batch));
        std::promise<std::size_t> told;
        submit(std::vector<Item>(items.begin() + static_cast<std::ptrdiff_t>(at), end),
               [&told](const Result<std::vector<Answer>>& answers) {
                   std::size_t count = 0;
                   for (std::size_t i = 0; answers && i < answers->size(); ++i)
                       count += is_yes((*answers)[i]) ? 1 : 0;
                   told.set_value(count);
               });
        yes += told.get_future().get();
    }
    const auto all = static_cast<double>(items.size());
    std::printf("%-7s batch %5zu: %8.0f/s, %5.2f us cpu each, %zu of %zu\n", what, batch, all / seconds_since(start),
                (cpu_seconds() - cpu) * 1e6 / all, yes, items.size());
}

void move_some(store::Store& store) {
    const SystemClock clock;
    const auto pools = store.pools();
    if (!pools || pools->empty()) return;
    const auto start = Steady::now();
    const auto due = store.due(pools->front().pool.id, clock.now(), 20'000);
    if (!due) return;
    std::printf("due     %zu rows: %.1f ms\n", due->size(), seconds_since(start) * 1000);
    std::vector<store::Lease> leases;
    std::vector<store::Settlement> settlements;
    for (const auto& queued : *due) {
        leases.push_back({queued.message.id.key(), 1, "email", "smtp-a", clock.now()});
        store::Settlement settlement;
        settlement.key = queued.message.id.key();
        settlement.outcome = {model::Verdict::accepted, model::Blame::none, {}, "queue-id", "250 2.0.0", "ok"};
        settlement.at = clock.now();
        settlement.trace = {{clock.now(), model::Reason::sent, "smtp-a"}};
        settlements.push_back(std::move(settlement));
    }
    timed<model::Leased>("lease", std::move(leases), 100,
                         [&](auto items, auto done) { store.lease(std::move(items), nullptr, done); });
    timed<bool>("settle", std::move(settlements), 100,
                [&](auto items, auto done) { store.settle(std::move(items), done); });
}

long resident_kb() {
    long pages = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
        std::fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path directory = argc > 1 ? argv[1] : "/var/tmp/chapar-store-micro";
    const std::size_t total = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 200'000;
    const std::size_t batch = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1000;
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    const chapar::SystemClock clock;
    chapar::store::SqliteOptions options;
    options.path = directory / "store.db";
    if (argc > 4) options.checkpoint_pages = std::strtol(argv[4], nullptr, 10);
    {
        auto store = chapar::store::open_sqlite(options, clock);
        if (!store) return std::fprintf(stderr, "%s\n", store.error().message().c_str()), 1;
        accept_all(**store, total, batch, 4);
        move_some(**store);
        const auto start = Steady::now();
        (*store)->close();
        std::printf("close   %.1f ms\n", seconds_since(start) * 1000);
    }
    const auto start = Steady::now();
    auto store = chapar::store::open_sqlite(options, clock);
    if (!store) return std::fprintf(stderr, "%s\n", store.error().message().c_str()), 1;
    std::printf("open    %.1f ms, rss %ld kB\n", seconds_since(start) * 1000, resident_kb());
    const auto asked = Steady::now();
    const auto pools = (*store)->pools();
    std::printf("pools   %.3f ms, %lld waiting\n", seconds_since(asked) * 1000,
                pools && !pools->empty() ? static_cast<long long>(pools->front().waiting) : 0LL);
    (*store)->close();
    std::filesystem::remove_all(directory);
}
