// POST /v1/recipients/{id}/events: what a person did, and what it was worth.
#include <algorithm>
#include <array>

#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "base/json.hpp"
#include "engage/goals.hpp"
#include "ingress/bodies.hpp"
#include "ingress/members.hpp"
#include "ingress/named.hpp"

namespace chapar::ingress {
namespace {

/// Clocks differ a little; more than this ahead is a slip.
constexpr Milliseconds event_skew{60'000};
constexpr std::size_t most_digits = 12, most_decimals = 6;

constexpr auto event_members = std::to_array<std::string_view>({"event", "at", "value", "currency", "key"});

struct Told {
    std::string_view event, currency, key;
    std::optional<Timestamp> at;
    std::optional<Money> value;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "129000", "-30", "0.5": exact to the millionth.
std::optional<Money> read_value(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, point);
    const auto part = point == text.size() ? std::string_view() : text.substr(point + 1);
    const bool is_good = !whole.empty() && whole.size() <= most_digits && part.size() <= most_decimals &&
                         (point == text.size() || !part.empty()) && std::ranges::all_of(whole, is_digit) &&
                         std::ranges::all_of(part, is_digit);
    if (!is_good) return std::nullopt;
    std::int64_t micros = 0;
    for (const char c : whole)
        micros = micros * 10 + (c - '0');
    for (std::size_t i = 0; i < most_decimals; ++i)
        micros = micros * 10 + (i < part.size() ? part[i] - '0' : 0);
    return Money{is_negative ? -micros : micros};
}

/// A text, or a whole number: another one would not be exact.
void read_value(Members& members, Members::Element value, std::optional<Money>& out) {
    std::string_view text;
    std::int64_t number = 0;
    if (value.get(text) == simdjson::SUCCESS)
        out = read_value(text);
    else if (value.get(number) == simdjson::SUCCESS)
        out = read_value(std::to_string(number));
    if (!out)
        members.wrong("value",
                      "a whole number, or a text such as \"129000\" or \"-12.50\" with at most 12 digits, and "
                      "6 behind the point");
}

void read_told(const simdjson::dom::object& body, Members& members, Told& out) {
    for (const auto member : body) {
        if (member.key == "event")
            members.text(member.value, "event", out.event);
        else if (member.key == "at")
            members.time(member.value, "at", out.at);
        else if (member.key == "value")
            read_value(members, member.value, out.value);
        else if (member.key == "currency")
            members.text(member.value, "currency", out.currency);
        else if (member.key == "key")
            members.text(member.value, "key", out.key);
        else
            members.unknown(member.key, event_members);
    }
}

void check_told(const Told& told, Timestamp now, Members& members) {
    const auto check_line = [&](std::string_view text, std::string_view name) {
        if (text.size() > admission::max_id || !admission::is_one_line(text))
            members.wrong(name, fmt::format("one line of at most {} bytes", admission::max_id));
    };
    if (told.event.empty()) members.wrong("event", "the event's name");
    check_line(told.event, "event");
    check_line(told.key, "key");
    if (!told.currency.empty() && !is_currency(told.currency))
        members.wrong("currency", "three capital letters (ISO 4217)");
    if (!told.currency.empty() && !told.value) members.problem("currency", "there is no value that it could be of");
    if (told.value && told.value->micros < 0 && told.key.empty())
        members.problem("key", "a refund names the key of what it takes back");
    if (told.at && *told.at > now + event_skew) members.wrong("at", "a time that is not in the future");
}

std::string converted_json(const std::string& recipient, const store::Converted& done) {
    const auto& kept = done.conversion;
    json::Writer out;
    out.begin_object().member("recipient", recipient).member("event", kept.event);
    out.member("at", net::format_time(kept.at));
    if (!kept.key.empty()) out.member("key", kept.key);
    if (!kept.currency.empty()) out.member("value", show_money(kept.value)).member("currency", kept.currency);
    if (done.is_repeated) out.member("repeated", true);
    out.key("goals").begin_object();
    for (const auto& credited : kept.credits)
        out.member(credited.goal, store::name(credited.outcome));
    return out.end_object().end_object().take();
}

void convert(const Deps& deps, const net::Call& call, const net::Reply& reply, const Told& told, Timestamp at) {
    const auto settings = deps.settings();
    store::KeptConversion conversion;
    conversion.event = told.event;
    conversion.key = told.key;
    conversion.at = at;
    conversion.value = told.value.value_or(Money{});
    if (told.value)
        conversion.currency = told.currency.empty() ? std::string_view(settings->policy.currency) : told.currency;
    const auto recipient = named(deps, call);
    deps.store.convert(call.caller.application, recipient, std::move(conversion),
                       engage::goals_of(settings->conversions, call.caller.application),
                       [reply, recipient](const Result<store::Converted>& done) {
                           if (!done) return reply(storage_response(done.error()));
                           if (done->is_conflict)
                               return reply(net::to_response(
                                   {409, "key-conflict", "this key stands for an event of another value", {}, {}}));
                           reply(json_answer(200, converted_json(recipient, *done)));
                       });
}

bool is_of_a_goal(const config::Settings& settings, std::string_view event) {
    return std::ranges::find(settings.conversions, event, &config::ConversionSettings::event) !=
           settings.conversions.end();
}

void post_event(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    JsonBody json;
    const auto body = json.read(deps, call, reply, "an event");
    if (!body) return;
    Errors errors;
    Members members("", errors);
    Told told;
    read_told(*body, members, told);
    if (auto wrong = checked_id(call.parameters[0]); !wrong.empty()) errors.push_back({"", std::move(wrong)});
    const auto now = deps.clock.now();
    check_told(told, now, members);
    if (!errors.empty()) return reply(invalid("invalid-event", std::move(errors)));
    const auto at = told.at.value_or(now);
    // Of what no goal looks at only the last time is kept, unless it says what it is or what it was worth.
    if (told.value || !told.key.empty() || is_of_a_goal(*deps.settings(), told.event))
        return convert(deps, call, reply, told, at);
    const auto recipient = named(deps, call);
    json::Writer out;
    out.begin_object().member("recipient", recipient).member("event", told.event);
    out.member("at", net::format_time(at)).end_object();
    deps.store.put_event(call.caller.application, recipient, std::string(told.event), at,
                         [reply, text = out.take()](const Result<bool>& done) {
                             if (!done) return reply(storage_response(done.error()));
                             reply(json_answer(200, text));
                         });
}

}  // namespace

std::vector<net::Endpoint> person_event_endpoints(const Deps& deps) {
    std::vector<net::Endpoint> out;
    out.push_back({net::Method::post, "/v1/recipients/{id}/events", net::Access::application, net::Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { post_event(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
