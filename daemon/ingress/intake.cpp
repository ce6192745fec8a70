#include "ingress/intake.hpp"

namespace chapar::ingress {
namespace {

net::Problem storage_problem(const Error& error) {
    if (error.is(store::Code::closed)) return {503, "shutting-down", "the daemon is stopping", {}, 5};
    return {503, "storage-unavailable", error.message(), {}, 5};
}

const config::ApplicationSettings* find_application(const config::Settings& settings, const std::string& name) {
    for (const auto& app : settings.applications) {
        if (app.name == name) return &app;
    }
    return nullptr;
}

}  // namespace

Intake::Intake(const Deps& deps, std::function<void(std::function<void()>)> post)
    : deps_(deps),
      post_(std::move(post)),
      preparer_(deps),
      quotas_(deps.metrics),
      commit_seconds_(deps.metrics.histogram("accept_commit_seconds", "From the end of a batch to its commit on disk",
                                             {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5})),
      registry_(deps.metrics) {}

Intake::~Intake() {
    std::unique_lock lock(mutex_);
    all_landed_.wait(lock, [this] { return outstanding_ == 0; });
}

void Intake::set_settings(std::shared_ptr<const config::Settings> settings) {
    settings_ = std::move(settings);
    preparer_.set_settings(settings_);
}

void Intake::submit(const std::string& application, std::string body, const std::shared_ptr<Waiter>& waiter,
                    std::uint64_t tag) {
    const auto* app = find_application(*settings_, application);
    if (!app) {
        const net::Problem problem{
            403,
            "not-allowed",
            "to send, an application is needed: name it by chapar --application NAME, or in X-Chapar-Application",
            {},
            {}};
        count_refusal(problem.type);
        return waiter->refused(tag, problem);
    }
    auto& quota = quotas_.of(app->name);
    const Preparer::Asked asked{deps_.clock.now(),
                                app->queue_depth > 0 ? deps_.control.waiting(app->name) + quota.in_flight() : 0,
                                quota.wait(app->rate, deps_.clock.monotonic()), false};
    auto prepared = preparer_.prepare(*app, std::move(body), asked);
    if (!prepared) {
        if (prepared.error().first) return waiter->accepted(tag, *prepared.error().first, true);
        count_refusal(prepared.error().problem.type);
        return waiter->refused(tag, prepared.error().problem);
    }
    if (prepared->program) keep_revision(*prepared->program);
    quota.take(app->rate);
    batch_.push_back(std::move(prepared->message));
    pendings_.push_back({waiter, tag, &quota});
    if (batch_.size() >= max_batch) flush();
}

void Intake::flush() {
    if (batch_.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        ++outstanding_;
    }
    auto waiting = std::make_shared<Pendings>(std::move(pendings_));
    auto batch = std::move(batch_);
    batch_.clear();
    pendings_.clear();
    batch_.reserve(batch.size());
    pendings_.reserve(batch.size());
    const auto begun = deps_.clock.monotonic();
    deps_.store.accept(std::move(batch), [this, waiting, begun](Result<store::AcceptedBatch> done) {
        const std::chrono::duration<double> took = deps_.clock.monotonic() - begun;
        commit_seconds_.observe(took.count());
        if (done) {
            auto results = std::make_shared<std::vector<store::AcceptResult>>(done->results);
            deps_.control.accepted(std::move(*done));
            post_([this, waiting, results] { deliver(*waiting, *results); });
        } else {
            post_([this, waiting, error = done.error()] { deliver_failure(*waiting, error); });
        }
        const std::lock_guard lock(mutex_);
        if (--outstanding_ == 0) all_landed_.notify_all();
    });
}

void Intake::deliver(const Pendings& waiting, const std::vector<store::AcceptResult>& results) {
    using Kind = store::AcceptResult::Kind;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
        const auto& pending = waiting[i];
        const auto& result = results[i];
        pending.quota->landed(result.kind == Kind::accepted);
        if (result.kind != Kind::conflict) {
            pending.waiter->accepted(pending.tag, result.id, result.kind == Kind::duplicate);
        } else {
            count_refusal("idempotency-conflict");
            pending.waiter->refused(pending.tag, {409,
                                                  "idempotency-conflict",
                                                  "this idempotency key belongs to message " + result.id.text() +
                                                      ", which has another body",
                                                  {{"/idempotency_key", "used before"}},
                                                  {}});
        }
        // One Waiter may have many of these: it learns of the end once.
        if (i + 1 == waiting.size() || waiting[i + 1].waiter != pending.waiter) pending.waiter->settled();
    }
}

void Intake::deliver_failure(const Pendings& waiting, const Error& error) {
    const auto problem = storage_problem(error);
    for (const auto& pending : waiting) {
        pending.quota->landed(false);
        count_refusal(problem.type);
        pending.waiter->refused(pending.tag, problem);
        pending.waiter->settled();
    }
}

void Intake::count_refusal(std::string_view type) {
    for (const auto& [known, counter] : refusals_) {
        if (known == type) return counter->add();
    }
    auto& counter = registry_.counter("messages_refused_total", "Messages refused at the socket, by type of problem",
                                      {{"type", std::string(type)}});
    refusals_.emplace_back(type, &counter);
    counter.add();
}

/// A template's sources are written before the first message that needs them: the store commits in this order.
void Intake::keep_revision(const render::Template& program) {
    if (kept_revisions_.contains(program.revision())) return;
    kept_revisions_.insert(program.revision());
    {
        const std::lock_guard lock(mutex_);
        ++outstanding_;
    }
    deps_.store.put_revision(program.revision(), program.bundle(),
                             [this, revision = program.revision()](Result<bool> done) {
                                 if (!done) post_([this, revision] { kept_revisions_.erase(revision); });
                                 const std::lock_guard lock(mutex_);
                                 if (--outstanding_ == 0) all_landed_.notify_all();
                             });
}

}  // namespace chapar::ingress
