// link: chapar_store chapar_policy
// What the policy costs: ten rules over the stored history of many people, by phase, by thread, and in pages of the
// write-ahead log. Prints one JSON line.
// usage: policy_micro [DIRECTORY] [PEOPLE] [USES_EACH] [MESSAGES]

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "policy/question.hpp"
#include "store/open_sqlite.hpp"
#include "store/sqlite/sql.hpp"

namespace {

using namespace chapar;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
using config::CapSettings;
using config::Window;

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

double cpu_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

template <class T, class Call>
T wait_for(Call call) {
    std::promise<Result<T>> told;
    call([&told](Result<T> result) { told.set_value(std::move(result)); });
    auto result = told.get_future().get();
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().message().c_str());
    std::exit(1);
}

std::string customer(std::size_t number) { return "customer-" + std::to_string(number); }
std::string address(std::size_t number) { return "c" + std::to_string(number) + "@example.org"; }

CapSettings cap(std::string name, double limit, Milliseconds length) {
    CapSettings out;
    out.name = std::move(name);
    out.limit = limit;
    out.window.length = length;
    return out;
}

/// Eight caps and two quiet windows that all match and let everything through, so that each of them looks.
config::Settings ten_rules() {
    config::Settings settings;
    auto& cls = settings.classes["marketing"];
    cls.name = "marketing";
    settings.caps = {cap("day", 1000, 24h), cap("week", 1000, 24h * 7), cap("month", 1000, 24h * 30)};
    auto calendar = cap("calendar-week", 1000, 0h);
    calendar.window.kind = Window::Kind::calendar;
    calendar.window.unit = Window::Unit::week;
    settings.caps.push_back(calendar);
    calendar.name = "jalali-month";
    calendar.window.unit = Window::Unit::month;
    calendar.window.jalali = true;
    settings.caps.push_back(calendar);
    auto tagged = cap("tagged", 1000, 24h * 30);
    tagged.match.tags = {"spring", "summer"};
    settings.caps.push_back(tagged);
    auto cost = cap("cost", 1e9, 24h * 30);
    cost.count_by = CapSettings::CountBy::cost;
    settings.caps.push_back(cost);
    auto endpoint = cap("endpoint", 1000, 24h);
    endpoint.scope = CapSettings::Scope::endpoint;
    settings.caps.push_back(endpoint);
    config::QuietSettings quiet;
    quiet.zone = {"person", "Asia/Tehran"};
    for (const auto* name : {"nights", "noon"}) {
        quiet.name = name;
        for (auto& day : quiet.weekly)
            day = {{1320, 420}};  // 22:00-07:00; it is 12:00 throughout
        settings.quiet.push_back(quiet);
    }
    return settings;
}

/// Fills the history: a lease takes a slot for a thousand people at once.
class Fills final : public model::Gate {
  public:
    Fills(std::span<const model::Scope> people, int round) : people_(people), round_(round) {}
    std::optional<model::Ruling> rule(std::size_t, const model::ReadSet&, model::ReadPlan&) override {
        model::Ruling ruling;
        const std::string campaign = round_ % 3 == 0 ? "spring" : "summer";
        ruling.kind = std::make_shared<const model::Kind>(
            model::Kind{"shop", "marketing", "news", "email", campaign, "", {campaign}});
        for (const auto person : people_)
            ruling.reserve.push_back({person, {}});
        return ruling;
    }

  private:
    std::span<const model::Scope> people_;
    int round_;
};

/// What the policy took of the CPU, in seconds.
struct Spent {
    double planning = 0, reading = 0, deciding = 0;
    std::size_t kept_back = 0;
};

policy::Subject subject_of(const model::Message& message) {
    policy::Subject subject;
    subject.key = message.id.key();
    subject.application = message.application;
    subject.class_name = message.class_name;
    subject.category = "news";
    subject.campaign = message.campaign;
    subject.recipient = message.recipient;
    subject.tags = message.tags;
    subject.plan = message.plan;
    subject.accepted_at = subject.send_at = message.accepted_at;
    subject.expires_at = message.expires_at;
    subject.person_zone = "Asia/Tehran";
    return subject;
}

