#pragma once
// What an application asked for, as values that point into the request. Parsed by ingress, judged by `decide`.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace chapar::admission {

struct Header {
    std::string_view name, value;
};

struct Attachment {
    std::string_view name, content_type, content_id;
    std::uint64_t size = 0;  // decoded
    bool is_base64 = true;
};

/// Ready-made content of one channel: which parts it has.
struct Content {
    std::string_view channel;
    bool has_subject = false, has_html = false, has_text = false;
    bool empty = true;
    bool has_control = false;  // a subject, from or reply_to with a line break
    std::string_view from, reply_to;
};

/// Views are valid while the request's text and its parser are.
struct Submission {
    bool has_to = false, has_data = false;
    std::string_view recipient, email, phone, locale, timezone;
    std::string_view template_name, class_name, campaign, from, reply_to, idempotency_key;
    std::vector<Content> content;
    std::vector<std::string_view> channels, tags;
    std::vector<Header> headers;
    std::vector<Attachment> attachments;
    std::optional<Timestamp> send_at, expires_at;

    /// Empty again, keeping the memory.
    void clear() {
        has_to = has_data = false;
        recipient = email = phone = locale = timezone = {};
        template_name = class_name = campaign = from = reply_to = idempotency_key = {};
        content.clear();
        channels.clear();
        tags.clear();
        headers.clear();
        attachments.clear();
        send_at.reset();
        expires_at.reset();
    }
};

}  // namespace chapar::admission
