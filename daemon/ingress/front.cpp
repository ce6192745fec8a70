#include "ingress/front.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/ndjson.hpp"
#include "ingress/posts.hpp"
#include "ingress/suppression_csv.hpp"

namespace chapar::ingress {
namespace {

constexpr std::string_view messages_path = "/v1/messages";
constexpr std::string_view suppressions_path = "/v1/suppressions";
constexpr std::string_view events_path = "/v1/events";
constexpr std::string_view export_path = "/v1/suppressions.csv";

/// Carries an endpoint's answer to the server's thread; an endpoint that forgets to answer is an error of ours that
/// the client still hears of.
class PostedReply {
  public:
    PostedReply(std::shared_ptr<net::HttpServer> http, std::shared_ptr<net::Exchange> exchange)
        : http_(std::move(http)), exchange_(std::move(exchange)) {}
    ~PostedReply() {
        if (exchange_) send(net::to_response({500, "internal", "the request was dropped", {}, {}}));
    }
    PostedReply(const PostedReply&) = delete;
    PostedReply& operator=(const PostedReply&) = delete;
    void send(net::Response response) {
        http_->post([exchange = std::move(exchange_), response = std::move(response)]() mutable {
            exchange->answer(std::move(response));
        });
    }

  private:
    std::shared_ptr<net::HttpServer> http_;
    std::shared_ptr<net::Exchange> exchange_;
};

/// Carries what became of a message to whom in the house sent it.
class HouseWaiter final : public Waiter {
  public:
    explicit HouseWaiter(std::function<void(SubmittedMessage)> done) : done_(std::move(done)) {}
    void accepted(std::uint64_t, const Taken&) override { done_({.is_taken = true}); }
    void refused(std::uint64_t, const net::Problem& problem) override {
        const bool may_retry = problem.status == 429 || problem.status >= 500;
        done_({.is_taken = false, .may_retry = may_retry, .why = problem.detail});
    }

