#include "bounce/bounded.hpp"

#include <algorithm>

#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

/// "Name:" at the start of a line.
bool begins_field(std::string_view line) {
    constexpr std::size_t longest_name = 256;
    const auto colon = line.substr(0, longest_name).find(':');
    return colon != std::string_view::npos && colon > 0 && line.front() > ' ' &&
           std::ranges::all_of(line.substr(0, colon), [](char c) { return c >= ' ' && c < 0x7F; });
}

class Scan {
  public:
    Scan(std::string_view mail, const Limits& limits) : limits_(limits) { out_.whole = mail; }

    Bounded run() {
        auto rest = out_.whole;
        if (rest.size() > limits_.bytes) {
            rest = rest.substr(0, limits_.bytes);
            note("the mail is larger than its bound");
            end_ = rest.size();
        } else {
            end_ = rest.size();
        }
        while (at_ < end_ && !is_over_)
            take(out_.whole.substr(at_, line_size()));
        finish();
        return std::move(out_);
    }

  private:
    /// With its line end.
    std::size_t line_size() const {
        const auto end = out_.whole.substr(0, end_).find('\n', at_);
        return (end == std::string_view::npos ? end_ : end + 1) - at_;
    }

    void take(std::string_view line) {
        const bool is_empty = line == "\n" || line == "\r\n";
        const bool goes_on = line.front() == ' ' || line.front() == '\t';
        if (is_empty) {
            fields_ = field_ = 0;
            is_type_ = false;
        } else if (goes_on) {
            field_ += line.size();
        } else {
            field_ = line.size();
            fields_ += begins_field(line) ? 1 : 0;
            is_type_ = email::find_ignoring_case(line.substr(0, 12), "content-type") == 0;
        }
        if (line.starts_with("--") && ++dashes_ > limits_.dashes) return stop("it has more parts than its bound");
        if (is_type_ && names_container(line) && ++containers_ > limits_.containers)
            return stop("it is nested deeper than its bound");
        if (fields_ > limits_.fields) return drop(line.size(), 0, "it has more header fields than its bound");
        if (goes_on && field_ > limits_.line) return drop(line.size(), 0, "a header field is longer than its bound");
        if (line.size() > limits_.line) return drop(line.size(), limits_.line, "a line is longer than its bound");
        at_ += line.size();
    }

    static bool names_container(std::string_view line) {
        return email::find_ignoring_case(line, "multipart") != std::string_view::npos ||
               email::find_ignoring_case(line, "message") != std::string_view::npos;
    }

    void note(std::string_view why) {
        out_.is_changed = true;
        if (out_.why.empty()) out_.why = why;
    }
    /// Keeps `kept` bytes of the line and its end.
    void drop(std::size_t size, std::size_t kept, std::string_view why) {
        note(why);
        out_.owned += out_.whole.substr(from_, at_ + kept - from_);
        if (kept > 0) out_.owned += '\n';
        at_ += size;
        from_ = at_;
    }
    void stop(std::string_view why) {
        note(why);
        is_over_ = true;
    }
    void finish() {
        if (out_.is_changed) out_.owned += out_.whole.substr(from_, at_ - from_);
    }

    const Limits& limits_;
    Bounded out_;
    std::size_t at_ = 0, from_ = 0,
                end_ = 0;  // what of the mail was looked at; what is not in `owned` yet; where it ends
    std::size_t fields_ = 0, field_ = 0, containers_ = 0, dashes_ = 0;
    bool is_type_ = false, is_over_ = false;
};

}  // namespace

Bounded bound(std::string_view mail, const Limits& limits) { return Scan(mail, limits).run(); }

}  // namespace chapar::bounce
