#include "admission/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admission/address.hpp"
#include "base/zones.hpp"
#include "config/senders.hpp"
#include "numbers/phone.hpp"

namespace chapar::admission {
namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

void check_text(std::string_view text, std::string_view pointer, std::size_t limit, Errors& errors) {
    if (text.size() > limit)
        errors.push_back({std::string(pointer), fmt::format("at most {} bytes are allowed", limit)});
    else if (!is_one_line(text))
        errors.push_back({std::string(pointer), "control characters are not allowed"});
}

bool is_token(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return is_alnum(c) || others.find(c) != std::string_view::npos;
    });
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

void check_one_content(const Content& content, Errors& errors) {
    const auto pointer = fmt::format("/content/{}", content.channel);
    if (content.empty) {
        errors.push_back({pointer, "the content is empty"});
        return;
    }
    if (content.has_control) errors.push_back({pointer, "a subject or address must be one line"});
    if (content.channel == "email" && !content.has_subject)
        errors.push_back({pointer + "/subject", "an email needs a subject"});
    if (content.channel == "email" && !content.has_html && !content.has_text)
        errors.push_back({pointer, "an email needs html or text"});
    if (content.channel == "sms" && !content.has_text) errors.push_back({pointer + "/text", "an SMS needs text"});
}

void check_from(std::string_view from, std::string_view pointer, const config::ApplicationSettings& app,
                Errors& errors) {
    if (from.empty()) return;
    const auto address =
        from.size() > max_header_value ? std::unexpected<std::string>("the sender is too long") : mailbox_address(from);
    if (!address) {
        errors.push_back({std::string(pointer), address.error()});
        return;
    }
    const bool allowed = std::any_of(app.from.begin(), app.from.end(),
                                     [&](const std::string& pattern) { return matches_sender(pattern, *address); });
    if (!allowed)
        errors.push_back(
            {std::string(pointer),
             fmt::format("{} may not send as {}; add it to `from` of its [[application]]", app.name, *address)});
}

void check_reply_to(std::string_view reply_to, std::string_view pointer, Errors& errors) {
    if (reply_to.empty()) return;
    if (const auto address = mailbox_address(reply_to); !address)
        errors.push_back({std::string(pointer), address.error()});
}

bool is_media_type(std::string_view text) {
    const auto slash = text.find('/');
    const auto semicolon = std::min(text.find(';'), text.size());
    return slash != std::string_view::npos && slash < semicolon && is_token(text.substr(0, slash)) &&
           is_token(text.substr(slash + 1, semicolon - slash - 1)) && is_one_line(text) && text.size() <= 255;
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= max_attachment_name && name != "." && name != ".." &&
           name.find_first_of("/\\") == std::string_view::npos && is_one_line(name);
}

bool is_content_id(std::string_view text) {
    return text.size() <= max_id && std::all_of(text.begin(), text.end(), [](char c) {
               return is_alnum(c) || std::string_view("._-@+").find(c) != std::string_view::npos;
           });
}

}  // namespace

void check_person(const Submission& s, Errors& errors) {
    if (!s.has_to || (s.recipient.empty() && s.email.empty() && s.phone.empty())) {
        errors.push_back({"/to", "to needs a recipient, an email or a phone"});
        return;
    }
    check_text(s.recipient, "/to/recipient", max_id, errors);
    if (!s.locale.empty() && !is_locale(s.locale))
        errors.push_back({"/to/locale", "a locale is a BCP 47 tag such as fa-IR"});
    if (!s.country.empty() && !numbers::is_country(s.country))
        errors.push_back({"/to/country", "a country is two capital letters (ISO 3166) such as IR"});
    if (!s.timezone.empty() && !is_timezone(s.timezone))
        errors.push_back({"/to/timezone", times::zone_problem(s.timezone)});
    if (!s.device_timezone.empty() && !is_timezone(s.device_timezone))
        errors.push_back({"/to/device_timezone", times::zone_problem(s.device_timezone)});
}

void check_content(const Submission& s, const std::vector<StepFacts>& steps, Errors& errors) {
    const bool ready_made = !s.content.empty();
    if (s.template_name.empty() == !ready_made) {
        errors.push_back(
            {"", ready_made ? "template and content exclude each other" : "template or content is needed"});
        return;
    }
    if (!ready_made) return;
    if (s.has_data) errors.push_back({"/data", "data goes with a template"});
    for (const auto& content : s.content)
        check_one_content(content, errors);
    for (const auto& step : steps) {
        const bool has = std::any_of(s.content.begin(), s.content.end(),
                                     [&](const Content& content) { return content.channel == step.channel; });
        if (!has) errors.push_back({"/content", fmt::format("there is no content for channel {}", step.channel)});
    }
}

