#include "mail.hpp"

#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"
#include "encoding.hpp"
#include "header.hpp"
#include "html.hpp"
#include "unsubscribe.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

namespace chapar::email {

namespace {

/// Fields that this builder writes, and those that carry routing, trace or authentication: never taken from outside.
bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 26> reserved{"apparently-to",
                                                        "authentication-results",
                                                        "bcc",
                                                        "cc",
                                                        "date",
                                                        "delivered-to",
                                                        "dkim-signature",
                                                        "domainkey-signature",
                                                        "envelope-to",
                                                        "errors-to",
                                                        "from",
                                                        "list-unsubscribe",
                                                        "list-unsubscribe-post",
                                                        "message-id",
                                                        "mime-version",
                                                        "received",
                                                        "received-spf",
                                                        "reply-to",
                                                        "return-path",
                                                        "return-receipt-to",
                                                        "sender",
                                                        "subject",
                                                        "to",
                                                        "x-envelope-from",
                                                        "x-envelope-to",
                                                        "x-original-to"};
    const auto lower = to_lower(name);
    return std::ranges::find(reserved, lower) != reserved.end() || lower.starts_with("content-") ||
           lower.starts_with("resent-") || lower.starts_with("arc-");
}

bool is_field_name(std::string_view name) {
    return !name.empty() && name.size() <= 60 &&
           std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= 100 &&
           std::ranges::all_of(text, [](char c) { return is_alnum(c) || std::string_view("!#$&-^_.+").contains(c); });
}

/// Takes what stands before `end` of `rest`, or all of it, and the mark.
std::string_view take_until(std::string_view& rest, char end) {
    const auto at = std::min(rest.find(end), rest.size());
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(std::min(at + 1, rest.size()));
    return taken;
}

/// The value of a parameter, up to the next ';': a token or a quoted string (RFC 2045, 5.1); nullopt: neither.
std::optional<std::string> take_value(std::string_view& rest) {
    rest = trim(rest);
    if (!rest.starts_with('"')) {
        const auto token = trim(take_until(rest, ';'));
        return is_token(token) ? std::optional(std::string(token)) : std::nullopt;
    }
    std::string value;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest = trim(rest.substr(at + 1));
            if (rest.empty()) return value;
            return trim(take_until(rest, ';')).empty() ? std::optional(value) : std::nullopt;
        }
        if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
        value += rest[at];
    }
    return std::nullopt;
}

/// "type/subtype" as given when it is a plain media type that may stand for a file, with its parameters as far as they
/// are well formed; else octets. The name of the file is ours to write.
std::string media_type(std::string_view given) {
    auto rest = given;
    const auto essence = trim(take_until(rest, ';'));
    const auto slash = essence.find('/');
    if (slash == std::string_view::npos) return "application/octet-stream";
    const auto type = essence.substr(0, slash);
    const bool composite = equal_ignoring_case(type, "multipart") || equal_ignoring_case(type, "message");
    if (composite || !is_token(type) || !is_token(essence.substr(slash + 1))) return "application/octet-stream";
    std::string out(essence);
    while (!trim(rest).empty()) {
        const auto name = trim(take_until(rest, '='));
        const auto value = take_value(rest);
        if (!value || !is_token(name) || !header_flaw(*value).empty()) break;
        if (!equal_ignoring_case(name, "name") && !equal_ignoring_case(name, "boundary"))
            append_parameter(out, name, *value);
    }
    return out;
}

bool is_content_id(std::string_view id) {
    return id.size() <= 200 &&
           std::ranges::all_of(id, [](char c) { return is_alnum(c) || std::string_view(".-_@+").contains(c); });
}

using Done = std::expected<void, Refusal>;

Done refuse(std::string sentence, chapar_blame blame = CHAPAR_MESSAGE) {
    return std::unexpected(Refusal{blame, std::move(sentence)});
}

Done checked(Appended appended) { return appended ? Done() : refuse(std::move(appended).error()); }

class Builder {
  public:
    explicit Builder(const Mail& mail) : mail_(mail) {}

