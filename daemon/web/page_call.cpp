#include "web/page_call.hpp"

#include <algorithm>

#include "engage/ip_address.hpp"
#include "web/static_answers.hpp"

namespace chapar::web {
namespace {

bool is_header_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Names compare without their case.
bool is_policy(std::string_view name) {
    constexpr std::string_view policy = "content-security-policy";
    return std::ranges::equal(name, policy, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

}  // namespace

PageCall::~PageCall() {
    answer({.status = 503,
            .content_type = "text/plain; charset=utf-8",
            .body = "try again\n",
            .headers = {{"Retry-After", "5"}}});
}

void PageCall::answer(WebAnswer answer) {
    if (is_answered_.exchange(true)) return;
    --way_->under_way;
    const std::lock_guard lock(way_->mutex);
    if (way_->http == nullptr) return;
    way_->http->post(
        [exchange = std::move(exchange_), answer = std::move(answer)] { write_answer(*exchange, answer); });
}

WebRequest page_request(const net::Exchange& exchange, const HeadersSeen& said, const TrustedProxies& trusted,
                        std::size_t prefix) {
    const auto& request = exchange.request;
    WebRequest out;
    out.method = request.method;
    out.path = request.path;
    out.rest = request.path.substr(prefix);
    out.query = request.query;
    out.content_type = said.content_type;
    out.body = request.body;
    out.host = host_of(said.host);
    out.language = language_of(said.accept_language);
    out.user_agent = said.user_agent;
    out.origin = said.origin;
    out.fetch_site = said.fetch_site;
    out.network = engage::neighbourhood(client_of(exchange.peer, request, trusted));
    out.wants_privacy = said.wants_privacy;
    return out;
}

void write_answer(net::Exchange& exchange, const WebAnswer& answer) {
    if (answer.is_not_found) return exchange.answer_lines(404, not_found_page().lines, not_found_page().body);
    std::string lines(common_lines());
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!is_header_text(name) || !is_header_text(value)) return;  // nobody adds lines of his own
        lines += name;
        lines += ": ";
        lines += value;
        lines += "\r\n";
    };
    if (!answer.content_type.empty() && !answer.body.empty()) add("Content-Type", answer.content_type);
    bool has_policy = false;
    for (const auto& [name, value] : answer.headers) {
        add(name, value);
        has_policy = has_policy || is_policy(name);
    }
    if (!has_policy) lines += strict_policy_line();
    exchange.answer_lines(net::reason_phrase(answer.status).empty() ? 500 : answer.status, lines, answer.body);
}

}  // namespace chapar::web
