#pragma once
// What an application asked for, as values that point into the request. Parsed by ingress, judged by `decide`.

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
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
    bool has_control = false;      // a subject, from or reply_to with a line break
    bool has_unsubscribe = false;  // an address to end it by, or words about one beside a link
    std::string_view from, reply_to;
};

/// Views are valid while the request's text and its parser are.
struct Submission {
    bool has_to = false, has_data = false;
    std::string_view recipient, email, phone, country, locale, timezone, device_timezone;
    std::string_view template_name, class_name, campaign, from, reply_to, idempotency_key;
    std::string_view category, household, collapse_key, dedupe_key, variant;
    std::string_view plan;      // a named plan in place of `channels`
    std::string_view metadata;  // JSON text of an object that is echoed
    std::vector<Content> content;
    std::vector<std::string_view> channels, tags;
    std::vector<std::string_view> cc, bcc;
    std::vector<Header> headers;
    std::vector<Attachment> attachments;
    std::optional<Timestamp> send_at, expires_at;
    std::optional<std::int64_t> dedupe_window_ms, fallback_after_ms;
    std::optional<double> value;  // arbitration: what it is worth to its sender
    bool is_test = false;         // neither obeys nor counts
    std::optional<Timestamp> at;  // what-if: the moment that is asked about

    /// Empty again, keeping the memory.
    void clear() {
        // The lists keep their memory; whatever else there is, a new one has none of it.
        Submission fresh;
        fresh.content.swap(content);
        fresh.channels.swap(channels);
        fresh.tags.swap(tags);
        fresh.cc.swap(cc);
        fresh.bcc.swap(bcc);
        fresh.headers.swap(headers);
        fresh.attachments.swap(attachments);
        fresh.content.clear();
        fresh.channels.clear();
        fresh.tags.clear();
        fresh.cc.clear();
        fresh.bcc.clear();
        fresh.headers.clear();
        fresh.attachments.clear();
        *this = std::move(fresh);
    }
};

}  // namespace chapar::admission
