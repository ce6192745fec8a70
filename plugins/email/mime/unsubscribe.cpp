#include "unsubscribe.hpp"

#include "guard.hpp"
#include "text.hpp"

#include <algorithm>
#include <vector>

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

/// `<a>, <b>`, or `a, b`, or `a b`. A comma inside an address stays in it.
std::vector<std::string_view> split(std::string_view given) {
    std::vector<std::string_view> uris;
    const bool bracketed = given.contains('<');
    while (!(given = trim(given)).empty()) {
        std::size_t end = 0;
        if (bracketed) {
            end = given.starts_with('<') ? given.find('>') : std::string_view::npos;
            uris.push_back(end == std::string_view::npos ? std::string_view() : given.substr(1, end - 1));
            if (end == std::string_view::npos) break;
            given.remove_prefix(end + 1);
        } else {
            end = std::min(given.find_first_of(" \t"), given.size());
            const auto uri = given.substr(0, end);
            uris.push_back(uri.ends_with(',') ? uri.substr(0, uri.size() - 1) : uri);
            given.remove_prefix(end);
        }
        given = trim(given);
        if (given.starts_with(',')) given.remove_prefix(1);
    }
    return uris;
}

}  // namespace

Appended append_unsubscribe(std::string& out, std::string_view given) {
    if (const auto flaw = header_flaw(given); !flaw.empty())
        return std::unexpected("the unsubscribe address " + std::string(flaw));
    std::string list;
    bool one_click = false;
    for (const auto uri : split(given)) {
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
