#pragma once
// What the HTTP server asks: who calls, which endpoint, and the short way for messages. Private to ingress; server's
// thread only.

#include <memory>

#include "ingress/audit.hpp"
#include "ingress/callers.hpp"
#include "ingress/followers.hpp"
#include "ingress/intake.hpp"
#include "ingress/readers.hpp"
#include "ingress/server.hpp"
#include "net/http_server.hpp"

namespace chapar::ingress {

class Front final : public net::Handler {
  public:
    explicit Front(const Deps& deps);

    /// Before the server starts. `http` must outlive the last call here.
    void attach(std::shared_ptr<net::HttpServer> http);
    void set_settings(std::shared_ptr<const config::Settings> settings);

    std::shared_ptr<net::BodySink> stream(const std::shared_ptr<net::Exchange>& exchange) override;
    void handle(const std::shared_ptr<net::Exchange>& exchange) override;
    void turn_ended() override { intake_->flush(); }
    /// A connection is read when it is known who calls.
    void admitted(const net::Peer& peer, std::function<void()> ready) override { callers_->know(peer, ready); }
    /// A message of the house itself.
    void submit(std::string application, std::string body, std::function<void(SubmittedMessage)> done);
    /// Who waits for events is answered now.
    void stop_waiting() { followers_->stop(); }
    /// Waits for what the store and the readers still owe. After the server's thread has ended.
    void finish();

  private:
    std::shared_ptr<net::BodySink> import_suppressions(const std::shared_ptr<net::Exchange>& exchange);
    void export_suppressions(const std::shared_ptr<net::Exchange>& exchange);
    /// GET /v1/events as text/event-stream.
    void stream_events(const std::shared_ptr<net::Exchange>& exchange);
    void post_message(const std::shared_ptr<net::Exchange>& exchange);
    void call_endpoint(const net::Endpoint& endpoint, std::vector<std::string> parameters,
                       const std::shared_ptr<net::Exchange>& exchange);
    /// The caller, when it may send; otherwise the refusal is answered.
    const net::Caller* sender(const std::shared_ptr<net::Exchange>& exchange);
    /// Answers with the refusal, and says in the log who was turned away.
    void refuse(const std::shared_ptr<net::Exchange>& exchange, const net::Problem& problem, bool close = false);

    const Deps& deps_;
    net::EndpointRouter router_;
    std::unique_ptr<Callers> callers_;
    OperatorAudit audit_;
    std::shared_ptr<const config::Settings> settings_;
    std::shared_ptr<net::HttpServer> http_;
    std::unique_ptr<Intake> intake_;
    std::unique_ptr<Followers> followers_;
    std::unique_ptr<Readers> readers_;
};

}  // namespace chapar::ingress