void check_labels(const Submission& s, Errors& errors) {
    check_text(s.campaign, "/campaign", max_id, errors);
    check_text(s.variant, "/variant", max_tag, errors);
    check_text(s.idempotency_key, "/idempotency_key", max_id, errors);
    if (s.metadata.size() > max_metadata)
        errors.push_back({"/metadata", fmt::format("metadata has {} bytes as JSON; {} are allowed", s.metadata.size(),
                                                   max_metadata)});
    if (s.tags.size() > max_tags) errors.push_back({"/tags", fmt::format("at most {} tags are allowed", max_tags)});
    for (std::size_t i = 0; i < s.tags.size() && i < max_tags; ++i) {
        if (s.tags[i].empty()) errors.push_back({fmt::format("/tags/{}", i), "a tag is not empty"});
        if (s.tags[i].size() > max_tag || !is_one_line(s.tags[i]))
            check_text(s.tags[i], fmt::format("/tags/{}", i), max_tag, errors);
    }
}

void check_policy_fields(const Submission& s, Errors& errors) {
    check_text(s.category, "/category", max_tag, errors);
    check_text(s.household, "/household", max_id, errors);
    check_text(s.collapse_key, "/collapse_key", max_id, errors);
    check_text(s.dedupe_key, "/dedupe_key", max_id, errors);
    if (s.dedupe_key.empty() != !s.dedupe_window_ms)
        errors.push_back({s.dedupe_key.empty() ? "/dedupe_key" : "/dedupe_window_ms",
                          "dedupe_key and dedupe_window_ms go together"});
    if (s.dedupe_window_ms && (*s.dedupe_window_ms < 1 || *s.dedupe_window_ms > max_dedupe.count()))
        errors.push_back(
            {"/dedupe_window_ms", fmt::format("expected milliseconds from 1 to {} (30 days)", max_dedupe.count())});
    if (s.fallback_after_ms && (*s.fallback_after_ms < 0 || *s.fallback_after_ms > max_fallback.count()))
        errors.push_back({"/fallback_after_ms",
                          fmt::format("expected milliseconds from 0 (never) to {} (30 days)", max_fallback.count())});
}

void check_plan(const Submission& s, const Facts& f, Errors& errors) {
    const auto behind = std::min<std::size_t>(f.class_settings ? f.class_settings->fallback : 2, max_channels - 1);
    const auto count = std::max(s.channels.size(), f.steps.size());
    if (count > behind + 1)
        errors.push_back(
            {!s.channels.empty() || !s.plan.empty() ? "/channels" : "/content",
             fmt::format("{} channels: expected one main channel and at most {} behind it", count, behind)});
    for (std::size_t i = 0; i < s.channels.size(); ++i) {
        if (std::find(s.channels.begin(), s.channels.begin() + static_cast<std::ptrdiff_t>(i), s.channels[i]) !=
            s.channels.begin() + static_cast<std::ptrdiff_t>(i))
            errors.push_back({fmt::format("/channels/{}", i), "a channel stands once in a plan"});
    }
}

void check_sms_from(std::string_view from, std::string_view pointer, const config::ApplicationSettings& app,
                    Errors& errors) {
    if (!config::is_sms_sender(from)) {
        errors.push_back({std::string(pointer), std::string(config::sms_sender_expected)});
    } else if (!is_allowed(app.from, from)) {
        errors.push_back(
            {std::string(pointer),
             fmt::format("{} may not send as {}; add it to `from` of its [[application]]", app.name, from)});
    }
}

