#include "store/sqlite/eraser.hpp"

#include <future>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int rows_a_page = 2000;

Eraser::Counts counts_of(const Erased& erased) {
    return {{"profile", erased.profiles},  {"consents", erased.consents},   {"events", erased.events},
            {"messages", erased.messages}, {"cancelled", erased.cancelled}, {"in_flight", erased.in_flight},
            {"copies", erased.copies},     {"addresses", erased.addresses}, {"suppressions", erased.suppressions}};
}

}  // namespace

void Eraser::resume() {
    auto connection = connect_();
    if (!connection) return;
    Statement select(**connection, "SELECT application, recipient FROM erasure");
    auto rows = select.query();
    while (rows.next())
        add({{{std::string(rows.bytes(0)), std::string(rows.bytes(1))}}, {}});
}

void Eraser::erase(const std::string& application, std::vector<std::string> names, Done<Counts> done) {
    ForgottenNames all;
    for (auto& name : names)
        all.insert({application, std::move(name)});
    add({std::move(all), std::move(done)});
}

void Eraser::add(Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (!stop_) {
            if (!thread_.joinable())
                thread_ = std::thread([this] {
                    name_thread("store-eraser");
                    loop();
                });
            jobs_.push_back(std::move(job));
            wake_.notify_one();
            return;
        }
    }
    if (job.done) job.done(fail(Code::closed, "the store is closed"));
}

void Eraser::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Eraser::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Eraser::loop() {
    for (;;) {
        std::deque<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
            if (jobs_.empty()) return;
            jobs.swap(jobs_);
        }
        run(std::move(jobs));
    }
}

void Eraser::run(std::deque<Job> jobs) {
    Found found;
    auto done = begin(jobs, found);
    if (done) done = search(found);
    if (done) {
        for (Job& job : jobs) {
            Erased counts;
            for (const auto& name : job.names)
                counts += std::exchange(found[name], {});
            end(std::move(job), counts);
        }
        return;
    }
    if (!done.error().is(Code::closed))
        log::error("store.erasure_failed", "forgetting people by {} names did not come to its end: {}", found.size(),
                   done.error().message());
    for (const Job& job : jobs) {
        if (job.done) job.done(std::unexpected(done.error()));
    }
}

Result<bool> Eraser::begin(const std::deque<Job>& jobs, Found& found) {
    for (const Job& job : jobs) {
        auto begun = ask([names = job.names](Session& session) {
            std::vector<std::pair<Forgotten, Erased>> out;
            for (const auto& name : names)
                out.emplace_back(name, session.erasure().begin(name));
            return out;
        });
        if (!begun) return std::unexpected(begun.error());
        for (const auto& [name, done] : *begun)
            found[name] += done;
    }
    return true;
}

void Eraser::end(Job job, const Erased& found) {
    auto work = [names = job.names, counts = counts_of(found)](Session& session) {
        for (const auto& name : names)
            session.erasure().end(name);
        return counts;
    };
    writer_.submit(std::make_unique<Task<Counts, decltype(work)>>(1, std::move(work), std::move(job.done)));
}

Result<bool> Eraser::search(Found& found) {
    auto connection = connect_();
    if (!connection) return std::unexpected(connection.error());
    Statement page(**connection,
                   "SELECT key, application, recipient, plan FROM message WHERE key > ?1 ORDER BY key LIMIT ?2");
    ForgottenNames names;
    for (const auto& [name, done] : found)
        names.insert(name);
    std::int64_t last = -1;
    for (int seen = rows_a_page; seen == rows_a_page;) {
        if (is_stopping()) return fail(Code::closed, "the store is closed; forgetting goes on at the next start");
        seen = 0;
        std::map<Forgotten, std::vector<MessageKey>> keys, copies;
        {
            auto rows = page.query(last, rows_a_page);
            for (; rows.next(); ++seen) {
                last = rows.integer(0);
                const auto* name = name_in(names, rows.bytes(1), rows.bytes(2), rows.bytes(3), country_);
                if (name != nullptr)
                    keys[*name].push_back(MessageKey{last});
                else if (name = copy_in(names, rows.bytes(1), rows.bytes(3)); name != nullptr)
                    copies[*name].push_back(MessageKey{last});
            }
        }
        if ((*connection)->fault() != 0) return std::unexpected((*connection)->error());
        for (auto& [person, of_person] : keys) {
            auto done =
                ask([these = std::move(of_person)](Session& session) { return session.erasure().messages(these); });
            if (!done) return std::unexpected(done.error());
            found[person] += *done;
        }
        for (auto& [person, of_person] : copies) {
            auto done = ask([names, these = std::move(of_person)](Session& session) {
                return session.erasure().copies(names, these);
            });
            if (!done) return std::unexpected(done.error());
            found[person] += *done;
        }
    }
    return true;
}

/// Waits for the writer.
template <class Work>
auto Eraser::ask(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    using T = decltype(work(std::declval<Session&>()));
    std::promise<Result<T>> told;
    auto answer = [&told](Result<T> result) { told.set_value(std::move(result)); };
    writer_.submit(std::make_unique<Task<T, Work>>(1, std::move(work), std::move(answer)));
    return told.get_future().get();
}

}  // namespace chapar::store::sqlite