/// Asks the policy of a batch as the dispatcher does: planned by the thread that makes it, decided by the writer's.
class Asks final : public model::Gate {
  public:
    Asks(const policy::Rules& rules, std::span<const store::NewMessage> messages, Timestamp now, Spent& spent)
        : spent_(spent) {
        const auto begin = cpu_of(CLOCK_THREAD_CPUTIME_ID);
        for (const auto& each : messages) {
            model::ReadPlan plan;
            questions_.emplace_back(rules, subject_of(each.message), now).plan(plan);
            plan_.append(std::move(plan));
        }
        spent_.planning += cpu_of(CLOCK_THREAD_CPUTIME_ID) - begin;
    }
    const model::ReadPlan* plan() const override {
        if (read_from_ == 0) read_from_ = cpu_of(CLOCK_THREAD_CPUTIME_ID);
        return &plan_;
    }
    /// What passes on the writer's thread before the first question is the reading for all of them.
    std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet& set, model::ReadPlan& more) override {
        const auto begin = cpu_of(CLOCK_THREAD_CPUTIME_ID);
        if (read_from_ > 0) spent_.reading += begin - std::exchange(read_from_, -1.0);
        auto decision = questions_[index].decide(set, more);
        spent_.deciding += cpu_of(CLOCK_THREAD_CPUTIME_ID) - begin;
        if (!decision) return std::nullopt;
        if (decision->ruling.action != model::Ruling::Action::go) ++spent_.kept_back;
        return std::move(decision->ruling);
    }

  private:
    std::deque<policy::Question> questions_;
    model::ReadPlan plan_;
    mutable double read_from_ = 0;
    Spent& spent_;
};