void check_sender(const Submission& s, const config::ApplicationSettings& app, Errors& errors) {
    const bool is_sms_sender = !s.from.empty() && !s.from.contains('@') && config::is_sms_sender(s.from);
    if (is_sms_sender)
        errors.push_back({"/from",
                          "from is the sender of a mail; the sender of an SMS is content.sms.from, or `from` in "
                          "the front matter of its template"});
    else
        check_from(s.from, "/from", app, errors);
    check_reply_to(s.reply_to, "/reply_to", errors);
    for (const auto& content : s.content) {
        if (!content.from.empty() && content.channel == "sms")
            check_sms_from(content.from, fmt::format("/content/{}/from", content.channel), app, errors);
        else if (!content.from.empty())
            check_from(content.from, fmt::format("/content/{}/from", content.channel), app, errors);
        if (!content.reply_to.empty())
            check_reply_to(content.reply_to, fmt::format("/content/{}/reply_to", content.channel), errors);
    }
    if (s.headers.size() > max_headers)
        errors.push_back({"/headers", fmt::format("at most {} headers are allowed", max_headers)});
    for (const auto& header : s.headers) {
        const auto pointer = [&] { return fmt::format("/headers/{}", header.name); };
        const bool allowed =
            is_token(header.name) && std::any_of(app.headers.begin(), app.headers.end(), [&](const std::string& name) {
                return equal_ignoring_case(name, header.name);
            });
        if (!allowed)
            errors.push_back(
                {pointer(),
                 fmt::format("{} may not set this header; add it to `headers` of its [[application]]", app.name)});
        else
            check_text(header.value, pointer(), max_header_value, errors);
    }
}

/// Advertising that nobody can end is refused: a template's unsubscribe address is looked after by lint, ready-made
/// content has to bring its own.
void check_opt_out(const Submission& s, const Facts& f, Errors& errors) {
    if (f.class_settings == nullptr) return;
    const bool is_required = f.class_settings->unsubscribe_required;
    const auto lacks = [](const StepFacts& step) { return step.lacks_unsubscribe; };
    if (is_required && f.template_known && !s.template_name.empty() && std::ranges::any_of(f.steps, lacks))
        errors.push_back(
            {"/template", fmt::format("class {} requires a way to unsubscribe, and the mail of template {} "
                                      "shows none: put {{{{ unsubscribe_url }}}} or "
                                      "{{{{ preferences_url }}}} into its page",
                                      f.class_name, s.template_name)});
    if (!is_required && f.class_settings->requires_ != config::Requires::consent) return;
    for (const auto& content : s.content) {
        if (content.channel != "email" || content.empty || content.has_unsubscribe) continue;
        errors.push_back(
            {"/content/email/list_unsubscribe",
             fmt::format("class {} {}: say how to end it, as list_unsubscribe (an https or "
                         "mailto address) or as a link in html or text that says unsubscribe",
                         f.class_name, is_required ? "requires a way to unsubscribe" : "asks for consent")});
    }
}

void check_attachments(const Submission& s, const Facts& f, Errors& errors) {
    const auto& app = f.application;
    if (s.attachments.empty()) return;
    const bool has_mail = std::ranges::any_of(f.steps, [](const auto& step) { return step.channel == "email"; });
    if (!f.steps.empty() && !has_mail) {
        errors.push_back(
            {"/attachments", fmt::format("channel {} carries no attachments; email does", f.steps.front().channel)});
        return;
    }
    if (app.attachment_limit == 0) {
        errors.push_back(
            {"/attachments",
             fmt::format("{} may not attach files; set `attachment_limit` of its [[application]]", app.name)});
        return;
    }
    if (s.attachments.size() > max_attachments)
        errors.push_back({"/attachments", fmt::format("at most {} attachments are allowed", max_attachments)});
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < s.attachments.size(); ++i) {
        const auto& file = s.attachments[i];
        const auto pointer = [&](std::string_view member) { return fmt::format("/attachments/{}/{}", i, member); };
        if (!is_file_name(file.name))
            errors.push_back({pointer("name"), "a file name has no path and no control characters"});
        if (!is_media_type(file.content_type))
            errors.push_back({pointer("content_type"), "a content type looks like image/png"});
        if (!is_content_id(file.content_id))
            errors.push_back({pointer("content_id"), "a content id has letters, digits and . _ - @ +"});
        if (!file.is_base64) errors.push_back({pointer("content"), "the content is not base64"});
        total += file.size;
    }
    if (total > app.attachment_limit)
        errors.push_back(
            {"/attachments", fmt::format("together {} bytes; {} are allowed", total, app.attachment_limit)});
}

bool is_locale(std::string_view text) {
    if (text.size() > 35) return false;
    bool first = true;
    while (true) {
        const auto end = std::min(text.find('-'), text.size());
        const auto part = text.substr(0, end);
        if (part.empty() || part.size() > 8 || !std::all_of(part.begin(), part.end(), is_alnum)) return false;
        if (first && part.size() < 2) return false;
        first = false;
        if (end == text.size()) return true;
        text.remove_prefix(end + 1);
    }
}

bool is_timezone(std::string_view text) { return times::zone_clock(text) != nullptr; }

}  // namespace chapar::admission