  private:
    const std::function<void(SubmittedMessage)> done_;
};

bool is_message_post(const net::Request& request) {
    return request.method == net::Method::post && request.path == messages_path;
}

bool is_event_stream(const net::Request& request) {
    return request.method == net::Method::get && request.path == events_path &&
           request.accept.find("text/event-stream") != std::string::npos;
}

bool is_import(const net::Request& request) {
    return request.method == net::Method::put && request.path == suppressions_path &&
           request.content_type == "text/csv";
}

}  // namespace

Front::Front(const Deps& deps) : deps_(deps), audit_(deps.clock) {
    for (auto& endpoint : message_endpoints(deps))
        router_.add(std::move(endpoint));
    for (auto part :
         {bulk_endpoints(deps), reschedule_endpoints(deps), recipient_endpoints(deps), consent_endpoints(deps),
          person_event_endpoints(deps), person_endpoints(deps), suppression_endpoints(deps), what_if_endpoints(deps),
          engagement_endpoints(deps), link_endpoints(deps), report_endpoints(deps)}) {
        for (auto& endpoint : part)
            router_.add(std::move(endpoint));
    }
    for (const auto& endpoint : deps.endpoints)
        router_.add(endpoint);
    router_.add({net::Method::post, std::string(messages_path), net::Access::application, net::Runs::on_loop, nullptr});
    router_.add({net::Method::get, std::string(export_path), net::Access::operator_only, net::Runs::on_loop, nullptr});
}

void Front::attach(std::shared_ptr<net::HttpServer> http) {
    http_ = std::move(http);
    intake_ =
        std::make_unique<Intake>(deps_, [http = http_](std::function<void()> work) { http->post(std::move(work)); });
    callers_ = std::make_unique<Callers>(deps_.clock, deps_.identify,
                                         [http = http_](std::function<void()> work) { http->post(std::move(work)); });
    followers_ = std::make_unique<Followers>(
        deps_.store, [http = http_](std::function<void()> work) { http->post(std::move(work)); });
    for (auto& endpoint : event_endpoints(deps_, *followers_))
        router_.add(std::move(endpoint));
    readers_ = std::make_unique<Readers>(deps_.readers);
}

void Front::set_settings(std::shared_ptr<const config::Settings> settings) {
    settings_ = settings;
    intake_->set_settings(std::move(settings));
}

void Front::submit(std::string application, std::string body, std::function<void(SubmittedMessage)> done) {
    const auto waiter = std::make_shared<HouseWaiter>(std::move(done));
    intake_->submit({.application = std::move(application),
                     .body = std::move(body),
                     .waiter = waiter,
                     .line = waiter.get(),
                     .can_wait = true});
    intake_->flush();
}

void Front::finish() {
    callers_.reset();
    readers_.reset();
    followers_.reset();
    intake_.reset();
}

const net::Caller* Front::sender(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& caller = callers_->resolve(exchange->peer, exchange->request.application, settings_);
    if (caller && !caller->application.empty()) return &*caller;
    const net::Problem nobody{
        403,
        "not-allowed",
        "to send, an application is needed: name it by chapar --application NAME, or in X-Chapar-Application",
        {},
        {}};
    // A stream that nobody wants is not read to its end.
    refuse(exchange, caller ? nobody : caller.error(), exchange->request.body.empty());
    return nullptr;
}

void Front::refuse(const std::shared_ptr<net::Exchange>& exchange, const net::Problem& problem, bool close) {
    if (problem.status == 403)
        audit_.refused(exchange->peer, callers_->user(exchange->peer), exchange->request,
                       fmt::format("{} (request {})", problem.detail, exchange->request_id));
    auto response = net::to_response(problem);
    response.close = close;
    exchange->answer(std::move(response));
}

std::shared_ptr<net::BodySink> Front::stream(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& request = exchange->request;
    if (is_import(request)) return import_suppressions(exchange);
    if (!is_message_post(request) || request.content_type != "application/x-ndjson") return nullptr;
    const auto* caller = sender(exchange);
    if (!caller) return nullptr;
    if (!request.idempotency_key.empty()) {
        refuse(exchange,
               {400,
                "bad-request",
                "an Idempotency-Key stands for one message: name an idempotency_key in each line of the stream",
                {},
                {}},
               true);
        return nullptr;
    }
    return std::make_shared<NdjsonSession>(exchange, *intake_, deps_.clock, caller->application,
                                           settings_->socket.max_body);
}

std::shared_ptr<net::BodySink> Front::import_suppressions(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& caller = callers_->resolve(exchange->peer, exchange->request.application, settings_);
    if (!caller) {
        refuse(exchange, caller.error(), true);  // a list that nobody takes is not read to its end
        return nullptr;
    }
    const auto& charset = exchange->request.charset;
    const auto encoding = csv::encoding_named(charset);
    if (!charset.empty() && !encoding) {
        refuse(exchange,
               {415,
                "media-type",
                fmt::format("charset={} is not known here; say {}, or leave it out", printable(charset),
                            csv::encoding_names),
                {},
                {}},
               true);
        return nullptr;
    }
    const auto source = caller->application.empty() ? std::string("operator") : caller->application;
    return std::make_shared<SuppressionImport>(
        exchange, deps_, [http = http_](std::function<void()> work) { http->post(std::move(work)); }, source, encoding);
}

void Front::export_suppressions(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& caller = callers_->resolve(exchange->peer, exchange->request.application, settings_);
    if (!caller) return refuse(exchange, caller.error());
    if (!caller->operator_role) return refuse(exchange, {403, "not-allowed", "this is for the operator", {}, {}});
    if (exchange->request.method == net::Method::head) return exchange->answer({200, "text/csv", {}, {}, false});
    std::make_shared<SuppressionExport>(exchange, deps_, *readers_, [http = http_](std::function<void()> work) {
        http->post(std::move(work));
    })->start();
}

void Front::stream_events(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& caller = callers_->resolve(exchange->peer, exchange->request.application, settings_);
    if (!caller) return refuse(exchange, caller.error());
    FeedQuery query;
    if (auto wrong = read_feed_query(exchange->request, *caller, query); !wrong.empty())
        return refuse(exchange, {400, "invalid-query", std::move(wrong), {}, {}});
    if (!followers_->stream(std::move(query), exchange)) exchange->finish();
}

void Front::post_message(const std::shared_ptr<net::Exchange>& exchange) {
    auto& request = exchange->request;
    if (!request.content_type.empty() && request.content_type != "application/json") {
        if (request.content_type == "application/x-ndjson" && request.body.empty()) {  // a stream of no lines
            exchange->begin(200, "application/x-ndjson");
            return exchange->finish();
        }
        return exchange->answer(net::to_response(
            {415, "media-type", "a message is application/json, a stream of messages application/x-ndjson", {}, {}}));
    }
    if (const auto* caller = sender(exchange)) post_one(exchange, *intake_, caller->application);
}

void Front::handle(const std::shared_ptr<net::Exchange>& exchange) {
    const auto& request = exchange->request;
    if (is_message_post(request)) return post_message(exchange);
    const bool reads = request.method == net::Method::get || request.method == net::Method::head;
    if (reads && request.path == export_path) return export_suppressions(exchange);
    if (is_event_stream(request)) return stream_events(exchange);
    auto match = router_.find(request.method, request.path);
    if (match.endpoint) return call_endpoint(*match.endpoint, std::move(match.parameters), exchange);
    if (match.allow.empty())
        return exchange->answer(net::to_response({404, "not-found", "there is nothing at this path", {}, {}}));
    auto response = net::to_response({405, "method-not-allowed", "this path knows " + match.allow, {}, {}});
    response.headers.emplace_back("Allow", match.allow);
    exchange->answer(std::move(response));
}

void Front::call_endpoint(const net::Endpoint& endpoint, std::vector<std::string> parameters,
                          const std::shared_ptr<net::Exchange>& exchange) {
    const auto& resolved = callers_->resolve(exchange->peer, exchange->request.application, settings_);
    net::Caller caller{exchange->peer, {}, false};
    if (resolved)
        caller = *resolved;
    else if (endpoint.access != net::Access::anyone)
        return refuse(exchange, resolved.error());
    if (endpoint.access == net::Access::operator_only && !caller.operator_role)
        return refuse(exchange, {403, "not-allowed", "this is for the operator", {}, {}});
    const bool acts = caller.operator_role && endpoint.method != net::Method::get;
    auto deed =
        acts ? OperatorAudit::deed(exchange->peer, callers_->user(exchange->peer), exchange->request) : std::string{};
    net::Call call{std::move(exchange->request), std::move(caller), std::move(parameters)};
    auto posted = std::make_shared<PostedReply>(http_, exchange);
    net::Reply reply = [posted, deed = std::move(deed), request = exchange->request_id](net::Response response) {
        if (!deed.empty()) log::info("operator.acted", "{}: {}", deed, response.status, log::Field("request", request));
        posted->send(std::move(response));
    };
    if (endpoint.runs == net::Runs::on_loop) return endpoint.run(std::move(call), std::move(reply));
    readers_->run([&endpoint, call = std::move(call), reply = std::move(reply)]() mutable {
        endpoint.run(std::move(call), std::move(reply));
    });
}

}  // namespace chapar::ingress
