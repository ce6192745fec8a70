#include "net/transfer_smtp_reply.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace chapar::net {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string upper(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
}

/// Calls `f(word)` for each word between spaces.
template <class F>
void for_each_word(std::string_view text, F f) {
    while (!text.empty()) {
        std::size_t space = text.find_first_of(" =");
        if (std::string_view word = text.substr(0, space); !word.empty()) f(word);
        text = space == text.npos ? std::string_view{} : text.substr(space + 1);
    }
}

}  // namespace

ReplyBuffer::State ReplyBuffer::next(SmtpReply& out) {
    out.code = 0;
    out.text.clear();
    std::size_t at = begin_;
    while (true) {
        std::size_t end = bytes_.find('\n', at);
        if (end == std::string::npos) return bytes_.size() - begin_ > limit_ ? State::too_long : State::need_more;
        std::string_view line(bytes_.data() + at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        at = end + 1;
        bool has_code = line.size() >= 3 && line[0] >= '2' && line[0] <= '5' && is_digit(line[1]) && is_digit(line[2]);
        if (!has_code || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return State::malformed;
        int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        if (out.code != 0 && out.code != code) return State::malformed;
        if (out.code != 0) out.text.push_back('\n');
        out.code = code;
        if (line.size() > 4) out.text.append(line.substr(4));
        if (at - begin_ > limit_) return State::too_long;
        if (line.size() == 3 || line[3] == ' ') break;
    }
    begin_ = at;
    if (begin_ == bytes_.size()) clear();
    return State::ready;
}

SmtpExtensions SmtpExtensions::parse(std::string_view text) {
    SmtpExtensions offered;
    std::size_t first = text.find('\n');  // the first line is the server's name
    while (first != text.npos) {
        text.remove_prefix(first + 1);
        first = text.find('\n');
        std::string line = upper(text.substr(0, first));
        std::string_view keyword = std::string_view(line).substr(0, line.find_first_of(" ="));
        std::string_view rest = std::string_view(line).substr(keyword.size());
        if (keyword == "PIPELINING") offered.pipelining = true;
        if (keyword == "STARTTLS") offered.starttls = true;
        if (keyword == "8BITMIME") offered.eight_bit = true;
        if (keyword == "DSN") offered.dsn = true;
        if (keyword == "SMTPUTF8") offered.utf8 = true;
        if (keyword == "SIZE") {
            offered.size = true;
            rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));
            std::from_chars(rest.data(), rest.data() + rest.size(), offered.max_size);
        }
        if (keyword == "AUTH") {
            for_each_word(rest, [&](std::string_view mechanism) {
                if (mechanism == "PLAIN") offered.auth_plain = true;
                if (mechanism == "LOGIN") offered.auth_login = true;
            });
        }
    }
    return offered;
}

}  // namespace chapar::net
