#include "sms/http/webhook.hpp"

#include "basic/utf8.hpp"

#include <algorithm>
#include <optional>

#include "sms/http/answer.hpp"
#include "sms/http/signature.hpp"

namespace chapar::sms::http {
namespace {

constexpr std::size_t longest_text = 10'000, longest_word = 300;

/// "token/receipt" in two; no token: empty.
std::pair<std::string_view, std::string_view> parts_of(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto slash = path.find('/');
    if (slash == std::string_view::npos) return {{}, path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

const Hook* hook_at(const Webhook& webhook, std::string_view path) {
    for (const auto* hook : {&webhook.receipt, &webhook.message})
        if (*hook && (*hook)->path == path) return &**hook;
    return nullptr;
}

std::string e164(std::string_view number) {
    std::string digits;
    for (const char c : number)
        if (c >= '0' && c <= '9') digits.push_back(c);
    if (digits.starts_with("00")) digits.erase(0, 2);
    return digits.size() > 8 ? '+' + digits : digits;
}

/// "0912..." of a provider for one country: with the country's code.
std::string e164(std::string_view number, const Description& provider) {
    const bool international = number.starts_with('+') || number.starts_with("00");
    if (!provider.country_code.empty() && !international) {
        if (!provider.trunk.empty() && number.starts_with(provider.trunk))
            return e164(provider.country_code + std::string(number.substr(provider.trunk.size())));
        if (!number.starts_with(provider.country_code)) return e164(provider.country_code + std::string(number));
    }
    return e164(number);
}

Members members_of(const Node& root) {
    Members out;
    for (const auto& [name, value] : root.members)
        if (value.members.empty()) out.emplace_back(name, value.text);
    return out;
}

const std::string& signing_secret(const Settings& settings) {
    static const std::string none;
    if (settings.provider.webhook.signature != Signature::twilio) return settings.webhook_secret;
    const auto key = settings.values.find("key");
    return key == settings.values.end() ? none : key->second;
}

bool is_proven(const HttpRequest& request, const Settings& settings, const Hook& hook, const Node& root) {
    const auto& webhook = settings.provider.webhook;
    if (webhook.signature == Signature::none) return true;  // the token has proven it
    Signed what;
    what.url = settings.public_url + '/' + std::string(request.path().substr(request.path().starts_with('/') ? 1 : 0));
    if (!request.query().empty()) what.url.append("?").append(request.query());
    what.body = request.body();
    what.members = members_of(root);
    what.is_form = hook.format == Format::form && request.method() == "POST";
    what.given = request.header(webhook.signature == Signature::twilio ? "X-Twilio-Signature" : webhook.header);
    return is_signed(webhook.signature, what, signing_secret(settings));
}

std::string kind_of(Fate fate, bool is_segment) {
    if (fate == Fate::delivered) return is_segment ? "segment_delivered" : "delivered";
    return is_segment ? "segment_failed" : "failed";
}

Event read_message(const Hook& hook, const Node& item, const Node& root, const Settings& settings,
                   const StopWords& stop_words, std::int64_t now_ms) {
    const auto value = [&](const Reading& reading) { return read_value(reading, item, root, {}); };
    Event out;
    out.address = e164(value(hook.from), settings.provider);
    out.detail = basic::cut(value(hook.text), longest_text);
    out.code = basic::cut(value(hook.to), longest_word);
    out.kind = event_kind(stop_words.hear(out.detail));
    out.at_ms = now_ms;
    if (const auto id = basic::cut(value(hook.id), longest_word); !id.empty()) out.dedupe_key = "message/" + id;
    return out;
}

std::expected<Node, std::string> read_request(const HttpRequest& request, const Hook& hook) {
    const bool in_query = hook.format == Format::query || (hook.format == Format::form && request.method() == "GET");
    return in_query ? read_document(Format::query, request.query()) : read_document(hook.format, request.body());
}

/// The query's members beside the document's: a correlation of ours may stand in either.
void add_query(const HttpRequest& request, Node& root) {
    if (root.is_list) return;
    for (auto& [name, value] : read_form(request.query()))
        root.members.emplace_back("?" + name, Node{std::move(value), false, {}});
}

}  // namespace

bool takes_webhooks(const Settings& settings) {
    const auto& webhook = settings.provider.webhook;
    if (!webhook.receipt && !webhook.message) return false;
    if (webhook.signature == Signature::none) return !settings.webhook_token.empty();
    if (webhook.signature == Signature::twilio && settings.public_url.empty()) return false;
    return !signing_secret(settings).empty();
}

std::optional<Event> read_receipt(const Hook& hook, const Node& item, const Node& root, std::int64_t now_ms) {
    const auto value = [&](const Reading& reading) {
        return basic::cut(read_value(reading, item, root, {}), longest_word);
    };
    const auto status = value(hook.status);
    const auto state = hook.states.find(status);
    const auto fate = state == hook.states.end() ? hook.other : std::optional(state->second);
    if (!fate || *fate == Fate::under_way) return std::nullopt;
    Event out;
    const auto given = value(hook.attempt);  // what {attempt} or {attempt}/{segments} gave
    const auto slash = given.find('/');
    out.attempt = given.substr(0, slash);
    const auto segments = slash == std::string::npos ? std::string() : given.substr(slash + 1);
    out.provider_id = value(hook.id);
    out.kind = kind_of(*fate, !segments.empty() && segments != "1");
    out.address = e164(value(hook.to));
    out.code = *fate == Fate::blocked ? "blocked_by_operator" : status;
    out.detail = status;
    if (const auto error = value(hook.error); !error.empty() && error != "0") out.detail += " error " + error;
    out.dedupe_key = (out.provider_id.empty() ? out.attempt : out.provider_id) + '/' + out.kind;
    out.at_ms = now_ms;
    out.cost = read_price(value(hook.price), hook.currency);
    if (out.provider_id.empty() && out.attempt.empty()) return std::nullopt;
    return out;
}

Heard hear(const HttpRequest& request, const Settings& settings, const StopWords& stop_words, std::int64_t now_ms) {
    Heard out;
    if (!takes_webhooks(settings)) return out;
    auto [token, path] = parts_of(request.path());
    if (!is_equal(token, settings.webhook_token)) return out;
    const Hook* hook = hook_at(settings.provider.webhook, path);
    if (hook == nullptr) return out;
    if (std::ranges::find(hook->methods, request.method()) == hook->methods.end()) {
        out.status = 405;
        for (const auto& method : hook->methods)
            out.allow.append(out.allow.empty() ? "" : ", ").append(method);
        return out;
    }
    auto root = read_request(request, *hook);
    if (!root || !is_proven(request, settings, *hook, *root)) {
        out.status = root ? 403 : 400;
        return out;
    }
    add_query(request, *root);
    const bool is_receipt = settings.provider.webhook.receipt && hook == &*settings.provider.webhook.receipt;
    const auto items = hook->list.empty() ? std::vector<const Node*>{&*root} : find_all(*root, hook->list);
    for (const Node* item : items) {
        if (!is_receipt) {
            out.events.push_back(read_message(*hook, *item, *root, settings, stop_words, now_ms));
        } else if (auto event = read_receipt(*hook, *item, *root, now_ms)) {
            out.events.push_back(std::move(*event));
        }
    }
    out.counted = is_receipt ? "receipts" : "inbound";
    out.status = hook->reply_status;
    out.body = hook->reply;
    out.type = hook->reply_type;
    return out;
}

}  // namespace chapar::sms::http
