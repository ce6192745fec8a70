// sandbox: sends nothing. What becomes of a message, and what is reported of it, follows from its address alone.
// It holds nothing that outlives it but reports that are due; an instance that ends gives them at once.

#include "manner.hpp"

#include "chapar/plugin.hpp"

#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using chapar::Event;
using chapar::Outcome;
using chapar::sandbox::Manner;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int deferrals = 2;
constexpr milliseconds again{1'000};  // when the host could not keep a report

/// The number behind the dot: which attempt of its message it is.
int number_of(std::string_view attempt) {
    int number = 1;
    const auto text = attempt.substr(attempt.rfind('.') + 1);
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// What a provider of the channel would say, in the words of SMTP or of none.
struct Said {
    std::string_view smtp, other, detail;
    std::string code(bool is_mail) const { return std::string(is_mail ? smtp : other); }
};
constexpr Said took{"250 2.0.0", "0", "the sandbox took it and sends nothing"};
constexpr Said nobody{"550 5.1.1", "unknown_address", "sandbox: there is no such address"};
constexpr Said no_room{"552 5.2.2", "unreachable", "sandbox: the mailbox is full, or the phone is switched off"};
constexpr Said come_later{"451 4.7.1", "try_later", "sandbox: not now, come again"};
constexpr Said unwanted{"554 5.7.1", CHAPAR_BLOCKED_BY_OPERATOR, "sandbox: the message is not wanted"};
constexpr Said nothing_clear{"", "", "sandbox: no clear answer came"};

class Sandbox final : public chapar::Plugin {
  public:
    static constexpr chapar::Traits traits{
        .channels = {"email", "sms", "push", "webpush", "inapp", "voice", "whatsapp"},
        .receipts = true,
        .idempotent = true,  // nothing leaves, so nothing leaves twice
        .carries_copies = true,
        .max_batch = 64,
        .max_in_flight = 1'024,
        .config_schema = R"({"receipt_after": {"type": "duration", "default": "1s",
                               "help": "how long after a hand-over it reports what became of a message"},
                             "slow_after": {"type": "duration", "default": "30s",
                               "help": "the same for the address slow"}})"};

    Sandbox(chapar::Host host, const chapar::Config& config)
        : host_(host),
          receipt_after_(config.duration("receipt_after", milliseconds(1'000))),
          slow_after_(config.duration("slow_after", milliseconds(30'000))) {}

    void send(chapar::Batch batch) override {
        for (chapar::Attempt& attempt : batch.split()) {
            const auto message = attempt.message();
            auto outcome = outcome_of(message);
            auto reports = reports_of(message);
            const auto wait =
                chapar::sandbox::manner_of(message.address()) == Manner::slow ? slow_after_ : receipt_after_;
            attempt.complete(outcome);
            for (Event& report : reports)
                due_.emplace(Clock::now() + wait, std::move(report));
        }
        arm();
    }

    void drain() override {
        is_draining_ = true;
        report_due();
    }

  private:
    static bool is_mail(const chapar::Message& message) { return message.channel() == "email"; }

    Outcome outcome_of(const chapar::Message& message) const {
        const bool mail = is_mail(message);
        const auto refuse = [&](chapar::Blame blame, const Said& said) {
            return Outcome::rejected(blame, said.code(mail), std::string(said.detail));
        };
        switch (chapar::sandbox::manner_of(message.address())) {
            case Manner::rejected:
                return refuse(chapar::Blame::gone, nobody);
            case Manner::blocked:
                return refuse(chapar::Blame::recipient, unwanted);
            case Manner::doubt:
                return Outcome::unknown(chapar::Blame::nobody, nothing_clear.code(mail),
                                        std::string(nothing_clear.detail));
            case Manner::deferred:
                if (number_of(message.attempt()) > deferrals) break;
                return Outcome::retry(chapar::Blame::recipient, come_later.code(mail), std::string(come_later.detail))
                    .after(receipt_after_);
            case Manner::delivered:
            case Manner::slow:
            case Manner::silent:
            case Manner::bounce:
            case Manner::full:
            case Manner::complaint:
            case Manner::unsubscribed:
            case Manner::reply:
                break;
        }
        return Outcome::accepted(took.code(mail), std::string(took.detail) + refused_copies(message))
            .id(std::string(message.attempt()));
    }

    /// As a server refuses them: the mail goes to the others.
    static std::string refused_copies(const chapar::Message& message) {
        std::string out;
        for (std::size_t i = 0; i < message.copy_count(); ++i) {
            const auto copy = message.copy(i);
            const bool is_refused = chapar::sandbox::manner_of(copy.address) == Manner::rejected;
            if (!is_refused) continue;
            ((out += "; without ") += copy.name) += ": ";
            ((out += nobody.smtp) += ' ') += nobody.detail;
        }
        return out;
    }

    static Event event(const chapar::Message& message, std::string_view kind, const Said& said) {
        Event out;
        out.attempt = message.attempt();
        out.provider_id = message.attempt();
        out.kind = kind;
        out.address = message.address();
        out.code = said.code(is_mail(message));
        out.detail = said.detail;
        out.dedupe_key = std::string(message.attempt()) + ' ' + std::string(kind);
        return out;
    }

    static std::vector<Event> reports_of(const chapar::Message& message) {
        const auto arrived = event(message, "delivered", {"250 2.0.0", "0", "sandbox: it has arrived"});
        const auto failed = is_mail(message) ? "bounced" : "failed";
        switch (chapar::sandbox::manner_of(message.address())) {
            case Manner::delivered:
            case Manner::slow:
                return {arrived};
            case Manner::deferred:
                if (number_of(message.attempt()) > deferrals) return {arrived};
                return {};
            case Manner::bounce:
                return {event(message, failed, nobody)};
            case Manner::full:
                return {event(message, failed, no_room)};
            case Manner::complaint:
                return {arrived, event(message, "complained", {"", "", "sandbox: the person complains"})};
            case Manner::unsubscribed:
                return {arrived, event(message, "unsubscribed", {"", "", "STOP"})};
            case Manner::reply:
                return {arrived, event(message, "inbound", {"", "", "sandbox: an answer of the person"})};
            case Manner::silent:
            case Manner::rejected:
            case Manner::blocked:
            case Manner::doubt:
                return {};
        }
        return {};
    }

    /// One timer, for the report that is due first.
    void arm() {
        if (is_draining_) return report_due();
        if (due_.empty()) return;
        const auto first = due_.begin()->first;
        if (timer_ && armed_for_ <= first) return;
        if (timer_) host_.cancel_timer(*timer_);
        armed_for_ = first;
        const auto wait = std::chrono::ceil<milliseconds>(first - Clock::now());
        timer_ = host_.timer(wait, [this] {
            timer_.reset();
            report_due();
            arm();
        });
    }

    /// What is due; of an instance that ends everything.
    void report_due() {
        if (is_draining_ && timer_) {
            host_.cancel_timer(*timer_);
            timer_.reset();
        }
        const auto now = Clock::now();
        while (!due_.empty() && (is_draining_ || due_.begin()->first <= now)) {
            auto report = std::move(due_.extract(due_.begin()).mapped());
            const auto copy = report;
            host_.emit(copy, [this, report = std::move(report)](bool is_durable) mutable {
                if (is_durable || is_draining_) return;
                due_.emplace(Clock::now() + again, std::move(report));
                arm();
            });
        }
    }

    chapar::Host host_;
    const milliseconds receipt_after_, slow_after_;
    std::multimap<Clock::time_point, Event> due_;
    std::optional<std::uint64_t> timer_;
    Clock::time_point armed_for_{};
    bool is_draining_ = false;
};

}  // namespace

CHAPAR_PLUGIN(Sandbox, "sandbox", "1.0")
