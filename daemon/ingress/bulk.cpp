// One decision on many messages: retry, cancel, release and discard, a page at a time. Counting first changes nothing.

#include <atomic>

#include "base/json.hpp"
#include "base/log.hpp"
#include "ingress/bodies.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/named.hpp"

namespace chapar::ingress {
namespace {

constexpr int default_bulk = 500, largest_bulk = 500;

struct Asked {
    store::ListFilter filter;
    std::optional<model::Reason> reason;  // of the last entry of its trace
    model::Event event = model::Event::retry;
    std::optional<MessageKey> below;
    int limit = default_bulk;
    bool dry_run = false;
};

/// Empty: understood; otherwise what is wrong.
std::string read_action(std::string_view action, Asked& out) {
    const bool is_restored = action == "release" || action == "discard";
    if (action == "retry" || action == "release") {
        out.event = model::Event::retry;
    } else if (action == "cancel" || action == "discard") {
        out.event = model::Event::cancel;
    } else {
        return "action is one of retry, cancel, release, discard";
    }
    if (!is_restored) return "";
    out.filter.state = model::State::held;
    out.reason = model::Reason::restored;
    return "";
}

std::optional<model::Reason> reason_named(std::string_view name) {
    for (int number = 1; number < model::reason_count; ++number) {
        const auto reason = model::reason_from(number);
        if (reason && model::name(*reason) == name) return reason;
    }
    return std::nullopt;
}

std::string read_text(std::string_view name, std::string_view value, const net::Caller& caller, Asked& out) {
    auto& filter = out.filter;
    if (name == "action") return read_action(value, out);
    if (name == "state") {
        const auto state = model::state_from(value);
        if (!state || (filter.state && filter.state != state)) return "this is no state that the action can be for";
        filter.state = state;
        return "";
    }
    if (name == "reason") {
        out.reason = reason_named(value);
        return out.reason ? "" : "there is no such reason";
    }
    if (name == "cursor") {
        const auto key = read_number(value);
        if (!key) return "cursor is what `next` of the answer before said";
        out.below = MessageKey{*key};
        return "";
    }
    if (name == "class") return filter.class_name = value, "";
    if (name == "recipient") return filter.recipient = value, "";
    if (name == "campaign") return filter.campaign = value, "";
    if (name == "tag") return filter.tag = value, "";
    if (name == "application" && caller.operator_role) return filter.application = value, "";
    return "known are action, state, reason, class, recipient, campaign, tag, cursor, limit, dry_run and, for the "
           "operator, application";
}

std::string read_body(const simdjson::dom::object& body, const net::Caller& caller, Asked& out) {
    std::string_view action;
    if (body["action"].get(action) != simdjson::SUCCESS) return "action is missing";
    if (auto wrong = read_action(action, out); !wrong.empty()) return wrong;
    for (const auto member : body) {
        std::string_view text;
        std::int64_t number = 0;
        if (member.key == "action") continue;
        if (member.key == "dry_run") {
            if (member.value.get(out.dry_run) != simdjson::SUCCESS) return "dry_run is true or false";
        } else if (member.key == "limit") {
            if (member.value.get(number) != simdjson::SUCCESS || number < 1 || number > largest_bulk)
                return "limit is a number from 1 to 500";
            out.limit = static_cast<int>(number);
        } else if (member.value.get(text) != simdjson::SUCCESS) {
            return std::string(member.key) + " is a text";
        } else if (auto wrong = read_text(member.key, text, caller, out); !wrong.empty()) {
            return wrong;
        }
    }
    const auto& filter = out.filter;
    const bool is_narrow = !filter.campaign.empty() || !filter.tag.empty() || !filter.recipient.empty();
    if (!filter.state && action == "cancel" && is_narrow) out.filter.state = model::State::waiting;
    if (!out.filter.state)
        return "state says which messages are meant: held, failed, expired or waiting; for cancel, a campaign, tag or "
               "recipient is enough, and what waits is meant";
    if (!model::next(*out.filter.state, out.event)) return "messages in this state do not allow the action";
    return "";
}

bool is_meant(const store::Record& record, const Asked& asked) {
    if (!asked.reason) return true;
    const auto trace = model::decode_trace(record.progress.trace);
    return !trace.empty() && trace.back().reason == *asked.reason;
}

/// Counts the answers of a page's moves; the last one replies.
struct Tally {
    Tally(std::size_t matched_, std::optional<MessageKey> next_, net::Reply reply_)
        : matched(matched_), next(next_), reply(std::move(reply_)) {}
    const std::size_t matched;
    const std::optional<MessageKey> next;
    const net::Reply reply;
    std::atomic<std::size_t> left{1}, moved{0};

    void done() {
        if (--left != 0) return;
        json::Writer out;
        out.begin_object().member("matched", matched).member("moved", moved.load());
        if (next) out.member("next", std::to_string(next->value));
        reply({200, "application/json", out.end_object().take(), {}, false});
    }
};

void move_all(const Deps& deps, const net::Caller& caller, const Asked& asked, const std::vector<MessageKey>& keys,
              const std::shared_ptr<Tally>& tally) {
    const auto now = deps.clock.now();
    const auto who = caller.application.empty() ? std::string("the operator") : caller.application;
    const bool is_retry = asked.event == model::Event::retry;
    for (const MessageKey key : keys) {
        store::Transition transition;
        transition.key = key;
        transition.event = asked.event;
        if (is_retry) transition.due = now;
        transition.trace.push_back(
            {now, is_retry ? model::Reason::operator_retry : model::Reason::cancelled, "by " + who});
        ++tally->left;
        deps.store.move(std::move(transition), [&control = deps.control, tally, key,
                                                is_last = key == keys.back()](const Result<model::Progress>& done) {
            if (done) ++tally->moved;
            if (is_last) control.moved(key);
            tally->done();
        });
    }
    log::info("message.moved_in_bulk", "{} messages in state {}: {} by {}", keys.size(),
              model::name(*asked.filter.state), is_retry ? "another try was asked for" : "cancelled", who);
}

void run(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    JsonBody body;
    const auto object = body.read(deps, call, reply, "a decision on many messages");
    if (!object) return;
    Asked asked;
    if (auto wrong = read_body(*object, call.caller, asked); !wrong.empty())
        return reply(invalid("invalid-bulk", {{"", std::move(wrong)}}));
    if (!call.caller.operator_role) asked.filter.application = call.caller.application;
    if (auto done = name_people(deps, call.caller, asked.filter); !done) return reply(storage_response(done.error()));
    const auto page = deps.store.list(asked.filter, asked.below, asked.limit);
    if (!page) return reply(storage_response(page.error()));
    std::vector<MessageKey> keys;
    for (const auto& record : page->records) {
        if (is_meant(record, asked)) keys.push_back(record.message.id.key());
    }
    const auto tally = std::make_shared<Tally>(keys.size(), page->next, reply);
    if (!asked.dry_run && !keys.empty()) move_all(deps, call.caller, asked, keys, tally);
    tally->done();
}

}  // namespace

std::vector<net::Endpoint> bulk_endpoints(const Deps& deps) {
    std::vector<net::Endpoint> out;
    out.push_back({net::Method::post, "/v1/bulk", net::Access::application, net::Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { run(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
