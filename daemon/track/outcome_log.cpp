#include "track/outcome_log.hpp"

#include <array>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::track {
namespace {

void add(log::Batch& batch, const OutcomeLine& line, Addresses addresses) {
    std::array<log::Field, 16> fields;
    std::size_t count = 0;
    const auto field = [&](std::string_view name, auto value) { fields[count++] = log::Field(name, value); };
    const auto text = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) field(name, value);
    };
    const auto id = line.id.text();
    const auto words = mask_in(line.words, line.address, addresses);
    const auto masked = addresses == Addresses::masked ? mask(line.address) : std::string();
    field("message", std::string_view(id));
    text("application", line.application);
    text("class", line.class_name);
    text("channel", line.channel);
    if (addresses != Addresses::none) text("address", addresses == Addresses::full ? line.address : masked);
    text("route", line.route);
    text("template", line.template_name);
    field("status", name(line.status));
    field("state", model::name(line.state));
    if (line.reason) field("reason", model::name(*line.reason));
    field("attempts", line.attempts);
    if (line.accepted_at != Timestamp{})
        field("delay", std::chrono::duration<double>(line.at - line.accepted_at).count());
    text("code", line.code);
    text("words", words);
    text("provider_id", line.provider_id);
    batch.add(name(line.status), std::span(fields).first(count));
}

}  // namespace

OutcomeLog::OutcomeLog(Find find) : find_(std::move(find)), thread_([this] { run(); }) {}

OutcomeLog::~OutcomeLog() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void OutcomeLog::configure(bool on, Addresses addresses) {
    addresses_.store(addresses, std::memory_order_relaxed);
    on_.store(on, std::memory_order_relaxed);
}

template <class T>
void OutcomeLog::take(std::vector<T> entries) {
    if (!is_on() || entries.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        for (auto& entry : entries) {
            if (waiting_.size() >= most_waiting) {
                ++lost_;
                dropped_.fetch_add(1, std::memory_order_relaxed);
            } else {
                waiting_.emplace_back(std::move(entry));
            }
        }
    }
    wake_.notify_one();
}

void OutcomeLog::put(std::vector<OutcomeLine> lines) { take(std::move(lines)); }
void OutcomeLog::put(std::vector<store::Moved> moves) { take(std::move(moves)); }

void OutcomeLog::drain() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return waiting_.empty() && !writing_; });
}

void OutcomeLog::run() {
    name_thread("outcomes");
    std::vector<Entry> entries;
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        entries.swap(waiting_);
        const auto lost = std::exchange(lost_, 0);
        writing_ = true;
        lock.unlock();
        write(entries);
        entries.clear();
        if (lost != 0) {
            log::warning("log.outcomes_lost", "{} lines about outcomes were not written: they came faster than the log",
                         log::Field("lines", lost));
        }
        lock.lock();
        writing_ = false;
        idle_.notify_all();
    }
}

void OutcomeLog::write(std::vector<Entry>& entries) {
    log::Batch batch(log::Level::info, "message.outcome");
    const auto addresses = addresses_.load(std::memory_order_relaxed);
    for (auto& entry : entries) {
        if (const auto* line = std::get_if<OutcomeLine>(&entry)) {
            add(batch, *line, addresses);
            continue;
        }
        auto& moved = std::get<store::Moved>(entry);
        if (!moved.message) {
            const auto record = find_(moved.id);
            // Its row may be damaged or gone; what the move says stays true.
            moved.message = record.has_value() ? moved_message(*record) : store::MovedMessage{};
        }
        add(batch, line_of(*std::move(moved.message), moved), addresses);
    }
}

}  // namespace chapar::track
