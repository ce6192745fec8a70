// The sms channel over a provider's HTTP interface. What the provider wants and says stands in a file; this only makes
// the calls, answers each message once and passes on what the provider tells later.

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/answer.hpp"
#include "sms/http/request.hpp"
#include "sms/http/settings.hpp"
#include "sms/http/watch.hpp"
#include "sms/http/webhook.hpp"

namespace chapar::sms::http {
namespace {

/// Messages that go in one call.
struct Load {
    std::vector<Attempt> attempts;
    std::vector<Letter> letters;
};

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::chrono::sys_seconds now_s() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

}  // namespace

class SmsHttp final : public Plugin {
  public:
    static constexpr Traits traits{.channels = {"sms"},
                                   .receipts = true,
                                   .max_batch = 100,
                                   .max_linger_ms = 5,
                                   .max_in_flight = 100,
                                   .config_schema = settings_schema};

    SmsHttp(Host host, const Config& config)
        : host_(host),
          settings_(read_settings(config, host)),
          stop_words_(settings_.stop_words),
          watch_(host, settings_) {
        const auto& webhook = settings_.provider.webhook;
        if ((webhook.receipt || webhook.message) && !takes_webhooks(settings_))
            host_.info("webhooks of " + settings_.provider.name +
                       " are refused: public_url and the secret or token that prove them are not set");
    }

    void send(Batch batch) override {
        std::vector<Load> loads;
        for (Attempt& attempt : batch.split()) {
            auto letter = compose(attempt.message(), settings_);
            if (!letter) {
                attempt.complete(Outcome::rejected(letter.error().blame, "", std::move(letter.error().sentence)));
                continue;
            }
            Load& load = load_for(*letter, loads);
            load.attempts.push_back(std::move(attempt));
            load.letters.push_back(std::move(*letter));
        }
        for (Load& load : loads)
            call(std::move(load));
    }

    void inbound(Inquiry inquiry, const HttpRequest& request) override {
        const Heard heard = hear(request, settings_, stop_words_, now_ms());
        host_.metric(heard.counted);
        for (const Event& event : heard.events) {
            host_.metric(event.kind);
            if (!inquiry.emit(event)) return inquiry.reply(503, {}, {{"Retry-After", "30"}});
            watch_.told(event.provider_id);
        }
        std::vector<Field> headers;
        if (!heard.allow.empty()) headers.emplace_back("Allow", heard.allow);
        if (!heard.body.empty()) headers.emplace_back("Content-Type", heard.type);
        inquiry.reply(heard.status, heard.body, headers);
    }

    void drain() override { watch_.stop(); }

  private:
    using Field = chapar::Field;

    Load& load_for(const Letter& letter, std::vector<Load>& loads) const {
        const auto& send = settings_.provider.send;
        for (Load& load : loads)
            if (load.letters.size() < send.max_recipients && agree(load.letters.front(), letter, send)) return load;
        return loads.emplace_back();
    }

    void call(Load load) {
        std::vector<const Values*> letters;
        letters.reserve(load.letters.size());
        for (const Letter& letter : load.letters)
            letters.push_back(&letter.values);
        const Call made = make_call(settings_.provider.send, settings_, letters);
        host_.metric("calls");
        host_.metric("submitted", static_cast<double>(load.letters.size()));
        const auto held = std::make_shared<Load>(std::move(load));
        const auto started = host_.transfer(made.transfer(settings_.ca_file),
                                            [this, held](const TransferResult& result) { answered(*held, result); });
        if (started != 0) return;
        for (Attempt& attempt : held->attempts)  // nothing has left
            attempt.complete(Outcome::retry(Blame::nobody, "", "the route was ended before the message was sent"));
    }

    void answered(Load& load, const TransferResult& result) {
        if (!result.completed()) {
            host_.metric("unanswered");
            const auto outcome = judge_failure(result.phase(), result.error());
            for (Attempt& attempt : load.attempts)
                attempt.complete(outcome);
            return;
        }
        std::vector<std::string> recipients;
        recipients.reserve(load.letters.size());
        for (const Letter& letter : load.letters)
            recipients.push_back(letter.recipient);
        const Reply reply{result.code(), result.body(), result.headers().header("Retry-After"), now_s()};
        const auto results = judge(reply, settings_.provider.answer, recipients);
        if (is_for_ones_sake(results)) return call_each(load);
        for (std::size_t i = 0; i < load.attempts.size(); ++i)
            settle(load.attempts[i], load.letters[i], results[i]);
    }

    /// The provider refused a call of several for good and took none, for the sake of one that it does not name.
    static bool is_for_ones_sake(const std::vector<Result>& results) {
        const Result& first = results.front();
        return results.size() > 1 && first.is_whole && first.outcome.verdict == Verdict::rejected;
    }

    void call_each(Load& load) {
        for (std::size_t i = 0; i < load.attempts.size(); ++i) {
            Load one;
            one.attempts.push_back(std::move(load.attempts[i]));
            one.letters.push_back(std::move(load.letters[i]));
            call(std::move(one));
        }
    }

    void settle(Attempt& attempt, const Letter& letter, const Result& result) {
        const bool is_routes_sender = result.about_sender && !letter.own_sender;
        const auto outcome = is_routes_sender ? blame_route(result.outcome) : result.outcome;
        if (outcome.verdict == Verdict::accepted) {
            host_.metric("accepted");
            watch_.sent(result.ids, letter);
        }
        if (outcome.verdict == Verdict::rejected) host_.metric("refused");
        if (outcome.blame == Blame::lane) host_.metric("throttled");
        if (result.price > 0) host_.metric("billed", result.price, {{"currency", settings_.provider.answer.currency}});
        attempt.complete(outcome);
    }

    Host host_;
    const Settings settings_;
    const StopWords stop_words_;
    Watch watch_;
};

}  // namespace chapar::sms::http

CHAPAR_PLUGIN(chapar::sms::http::SmsHttp, "sms-http", "1.0")
