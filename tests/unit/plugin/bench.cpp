#include "bench.hpp"

#include <future>
#include <sstream>
#include <utility>

namespace chapar::plugin::test {

Instance::Completed Outcomes::collect() {
    return [state = state_](std::size_t index, model::Outcome outcome) {
        std::lock_guard lock(state->mutex);
        state->outcomes[index] = std::move(outcome);
        ++state->times[index];
        ++state->answers;
        state->changed.notify_all();
    };
}

bool Outcomes::wait(std::size_t count) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, std::chrono::seconds(5), [&] { return state_->answers >= count; });
}

model::Outcome Outcomes::at(std::size_t index) const {
    std::lock_guard lock(state_->mutex);
    return state_->outcomes.at(index);
}

int Outcomes::times(std::size_t index) const {
    std::lock_guard lock(state_->mutex);
    auto at = state_->times.find(index);
    return at == state_->times.end() ? 0 : at->second;
}

Bench::Bench() : transfers_({}) {
    auto take = [this](std::string_view, model::Report event, std::function<void(bool)> durable) {
        bool is_durable = true;
        {
            std::lock_guard lock(mutex_);
            events_.push_back(std::move(event));
            is_durable = durable_;
        }
        durable(is_durable);
    };
    host_ = std::make_unique<Host>(Services{executor_, transfers_, metrics_, clock_, take, Milliseconds(20)});
}

Bench::~Bench() { pool_.join(); }

std::shared_ptr<Instance> Bench::create(const std::string& plugin, const std::string& config) {
    Result<std::shared_ptr<Instance>> made = host_->create(plugin, "it", config);
    if (!made) throw std::runtime_error(made.error().message());
    return *made;
}

std::string Bench::create_error(const std::string& plugin, const std::string& config) {
    Result<std::shared_ptr<Instance>> made = host_->create(plugin, "it", config);
    return made ? "" : made.error().message();
}

std::vector<Outgoing> Bench::messages(std::size_t count) {
    std::vector<Outgoing> batch(count);
    for (std::size_t i = 0; i < count; ++i) {
        batch[i].attempt = {MessageId(MessageKey{1'000'000 + static_cast<std::int64_t>(i)}, 7), 1};
        batch[i].channel = "email";
        batch[i].address = "user" + std::to_string(i) + "@example.org";
        batch[i].content = {{"subject", "Hello"}, {"text", "Hi"}};
        batch[i].attachments = {{"a.txt", "text/plain", "", "bytes"}};
    }
    return batch;
}

Outcomes Bench::send(Instance& instance, std::size_t count, Milliseconds deadline) {
    Outcomes outcomes;
    instance.send(messages(count), deadline, outcomes.collect());
    if (!outcomes.wait(count)) throw std::runtime_error("not every message was answered");
    return outcomes;
}

std::string Bench::drain(Instance& instance, Milliseconds limit) {
    auto held = std::make_shared<std::promise<std::string>>();
    instance.drain(limit, [held](std::string text) { held->set_value(std::move(text)); });
    return held->get_future().get();
}

HttpReply Bench::inbound(Instance& instance, HttpRequest request) {
    auto reply = std::make_shared<std::promise<HttpReply>>();
    instance.inbound(std::move(request), [reply](HttpReply r) { reply->set_value(std::move(r)); });
    return reply->get_future().get();
}

std::vector<model::Report> Bench::events() {
    std::lock_guard lock(mutex_);
    return events_;
}

double Bench::counter(const std::string& line_start) {
    std::istringstream lines(metrics_.text());
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(line_start)) return std::stod(line.substr(line.rfind(' ') + 1));
    }
    return 0;
}

}  // namespace chapar::plugin::test
