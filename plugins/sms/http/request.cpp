#include "sms/http/request.hpp"

#include <algorithm>
#include <cstdint>

#include "sms_text/segments.hpp"

namespace chapar::sms::http {
namespace {

bool is_digits(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_allowed(std::string_view source, const std::vector<std::string>& allowed) {
    return std::ranges::any_of(allowed, [&](const std::string& pattern) {
        if (pattern.ends_with('*')) return source.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
        return source == pattern;
    });
}

/// {to} and its other spellings. The error: why this provider can't reach it.
std::expected<void, Refusal> put_recipient(std::string_view to, const Description& provider, Letter& out) {
    if (to.starts_with('+')) to.remove_prefix(1);
    if (!is_digits(to) || to.size() > 15)
        return std::unexpected(Refusal{Blame::recipient, "the address is no number in E.164"});
    out.recipient = to;
    out.values["to"] = '+' + out.recipient;
    out.values["to.digits"] = out.recipient;
    if (provider.country_code.empty()) return {};
    if (!to.starts_with(provider.country_code))
        return std::unexpected(
            Refusal{Blame::recipient, provider.name + " sends to numbers of +" + provider.country_code + " only"});
    to.remove_prefix(provider.country_code.size());
    out.values["to.significant"] = to;
    out.values["to.national"] = provider.trunk + std::string(to);
    return {};
}

const std::string* mapped(const Field& field, const std::string& value) {
    const auto at = field.map.find(value);
    return at == field.map.end() ? &value : &at->second;
}

std::string json_value(const Field& field, const std::string& value) {
    if (field.kind == Field::Kind::number && is_json_number(value)) return value;
    if (field.kind == Field::Kind::boolean && (value == "true" || value == "false")) return value;
    return json_string(value);
}

class Writer {
  public:
    explicit Writer(const std::vector<const Values*>& letters) : letters_(letters) {}

    std::string json(const std::vector<Field>& fields, const Values& values) const {
        std::string out = "{";
        for (const auto& field : fields) {
            if (leaves_out(field, values)) continue;
            if (out.size() > 1) out += ',';
            out += json_string(field.name) + ':' + member(field, values);
        }
        return out + '}';
    }

    std::string form(const std::vector<Field>& fields) const {
        std::string out;
        const Values& first = *letters_.front();
        for (const auto& field : fields) {
            if (leaves_out(field, first)) continue;
            if (field.each == Field::Each::repeat) {
                for (const Values* letter : letters_)
                    pair(field.name, value(field, *letter), out);
            } else {
                pair(field.name, flat(field, first), out);
            }
        }
        return out;
    }

  private:
    static void pair(const std::string& name, const std::string& value, std::string& out) {
        if (!out.empty()) out += '&';
        out += form_encoded(name) + '=' + form_encoded(value);
    }
    static bool leaves_out(const Field& field, const Values& values) {
        return field.optional && field.value.lacks(values);
    }
    static std::string value(const Field& field, const Values& values) {
        if (field.kind == Field::Kind::literal) return field.literal;
        return *mapped(field, field.value.fill(values));
    }
    std::string flat(const Field& field, const Values& first) const {
        if (field.each == Field::Each::no) return value(field, first);
        if (field.each == Field::Each::json) return list(field);
        std::string out;
        for (const Values* letter : letters_)
            out += (letter == letters_.front() ? "" : field.join) + value(field, *letter);
        return out;
    }
    std::string list(const Field& field) const {
        std::string out = "[";
        for (const Values* letter : letters_)
            out += (letter == letters_.front() ? "" : ",") + one(field, *letter);
        return out + ']';
    }
    std::string one(const Field& field, const Values& values) const {
        if (field.kind == Field::Kind::object) return json(field.fields, values);
        return field.kind == Field::Kind::literal ? field.literal : json_value(field, value(field, values));
    }
    std::string member(const Field& field, const Values& values) const {
        if (field.each == Field::Each::no) return one(field, values);
        return field.each == Field::Each::json ? list(field) : json_string(flat(field, values));
    }

    const std::vector<const Values*>& letters_;
};

void add_query(const std::string& query, std::string& url) {
    if (query.empty()) return;
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += query;
}

}  // namespace

std::string attempt_number(std::string_view attempt) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : attempt) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return std::to_string((hash >> 1) | 1);
}

