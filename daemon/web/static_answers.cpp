#include "web/static_answers.hpp"

#include <openssl/evp.h>

#include <array>

#include "engage/base64.hpp"

namespace chapar::web {
namespace {

constexpr std::string_view page_style =
    "body{font:1.1em/1.7 sans-serif;margin:3em auto;max-width:30em;padding:0 1em;color:#222;background:#fff}"
    "h1{font-size:1.3em}";

/// 'sha256-...' of a style element, so that the policy allows this one and no other.
std::string hash_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return {};
    return "'sha256-" + engage::to_base64({reinterpret_cast<const char*>(digest.data()), size}) + "'";
}

struct Words {
    std::string_view persian_title, persian, english_title, english;
};

StaticPage bilingual_page(const Words& words, std::string_view more_lines) {
    StaticPage out;
    out.lines = std::string(common_lines());
    out.lines += "Content-Type: text/html; charset=utf-8\r\nContent-Security-Policy: default-src 'none'; style-src " +
                 hash_of(page_style) + "; frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n";
    out.lines += more_lines;
    const auto part = [&](std::string_view title, std::string_view text) {
        out.body += "<h1>";
        out.body += title;
        out.body += "</h1><p>";
        out.body += text;
        out.body += "</p>";
    };
    out.body =
        "<!doctype html><html lang=\"fa\" dir=\"rtl\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\"><title>";
    out.body += words.persian_title;
    out.body += "</title><style>";
    out.body += page_style;
    out.body += "</style></head><body><main>";
    part(words.persian_title, words.persian);
    out.body += "<div lang=\"en\" dir=\"ltr\">";
    part(words.english_title, words.english);
    out.body += "</div></main></body></html>\n";
    return out;
}

constexpr std::string_view dot(
    "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF!\xF9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;", 43);

}  // namespace

std::string_view common_lines() {
    return "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
           "X-Robots-Tag: noindex\r\n";
}

std::string_view strict_policy_line() {
    return "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action "
           "'self'\r\n";
}

const StaticPage& not_found_page() {
    static const StaticPage out = bilingual_page(
        {
            "این صفحه پیدا نشد",
            "شاید نشانی کامل نیست. پیام را دوباره باز کنید و روی پیوند آن بزنید.",
            "This page was not found",
            "The address may not be complete. Open the message again and follow its link.",
        },
        {});
    return out;
}

const StaticPage& too_often_page() {
    static const StaticPage out = bilingual_page(
        {
            "لطفاً کمی صبر کنید",
            "یک دقیقهٔ دیگر دوباره بیازمایید.",
            "Please wait a moment",
            "Many addresses that do not exist were asked for from your network. Try again in a minute.",
        },
        "Retry-After: 60\r\n");
    return out;
}

std::string_view pixel_bytes() { return dot; }

std::string_view pixel_lines() {
    static const std::string out = std::string(common_lines()) + "Content-Type: image/gif\r\n";
    return out;
}

}  // namespace chapar::web
