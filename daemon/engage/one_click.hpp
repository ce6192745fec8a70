#pragma once
// Unsubscribing with one click (RFC 8058): what a POST asks for, and the headers that invite it. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::engage {

/// A body beyond this is not read.
inline constexpr std::size_t longest_form = 65'536;
inline constexpr std::size_t most_fields = 2'048;

struct PostedForm {
    enum class Kind : std::uint8_t {
        one_click,  // exactly List-Unsubscribe=One-Click: the mail provider's button
        page,       // has the field `confirm`: the form of our own page
        other,      // a form that is neither: nothing is done
        malformed,  // not a form at all, or too large
    };
    Kind kind = Kind::malformed;
    std::vector<std::pair<std::string, std::string>> fields;  // decoded, in their order; of `page` and `other`
};

/// `content_type` as the header has it; empty: it has none, which is read as a plain form.
PostedForm read_posted_form(std::string_view content_type, std::string_view body);

/// List-Unsubscribe and List-Unsubscribe-Post of a mail; both belong under the DKIM signature. `page`: the https
/// address; `mailbox`: without "mailto:", may be empty. Without an https address there is nothing to post to.
std::vector<std::pair<std::string, std::string>> unsubscribe_headers(std::string_view page, std::string_view mailbox);

}  // namespace chapar::engage
