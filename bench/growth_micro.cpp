// link: chapar_store PkgConfig::JEMALLOC
// What becomes slower as the store grows. Fills a store with finished and waiting messages, by its own rows and codecs
// and not through its writer, and then times it: opening, what the queue asks for, searches, accepting, pruning.
// usage: growth_micro DIRECTORY FINISHED WAITING CAMPAIGNS

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "store/open_sqlite.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/read_rows.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/search.hpp"

namespace {

using namespace chapar;
using namespace chapar::store::sqlite;
using store::AttemptRow, store::checksum, store::MessageRow, store::ProgressColumns, store::ProgressRow, store::to_row;
using Steady = std::chrono::steady_clock;

struct Size {
    std::int64_t finished = 0, waiting = 0, campaigns = 0;
    std::int64_t people() const { return std::max<std::int64_t>(1, finished / 5); }
    /// A search walks through what fills no run of the index yet, up to a whole run whatever the store's size. Half a
    /// run in each store: else the remainders of two sizes are compared, and not the sizes.
    void leave_half_a_run(std::int64_t run) { finished += run / 2 - (finished + waiting) % run; }
};

double ms_of(const std::function<void()>& work) {
    const auto start = Steady::now();
    work();
    return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "growth_micro: %s\n", why.c_str());
    std::exit(1);
}

template <class T>
T expect(Result<T> result) {
    if (!result) give_up(result.error().message());
    return std::move(*result);
}

model::Message make(MessageId id, std::int64_t number, const Size& size) {
    model::Message message;
    message.id = id;
    message.application = number % 10 == 0 ? "bank" : "shop";
    message.class_name = "bulk";
    message.recipient = "customer-" + std::to_string(number % size.people());
    message.campaign = "campaign-" + std::to_string(number % size.campaigns);
    message.plan = {{"email", "c" + std::to_string(number % size.people()) + "@example.org",
                     "template-" + std::to_string(number % 20), "0123456789abcdef", "fa-IR"}};
    message.accepted_at = message.send_at = from_ms(id.key().value >> MessageId::order_bits);
    message.expires_at = message.accepted_at + std::chrono::hours(24 * 60);
    message.body.assign(200, 'x');
    return message;
}

