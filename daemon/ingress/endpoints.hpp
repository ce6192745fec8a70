#pragma once
// The messages' and recipients' endpoints but POST /v1/messages, which has a way of its own. Private to ingress.
// Each runs on a reader thread; what `deps` borrows must outlive the server. What waits for the store may be answered
// when the server is gone: it keeps references to what `deps` borrows, never to `deps`.

#include <optional>
#include <string_view>
#include <vector>

#include "ingress/server.hpp"
#include "ingress/story.hpp"
#include "net/http_endpoint.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

std::vector<net::Endpoint> message_endpoints(const Deps& deps);
std::vector<net::Endpoint> reschedule_endpoints(const Deps& deps);
std::vector<net::Endpoint> bulk_endpoints(const Deps& deps);  // one decision on many messages
std::vector<net::Endpoint> recipient_endpoints(const Deps& deps);
std::vector<net::Endpoint> consent_endpoints(const Deps& deps);
std::vector<net::Endpoint> person_event_endpoints(const Deps& deps);  // what a recipient did
std::vector<net::Endpoint> person_endpoints(const Deps& deps);        // export and erasure
std::vector<net::Endpoint> suppression_endpoints(const Deps& deps);   // but CSV, which is streamed
class Followers;
std::vector<net::Endpoint> event_endpoints(const Deps& deps, Followers& followers);
std::vector<net::Endpoint> what_if_endpoints(const Deps& deps);
std::vector<net::Endpoint> engagement_endpoints(const Deps& deps);  // judging again, totals
/// Who looked at a message, as JSON text.
std::string engagement_json(const store::Engagement& engagement);
std::vector<net::Endpoint> link_endpoints(const Deps& deps);    // what a link of the site is
std::vector<net::Endpoint> report_endpoints(const Deps& deps);  // counts, credit

/// What is asked for apart: members of that name as JSON text, where they are not empty; and what the story ends with.
struct MessageMembers {
    std::string content{}, engagement{}, tracking{};
    std::vector<std::string> story{};
};
/// One message for the application: state, plan, attempts, trace of decisions. `standstill`: what keeps it from going
/// now, if its channel is closed. `telling`: for whom its story is told in sentences; nullptr: for nobody.
std::string message_json(const store::Record& record, bool with_history,
                         const std::optional<model::TraceEntry>& standstill = {}, const Telling* telling = nullptr,
                         const MessageMembers& members = {});
/// The message, if there is one and the caller may know of it (attack S14: 404, not 403).
Result<store::Record> visible(const Deps& deps, const net::Call& call);
/// The answer where `visible` has none.
net::Response missing(const Error& error);
/// Why no text of the message is shown any more; empty: it is.
std::string why_no_content(const config::Settings& settings, const store::Record& record, Timestamp now);
/// What left, or would leave: {"step": ..., "channel": ..., "parts": {...}} for each step of the plan; or why not.
std::string content_json(const Deps& deps, const store::Record& record);
net::Response storage_response(const Error& error);
net::Response not_found(std::string_view what);
net::Response json_answer(int status, std::string body);
/// 422 with every place that is wrong.
net::Response invalid(std::string_view type, std::vector<net::ProblemDetail> errors);

/// Of a request, to be shown in a sentence: at most 64 bytes, without control characters.
std::string printable(std::string_view text);
/// A whole number from 0 on.
std::optional<std::int64_t> read_number(std::string_view text);

/// Recipients belong to an application; otherwise the refusal is answered.
bool has_application(const net::Call& call, const net::Reply& reply);
/// What is wrong with a recipient's id; empty: nothing.
std::string checked_id(const std::string& id);

}  // namespace chapar::ingress
