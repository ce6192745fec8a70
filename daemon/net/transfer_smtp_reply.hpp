#pragma once
// SMTP replies (RFC 5321, section 4.2) out of a stream of bytes, and what EHLO's answer offers. No I/O.

#include <cstddef>
#include <string>
#include <string_view>

namespace chapar::net {

struct SmtpReply {
    int code = 0;
    std::string text;  // lines joined by '\n', codes removed
    bool positive() const { return code >= 200 && code < 300; }
};

/// Collects bytes and gives whole replies. Bounded: a reply longer than `limit` is an error.
class ReplyBuffer {
  public:
    enum class State { need_more, ready, malformed, too_long };

    explicit ReplyBuffer(std::size_t limit) : limit_(limit) {}
    void append(std::string_view bytes) { bytes_.append(bytes); }
    /// Moves the next whole reply to `out`.
    State next(SmtpReply& out);
    bool empty() const { return begin_ == bytes_.size(); }
    void clear() { bytes_.clear(), begin_ = 0; }

  private:
    std::size_t limit_;
    std::string bytes_;
    std::size_t begin_ = 0;  // bytes before it are used up
};

/// The EHLO keywords that we use.
struct SmtpExtensions {
    bool pipelining = false, starttls = false, eight_bit = false, utf8 = false, size = false, dsn = false;
    std::size_t max_size = 0;  // 0: not said
    bool auth_plain = false, auth_login = false;

    static SmtpExtensions parse(std::string_view ehlo_text);
};

}  // namespace chapar::net