/// Rows as the store's writer makes them.
class Filler {
  public:
    explicit Filler(Connection& connection)
        : message_(connection,
                   "INSERT INTO message (key, tail, application, class, recipient, campaign, tags, accepted_at, "
                   "send_at, expires_at, idempotency_key, sum, plan, body) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
          progress_(connection,
                    "INSERT INTO progress (key, state, step, attempts, due, pool, expires, sum, trace, slots) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, x'')"),
          attempt_(connection, "INSERT INTO attempt (" CHAPAR_ATTEMPT_COLUMNS
                               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"),
          pool_(connection, "INSERT INTO pool (id, class, application, campaign) VALUES (?1, 'bulk', ?2, ?3)") {}

    void add(const model::Message& message, PoolId pool, bool is_finished) {
        const auto plan = model::encode_plan(message.plan);
        const MessageRow row = to_row(message, plan, "", "");
        message_.run(row.key, row.tail, row.application, row.class_name, row.recipient, row.campaign, row.tags,
                     row.accepted_at, row.send_at, row.expires_at, row.idempotency_key, checksum(row), row.plan,
                     Blob{row.body});
        model::Progress progress;
        progress.due = message.send_at;
        if (is_finished) {
            progress.state = row.key % 50 == 0 ? model::State::failed : model::State::sent;
            progress.attempts = 1;
            model::append(progress.trace, {message.send_at, model::Reason::sent, "smtp-a"});
            try_once(message);
        }
        const ProgressColumns columns{.pool = pool, .expires = row.expires_at, .slots = {}};
        const ProgressRow moving = to_row(message.id.key(), columns, progress);
        progress_.run(moving.key, moving.state, moving.step, moving.attempts, moving.due, moving.pool, moving.expires,
                      checksum(moving), moving.trace);
    }
    void add_pool(std::int64_t id, std::string_view application, const std::string& campaign) {
        pool_.run(id, application, campaign);
    }

  private:
    void try_once(const model::Message& message) {
        model::Attempt attempt;
        attempt.number = 1;
        attempt.channel = "email";
        attempt.route = message.id.key().value % 1000 == 0 ? "smtp-b" : "smtp-a";
        attempt.started_at = message.send_at;
        attempt.finished_at = message.send_at;
        attempt.outcome = {model::Verdict::accepted, model::Blame::none, {}, "queue-id", "250 2.0.0", "queued"};
        const AttemptRow cells = to_row(message.id.key(), attempt);
        attempt_.run(cells.key, cells.number, cells.channel, cells.route, cells.started_at, cells.finished_at,
                     cells.verdict, cells.blame, cells.retry_after, cells.provider_id, cells.code, cells.detail,
                     checksum(cells));
    }
    Statement message_, progress_, attempt_, pool_;
};

void fill(const store::SqliteOptions& options, const Size& size) {
    const auto connection = expect(Connection::open(options.path, Access::write));
    connection->run("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000");
    // Pool ids: two for each campaign, one of each application.
    const auto pool_of = [&](const model::Message& message, std::int64_t number) {
        return PoolId{1 + 2 * (number % size.campaigns) + (message.application == "bank" ? 1 : 0)};
    };
    {
        Filler filler(*connection);
        connection->run("BEGIN");
        for (std::int64_t i = 0; i < size.campaigns; ++i) {
            filler.add_pool(1 + 2 * i, "shop", "campaign-" + std::to_string(i));
            filler.add_pool(2 + 2 * i, "bank", "campaign-" + std::to_string(i));
        }
        const SystemClock clock;
        const auto total = size.finished + size.waiting;
        const auto begin = to_ms(clock.now() - std::chrono::hours(24 * 20));
        // Spread over nineteen days; the waiting ones are the youngest.
        const double step = 19.0 * 24 * 3600 * 1000 / static_cast<double>(total);
        std::int64_t last = 0;
        for (std::int64_t i = 0; i < total; ++i) {
            const auto at = begin + static_cast<std::int64_t>(step * static_cast<double>(i));
            last = std::max(last + 1, at << MessageId::order_bits);
            const auto message = make(MessageId(MessageKey{last}, static_cast<std::uint64_t>(i)), i, size);
            filler.add(message, pool_of(message, i), i < size.finished);
            if (i % 200'000 == 0) connection->run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); BEGIN");
        }
        connection->run("COMMIT; BEGIN");
    }
    connection->run(rebuild_live_sql);
    connection->run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    if (connection->fault() != 0) give_up(connection->error().message());
}

/// Until all messages that fill a run are in one, and no runs wait to be merged or deleted.
void wait_for_index(const store::SqliteOptions& options) {
    for (;;) {
        const auto connection = expect(Connection::open(options.path, Access::read));
        const auto full =
            "SELECT 1 FROM message WHERE key > (SELECT coalesce(max(last), 0) FROM search_run) LIMIT 1 "
            "OFFSET " +
            std::to_string(options.search_run - 1);
        const bool is_covered = !connection->number(full.c_str());
        const bool is_merged = next_merge(whole_runs(*connection), {}).empty() && loose_runs(*connection).empty();
        if (connection->fault() == 0 && is_covered && is_merged) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

double accept_rate(store::Store& store, const Size& size, std::int64_t total) {
    const SystemClock clock;
    IdGenerator ids(clock, store.joined().ids_after);
    constexpr std::int64_t batch = 100;
    std::counting_semaphore<> slots(4);
    const auto took = ms_of([&] {
        for (std::int64_t at = 0; at < total; at += batch) {
            std::vector<store::NewMessage> items(batch);
            for (std::int64_t i = 0; i < batch; ++i) {
                auto& item = items[static_cast<std::size_t>(i)];
                item.message = make(ids.next(), at + i, size);
                item.message.send_at = item.message.accepted_at = clock.now();
                item.idempotency_key = "order-" + std::to_string(at + i);
            }
            slots.acquire();
            store.accept(std::move(items), [&](const Result<store::AcceptedBatch>& done) {
                if (!done) give_up(done.error().message());
                slots.release();
            });
        }
        for (int i = 0; i < 4; ++i)
            slots.acquire();
    });
    return static_cast<double>(total) / took * 1000;
}

/// Through all pages.
double search_ms(store::Store& store, const store::ListFilter& filter, std::size_t at_least) {
    return ms_of([&] {
        std::optional<MessageKey> below;
        std::size_t found = 0;
        do {
            const auto page = expect(store.list(filter, below, 50));
            found += page.records.size();
            below = page.next;
        } while (below && found < 50);
        if (found < at_least) give_up("a search found " + std::to_string(found));
    });
}

double median_ms(int times, const std::function<double(int)>& once) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i)
        all.push_back(once(i));
    std::nth_element(all.begin(), all.begin() + times / 2, all.end());
    return all[static_cast<std::size_t>(times) / 2];
}

double pick_ms(store::Store& store, const Size& size, int turn) {
    const SystemClock clock;
    const auto campaign = "campaign-" + std::to_string((turn * 7919) % size.campaigns);
    const auto pool = store.pool_of("bulk", "shop", campaign);
    if (!pool) return 0;
    return ms_of([&] {
        const auto due = expect(store.due(pool->id, clock.now(), 64));
        if (due.empty()) return;
        std::promise<void> told;
        const auto& first = due.front();
        store.lease({{first.message.id.key(), first.progress.attempts + 1, "email", "smtp-a", clock.now()}}, nullptr,
                    [&](const Result<std::vector<model::Leased>>&) { told.set_value(); });
        told.get_future().get();
    });
}

double prune_ms(store::Store& store) {
    const SystemClock clock;
    const auto before = clock.now() - std::chrono::hours(24 * 10);
    return median_ms(11, [&](int) {
        return ms_of([&] {
            std::promise<void> told;
            store.prune(before, 2'000, [&](const Result<std::int64_t>&) { told.set_value(); });
            told.get_future().get();
        });
    });
}

void measure(const store::SqliteOptions& options, const Size& size) {
    const SystemClock clock;
    std::unique_ptr<store::Store> store;
    const auto opening = median_ms(5, [&](int) {
        if (store) store->close();
        store.reset();
        return ms_of([&] {
            store = expect(store::open_sqlite(options, clock));
            expect(store->counts());
        });
    });
    const auto counts = expect(store->counts());
    if (counts.by_state[0] != size.waiting) give_up("the counts are wrong");
    const auto pools = median_ms(5, [&](int) { return ms_of([&] { expect(store->pools()); }); });
    const auto pick = median_ms(51, [&](int turn) { return pick_ms(*store, size, turn); });
    std::mt19937 random(7);
    const auto by_address = median_ms(51, [&](int) {
        store::ListFilter filter;
        filter.address = "c" + std::to_string(static_cast<std::int64_t>(random()) % size.people()) + "@example.org";
        return search_ms(*store, filter, 5);
    });
    store::ListFilter rare;
    rare.route = "smtp-b";
    const auto by_route = median_ms(11, [&](int) { return search_ms(*store, rare, 1); });
    store::ListFilter day;
    day.since = clock.now() - std::chrono::hours(24 * 15);
    day.until = *day.since + std::chrono::hours(1);
    day.application = "bank";
    const auto by_time = median_ms(11, [&](int) { return search_ms(*store, day, 1); });
    const auto rate = accept_rate(*store, size, 50'000);
    const auto prune = prune_ms(*store);
    store->close();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf(
        "{\"finished\": %lld, \"waiting\": %lld, \"campaigns\": %lld, \"open_ms\": %.3f, \"pools_ms\": %.3f, "
        "\"pick_ms\": %.3f, \"by_address_ms\": %.3f, \"by_route_ms\": %.3f, \"by_time_ms\": %.3f, "
        "\"accept_ms_a_1000\": %.3f, \"prune_2000_ms\": %.3f, \"database_gb\": %.2f, \"rss_mb\": %ld}\n",
        static_cast<long long>(size.finished), static_cast<long long>(size.waiting),
        static_cast<long long>(size.campaigns), opening, pools, pick, by_address, by_route, by_time, 1e6 / rate, prune,
        static_cast<double>(std::filesystem::file_size(options.path)) / 1e9, usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) give_up("usage: growth_micro DIRECTORY FINISHED WAITING CAMPAIGNS");
    const std::filesystem::path directory = argv[1];
    Size size{std::atoll(argv[2]), std::atoll(argv[3]), std::max(1LL, std::atoll(argv[4]))};
    std::filesystem::create_directories(directory);
    store::SqliteOptions options;
    options.path = directory / "chapar.db";
    size.leave_half_a_run(options.search_run);
    const SystemClock clock;
    expect(store::open_sqlite(options, clock))->close();  // makes the tables
    const auto filled = ms_of([&] { fill(options, size); });
    std::fprintf(stderr, "filled in %.0f s\n", filled / 1000);
    {
        const auto store = expect(store::open_sqlite(options, clock));
        const auto indexed = ms_of([&] { wait_for_index(options); });
        std::fprintf(stderr, "indexed in %.0f s\n", indexed / 1000);
        store->close();
    }
    measure(options, size);
}
