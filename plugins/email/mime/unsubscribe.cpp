#include "unsubscribe.hpp"

#include "email_rules/clean.hpp"
#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"

#include <algorithm>

namespace chapar::email {

namespace {

bool is_uri(std::string_view uri) {
    constexpr std::size_t longest = 900;
    const bool scheme = find_ignoring_case(uri, "https://") == 0 || find_ignoring_case(uri, "http://") == 0 ||
                        find_ignoring_case(uri, "mailto:") == 0;
    return scheme && uri.size() <= longest && std::ranges::all_of(uri, [](char c) {
               return c > 0x20 && c < 0x7F && !std::string_view("<>\"\\^`{|}").contains(c);
           });
}

}  // namespace

Appended append_unsubscribe(std::string& out, std::string_view given) {
    if (const auto flaw = header_flaw(given); !flaw.empty())
        return std::unexpected("the unsubscribe address " + std::string(flaw));
    std::string list;
    bool one_click = false;
    for (const auto uri : split_uris(given)) {
        if (!is_uri(uri)) return std::unexpected("the unsubscribe address is not an https, http or mailto address");
        one_click = one_click || find_ignoring_case(uri, "https://") == 0;
        (((list += list.empty() ? "" : ",\r\n ") += '<') += uri) += '>';
    }
    if (list.empty()) return std::unexpected("the unsubscribe address is empty");
    append_ready(out, "List-Unsubscribe", list);
    if (one_click) append_ready(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    return {};
}

}  // namespace chapar::email
