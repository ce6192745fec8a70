#include "ingress/submission_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "admission/address.hpp"
#include "base/json_pointer.hpp"
#include "config/tables.hpp"
#include "config/values.hpp"
#include "email_rules/clean.hpp"
#include "ingress/members.hpp"

namespace chapar::ingress {
namespace {

using admission::Submission;
using simdjson::dom::element;
using simdjson::dom::object;

/// A list, or the name of a plan.
void read_channels(Members& members, element value, Submission& out) {
    if (value.is_string()) return members.text(value, "channels", out.plan);
    if (!value.is_array()) return members.wrong("channels", "a list of channels, or the name of a plan");
    members.texts(value, "channels", out.channels);
    if (out.channels.empty()) members.wrong("channels", "at least one channel");
}

enum class Field : std::uint8_t {
    to,
    template_name,
    data,
    content,
    class_name,
    channels,
    campaign,
    tags,
    send_at,
    expires_at,
    idempotency_key,
    from,
    reply_to,
    cc,
    bcc,
    headers,
    attachments,
    metadata,
    none
};
/// By Field, then those of read_policy_field; `at` is known in a what-if only.
constexpr auto field_names = std::to_array<std::string_view>({"to",
                                                              "template",
                                                              "data",
                                                              "content",
                                                              "class",
                                                              "channels",
                                                              "campaign",
                                                              "tags",
                                                              "send_at",
                                                              "expires_at",
                                                              "idempotency_key",
                                                              "from",
                                                              "reply_to",
                                                              "cc",
                                                              "bcc",
                                                              "headers",
                                                              "attachments",
                                                              "metadata",
                                                              "category",
                                                              "household",
                                                              "value",
                                                              "collapse_key",
                                                              "dedupe_key",
                                                              "dedupe_window_ms",
                                                              "fallback_after_ms",
                                                              "test",
                                                              "variant",
                                                              "at"});

Field field_of(std::string_view name) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(Field::none); ++i) {
        if (field_names[i] == name) return static_cast<Field>(i);
    }
    return Field::none;
}

constexpr auto person_names =
    std::to_array<std::string_view>({"recipient", "email", "phone", "country", "locale", "timezone", "attributes",
                                     "device_timezone", "household", "quiet"});
constexpr auto attachment_names = std::to_array<std::string_view>({"name", "content_type", "content_id", "content"});

void read_unsubscribe(std::string_view text, const std::string& where, admission::Content& content, Errors& errors) {
    const auto clean = email::clean_unsubscribe(text);
    content.has_unsubscribe = clean.has_value();
    if (!clean) errors.push_back({json::pointer_to(where, "list_unsubscribe"), clean.error()});
}

void read_parts(object parts, std::string_view channel, Submission& out, Errors& errors) {
    const auto where = json::pointer_to("/content", channel);
    Members members(where, errors);
    admission::Content content;
    content.channel = channel;
    for (const auto part : parts) {
        std::string_view text;
        if (part.value.get(text) != simdjson::SUCCESS) {
            members.wrong(part.key, "a text");
            continue;
        }
        content.empty = false;
        if (part.key == "subject") content.has_subject = !text.empty();
        if (part.key == "html") content.has_html = !text.empty();
        if (part.key == "text") content.has_text = !text.empty();
        if (part.key == "from") content.from = text;
        if (part.key == "reply_to") content.reply_to = text;
        if (part.key == "list_unsubscribe") read_unsubscribe(text, where, content, errors);
        if (part.key == "html" || part.key == "text")
            content.has_unsubscribe = content.has_unsubscribe || email::offers_opt_out(text);
        const bool body = part.key == "html" || part.key == "text";
        if (!body && channel == "email" && !admission::is_one_line(text)) content.has_control = true;
    }
    out.content.push_back(content);
}

void read_content(element value, Submission& out, Errors& errors) {
    Members members("", errors);
    object channels;
    if (!members.an_object(value, "content", channels)) return;
    for (const auto channel : channels) {
        object parts;
        Members inner("/content", errors);
        if (inner.an_object(channel.value, channel.key, parts)) read_parts(parts, channel.key, out, errors);
    }
    if (channels.size() == 0) members.wrong("content", "an object with at least one channel");
}

