#include "ingress/intake.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

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

std::string taken_members(const Taken& taken) {
    return fmt::format(R"("id":"{}",{}{})", taken.id.text(),
                       taken.is_duplicate ? R"("duplicate":true)" : R"("state":"waiting","duplicate":false)",
                       taken.is_test ? R"(,"test":true)" : "");
}

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

void Intake::submit(Incoming incoming) {
    if (!lines_.empty() && lines_.contains(incoming.line)) {
        // Behind what came before; what must be read for it is read meanwhile.
        auto recipient = preparer_.needed_profile(incoming.body);
        if (recipient.empty()) return hold(std::move(incoming), std::nullopt);
        return hold(std::move(incoming),
                    Later{.read = Preparer::Read{Preparer::Read::What::profile, std::move(recipient), 0}});
    }
    if (auto later = take(incoming, nullptr)) hold(std::move(incoming), std::move(later));
}

void Intake::hold(Incoming incoming, std::optional<Later> later) {
    auto held = std::make_shared<Held>();
    const void* line = incoming.line;
    held->incoming = std::move(incoming);
    held->is_ready = !later;
    lines_[line].push_back(held);
    if (later) postpone(held, std::move(*later));
}

void Intake::postpone(const HeldPtr& held, Later later) {
    if (later.read) return read_for(held, std::move(*later.read));
    held->is_ready = false;
    alarm_.after(later.wait, [this, held] {
        post_([this, held] {
            held->is_ready = true;
            go_on(held->incoming.line);
            flush();
        });
    });
}

std::optional<RateState> Intake::rate_of(const std::string& application) {
    const auto* app = find_application(*settings_, application);
    if (app == nullptr || app->rate <= 0) return std::nullopt;
    const double quota = std::max(1.0, std::floor(app->rate));
    const double left = std::max(0.0, quotas_.of(app->name).left(app->rate, deps_.clock.monotonic()));
    const auto seconds = [](double count) { return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(count))); };
    return RateState{static_cast<std::uint64_t>(quota), static_cast<std::uint64_t>(std::min(left, quota)),
                     seconds(quota / app->rate), seconds(std::max(0.0, quota - left) / app->rate)};
}

void Intake::read_for(const HeldPtr& held, Preparer::Read read) {
    held->is_ready = false;
    held->read = std::move(read);
    to_read_.push_back(held);
    if (to_read_.size() >= max_reads) start_reads();
}

std::optional<Intake::Later> Intake::take(Incoming& incoming, const Preparer::Profile* profile) {
    const auto* app = find_application(*settings_, incoming.application);
    if (!app) {
        refuse(incoming,
               {403,
                "not-allowed",
                "to send, an application is needed: name it by chapar --application NAME, or in X-Chapar-Application",
                {},
                {}});
        return std::nullopt;
    }
    auto& quota = quotas_.of(app->name);
    const auto next_token = quota.wait(app->rate, deps_.clock.monotonic());
    if (next_token && incoming.can_wait) return Later{.read = std::nullopt, .wait = *next_token};
    const Preparer::Asked asked{deps_.clock.now(),
                                app->queue_depth > 0 ? deps_.control.waiting(app->name) + quota.in_flight() : 0,
                                next_token,
                                false,
                                false,
                                profile,
                                incoming.idempotency_key};
    auto prepared = preparer_.prepare(*app, incoming.body, asked);
    if (!prepared) {
        auto& why = prepared.error();
        if (why.read && why.read->what == Preparer::Read::What::profile) return Later{.read = std::move(why.read)};
        if (why.read)
            ask_key(incoming, std::move(why));
        else
            refuse(incoming, why.problem);
        return std::nullopt;
    }
    if (prepared->program) keep_revision(*prepared->program);
    quota.take(app->rate);
    pendings_.push_back({std::move(incoming.waiter), incoming.tag, &quota, model::is_test(prepared->message.message)});
    batch_.push_back(std::move(prepared->message));
    if (batch_.size() >= max_batch) flush();
    return std::nullopt;
}

void Intake::refuse(const Incoming& incoming, const net::Problem& problem) {
    count_refusal(problem.type);
    incoming.waiter->refused(incoming.tag, problem);
}

/// It changes nothing, so nobody has to wait for it.
void Intake::ask_key(Incoming& incoming, Preparer::Refused refused) {
    auto held = std::make_shared<Held>();
    held->incoming = std::move(incoming);
    held->problem = std::move(refused.problem);
    held->is_test = refused.is_test;
    read_for(held, std::move(*refused.read));
}

void Intake::start_reads() {
    if (to_read_.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        ++outstanding_;
    }
    reader_.run([this, reads = std::exchange(to_read_, {})] {
        for (const auto& held : reads) {
            const auto& application = held->incoming.application;
            const auto& read = *held->read;
            if (read.what == Preparer::Read::What::profile)
                held->profile = Preparer::profile_of(deps_.store, application, read.id);
            else
                held->first = Preparer::first_of(deps_.store, application, read);
        }
        post_([this, reads] { reads_done(reads); });
        const std::lock_guard lock(mutex_);
        if (--outstanding_ == 0) all_landed_.notify_all();
    });
}

void Intake::reads_done(const HeldPtrs& reads) {
    for (const auto& held : reads) {
        held->is_ready = true;
        if (held->problem)
            answer_key(*held);
        else
            go_on(held->incoming.line);
    }
    flush();
}

void Intake::answer_key(const Held& held) {
    if (held.first)
        held.incoming.waiter->accepted(held.incoming.tag, {*held.first, true, held.is_test});
    else
        refuse(held.incoming, *held.problem);
    held.incoming.waiter->settled();
}

/// A waiter that is told may hand in more on the same line at once: it goes to the end of the line.
void Intake::go_on(const void* line) {
    const auto at = lines_.find(line);
    if (at == lines_.end()) return;
    auto& waiting = at->second;  // stays where it is, though `at` may not
    while (!waiting.empty() && waiting.front()->is_ready) {
        const auto held = waiting.front();
        const auto waiter = held->incoming.waiter;
        if (auto later = take(held->incoming, held->read ? &held->profile : nullptr))
            return postpone(held, std::move(*later));  // its turn comes, or the limits of JSON were changed meanwhile
        waiting.pop_front();
        waiter->settled();
    }
    if (waiting.empty()) lines_.erase(line);
}

void Intake::flush() {
    start_reads();
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
            pending.waiter->accepted(pending.tag, {result.id, result.kind == Kind::duplicate, pending.is_test});
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
