#include "plugin/conformance.hpp"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "plugin/batch.hpp"
#include "plugin/library.hpp"
#include "plugin/schema.hpp"
#include "plugin/scripted_host.hpp"

namespace chapar::plugin {
namespace {

constexpr auto longest_call = std::chrono::milliseconds(100);

std::vector<Outgoing> ordinary(std::uint32_t count, const std::string& channel) {
    std::vector<Outgoing> batch(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        batch[i].attempt = {MessageId(MessageKey{1'000'000 + i}, 7), 1};
        batch[i].channel = channel;
        batch[i].address =
            channel == "email" ? "user" + std::to_string(i) + "@example.org" : "+98912000000" + std::to_string(i % 10);
        batch[i].application = "check";
        batch[i].class_name = "transactional";
        batch[i].content = {
            {"subject", "Hello"}, {"text", "Hello"}, {"html", "<p>Hello</p>"}, {"from", "check@example.org"}};
    }
    return batch;
}

std::vector<Outgoing> awkward(const std::string& channel) {
    std::vector<Outgoing> batch = ordinary(4, channel);
    batch[0].content.clear();
    batch[1].content = {
        {"subject", "one\r\nBcc: two@example.org"}, {"text", "line\n.\nline\r."}, {"from", "check@example.org"}};
    batch[2].address.assign(3000, 'a');
    batch[3].content = {
        {"subject", "سلام \xff\xfe"}, {"text", std::string(200'000, 'x')}, {"from", "check@example.org"}};
    batch[3].attachments = {{"\"پیوست\r\n.txt", "text/plain", "", std::string("a\0b", 3)}};
    return batch;
}

/// One instance of the plugin under a scripted host, and the calls into it.
class Trial {
  public:
    Trial(const chapar_plugin& table, const std::string& config, std::chrono::milliseconds patience)
        : table_(table), patience_(patience) {
        begin(config);
    }
    ~Trial() { end(); }

    const std::string& problem() const { return problem_; }
    ScriptedHost& host() { return host_; }
    std::chrono::nanoseconds longest() const { return longest_; }

    /// Hands the batch over and waits for its answers. The value: what went wrong, or empty.
    std::string send(std::vector<Outgoing> messages) {
        batch_ = std::make_unique<Batch>(++last_batch_, std::move(messages), Monotonic{}, nullptr);
        chapar_status status = CHAPAR_OK;
        call("send", [&] { status = table_.send(self_, batch_->handle(), batch_->messages(), batch_->size()); });
        if (!problem_.empty()) return problem_;
        if (status != CHAPAR_OK) return answers().empty() ? "" : "send failed after it had answered a message";
        auto all = [&] { return answers().size() >= batch_->size(); };
        if (host_.run_until(all, patience_)) return "";
        return std::to_string(batch_->size() - answers().size()) + " of " + std::to_string(batch_->size()) +
               " messages had no answer in time";
    }
    /// The answers to the last batch.
    std::vector<ScriptedHost::Completion> answers() const {
        std::vector<ScriptedHost::Completion> mine = host_.completions();
        std::erase_if(mine, [&](const auto& c) { return c.batch != last_batch_; });
        return mine;
    }
    std::string inbound() {
        if (table_.inbound == nullptr) return "";
        chapar_http_request request{};
        request.struct_size = sizeof request;
        request.method = str("POST");
        request.path = str("/nonsense");
        request.body = str("\xff\xfe{");
        chapar_status status = CHAPAR_OK;
        call("inbound", [&] { status = table_.inbound(self_, reinterpret_cast<chapar_inquiry*>(77), &request); });
        if (!problem_.empty() || status != CHAPAR_OK) return problem_;
        if (!host_.run_until([&] { return !host_.replies().empty(); }, patience_)) return "no reply in time";
        return host_.replies().size() == 1 ? "" : "more than one reply";
    }
    std::string drain() {
        if (table_.drain != nullptr) call("drain", [&] { table_.drain(self_); });
        auto idle = [&] { return host_.pending_timers() == 0 && host_.pending_transfers() == 0; };
        return host_.run_until(idle, patience_) ? problem_ : "timers or transfers go on after drain";
    }
    void end() {
        if (!is_alive_) return;
        is_alive_ = false;
        call("destroy", [&] { table_.destroy(self_); });
        host_.close();
        host_.run_until([] { return false; }, std::chrono::milliseconds(50));
    }

  private:
    void begin(const std::string& config) {
        for (const char* name : {"check", "placeholder"})
            host_.set_secret(name, "secret-secret-secret-secret-secret-secret");
        chapar_status status = CHAPAR_INTERNAL;
        call("create", [&] { status = table_.create(&host_, &ScriptedHost::api(), str(config), &self_); });
        is_alive_ = problem_.empty() && status == CHAPAR_OK;
        if (is_alive_ && table_.start != nullptr) call("start", [&] { status = table_.start(self_); });
        if (problem_.empty() && status != CHAPAR_OK) problem_ = "it refused: " + host_.failure();
    }
    template <class F>
    void call(const char* what, F f) {
        auto began = std::chrono::steady_clock::now();
        try {
            f();
        } catch (...) {
            problem_ = std::string(what) + " threw an exception across the border";
        }
        longest_ = std::max<std::chrono::nanoseconds>(longest_, std::chrono::steady_clock::now() - began);
    }

    const chapar_plugin& table_;
    const std::chrono::milliseconds patience_;
    ScriptedHost host_;
    void* self_ = nullptr;
    bool is_alive_ = false;
    std::uintptr_t last_batch_ = 100;
    std::unique_ptr<Batch> batch_;
    std::string problem_;
    std::chrono::nanoseconds longest_{0};
};

/// Fills in what the schema requires and nobody gave.
std::string with_placeholders(std::string_view schema_json, std::string_view settings_json) {
    simdjson::dom::parser schema_parser, given_parser;
    simdjson::dom::object schema, given;
    simdjson::padded_string schema_text(schema_json.empty() ? "{}" : schema_json);
    simdjson::padded_string given_text(settings_json.empty() ? "{}" : settings_json);
    if (schema_parser.parse(schema_text).get(schema) != simdjson::SUCCESS) return std::string(settings_json);
    if (given_parser.parse(given_text).get(given) != simdjson::SUCCESS) return std::string(settings_json);
    json::Writer out;
    out.begin_object();
    for (auto [key, value] : given)
        out.key(key).raw(simdjson::minify(value));
    for (auto [key, rule] : schema) {
        bool required = false;
        std::string_view type = "string";
        simdjson::dom::element ignored;
        if (given[key].get(ignored) == simdjson::SUCCESS) continue;
        if (rule["required"].get(required) != simdjson::SUCCESS || !required) continue;
        if (rule["type"].get(type) != simdjson::SUCCESS) type = "string";
        out.key(key);
        if (type == "integer") out.value(1);
        if (type == "boolean") out.value(false);
        if (type == "duration") out.value("1s");
        if (type == "strings") out.begin_array().end_array();
        if (type == "string" || type == "secret") out.value("placeholder");
    }
    return out.end_object().take();
}

class Report {
  public:
    void add(std::string what, const std::string& why) { findings_.push_back({std::move(what), why.empty(), why}); }
    std::vector<Finding> take() { return std::move(findings_); }

  private:
    std::vector<Finding> findings_;
};

using Check = std::string (*)(Trial& trial, const Traits& traits);

std::string one_of(const Trial& trial, std::set<chapar_verdict> allowed, const char* instead) {
    for (const auto& answer : trial.answers()) {
        if (!allowed.contains(answer.verdict)) {
            return "a message was answered with verdict " + std::to_string(answer.verdict) + " (" + answer.detail +
                   "); " + instead;
        }
    }
    return "";
}

std::string when_all_goes_well(Trial& trial, const Traits& traits) {
    trial.host().set_ending({CHAPAR_PHASE_ANSWERED, 250, "2.0.0 ok", "", false});
    return trial.send(ordinary(1, traits.channels.front()));
}
std::string a_full_batch(Trial& trial, const Traits& traits) {
    return trial.send(ordinary(std::min<std::uint32_t>(traits.max_batch, 1000), traits.channels.front()));
}
std::string when_nothing_can_be_reached(Trial& trial, const Traits& traits) {
    trial.host().set_ending({CHAPAR_PHASE_CONNECT, 0, "", "connection refused", false});
    if (std::string why = trial.send(ordinary(1, traits.channels.front())); !why.empty()) return why;
    if (trial.host().transfers_started() == 0) return "";  // it does not use transfers
    return one_of(trial, {CHAPAR_RETRY, CHAPAR_REJECTED}, "but nothing was sent");
}
std::string when_the_answer_is_lost(Trial& trial, const Traits& traits) {
    trial.host().set_ending({CHAPAR_PHASE_SENT, 0, "", "the server closed the connection", false});
    if (std::string why = trial.send(ordinary(1, traits.channels.front())); !why.empty()) return why;
    if (trial.host().transfers_started() == 0 || (traits.flags & CHAPAR_IDEMPOTENT) != 0) return "";
    return one_of(trial, {CHAPAR_UNKNOWN}, "but it may have been sent");
}
std::string when_the_request_is_refused(Trial& trial, const Traits& traits) {
    trial.host().set_ending({CHAPAR_PHASE_REFUSED, 0, "", "the header holds a control character", false});
    if (std::string why = trial.send(ordinary(1, traits.channels.front())); !why.empty()) return why;
    if (trial.host().transfers_started() == 0) return "";
    return one_of(trial, {CHAPAR_RETRY, CHAPAR_REJECTED}, "but nothing was sent");
}
std::string awkward_content(Trial& trial, const Traits& traits) {
    for (Outgoing& message : awkward(traits.channels.front())) {
        std::vector<Outgoing> one;
        one.push_back(std::move(message));
        if (std::string why = trial.send(std::move(one)); !why.empty()) return why;
    }
    return "";
}
std::string an_inbound_request(Trial& trial, const Traits&) { return trial.inbound(); }
std::string drained(Trial& trial, const Traits&) { return trial.drain(); }

struct Named {
    const char* what;
    Check check;
    bool sends;  // not asked of a receiver
};
constexpr Named checks[] = {
    {"one message is answered once", when_all_goes_well, true},
    {"a full batch is answered, each message once", a_full_batch, true},
    {"when nothing can be reached, nothing counts as sent", when_nothing_can_be_reached, true},
    {"when the answer is lost, the message is UNKNOWN", when_the_answer_is_lost, true},
    {"a refused transfer is answered", when_the_request_is_refused, true},
    {"awkward content is answered", awkward_content, true},
    {"a nonsensical inbound request gets one reply", an_inbound_request, false},
    {"drain ends what is under way", drained, false},
};

std::string judge_traits(const Traits& traits) {
    for (const std::string& channel : traits.channels) {
        if (channel.empty()) return "a channel has an empty name";
    }
    if (traits.max_in_flight < traits.max_batch) return "max_in_flight is smaller than max_batch";
    return "";
}

}  // namespace

std::vector<Finding> conform(const chapar_plugin& table, std::string_view settings_json,
                             std::chrono::milliseconds patience) {
    Report report;
    Traits traits = traits_of(table);
    const bool is_receiver = table.send == nullptr;
    std::string why = traits.channels.empty() && !is_receiver ? "no channel is named" : judge_traits(traits);
    report.add("the traits make sense", why);
    if (!why.empty()) return report.take();
    Result<std::string> config =
        normalise(with_placeholders(traits.config_schema, settings_json), traits.config_schema);
    report.add("the settings fit the schema", config ? "" : config.error().message());
    if (!config) return report.take();
    auto trial = std::make_unique<Trial>(table, *config, patience);
    report.add("an instance can be made and started", trial->problem());
    if (!trial->problem().empty()) return report.take();
    Trial second(table, *config, patience);
    report.add("a second instance can be made beside it", second.problem());
    for (const auto& [what, check, sends] : checks)
        if (!sends || !is_receiver) report.add(what, check(*trial, traits));
    trial->end();
    bool may_block = (traits.flags & CHAPAR_BLOCKING) != 0;
    bool is_slow = !may_block && trial->longest() > longest_call;
    report.add("no call takes longer than 100 ms",
               is_slow ? "one took " + std::to_string(trial->longest().count() / 1'000'000) + " ms" : "");
    std::string broken;
    for (const std::string& violation : trial->host().violations())
        broken += (broken.empty() ? "" : "; ") + violation;
    report.add("the services are used as the header says", broken);
    return report.take();
}

}  // namespace chapar::plugin
