#include "bounce/receiver/intake.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "bounce/effect.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_events = 50;

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The attempts that a mail is about: one for each good seal of its envelope, else that of the mail itself.
std::vector<std::string> attempts_of(const Finding& finding, std::span<const std::string> envelope,
                                     const seal::ReturnPaths& seals) {
    std::vector<std::string> out;
    for (const auto& address : envelope)
        if (auto attempt = seals.attempt_of(address); attempt && std::ranges::find(out, *attempt) == out.end())
            out.push_back(std::move(*attempt));
    if (!out.empty()) return out;
    if (auto attempt = attempt_of(finding, {}, seals)) out.push_back(std::move(*attempt));
    return out;
}

/// Waits for the answers to several events.
struct Answers {
    std::atomic<std::size_t> open;
    std::atomic<bool> all_durable{true};
    std::function<void(bool)> done;

    void one(bool is_durable) {
        if (!is_durable) all_durable = false;
        if (open.fetch_sub(1) == 1) done(all_durable);
    }
};

}  // namespace

std::vector<Event> Intake::noes_of_mail(const std::vector<std::string>& attempts) const {
    host_.metric("received_mails", 1, {{"verdict", name(Kind::opt_out)}, {"form", unsubscribe_code}});
    std::vector<Event> out;
    for (const auto& attempt : attempts) {
        if (out.size() >= most_events) break;
        Event event;
        event.attempt = attempt;
        event.kind = "unsubscribed";
        event.code = unsubscribe_code;
        event.dedupe_key = event.kind + ' ' + attempt + ' ' + event.code;
        event.at_ms = now_ms();
        out.push_back(std::move(event));
    }
    return out;
}

std::vector<Event> Intake::events_of_mail(std::string_view mail, std::span<const std::string> envelope) const {
    const auto finding = judge(mail, settings_.by);
    if (const auto noes = unsubscribes(finding, envelope, settings_.mailboxes); !noes.empty())
        return noes_of_mail(noes);
    const auto attempts = attempts_of(finding, envelope, settings_.seals);
    host_.metric("received_mails", 1, {{"verdict", verdict_words(finding, !attempts.empty())}, {"form", finding.form}});
    std::vector<Event> out;
    for (const auto& attempt : attempts) {
        for (auto& told : events_of(finding)) {
            if (out.size() >= most_events) return out;
            Event event;
            event.attempt = attempt;
            event.dedupe_key = told.kind + ' ' + attempt + ' ' + told.address + ' ' + told.code;
            event.kind = std::move(told.kind);
            event.address = std::move(told.address);
            event.code = std::move(told.code);
            event.detail = std::move(told.detail);
            event.blame = told.blame;
            event.at_ms = now_ms();
            out.push_back(std::move(event));
        }
    }
    return out;
}

void Intake::take(std::string_view mail, std::span<const std::string> envelope, std::function<void(bool)> done) const {
    const auto events = events_of_mail(mail, envelope);
    if (events.empty()) return done(true);
    const auto answers = std::make_shared<Answers>();
    answers->open = events.size();
    answers->done = std::move(done);
    for (const auto& event : events) {
        const bool is_taken = host_.emit(event, [answers](bool is_durable) { answers->one(is_durable); });
        if (!is_taken) answers->one(false);
    }
}

}  // namespace chapar::bounce
