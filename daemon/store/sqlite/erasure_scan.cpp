#include "store/sqlite/erasure_scan.hpp"

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int rows_a_page = 2000;

}  // namespace

void ErasureScan::resume() {
    auto connection = connect_();
    if (!connection) return;
    Statement select(**connection, "SELECT application, recipient FROM erasure");
    auto rows = select.query();
    while (rows.next())
        add({{{std::string(rows.bytes(0)), std::string(rows.bytes(1))}}, {}});
}

void ErasureScan::erase(const std::string& application, std::vector<std::string> names, Done<Counts> done) {
    rules::ForgottenNames all;
    for (auto& name : names)
        all.insert({application, std::move(name)});
    add({std::move(all), std::move(done)});
}

void ErasureScan::add(Job job) {
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

void ErasureScan::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool ErasureScan::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void ErasureScan::loop() {
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

void ErasureScan::run(std::deque<Job> jobs) {
    Found found;
    auto done = begin(jobs, found);
    if (done) done = search(found);
    if (done) {
        for (Job& job : jobs) {
            rules::Erased counts;
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

Result<bool> ErasureScan::begin(const std::deque<Job>& jobs, Found& found) {
    for (const Job& job : jobs) {
        auto begun = ask([names = job.names](rules::Unit& unit) {
            std::vector<std::pair<rules::Forgotten, rules::Erased>> out;
            for (const auto& name : names)
                out.emplace_back(name, rules::begin_erasure(unit, name));
            return out;
        });
        if (!begun) return std::unexpected(begun.error());
        for (const auto& [name, done] : *begun)
            found[name] += done;
    }
    return true;
}

void ErasureScan::end(Job job, const rules::Erased& found) {
    auto work = [names = job.names, counts = rules::counts_of(found)](rules::Unit& unit) {
        for (const auto& name : names)
            rules::end_erasure(unit, name);
        return counts;
    };
    commit_.submit<Counts>(1, std::move(job.done), std::move(work));
}

Result<bool> ErasureScan::search(Found& found) {
    auto connection = connect_();
    if (!connection) return std::unexpected(connection.error());
    Statement page(**connection,
                   "SELECT key, application, recipient, plan FROM message WHERE key > ?1 ORDER BY key LIMIT ?2");
    rules::ForgottenNames names;
    for (const auto& [name, done] : found)
        names.insert(name);
    std::int64_t last = -1;
    for (int seen = rows_a_page; seen == rows_a_page;) {
        if (is_stopping()) return fail(Code::closed, "the store is closed; forgetting goes on at the next start");
        seen = 0;
        std::map<rules::Forgotten, std::vector<MessageKey>> keys, copies;
        {
            auto rows = page.query(last, rows_a_page);
            for (; rows.next(); ++seen) {
                last = rows.integer(0);
                const auto plan = model::decode_plan(rows.bytes(3));
                const auto* name = rules::name_in(names, rows.bytes(1), rows.bytes(2), plan, country_);
                if (name != nullptr)
                    keys[*name].push_back(MessageKey{last});
                else if (name = rules::copy_in(names, rows.bytes(1), plan); name != nullptr)
                    copies[*name].push_back(MessageKey{last});
            }
        }
        if ((*connection)->fault() != 0) return std::unexpected((*connection)->error());
        for (auto& [person, of_person] : keys) {
            auto done =
                ask([these = std::move(of_person)](rules::Unit& unit) { return rules::erase_messages(unit, these); });
            if (!done) return std::unexpected(done.error());
            found[person] += *done;
        }
        for (auto& [person, of_person] : copies) {
            auto done = ask([names, these = std::move(of_person)](rules::Unit& unit) {
                return rules::erase_copies(unit, names, these);
            });
            if (!done) return std::unexpected(done.error());
            found[person] += *done;
        }
    }
    return true;
}

/// Waits for the writer.
template <class Work>
auto ErasureScan::ask(Work work) -> Result<decltype(work(std::declval<rules::Unit&>()))> {
    return commit_.now<decltype(work(std::declval<rules::Unit&>()))>(1, std::move(work));
}

}  // namespace chapar::store::sqlite