std::expected<Letter, Refusal> compose(const Message& message, const Settings& settings) {
    Letter out;
    out.values = settings.values;
    if (auto put = put_recipient(message.address(), settings.provider, out); !put)
        return std::unexpected(std::move(put.error()));
    const auto text = message.content("text");
    if (text.empty()) return std::unexpected(Refusal{Blame::message, "the message has no text"});
    const Plan what = plan(text, settings.text);
    if (what.parts.size() > most_segments)
        return std::unexpected(Refusal{Blame::message, "the text takes more than 255 segments"});
    std::string_view from = message.content("from");
    if (!from.empty() && from != settings.sender && !is_allowed(from, settings.source_allowed))
        return std::unexpected(
            Refusal{Blame::message, "the sender " + std::string(from) + " is not in source_allowed of the route"});
    out.own_sender = !from.empty() && from != settings.sender;
    if (from.empty()) from = settings.sender;
    out.segments = what.parts.size();
    out.values["from"] = from;
    out.values["from.digits"] = from.starts_with('+') ? from.substr(1) : from;
    out.values["text"] = what.text;
    out.values["attempt"] = message.attempt();
    out.values["number"] = attempt_number(message.attempt());
    out.values["message"] = message.id();
    out.values["class"] = message.class_name();
    out.values["segments"] = std::to_string(out.segments);
    out.values["encoding"] = name(what.encoding);
    if (settings.provider.webhook.receipt && !settings.public_url.empty())
        out.values["callback"] = settings.public_url + '/' +
                                 (settings.webhook_token.empty() ? "" : settings.webhook_token + '/') +
                                 settings.provider.webhook.receipt->path;
    return out;
}

bool agree(const Letter& a, const Letter& b, const Send& send) {
    return std::ranges::all_of(send.same, [&](const std::string& name) {
        const auto left = a.values.find(name), right = b.values.find(name);
        const bool has_left = left != a.values.end(), has_right = right != b.values.end();
        return has_left == has_right && (!has_left || left->second == right->second);
    });
}

Transfer Call::transfer(const std::string& ca_file) const {
    Transfer out;
    out.url = url;
    out.method = method;
    for (const auto& [name, value] : headers)
        out.headers.emplace_back(name, value);
    out.body = body;
    out.user = user;
    out.password = password;
    out.ca_file = ca_file;
    out.connect_timeout = std::min<std::chrono::milliseconds>(timeout, std::chrono::seconds(10));
    out.timeout = timeout;
    out.max_response_bytes = 1 << 20;
    return out;
}

Call make_call(const Request& request, const Settings& settings, const std::vector<const Values*>& letters) {
    const Values& first = *letters.front();
    const Writer writer(letters);
    Call out;
    out.method = request.method;
    out.timeout = request.timeout;
    out.url = request.url.fill(first, Place::url);
    if (!settings.endpoint.empty()) {
        const auto path = out.url.find('/', out.url.find("://") + 3);
        out.url = settings.endpoint + (path == std::string::npos ? "/" : out.url.substr(path));
    }
    add_query(writer.form(request.query), out.url);
    if (request.encode == Encode::query) add_query(writer.form(request.fields), out.url);
    if (request.encode == Encode::form) {
        out.body = writer.form(request.fields);
        out.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    }
    if (request.encode == Encode::json) {
        out.body = writer.json(request.fields, first);
        out.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    }
    for (const auto& [name, pattern] : request.headers)
        out.headers.emplace_back(name, pattern.fill(first));
    if (!request.bearer.empty()) out.headers.emplace_back("Authorization", "Bearer " + request.bearer.fill(first));
    out.user = request.user.fill(first);
    out.password = request.password.fill(first);
    return out;
}

}  // namespace chapar::sms::http
