#include "net/http_problem.hpp"

#include <array>

#include "base/json.hpp"

namespace chapar::net {
namespace {

struct Title {
    std::string_view type, title;
};

// docs/api.md lists the same names.
constexpr std::array titles = std::to_array<Title>({
    {"bad-request", "The request is not well-formed HTTP"},
    {"request-timeout", "The request arrived too slowly"},
    {"header-too-large", "The request's head is too large"},
    {"body-too-large", "The body is too large"},
    {"method-not-allowed", "This path does not know that method"},
    {"media-type", "The content type is not understood"},
    {"not-implemented", "The request needs what is not offered"},
    {"too-many-connections", "Too many connections"},
    {"short-of-memory", "Short of memory"},
    {"malformed-json", "The body is not acceptable JSON"},
    {"unknown-caller", "The caller is not a known application"},
    {"not-allowed", "The caller may not do this"},
    {"not-found", "There is no such thing here"},
    {"invalid-message", "The message could never be sent"},
    {"invalid-recipient", "The recipient is not acceptable"},
    {"invalid-consent", "The consent is not acceptable"},
    {"invalid-bulk", "The decision on many messages is not acceptable"},
    {"invalid-event", "The event is not acceptable"},
    {"invalid-suppression", "The suppression is not acceptable"},
    {"invalid-query", "The query is not understood"},
    {"idempotency-conflict", "The idempotency key was used for another message"},
    {"key-conflict", "The key was used for another value"},
    {"wrong-state", "The message's state does not allow this"},
    {"rate-limited", "The application sends faster than it may"},
    {"queue-full", "The application has too many messages waiting"},
    {"storage-unavailable", "The message could not be made durable"},
    {"shutting-down", "The daemon is stopping"},
    {"render-failed", "The template could not be rendered"},
    {"not-paused", "The route is not paused"},
    {"internal", "An error of the daemon"},
});

}  // namespace

std::string_view problem_title(std::string_view type) {
    for (const auto& entry : titles) {
        if (entry.type == type) return entry.title;
    }
    return "Problem";
}

std::string to_json(const Problem& problem) {
    json::Writer out;
    out.begin_object();
    out.member("type", "urn:chapar:problem:" + std::string(problem.type));
    out.member("title", problem_title(problem.type));
    out.member("status", problem.status);
    out.member("detail", problem.detail);
    if (!problem.errors.empty()) {
        out.key("errors").begin_array();
        for (const auto& error : problem.errors)
            out.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
        out.end_array();
    }
    if (problem.retry_after) out.member("retry_after", *problem.retry_after);
    out.end_object();
    return out.take();
}

Response to_response(const Problem& problem) {
    Response response;
    response.status = problem.status;
    response.content_type = "application/problem+json";
    response.body = to_json(problem);
    if (problem.retry_after) response.headers.emplace_back("Retry-After", std::to_string(*problem.retry_after));
    return response;
}

}  // namespace chapar::net
