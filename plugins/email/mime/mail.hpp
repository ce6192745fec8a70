/// One mail as RFC 5322 text: multipart/alternative (text, html), in multipart/related when images stand inline, in
/// multipart/mixed when files are attached. Every line ends with CRLF and none is longer than 998 bytes; an address
/// that can't be written in ASCII sets needs_smtp_utf8. Pure functions, any thread; nothing is kept of the input.
#pragma once

#include "chapar/plugin.h"

#include <chrono>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::email {

struct File {
    std::string_view name, content_type;
    std::string_view content_id;  ///< an inline image; empty: an attachment
    std::string_view bytes;
};

struct Mail {
    std::string_view attempt;       ///< becomes the boundaries and, where there is no other, the Message-ID
    std::string_view message_id{};  ///< what stands before its @; empty: the attempt
    std::string_view from, to, reply_to, subject;
    std::span<const std::string_view> cc;  ///< addresses; who gets it as bcc is not told to this part
    std::string_view html, text, preheader;
    std::string_view list_unsubscribe;  ///< one or more of https:, http: and mailto:, bare or in <>
    std::string_view locale;            ///< BCP 47
    std::span<const std::pair<std::string_view, std::string_view>> headers;
    std::span<const File> files;
    std::chrono::sys_seconds date;
};

struct Built {
    std::string head;  ///< header fields, the empty line not included
    std::string body;
    std::string from, to;         ///< envelope forms: UTF-8 local part, A-label domain
    std::vector<std::string> cc;  ///< likewise
    std::string from_domain;
    bool needs_smtp_utf8 = false;
};

/// Why a mail can never be sent, and whether the message or the recipient's address is to blame.
struct Refusal {
    chapar_blame blame = CHAPAR_MESSAGE;
    std::string sentence;
};

std::expected<Built, Refusal> build(const Mail& mail);

/// Written right to left: Arabic, Hebrew, Thaana, N'Ko, Syriac by language, or by script where the tag names one.
bool is_right_to_left(std::string_view locale);

}  // namespace chapar::email