/// A person's own quiet times: {"weekly": {"every": ["22:00-09:00"], "friday": []}}, as in the configuration.
void read_own_quiet(element value, std::string_view where, Errors& errors) {
    object quiet, weekly;
    Members members(where, errors);
    if (!members.an_object(value, "quiet", quiet)) return;
    const auto inside = json::pointer_to(where, "quiet");
    Members inner(inside, errors);
    constexpr auto names = std::to_array<std::string_view>({"weekly"});
    for (const auto member : quiet) {
        if (member.key != "weekly") {
            inner.unknown(member.key, names);
            continue;
        }
        if (!inner.an_object(member.value, "weekly", weekly)) return;
        const auto at = json::pointer_to(inside, "weekly");
        Members days(at, errors);
        for (const auto day : weekly) {
            std::vector<std::string_view> spans;
            const bool known = day.key == "every" || std::find(config::weekdays.begin(), config::weekdays.end(),
                                                               day.key) != config::weekdays.end();
            if (!known) {
                days.unknown(day.key, config::weekdays);
                continue;
            }
            days.texts(day.value, day.key, spans);
            for (const auto span : spans) {
                if (auto read = config::parse_span(span); !read)
                    errors.push_back({json::pointer_to(at, day.key), std::move(read.error())});
            }
        }
    }
}

void read_copies(element value, std::string_view name, std::vector<std::string_view>& out, Errors& errors) {
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS)
        return Members("", errors).wrong(name, "a list of email addresses, such as [\"sara@example.com\"]");
    for (const auto item : list) {
        std::string_view address;
        if (item.get(address) != simdjson::SUCCESS)
            errors.push_back({fmt::format("/{}/{}", name, out.size()), "expected an email address"});
        out.push_back(address);
    }
}

void read_headers(element value, Submission& out, Errors& errors) {
    Members members("", errors);
    object headers;
    if (!members.an_object(value, "headers", headers)) return;
    Members inner("/headers", errors);
    for (const auto header : headers) {
        std::string_view text;
        if (header.value.get(text) != simdjson::SUCCESS)
            inner.wrong(header.key, "a text");
        else
            out.headers.push_back({header.key, text});
    }
}

bool is_base64(std::string_view text, std::uint64_t& size) {
    std::uint64_t characters = 0, padding = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n') continue;
        ++characters;
        if (c == '=') {
            ++padding;
            continue;
        }
        const bool known =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (!known || padding > 0) return false;
    }
    if (characters % 4 != 0 || padding > 2) return false;
    size = characters / 4 * 3 - padding;
    return true;
}

void read_attachment(object item, std::string_view where, Submission& out, Errors& errors) {
    Members members(where, errors);
    admission::Attachment file;
    bool has_content = false;
    for (const auto member : item) {
        std::string_view content;
        if (member.key == "name")
            members.text(member.value, "name", file.name);
        else if (member.key == "content_type")
            members.text(member.value, "content_type", file.content_type);
        else if (member.key == "content_id")
            members.text(member.value, "content_id", file.content_id);
        else if (member.key == "content") {
            has_content = true;
            members.text(member.value, "content", content);
            file.is_base64 = is_base64(content, file.size);
        } else
            members.unknown(member.key, attachment_names);
    }
    if (file.name.empty() || file.content_type.empty() || !has_content)
        errors.push_back({std::string(where), "an attachment has name, content_type and content"});
    else
        out.attachments.push_back(file);
}

void read_attachments(element value, Submission& out, Errors& errors) {
    Members members("", errors);
    simdjson::dom::array list;
    if (value.get(list) != simdjson::SUCCESS) return members.wrong("attachments", "a list");
    std::size_t i = 0;
    for (const auto item : list) {
        const auto where = fmt::format("/attachments/{}", i++);
        object file;
        if (item.get(file) != simdjson::SUCCESS)
            errors.push_back({where, "expected an object"});
        else
            read_attachment(file, where, out, errors);
    }
}

