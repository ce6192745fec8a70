#include <charconv>

#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "ingress/endpoints.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

net::Response json_answer(int status, std::string body) {
    return {status, "application/json", std::move(body), {}, false};
}

net::Response invalid(std::string_view type, std::vector<net::ProblemDetail> errors) {
    auto detail = errors.front().pointer + ": " + errors.front().detail;
    return net::to_response({422, type, std::move(detail), std::move(errors), {}});
}

net::Response storage_response(const Error& error) {
    if (error.is(store::Code::closed)) return net::to_response({503, "shutting-down", "the daemon is stopping", {}, 5});
    return net::to_response({503, "storage-unavailable", error.message(), {}, 5});
}

net::Response not_found(std::string_view what) {
    return net::to_response({404, "not-found", "there is no such " + std::string(what), {}, {}});
}

std::string printable(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, 64))
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
    return out;
}

std::optional<std::int64_t> read_number(std::string_view text) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size() || out < 0) return std::nullopt;
    return out;
}

bool has_application(const net::Call& call, const net::Reply& reply) {
    if (!call.caller.application.empty()) return true;
    reply(net::to_response(
        {403,
         "not-allowed",
         "recipients belong to an application: name it by chapar --application NAME, or in X-Chapar-Application",
         {},
         {}}));
    return false;
}

std::string checked_id(const std::string& id) {
    if (id.size() > admission::max_id) return "a recipient's id has at most 255 bytes";
    return admission::is_one_line(id) ? "" : "a recipient's id has no control characters";
}

}  // namespace chapar::ingress