    std::expected<Built, Refusal> run() {
        if (auto done = check_input(); !done) return std::unexpected(std::move(done).error());
        html_ =
            mail_.html.empty() ? mail_.html : complete_html(mail_.html, mail_.preheader, mail_.locale, html_scratch_);
        built_.head.reserve(1024);
        if (auto done = write_head(); !done) return std::unexpected(std::move(done).error());
        choose_shape();
        built_.body.reserve(body_estimate());
        built_.head += "MIME-Version: 1.0\r\n";
        write_content_headers(0, built_.head);
        write_content(0, built_.body);
        return std::move(built_);
    }

  private:
    enum class Level { mixed, related, alternative, text, html };

    Done check_input() {
        if (mail_.html.empty() && mail_.text.empty()) return refuse("the message has neither text nor html");
        if (!is_utf8(mail_.text)) return refuse("the text part is not UTF-8");
        if (!is_utf8(mail_.html) || !is_utf8(mail_.preheader)) return refuse("the html part is not UTF-8");
        const bool attempt_fits =
            !mail_.attempt.empty() && mail_.attempt.size() <= 60 &&
            std::ranges::all_of(mail_.attempt, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
        if (!attempt_fits) return refuse("the attempt's name can't stand in a Message-ID");
        for (const File& file : mail_.files)
            if (!is_content_id(file.content_id))
                return refuse("the content id of an image holds a character that may not");
        return {};
    }

    Done write_head() {
        if (auto done = write_addresses(); !done) return done;
        auto& head = built_.head;
        if (auto done = checked(append_text(head, "Subject", mail_.subject)); !done) return done;
        append_ready(head, "Date", date_text(mail_.date));
        const auto id = mail_.message_id.empty() ? mail_.attempt : mail_.message_id;
        append_ready(head, "Message-ID", '<' + std::string(id) + '@' + built_.from_domain + '>');
        if (!mail_.list_unsubscribe.empty())
            if (auto done = checked(append_unsubscribe(head, mail_.list_unsubscribe)); !done) return done;
        if (const auto tag = language_tag(mail_.locale); !tag.empty()) append_ready(head, "Content-Language", tag);
        return write_custom();
    }

    Done write_addresses() {
        auto from = parse_mailbox(mail_.from);
        if (!from) return refuse("the From address is refused: " + from.error());
        auto to = parse_address(mail_.to);
        if (!to) return refuse("the recipient's address is refused: " + to.error(), CHAPAR_RECIPIENT);
        auto& head = built_.head;
        if (auto done = checked(append_mailbox(head, "From", *from)); !done) return done;
        if (auto done = checked(append_mailbox(head, "To", {{}, *to})); !done) return done;
        built_.needs_smtp_utf8 = from->address.needs_smtp_utf8 || to->needs_smtp_utf8;
        if (auto done = write_cc(); !done) return done;
        if (!mail_.reply_to.empty()) {
            auto reply_to = parse_mailbox(mail_.reply_to);
            if (!reply_to) return refuse("the Reply-To address is refused: " + reply_to.error());
            if (auto done = checked(append_mailbox(head, "Reply-To", *reply_to)); !done) return done;
            built_.needs_smtp_utf8 |= reply_to->address.needs_smtp_utf8;
        }
        built_.from = from->address.text();
        built_.to = to->text();
        built_.from_domain = from->address.domain;
        return {};
    }

    Done write_cc() {
        std::vector<Address> shown;
        for (const auto text : mail_.cc) {
            auto address = parse_address(text);
            if (!address) return refuse("an address of cc is refused: " + address.error());
            built_.needs_smtp_utf8 |= address->needs_smtp_utf8;
            built_.cc.push_back(address->text());
            shown.push_back(std::move(*address));
        }
        if (!shown.empty()) append_addresses(built_.head, "Cc", shown);
        return {};
    }

    Done write_custom() {
        for (const auto& [name, value] : mail_.headers) {
            if (!is_field_name(name)) return refuse("the name of a custom header holds a character that may not");
            if (is_reserved(name))
                return refuse("the header " + std::string(name) + " may not be set by an application");
            if (auto done = checked(append_text(built_.head, name, value)); !done) return done;
        }
        return {};
    }

    void choose_shape() {
        for (const File& file : mail_.files) {
            const bool is_inline = !file.content_id.empty() && !html_.empty();
            (is_inline ? images_ : plain_).push_back(&file);
        }
        if (!plain_.empty()) levels_.push_back(Level::mixed);
        if (!images_.empty()) levels_.push_back(Level::related);
        if (!html_.empty() && !mail_.text.empty()) levels_.push_back(Level::alternative);
        if (levels_.empty() || levels_.back() != Level::alternative)
            levels_.push_back(html_.empty() ? Level::text : Level::html);
        text_encoding_ = fitting_encoding(mail_.text);
        html_encoding_ = fitting_encoding(html_);
    }

    [[nodiscard]] std::size_t body_estimate() const {
        std::size_t bytes = 1024 + mail_.text.size() * 3 / 2 + html_.size() * 3 / 2;
        for (const File& file : mail_.files)
            bytes += file.bytes.size() * 7 / 5 + 512;
        return bytes;
    }

    [[nodiscard]] std::string boundary(Level level) const {
        const char letter = level == Level::mixed ? 'm' : level == Level::related ? 'r' : 'a';
        return std::string("=_") + letter + '.' + std::string(mail_.attempt);
    }

    static void append_multipart(std::string& out, std::string_view subtype, std::string_view boundary) {
        (((out += "Content-Type: multipart/") += subtype) += ";\r\n boundary=\"") += boundary;
        out += "\"\r\n";
    }

    static void append_text_headers(std::string& out, std::string_view subtype, Encoding encoding) {
        (((out += "Content-Type: text/") += subtype) += "; charset=utf-8\r\nContent-Transfer-Encoding: ") +=
            encoding_name(encoding);
        out += "\r\n";
    }

    void write_content_headers(std::size_t depth, std::string& out) const {
        switch (levels_[depth]) {
            case Level::mixed:
                return append_multipart(out, "mixed", boundary(Level::mixed));
            case Level::related: {
                const bool alternative = levels_[depth + 1] == Level::alternative;
                const std::string subtype =
                    alternative ? "related; type=\"multipart/alternative\"" : "related; type=\"text/html\"";
                return append_multipart(out, subtype, boundary(Level::related));
            }
            case Level::alternative:
                return append_multipart(out, "alternative", boundary(Level::alternative));
            case Level::text:
                return append_text_headers(out, "plain", text_encoding_);
            case Level::html:
                return append_text_headers(out, "html", html_encoding_);
        }
    }

    void write_content(std::size_t depth, std::string& out) const {
        const Level level = levels_[depth];
        if (level == Level::text) return append_text_body(out, mail_.text, text_encoding_);
        if (level == Level::html) return append_text_body(out, html_, html_encoding_);
        const std::string mark = "--" + boundary(level);
        (out += mark) += "\r\n";
        if (level == Level::alternative) {
            append_text_headers(out, "plain", text_encoding_);
            out += "\r\n";
            append_text_body(out, mail_.text, text_encoding_);
            (out += mark) += "\r\n";
            append_text_headers(out, "html", html_encoding_);
            out += "\r\n";
            append_text_body(out, html_, html_encoding_);
        } else {
            write_content_headers(depth + 1, out);
            out += "\r\n";
            write_content(depth + 1, out);
            for (const File* file : level == Level::mixed ? plain_ : images_) {
                (out += mark) += "\r\n";
                write_file(*file, level == Level::related, out);
            }
        }
        (out += mark) += "--\r\n";
    }

    static void write_file(const File& file, bool is_inline, std::string& out) {
        (out += "Content-Type: ") += media_type(file.content_type);
        out += "\r\nContent-Transfer-Encoding: base64\r\n";
        if (is_inline) ((out += "Content-ID: <") += file.content_id) += ">\r\n";
        out += is_inline ? "Content-Disposition: inline" : "Content-Disposition: attachment";
        append_parameter(out, "filename", clean_file_name(file.name));
        out += "\r\n\r\n";
        append_base64(out, file.bytes);
        if (file.bytes.empty()) out += "\r\n";
    }

    const Mail& mail_;
    Built built_;
    std::string_view html_;
    std::string html_scratch_;
    std::vector<Level> levels_;  ///< from the outermost to the innermost
    std::vector<const File*> images_, plain_;
    Encoding text_encoding_ = Encoding::seven_bit, html_encoding_ = Encoding::seven_bit;
};

}  // namespace

std::expected<Built, Refusal> build(const Mail& mail) { return Builder(mail).run(); }

}  // namespace chapar::email