/// What the policy asks of a message. False: `key` is none of it.
bool read_policy_field(std::string_view key, element value, Submission& out, Members& members) {
    if (key == "category")
        members.text(value, key, out.category);
    else if (key == "household")
        members.text(value, key, out.household);
    else if (key == "value")
        members.number(value, key, out.value);
    else if (key == "collapse_key")
        members.text(value, key, out.collapse_key);
    else if (key == "dedupe_key")
        members.text(value, key, out.dedupe_key);
    else if (key == "dedupe_window_ms")
        members.count(value, key, out.dedupe_window_ms);
    else if (key == "fallback_after_ms")
        members.count(value, key, out.fallback_after_ms);
    else if (key == "test")
        members.flag(value, key, out.is_test);
    else if (key == "variant")
        members.text(value, key, out.variant);
    else
        return false;
    return true;
}

void read_field(std::string_view key, element value, Submission& out, Errors& errors) {
    Members members("", errors);
    object inner;
    switch (field_of(key)) {
        case Field::to:
            out.has_to = true;
            if (members.an_object(value, key, inner)) read_person(inner, "/to", true, out, errors);
            return;
        case Field::template_name:
            return members.text(value, key, out.template_name);
        case Field::data:
            out.has_data = members.an_object(value, key, inner);
            return;
        case Field::content:
            return read_content(value, out, errors);
        case Field::class_name:
            return members.text(value, key, out.class_name);
        case Field::channels:
            return read_channels(members, value, out);
        case Field::campaign:
            return members.text(value, key, out.campaign);
        case Field::tags:
            return members.texts(value, key, out.tags);
        case Field::send_at:
            return members.time(value, key, out.send_at);
        case Field::expires_at:
            return members.time(value, key, out.expires_at);
        case Field::idempotency_key:
            return members.text(value, key, out.idempotency_key);
        case Field::from:
            return members.text(value, key, out.from);
        case Field::reply_to:
            return members.text(value, key, out.reply_to);
        case Field::cc:
            return read_copies(value, key, out.cc, errors);
        case Field::bcc:
            return read_copies(value, key, out.bcc, errors);
        case Field::headers:
            return read_headers(value, out, errors);
        case Field::attachments:
            return read_attachments(value, out, errors);
        case Field::metadata:
            members.an_object(value, key, inner);
            return;
        case Field::none:
            if (!read_policy_field(key, value, out, members))
                members.unknown(key, std::span(field_names).first(field_names.size() - 1));
            return;
    }
}

}  // namespace

void read_person(object person, std::string_view where, bool with_recipient, Submission& out, Errors& errors) {
    Members members(where, errors);
    object attributes;
    for (const auto member : person) {
        if (member.key == "recipient" && with_recipient)
            members.text(member.value, "recipient", out.recipient);
        else if (member.key == "email")
            members.text(member.value, "email", out.email);
        else if (member.key == "phone")
            members.text(member.value, "phone", out.phone);
        else if (member.key == "country")
            members.text(member.value, "country", out.country);
        else if (member.key == "locale")
            members.text(member.value, "locale", out.locale);
        else if (member.key == "timezone")
            members.text(member.value, "timezone", out.timezone);
        else if (member.key == "device_timezone")
            members.text(member.value, "device_timezone", out.device_timezone);
        else if (member.key == "attributes")
            members.an_object(member.value, "attributes", attributes);
        else if (member.key == "household" && !with_recipient)
            members.text(member.value, "household", out.household);
        else if (member.key == "quiet" && !with_recipient)
            read_own_quiet(member.value, where, errors);
        else
            members.unknown(member.key, with_recipient ? std::span(person_names).first(person_names.size() - 2)
                                                       : std::span(person_names).subspan(1));
    }
}

void read_submission(element root, Submission& out, Errors& errors, bool what_if) {
    object top;
    if (root.get(top) != simdjson::SUCCESS) {
        errors.push_back({"", "a message is an object"});
        return;
    }
    for (const auto field : top) {
        if (what_if && field.key == "at")
            Members("", errors).time(field.value, "at", out.at);
        else
            read_field(field.key, field.value, out, errors);
    }
}

}  // namespace chapar::ingress