class Bench {
  public:
    Bench(std::filesystem::path directory, std::size_t people, int uses_each, std::size_t messages)
        : directory_(std::move(directory)), people_(people), uses_each_(uses_each), messages_(messages) {
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_);
        open();
    }
    ~Bench() {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }

    void run() {
        const auto begin = Steady::now();
        fill();
        const double filled = seconds_since(begin);
        store_->close();
        store_.reset();
        const auto bytes = std::filesystem::file_size(directory_ / "store.db");
        const auto opening = Steady::now();
        open();
        const double opened = seconds_since(opening) * 1000;
        const auto rules = policy::compile(ten_rules());
        if (!rules) std::exit((std::fprintf(stderr, "%s\n", rules.error().message().c_str()), 1));
        const auto first = measure(**rules, 1000, true);
        const auto none = measure(**rules, messages_, false);
        const auto ten = measure(**rules, messages_, true);
        const double pages = pages_for_uses();
        std::printf(
            "{\"people\": %zu, \"uses_each\": %d, \"fill_s\": %.1f, \"bytes_a_person\": %.1f, \"mb_a_million\": %.1f, "
            "\"open_ms\": %.1f, \"first_gate_us\": %.2f, \"gate_us\": %.2f, \"plan_us\": %.2f, \"read_us\": %.2f, "
            "\"decide_us\": %.2f, \"lease_us_with\": "
            "%.2f, \"lease_us_without\": %.2f, \"decisions_s\": %.0f, \"kept_back\": %zu, ",
            people_, uses_each_, filled, static_cast<double>(bytes) / static_cast<double>(people_),
            static_cast<double>(bytes) / static_cast<double>(people_), opened, first.gate_us, ten.gate_us, ten.plan_us,
            ten.read_us, ten.decide_us, ten.lease_us, none.lease_us, ten.rate, ten.kept_back);
        std::printf(
            "\"writer\": {\"lease_us_with\": %.2f, \"lease_us_without\": %.2f, \"lease_ratio\": %.2f, "
            "\"settle_us_with\": %.2f, \"settle_us_without\": %.2f, \"merge_us\": %.2f, \"both_ratio\": %.2f}, "
            "\"wal_pages_for_uses\": %.3f}\n",
            ten.writer_lease_us, none.writer_lease_us, ten.writer_lease_us / none.writer_lease_us, ten.writer_settle_us,
            none.writer_settle_us, ten.merge_us, ten.of_both() / none.of_both(), pages);
    }

  private:
    struct Figures {
        double gate_us = 0, plan_us = 0, read_us = 0, decide_us = 0, lease_us = 0, rate = 0;
        double writer_lease_us = 0, writer_settle_us = 0, merge_us = 0;  // of the writer's thread
        std::size_t kept_back = 0;
        double of_both() const { return writer_lease_us + writer_settle_us + merge_us; }
    };

    void open() {
        store::SqliteOptions options;
        options.path = directory_ / "store.db";
        options.unsafe_no_sync = true;
        if (counts_pages_) options.checkpoint_pages = options.most_wal_pages = std::int64_t{1} << 30U;
        auto opened = store::open_sqlite(options, clock_);
        if (!opened) std::exit((std::fprintf(stderr, "%s\n", opened.error().message().c_str()), 1));
        store_ = std::move(*opened);
    }

    std::vector<store::NewMessage> accept(IdGenerator& ids, std::size_t count) {
        std::vector<store::NewMessage> batch;
        for (std::size_t i = 0; i < count; ++i) {
            const auto who = random_() % people_;
            store::NewMessage item;
            auto& message = item.message;
            message.id = ids.next();
            message.application = "shop";
            message.class_name = "marketing";
            message.recipient = customer(who);
            message.campaign = "spring";
            message.tags = {"spring"};
            message.plan = {{"email", address(who), "welcome", "", "fa-IR"}};
            message.accepted_at = message.send_at = clock_.now();
            message.expires_at = clock_.now() + 24h;
            message.body = "{}";
            batch.push_back(std::move(item));
        }
        wait_for<store::AcceptedBatch>([&](auto done) { store_->accept(batch, done); });
        return batch;
    }

    void settle(std::span<const store::NewMessage> messages) {
        std::vector<store::Settlement> batch;
        for (const auto& item : messages) {
            store::Settlement& settlement = batch.emplace_back();
            settlement.key = item.message.id.key();
            settlement.outcome.verdict = model::Verdict::accepted;
            settlement.at = clock_.now();
            settlement.slots = store::Slots::handed_off;
        }
        wait_for<std::vector<bool>>([&](auto done) { store_->settle(batch, done); });
    }

    /// Round by round in the order of the scopes, so that the database is written from one end to the other.
    void fill() {
        std::vector<model::Scope> scopes;
        for (std::size_t i = 0; i < people_; ++i)
            scopes.push_back(policy::person_scope(false, "shop", customer(i), "email", address(i)));
        std::sort(scopes.begin(), scopes.end());
        const auto end = clock_.now();
        for (int round = 0; round < uses_each_; ++round) {
            clock_.set_wall(end - 24h * 30 * (uses_each_ - round) / (uses_each_ + 1));
            IdGenerator ids(clock_, store_->joined().ids_after);
            for (std::size_t first = 0; first < people_; first += 1000) {
                const auto people = std::span(scopes).subspan(first, std::min<std::size_t>(1000, people_ - first));
                const auto message = accept(ids, 1);
                wait_for<std::vector<model::Leased>>([&](auto done) {
                    store_->lease({{message[0].message.id.key(), 1, "email", "smtp", clock_.now()}},
                                  std::make_shared<Fills>(people, round), done);
                });
                settle(message);
            }
        }
        clock_.set_wall(end);
        while (wait_for<std::int64_t>([&](auto done) { store_->prune(end, 1000, done); }) > 0) {
        }
        calm_cpu();
        clock_.set_wall(end);
    }

    /// CPU of the writer's thread so far, with all that it has done besides.
    double writer_cpu() {
        double out = 0;
        std::promise<void> told;
        store_->settle({}, [&](const Result<std::vector<bool>>&) {
            out = cpu_of(CLOCK_THREAD_CPUTIME_ID);
            told.set_value();
        });
        told.get_future().get();
        return out;
    }

    /// Waits until what the writer does behind, when it has time, is done: its CPU stands still.
    double calm_cpu() {
        clock_.advance(10s);
        double before = writer_cpu();
        for (int still = 0; still < 5;) {
            std::this_thread::sleep_for(150ms);
            const double now = writer_cpu();
            still = now - before < 0.0005 ? still + 1 : 0;
            before = now;
        }
        return before;
    }

    std::vector<store::NewMessage> accept_all(std::size_t count) {
        IdGenerator ids(clock_, store_->joined().ids_after);
        std::vector<store::NewMessage> messages;
        for (std::size_t at = 0; at < count; at += 1000)
            for (auto& item : accept(ids, std::min<std::size_t>(1000, count - at)))
                messages.push_back(std::move(item));
        return messages;
    }

    /// While somebody reads a snapshot the log grows and does not begin anew.
    std::unique_ptr<store::sqlite::Connection> hold_log() const {
        auto reader = store::sqlite::Connection::open(directory_ / "store.db", store::sqlite::Access::read);
        if (!reader || !(*reader)->run("BEGIN") || !(*reader)->number("SELECT count(*) FROM sqlite_schema"))
            std::exit((std::fprintf(stderr, "the log can't be held\n"), 1));
        return std::move(*reader);
    }
    double log_frames() const {
        constexpr double frame = 2048 + 24;
        return static_cast<double>(std::filesystem::file_size(directory_ / "store.db-wal")) / frame;
    }

    /// Takes a slot for the person and one for the address, or none.
    class Takes final : public model::Gate {
      public:
        Takes(std::span<const store::NewMessage> messages, bool counts) : messages_(messages), counts_(counts) {}
        std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet&, model::ReadPlan&) override {
            model::Ruling ruling;
            if (!counts_) return ruling;
            const auto& message = messages_[index].message;
            const auto& step = message.plan.front();
            ruling.kind = std::make_shared<const model::Kind>(
                model::Kind{"shop", "marketing", "news", "email", "spring", "", {"spring"}});
            ruling.reserve = {{policy::person_scope(false, "shop", message.recipient, step.channel, step.address), {}},
                              {policy::endpoint_scope(step.channel, step.address), {}}};
            return ruling;
        }

      private:
        std::span<const store::NewMessage> messages_;
        bool counts_;
    };

    /// Pages of the log for the uses of a message, from its lease to its chunks: with two slots, less without. So many
    /// messages that what is merged behind is merged as under a lasting load.
    double pages_for_uses() {
        constexpr std::size_t count = 256'000;  // a round of merges
        store_->close();
        store_.reset();
        counts_pages_ = true;
        open();
        double frames[2] = {};
        for (const bool counts : {false, true}) {
            const auto messages = accept_all(count);
            calm_cpu();
            const auto held = hold_log();
            const double before = log_frames();
            for (std::size_t at = 0; at < count; at += 250) {
                const auto batch = std::span(messages).subspan(at, 250);
                std::vector<store::Lease> leases;
                for (const auto& item : batch)
                    leases.push_back({item.message.id.key(), 1, "email", "smtp", clock_.now()});
                const auto gate = std::make_shared<Takes>(batch, counts);
                wait_for<std::vector<model::Leased>>([&](auto done) { store_->lease(std::move(leases), gate, done); });
                settle(batch);
            }
            calm_cpu();
            frames[counts ? 1 : 0] = log_frames() - before;
        }
        return (frames[1] - frames[0]) / static_cast<double>(count);
    }

    Figures measure(const policy::Rules& rules, std::size_t count, bool asks) {
        const auto messages = accept_all(count);
        const double writer = calm_cpu();
        Spent spent;
        const auto begin = Steady::now();
        const auto cpu = cpu_of(CLOCK_PROCESS_CPUTIME_ID);
        for (std::size_t at = 0; at < count; at += 250) {
            std::vector<store::Lease> leases;
            for (std::size_t i = at; i < std::min(count, at + 250); ++i)
                leases.push_back({messages[i].message.id.key(), 1, "email", "smtp", clock_.now()});
            const auto batch = std::span(messages).subspan(at, leases.size());
            const auto gate = asks ? std::make_shared<Asks>(rules, batch, clock_.now(), spent) : nullptr;
            wait_for<std::vector<model::Leased>>([&](auto done) { store_->lease(std::move(leases), gate, done); });
        }
        Figures out;
        const auto n = static_cast<double>(count);
        out.rate = n / seconds_since(begin);
        out.lease_us = (cpu_of(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / n;
        out.plan_us = spent.planning * 1e6 / n;
        out.read_us = spent.reading * 1e6 / n;
        out.decide_us = spent.deciding * 1e6 / n;
        out.gate_us = (spent.planning + spent.reading + spent.deciding) * 1e6 / n;
        out.kept_back = spent.kept_back;
        const double leased = writer_cpu();
        for (std::size_t at = 0; at < count; at += 250)
            settle(std::span(messages).subspan(at, std::min<std::size_t>(250, count - at)));
        const double settled = writer_cpu();
        out.writer_lease_us = (leased - writer) * 1e6 / n;
        out.writer_settle_us = (settled - leased) * 1e6 / n;
        out.merge_us = (calm_cpu() - settled) * 1e6 / n;
        return out;
    }

    std::filesystem::path directory_;
    std::size_t people_;
    int uses_each_;
    std::size_t messages_;
    bool counts_pages_ = false;
    ManualClock clock_{from_ms(1'794'825'000'000)};  // a noon in Tehran
    std::mt19937_64 random_{1};
    std::unique_ptr<store::Store> store_;
};

}  // namespace

int main(int argc, char** argv) {
    Bench bench(argc > 1 ? argv[1] : "/var/tmp/chapar-policy-micro",
                argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 1'000'000, argc > 3 ? std::atoi(argv[3]) : 12,
                argc > 4 ? std::strtoul(argv[4], nullptr, 10) : 50'000);
    bench.run();
}
