#include "html.hpp"

#include "email_rules/text.hpp"
#include "mail.hpp"
#include "page.hpp"

#include <algorithm>
#include <array>

namespace chapar::email {

namespace {

std::string escape(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        switch (c) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += c;
        }
    }
    return safe;
}

std::string hidden(std::string_view preheader) {
    return "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">" + escape(preheader) + "</div>\r\n";
}

}  // namespace

std::string language_tag(std::string_view locale) {
    std::string tag(locale);
    std::ranges::replace(tag, '_', '-');
    const bool fits = tag.size() >= 2 && tag.size() <= 35 && tag.front() != '-' && tag.back() != '-' &&
                      std::ranges::all_of(tag, [](char c) { return is_alnum(c) || c == '-'; });
    return fits ? tag : std::string();
}

bool is_right_to_left(std::string_view locale) {
    const auto tag = to_lower(language_tag(locale));
    const auto names = [&](std::string_view script) { return tag.find(script) != std::string::npos; };
    if (names("-latn") || names("-cyrl")) return false;
    if (names("-arab") || names("-hebr") || names("-thaa") || names("-nkoo") || names("-syrc")) return true;
    constexpr std::array<std::string_view, 16> languages{"ar", "arc", "azb", "ckb", "dv", "fa", "he", "iw",
                                                         "ks", "lrc", "mzn", "nqo", "ps", "sd", "ug", "ur"};
    const auto language = std::string_view(tag).substr(0, tag.find('-'));
    return std::ranges::find(languages, language) != languages.end() || language == "yi";
}

std::string_view complete_html(std::string_view html, std::string_view preheader, std::string_view locale,
                               std::string& scratch) {
    const bool shown = preheader.empty() || html.contains(preheader) || html.contains(escape(preheader));
    const Page page = look_at_page(html);
    if (page.is_document) {
        if (shown) return html;
        scratch.assign(html.substr(0, page.content)).append("\r\n").append(hidden(preheader));
        scratch.append(html.substr(page.content));
        return scratch;
    }
    scratch = "<!DOCTYPE html>\r\n<html";
    if (const auto tag = language_tag(locale); !tag.empty()) scratch += " lang=\"" + tag + '"';
    if (is_right_to_left(locale)) scratch += " dir=\"rtl\"";
    scratch += ">\r\n<head><meta charset=\"utf-8\"></head>\r\n<body>\r\n";
    if (!shown) scratch += hidden(preheader);
    scratch.append(html).append("\r\n</body>\r\n</html>\r\n");
    return scratch;
}

}  // namespace chapar::email
