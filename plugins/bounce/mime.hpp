/// A mail taken apart by GMime: the fields of its head and those parts that a report can be in. What is returned inside
/// (message/rfc822) is not looked into, but for its head. Any thread; each call is on its own.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/fields.hpp"

namespace chapar::bounce {

enum class PartKind {
    text,             ///< text/plain, or another text/* of which nothing better is known
    html,             ///< text/html, as text
    delivery_status,  ///< message/delivery-status, message/global-delivery-status
    feedback,         ///< message/feedback-report
    disposition,      ///< message/disposition-notification
    returned,         ///< the head of what comes back: of message/rfc822, or text/rfc822-headers
};

struct Part {
    PartKind kind = PartKind::text;
    std::string text;       ///< UTF-8 where the mail says its character set truly, at most 64 KiB
    std::size_t line = 1;   ///< of the mail, where it begins
    bool is_plain = false;  ///< lines of `text` are lines of the mail
};

struct Mail {
    FieldGroup head;          ///< names in small letters; From, To and Subject decoded
    std::string report_type;  ///< of multipart/report, small letters
    std::vector<Part> parts;
};

/// `text` was bounded before (bound).
Mail take_apart(std::string_view text);

}  // namespace chapar::bounce
