// A plugin written as authors write theirs, with the SDK. The setting "mode" chooses what it does.
#include <chapar/plugin.hpp>

#include <stdexcept>
#include <string>
#include <thread>

namespace {

using chapar::Attempt;
using chapar::Blame;
using chapar::Outcome;

class Sample final : public chapar::Plugin {
  public:
    static constexpr chapar::Traits traits{
        .channels = {"email", "sms"}, .receipts = true, .max_batch = 10, .max_in_flight = 100, .config_schema = R"({
        "mode": {"type": "string", "required": true},
        "wait": {"type": "duration", "default": "10ms"},
        "tries": {"type": "integer", "default": 3},
        "loud": {"type": "boolean"},
        "names": {"type": "strings", "default": ["a", "ب"]},
        "key": {"type": "secret"}
    })"};

    Sample(chapar::Host host, const chapar::Config& config) : host_(host), mode_(config.string("mode")) {
        if (mode_ == "bad_config") throw chapar::BadConfig("mode must not be bad_config");
        if (mode_ == "config") {
            seen_ = std::to_string(config.duration("wait").count()) + " " + std::to_string(config.integer("tries")) +
                    " " + (config.has("loud") ? "loud" : "quiet") + " " + config.strings("names").at(1);
        }
        if (config.has("key")) seen_ = host.secret(config.string("key"));
        wait_ = config.duration("wait");
    }
    ~Sample() override = default;

    void send(chapar::Batch batch) override {
        if (mode_ == "abandons") return;
        if (mode_ == "throws_half_way") batch.complete(0, Outcome::accepted()), throw std::runtime_error("half-way");
        if (mode_ == "unreachable") return transfer(batch, "smtp://127.0.0.1:1");
        if (mode_ == "forbidden") return transfer(batch, "file:///etc/passwd");
        for (Attempt& attempt : batch.split())
            answer(std::move(attempt));
    }
    void inbound(chapar::Inquiry inquiry, const chapar::HttpRequest& request) override {
        if (mode_ == "inbound_throws") throw std::runtime_error("no");
        if (request.header("x-signature") != "good") return inquiry.reply(401);
        chapar::Event event;
        event.provider_id = std::string(request.body());
        event.kind = "delivered";
        inquiry.emit(event);
        inquiry.reply(200, "thanks", {{"X-Seen", request.path()}});
    }
    void drain() override {
        if (timer_ != 0) host_.cancel_timer(timer_);
    }
    void start() override {
        if (mode_ == "polls") poll();
        host_.metric("started", 1, {{"mode", mode_}});
    }

  private:
    void answer(Attempt attempt) {
        if (mode_ == "later") {
            host_.timer(wait_,
                        [a = std::move(attempt)]() mutable { a.complete(Outcome::accepted("250", "later").id("p1")); });
        } else if (mode_ == "callback_throws") {
            host_.post([a = std::move(attempt)]() mutable { throw std::runtime_error("in a callback"); });
        } else if (mode_ == "throttled") {
            attempt.complete(Outcome::retry(Blame::lane, "421", "slow down").after(std::chrono::seconds(30)));
        } else {
            std::string text(attempt.message().content("subject"));
            bool has_file = attempt.message().attachment_count() > 0;
            text += "|" + std::string(has_file ? attempt.message().attachment(0).bytes : "") + "|" + seen_;
            attempt.complete(Outcome::delivered("ok", text));
        }
    }
    void transfer(chapar::Batch& batch, std::string_view url) {
        for (Attempt& attempt : batch.split()) {
            chapar::Transfer t{.url = url,
                               .mail_from = "a@example.org",
                               .rcpt_to = {attempt.message().address()},
                               .tls = chapar::Tls::none};
            host_.transfer(t, [a = std::move(attempt)](const chapar::TransferResult& r) mutable {
                auto phase = std::to_string(static_cast<int>(r.phase()));
                a.complete(Outcome::retry(Blame::provider, phase, std::string(r.error())));
            });
        }
    }
    void poll() {
        timer_ = host_.timer(std::chrono::milliseconds(5), [this] {
            timer_ = 0;
            poll();
        });
    }

    chapar::Host host_;
    std::string mode_, seen_;
    std::chrono::milliseconds wait_{0};
    std::uint64_t timer_ = 0;
};

class Blocking final : public chapar::Plugin {
  public:
    static constexpr chapar::Traits traits{.channels = {"inapp"}, .blocking = true, .max_in_flight = 10};
    Blocking(chapar::Host, const chapar::Config&) : made_on_(std::this_thread::get_id()) {}
    void send(chapar::Batch batch) override {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        bool is_own = std::this_thread::get_id() == made_on_;
        batch.complete_all(is_own ? Outcome::delivered()
                                  : Outcome::rejected(Blame::provider, "thread", "another thread"));
    }

  private:
    std::thread::id made_on_;
};

}  // namespace

const chapar_plugin* sample_entry(std::uint16_t, std::uint16_t);
const chapar_plugin* sample_entry(std::uint16_t, std::uint16_t) {
    return chapar::detail::table_of<Sample>("sample", "1.0");
}
const chapar_plugin* blocking_entry(std::uint16_t, std::uint16_t);
const chapar_plugin* blocking_entry(std::uint16_t, std::uint16_t) {
    return chapar::detail::table_of<Blocking>("blocking", "1.0");
}
