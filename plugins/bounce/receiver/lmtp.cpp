#include "bounce/receiver/lmtp.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

using email::equal_ignoring_case;

/// "FROM:<a@b> SIZE=1" by "FROM:": the address and what follows it; nothing: it has another form.
std::optional<std::pair<std::string, std::string_view>> path_of(std::string_view words, std::string_view key) {
    if (!equal_ignoring_case(words.substr(0, key.size()), key)) return std::nullopt;
    words.remove_prefix(key.size());
    while (words.starts_with(' '))
        words.remove_prefix(1);
    if (!words.starts_with('<')) return std::nullopt;
    bool is_quoted = false;
    for (std::size_t at = 1; at < words.size(); ++at) {
        if (words[at] == '\\' && is_quoted) {
            ++at;
        } else if (words[at] == '"') {
            is_quoted = !is_quoted;
        } else if (words[at] == '>' && !is_quoted) {
            return std::pair(std::string(words.substr(1, at - 1)), email::trim(words.substr(at + 1)));
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

bool is_printable(std::string_view line) {
    return std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

}  // namespace

LmtpSession::LmtpSession(std::string host, const std::vector<std::string>& domains, LmtpLimits limits)
    : host_(std::move(host)), domains_(domains), limits_(limits) {}

std::string LmtpSession::greeting() const { return "220 " + host_ + " LMTP ready\r\n"; }

std::size_t LmtpSession::take(std::string_view bytes, std::string& out) {
    std::size_t used = 0;
    while (used < bytes.size() && !mail_ && !is_over_)
        used += is_in_data_ ? take_data(bytes.substr(used), out) : take_line(bytes.substr(used), out);
    return used;
}

std::size_t LmtpSession::take_line(std::string_view bytes, std::string& out) {
    const auto end = bytes.find('\n');
    const auto size = end == std::string_view::npos ? bytes.size() : end + 1;
    if (line_.size() + size > limits_.line) {
        out += "500 5.5.6 the line is too long\r\n";
        is_over_ = true;
        return size;
    }
    line_ += bytes.substr(0, size);
    if (end == std::string_view::npos) return size;
    std::string line = std::exchange(line_, {});
    if (!line.ends_with("\r\n")) {
        out += "500 5.5.2 a line ends with CR and LF\r\n";
        is_over_ = true;
        return size;
    }
    line.resize(line.size() - 2);
    is_printable(line) ? command(line, out) : refuse("500 5.5.2 a command has no control characters", out);
    return size;
}

void LmtpSession::command(std::string_view line, std::string& out) {
    const auto blank = std::min(line.find(' '), line.size());
    const auto verb = line.substr(0, blank);
    const auto words = email::trim(line.substr(blank));
    const auto is = [&](std::string_view name) { return equal_ignoring_case(verb, name); };
    if (is("LHLO")) return lhlo(words, out);
    if (is("QUIT")) {
        out += "221 2.0.0 bye\r\n";
        is_over_ = true;
    } else if (is("NOOP")) {
        out += "250 2.0.0 fine\r\n";
    } else if (is("RSET")) {
        reset();
        out += "250 2.0.0 forgotten\r\n";
    } else if (is("VRFY")) {
        out += "252 2.1.5 send it and see\r\n";
    } else if (is("MAIL")) {
        mail_from(words, out);
    } else if (is("RCPT")) {
        rcpt_to(words, out);
    } else if (is("DATA")) {
        words.empty() ? data(out) : refuse("501 5.5.4 DATA stands alone", out);
    } else if (is("HELO") || is("EHLO")) {
        refuse("500 5.5.1 this is LMTP: begin with LHLO", out);
    } else {
        refuse("500 5.5.1 there is no such command", out);
    }
}

void LmtpSession::lhlo(std::string_view words, std::string& out) {
    if (words.empty()) return refuse("501 5.5.4 LHLO needs a name", out);
    reset();
    is_greeted_ = true;
    out += "250-" + host_ +
           "\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE " +
           std::to_string(limits_.message) + "\r\n";
}

void LmtpSession::mail_from(std::string_view words, std::string& out) {
    if (!is_greeted_) return refuse("503 5.5.1 begin with LHLO", out);
    if (has_sender_) return refuse("503 5.5.1 there is a sender already", out);
    auto path = path_of(words, "FROM:");
    if (!path) return refuse("501 5.1.7 expected MAIL FROM:<address>", out);
    bool is_utf8 = false;
    for (auto rest = path->second; !rest.empty();) {
        const auto end = std::min(rest.find(' '), rest.size());
        const auto word = rest.substr(0, end);
        rest = email::trim(rest.substr(end));
        constexpr std::string_view size = "SIZE=", body = "BODY=";
        if (equal_ignoring_case(word.substr(0, size.size()), size)) {
            const auto bytes = number(word.substr(size.size()));
            if (!bytes) return refuse("501 5.5.4 SIZE is a number", out);
            if (*bytes > limits_.message) return refuse("552 5.3.4 the mail is too large", out);
        } else if (equal_ignoring_case(word, "SMTPUTF8")) {
            is_utf8 = true;
        } else if (!equal_ignoring_case(word.substr(0, body.size()), body) ||
                   !(equal_ignoring_case(word.substr(body.size()), "7BIT") ||
                     equal_ignoring_case(word.substr(body.size()), "8BITMIME"))) {
            return refuse("555 5.5.4 there is no such parameter", out);
        }
    }
    if (!is_utf8 && !email::is_ascii(path->first)) return refuse("553 5.6.7 this address needs SMTPUTF8", out);
    sender_ = std::move(path->first);
    has_sender_ = true;
    is_utf8_ = is_utf8;
    out += "250 2.1.0 sender taken\r\n";
}

bool LmtpSession::is_of_ours(std::string_view address) const {
    const auto domain = address.substr(std::min(address.rfind('@'), address.size() - 1) + 1);
    return domains_.empty() ||
           std::ranges::any_of(domains_, [&](const auto& ours) { return equal_ignoring_case(ours, domain); });
}

void LmtpSession::rcpt_to(std::string_view words, std::string& out) {
    if (!has_sender_) return refuse("503 5.5.1 MAIL comes first", out);
    auto path = path_of(words, "TO:");
    if (!path || path->first.find('@') == std::string::npos || path->first.starts_with('@'))
        return refuse("501 5.1.3 expected RCPT TO:<address>", out);
    if (!path->second.empty()) return refuse("555 5.5.4 there is no such parameter", out);
    if (!is_utf8_ && !email::is_ascii(path->first)) return refuse("553 5.6.7 this address needs SMTPUTF8", out);
    if (!is_of_ours(path->first)) return refuse("550 5.7.1 no mail is taken for this domain", out);
    if (recipients_.size() >= limits_.recipients) return refuse("452 4.5.3 too many recipients", out);
    recipients_.push_back(std::move(path->first));
    out += "250 2.1.5 recipient taken\r\n";
}

void LmtpSession::data(std::string& out) {
    if (recipients_.empty()) return refuse("503 5.5.1 there is no recipient", out);  // RFC 2033 section 4.2
    is_in_data_ = true;
    at_ = At::start;
    text_.clear();
    size_ = 0;
    has_bare_end_ = false;
    out += "354 end with a line that has one dot\r\n";
}

void LmtpSession::put(std::string_view bytes) {
    size_ += bytes.size();
    if (text_.size() < limits_.kept) text_ += bytes.substr(0, limits_.kept - text_.size());
}

/// Until the end of the mail: CR LF . CR LF, and nothing that only looks like it.
std::size_t LmtpSession::take_data(std::string_view bytes, std::string& out) {
    std::size_t at = 0;
    while (at < bytes.size()) {
        const char c = bytes[at];
        switch (at_) {
            case At::text: {
                const auto end = std::min(bytes.find_first_of("\r\n", at), bytes.size());
                put(bytes.substr(at, end - at));
                at = end;
                if (at == bytes.size()) break;
                has_bare_end_ |= bytes[at] == '\n';
                if (bytes[at] == '\n') put("\n");
                at_ = bytes[at] == '\r' ? At::cr : At::text;
                ++at;
                break;
            }
            case At::start:
                at_ = c == '.' ? At::dot : At::text;
                at += c == '.' ? 1 : 0;
                break;
            case At::dot:  // the one that was put before a dot of the mail's own is left out
                at_ = c == '\r' ? At::dot_cr : At::text;
                at += c == '\r' ? 1 : 0;
                break;
            case At::dot_cr:
                if (c == '\n') {
                    end_data(out);
                    return at + 1;
                }
                has_bare_end_ = true;
                put("\r");
                at_ = At::text;
                break;
            case At::cr:
                has_bare_end_ |= c != '\n';
                put(c == '\n' ? "\r\n" : "\r");
                at_ = c == '\n' ? At::start : At::text;
                at += c == '\n' ? 1 : 0;
                break;
        }
    }
    return at;
}

void LmtpSession::end_data(std::string& out) {
    is_in_data_ = false;
    const std::string_view refusal = has_bare_end_             ? "554 5.6.0 a line of the mail ends without CR and LF"
                                     : size_ > limits_.message ? "552 5.3.4 the mail is too large"
                                                               : "";
    if (refusal.empty()) {
        mail_ = ReceivedMail{std::move(text_), std::move(sender_), recipients_};
        return;
    }
    for (std::size_t i = 0; i < recipients_.size(); ++i)
        out.append(refusal).append("\r\n");
    reset();
}

void LmtpSession::answer(const std::vector<bool>& taken, std::string& out) {
    for (std::size_t i = 0; i < recipients_.size(); ++i)
        out += i < taken.size() && taken[i] ? "250 2.0.0 taken\r\n" : "451 4.3.0 not stored now, try again\r\n";
    reset();
}

void LmtpSession::refuse(std::string_view reply, std::string& out) {
    out.append(reply).append("\r\n");
    if (++mistakes_ < limits_.mistakes) return;
    out += "421 4.7.0 too many mistakes\r\n";
    is_over_ = true;
}

void LmtpSession::reset() {
    has_sender_ = is_utf8_ = is_in_data_ = false;
    sender_.clear();
    recipients_.clear();
    text_ = {};
    mail_.reset();
}

}  // namespace chapar::bounce
