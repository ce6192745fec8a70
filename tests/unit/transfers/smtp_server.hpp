#pragma once
// A scripted SMTP server on a free loopback port, for tests. Each verb answers as the script says; everything that
// arrived is kept. Owns its threads.

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace chapar::test {

/// What the server does when a verb arrives. Verbs: CONNECT, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, BODY (the
/// first byte of the message), DOT (the end of it), RSET, QUIT.
struct Action {
    std::string reply{};         // empty: nothing is said
    bool drop = false;           // close after the reply
    bool hang = false;           // say nothing until the client goes
    int from = 1, to = 1 << 30;  // which occurrences of the verb, over all connections
};

class SmtpServer {
  public:
    using Script = std::map<std::string, Action>;

    explicit SmtpServer(Script script = {}, std::string tls_pem_file = {}, bool implicit_tls = false);
    ~SmtpServer();

    std::string url(const std::string& scheme = "smtp") const;
    int port() const { return port_; }
    int connections() const { return connections_; }
    std::vector<std::string> messages() const;  // bytes between DATA's answer and the final dot, as they came
    std::vector<std::string> commands() const;

  private:
    struct Connection;
    void accept_loop();
    void serve(int fd);
    void converse(Connection& c);
    bool answer(Connection& c, const std::string& verb, const std::string& normal);
    bool read_message(Connection& c);

    Script script_;
    std::string pem_file_;
    bool implicit_tls_;
    int listener_ = -1, port_ = 0;
    std::atomic<int> connections_{0};
    std::atomic<bool> stopping_{false};
    mutable std::mutex mutex_;  // guards what follows
    std::vector<std::string> messages_, commands_;
    std::map<std::string, int> seen_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

/// A self-signed certificate with its key, one PEM file in a fresh directory.
std::string make_certificate(const std::string& host = "localhost", const std::string& address = "127.0.0.1");

}  // namespace chapar::test
