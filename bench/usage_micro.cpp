// link: chapar_store
// What the sending history of people costs: bytes a person, and the gate's time for one lease.
// usage: usage_micro [DIRECTORY] [PEOPLE] [USES A PERSON] [LEASES]

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/read_set.hpp"
#include "store/open_sqlite.hpp"
#include "store/sqlite/usage.hpp"

namespace {

using namespace chapar;
using Steady = std::chrono::steady_clock;
namespace sqlite = chapar::store::sqlite;

constexpr auto history = std::chrono::hours(24 * 30);

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

/// Of this thread: others may be busy.
double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

model::Scope scope_of(std::size_t person) {
    std::uint64_t x = person * 0x9E3779B97F4A7C15ULL;  // spread as a hash would be
    x = (x ^ (x >> 31)) * 0xBF58476D1CE4E5B9ULL;
    return static_cast<model::Scope>(x ^ (x >> 29));
}

std::string name_of(std::size_t person) { return "customer-" + std::to_string(person); }
std::string address_of(std::size_t person) { return std::to_string(person) + "@example.org"; }

std::unique_ptr<store::Store> open(const std::string& path, const Clock& clock) {
    store::SqliteOptions options;
    options.path = path;
    auto opened = store::open_sqlite(options, clock);
    if (!opened) {
        std::fprintf(stderr, "%s\n", opened.error().message().c_str());
        std::exit(1);
    }
    return std::move(*opened);
}

template <class T, class Call>
T wait_for(Call call) {
    std::promise<Result<T>> told;
    call([&told](Result<T> result) { told.set_value(std::move(result)); });
    return *told.get_future().get();
}

/// As time brings them: every use of anybody at its moment, so that chunks grow as they do in life.
void fill(const std::string& path, const Clock& clock, std::size_t people, std::size_t each) {
    auto connection = sqlite::Connection::open(path, sqlite::Access::write);
    (*connection)->run("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    sqlite::TableMemory memory;
    sqlite::Usage usage(**connection, memory, clock);
    std::mt19937_64 random(7);
    const std::size_t total = people * each;
    const auto start = Steady::now();
    const auto begin = clock.now() - history;
    (*connection)->run("BEGIN");
    for (std::size_t i = 0; i < total; ++i) {
        model::Use use;
        use.at = begin + Milliseconds(history / std::chrono::milliseconds(1) * i / total);
        const auto accepted = to_ms(use.at) - static_cast<std::int64_t>(random() % 60'000);
        use.key = MessageKey{(accepted << MessageId::order_bits) | static_cast<std::int64_t>(random() % 32768)};
        use.kind = static_cast<model::KindId>(1 + random() % 20);
        use.state = model::UseState::handed_off;
        usage.add(scope_of(random() % people), use);
        if (i % 20'000 != 0) continue;
        usage.flush();
        (*connection)->run("COMMIT; BEGIN");
    }
    usage.flush();
    (*connection)->run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
    const double took = seconds_since(start);
    const auto bytes = static_cast<double>(std::filesystem::file_size(path));
    const double a_person = bytes / static_cast<double>(people);
    std::printf("fill    %zu uses of %zu people: %.2f us each, %.0f bytes a person, %.0f MB a million\n", total, people,
                took * 1e6 / static_cast<double>(total), a_person, a_person * 1e6 / 1e6);
    if ((*connection)->fault() != 0) std::fprintf(stderr, "%s\n", (*connection)->error().message().c_str());
}

void fill_people(store::Store& store, const Clock& clock, std::size_t people) {
    std::vector<model::Suppression> rows;
    for (std::size_t i = 0; i < people; ++i) {
        store.put_consent({"shop", name_of(i), "*", "*", model::ConsentState::subscribed, "form", "", clock.now()}, {});
        if (i % 10 == 0)
            rows.push_back({"email", address_of(i) + ".example", model::SuppressionReach::all, "hard_bounce", "smtp",
                            clock.now(), std::nullopt});
    }
    wait_for<std::int64_t>([&](auto done) { store.suppress(std::move(rows), done); });
}

/// Reads all that a decision needs, and takes a slot.
class MeasuringGate final : public model::Gate {
  public:
    MeasuringGate(const Clock& clock, const std::vector<std::size_t>& people) : people_(people) {
        for (const auto person : people) {
            plan_.uses.push_back(uses_of(person, clock.now()));
            plan_.people.push_back({"shop", name_of(person), {}});
            plan_.suppressions.push_back({"email", address_of(person)});
        }
        now_ = clock.now();
    }
    const model::ReadPlan* plan() const override {
        if (read_from_ == 0) read_from_ = cpu_seconds();
        return &plan_;
    }
    /// What passes before the first question is the reading for all of them.
    std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet& set, model::ReadPlan&) override {
        const auto person = people_[index];
        const double start = cpu_seconds();
        if (read_from_ > 0) seconds += start - std::exchange(read_from_, -1.0);
        std::size_t count = 0;
        const auto found = set.uses(uses_of(person, now_));
        for (const auto& [use, kind] : found->uses)
            count += use.at > Timestamp{} ? 1 : 0;
        const auto* said = set.said({"shop", name_of(person), {}});
        const auto* rows = set.suppressions({"email", address_of(person)});
        seconds += cpu_seconds() - start;
        model::Ruling ruling;
        if (said->words.empty() || !rows->empty()) return ruling;
        ruling.reserve.push_back({scope_of(person), {}});
        return ruling;
    }
    double seconds = 0;  // of processor time

  private:
    static model::ReadPlan::Uses uses_of(std::size_t person, Timestamp now) {
        return {scope_of(person), {now - history}, true};
    }

    const std::vector<std::size_t>& people_;
    model::ReadPlan plan_;
    Timestamp now_{};
    mutable double read_from_ = 0;
};

void lease_all(store::Store& store, const Clock& clock, std::size_t people, std::size_t total, bool with_gate) {
    IdGenerator ids(clock, store.joined().ids_after);
    std::mt19937_64 random(9);
    std::vector<store::NewMessage> items;
    std::vector<store::Lease> leases;
    std::vector<std::size_t> who;
    for (std::size_t i = 0; i < total; ++i) {
        store::NewMessage item;
        who.push_back(random() % people);
        item.message.id = ids.next();
        item.message.application = "shop";
        item.message.class_name = "bulk";
        item.message.recipient = name_of(who.back());
        item.message.plan = {{"email", address_of(who.back()), "welcome", "", ""}};
        item.message.expires_at = clock.now() + std::chrono::hours(24);
        item.message.body.assign(600, 'x');
        leases.push_back({item.message.id.key(), 1, "email", "smtp-a", clock.now()});
        items.push_back(std::move(item));
    }
    wait_for<store::AcceptedBatch>([&](auto done) { store.accept(std::move(items), done); });
    double in_gate = 0, cpu = 0, first = 0;
    constexpr std::size_t batch = 100;
    const auto start = Steady::now();
    for (std::size_t at = 0; at < total; at += batch) {
        const auto end = std::min(total, at + batch);
        const std::vector<std::size_t> some(who.begin() + static_cast<std::ptrdiff_t>(at),
                                            who.begin() + static_cast<std::ptrdiff_t>(end));
        auto gate = with_gate ? std::make_shared<MeasuringGate>(clock, some) : nullptr;
        wait_for<std::vector<model::Leased>>([&](auto done) {
            const auto count = [&cpu, done](Result<std::vector<model::Leased>> result) {
                cpu = cpu_seconds();
                done(std::move(result));
            };
            store.lease(
                {leases.begin() + static_cast<std::ptrdiff_t>(at), leases.begin() + static_cast<std::ptrdiff_t>(end)},
                gate, count);
        });
        if (at == 0) first = cpu;
        if (gate) in_gate += gate->seconds;
    }
    const double took = seconds_since(start);
    std::printf("lease   %s: %.0f/s, %.2f us of the writer's processor time each",
                with_gate ? "with history, consents, suppressions" : "without gate", static_cast<double>(total) / took,
                (cpu - first) * 1e6 / static_cast<double>(total - batch));
    if (with_gate) std::printf(", reading in the gate %.2f us", in_gate * 1e6 / static_cast<double>(total));
    std::printf("\n");
}

/// One scope that everybody shares, such as an application's: a use more and the count of a day, for each decision.
void share(const std::string& path, const Clock& clock, std::size_t total) {
    auto connection = sqlite::Connection::open(path, sqlite::Access::write);
    (*connection)->run("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    sqlite::TableMemory memory;
    sqlite::Usage usage(**connection, memory, clock);
    constexpr model::Scope everybody = 1;
    const auto begin = clock.now() - std::chrono::hours(24);
    std::int64_t counted = 0;
    const std::function<bool(const model::Use&)> visit = [&](const model::Use&) { return ++counted > 0; };
    const std::function<void(const model::Total&)> add = [&](const model::Total& all) { counted += all.uses; };
    const auto decide = [&](std::size_t i) {
        model::Use use;
        use.at = begin + Milliseconds(std::chrono::hours(24) / std::chrono::milliseconds(1) * i / total);
        use.key = MessageKey{to_ms(use.at) << MessageId::order_bits};
        use.kind = static_cast<model::KindId>(1 + i % 3);
        use.state = model::UseState::handed_off;
        usage.add(everybody, use);
    };
    (*connection)->run("BEGIN");
    for (std::size_t i = 0; i < total; ++i) {
        decide(i);
        if (i % 1'000 == 0) usage.flush();
    }
    constexpr std::size_t asked = 1'000;
    const Timestamp edges[] = {begin};
    const auto ask = [&](const char* what, const auto& count) {
        counted = 0;
        count();  // the first one reads what is not in memory
        const double start = cpu_seconds();
        for (std::size_t i = 0; i < asked; ++i) {
            decide(total - asked + i);
            count();
        }
        std::printf("shared  %s: %.1f us CPU for each of %zu uses in the window\n", what,
                    (cpu_seconds() - start) * 1e6 / asked, total);
    };
    usage.flush();
    ask("totals", [&] { usage.summed(everybody, edges, visit, add); });
    if (total <= 200'000) ask("one by one", [&] { usage.visit(everybody, begin, visit); });
    usage.flush();
    (*connection)->run("ROLLBACK");
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path directory = argc > 1 ? argv[1] : "/var/tmp/chapar-usage-micro";
    const std::size_t people = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
    const std::size_t each = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10;
    const std::size_t leases = argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 20'000;
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    const SystemClock clock;
    const std::string path = directory / "store.db";
    open(path, clock)->close();
    for (const std::size_t total : {100'000, 1'000'000})
        share(path, clock, total);
    fill(path, clock, people, each);
    {
        const auto start = Steady::now();
        auto store = open(path, clock);
        std::printf("open    %.1f ms\n", seconds_since(start) * 1000);
        fill_people(*store, clock, people);
        for (int round = 0; round < 2; ++round) {
            lease_all(*store, clock, people, leases, false);
            lease_all(*store, clock, people, leases, true);
        }
        const auto pruning = Steady::now();
        std::int64_t gone = 0;
        double longest = 0;
        for (std::size_t i = 0; i < people / 500 + 1; ++i) {
            const auto step = Steady::now();
            gone += wait_for<std::int64_t>([&](auto done) { store->prune_uses(clock.now() - history / 2, 500, done); });
            longest = std::max(longest, seconds_since(step));
        }
        std::printf("prune   %lld uses in %.1f s, longest step %.1f ms\n", static_cast<long long>(gone),
                    seconds_since(pruning), longest * 1000);
        store->close();
    }
    std::filesystem::remove_all(directory);
}
