#include "web/pages/page_answers.hpp"

#include <openssl/rand.h>

#include <array>
#include <atomic>
#include <stdexcept>

#include "base/log.hpp"
#include "engage/base64.hpp"

namespace chapar::web {
namespace {

std::string fresh_nonce() {
    std::array<unsigned char, 18> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("the cryptographic library has no random bytes");
    return engage::to_base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

PageBook::PageBook() : pages_(PageSet::make({}).value()) {}

std::string PageBook::use(const render::SiteFiles& files) {
    auto made = PageSet::make(files);
    if (!made.has_value()) return made.error().message();
    std::atomic_store(&pages_, std::move(*made));
    return {};
}

std::string asked_language(const WebRequest& request) {
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(request.query, members)) return {};
    for (const auto& [name, value] : members)
        if (name == "lang") return value;
    return {};
}

bool speaks_persian(std::string_view asked, const WebRequest& request, const config::Settings& settings) {
    if (asked == "fa" || asked == "en") return asked == "fa";
    if (!request.language.empty()) return request.language == "fa";
    return settings.daemon.locale.starts_with("fa");
}

WebAnswer page_answer(const PageBook& book, std::string_view page, const PageSpeech& speech, std::string_view data,
                      int status) {
    const auto nonce = fresh_nonce();
    std::string trouble;
    WebAnswer out;
    out.status = status;
    out.body = book.pages()->render(page, speech, nonce, data, trouble);
    if (!trouble.empty())
        log::warning("web.page_failed", "a page of the folder fails, the built-in one is shown: {}", trouble);
    out.headers.emplace_back("Content-Security-Policy",
                             "default-src 'none'; style-src 'nonce-" + nonce +
                                 "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    out.headers.emplace_back("Vary", "Accept-Language");
    return out;
}

WebAnswer later_answer() {
    WebAnswer out;
    out.status = 503;
    out.content_type = "text/plain; charset=utf-8";
    out.body = "لطفاً کمی بعد دوباره امتحان کنید.\nPlease try again in a moment.\n";
    out.headers.emplace_back("Retry-After", "30");
    return out;
}

}  // namespace chapar::web
