#include "smtp_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace chapar::test {

struct SmtpServer::Connection {
    int fd = -1;
    SSL_CTX* context = nullptr;
    SSL* ssl = nullptr;
    std::string buffer;
    std::string last;                                // what was said to the last verb
    bool has_sender = false, has_recipient = false;  // of this transaction

    ~Connection() {
        if (ssl != nullptr) SSL_free(ssl);
        if (context != nullptr) SSL_CTX_free(context);
    }
    bool start_tls(const std::string& pem) {
        context = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate_file(context, pem.c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context, pem.c_str(), SSL_FILETYPE_PEM);
        ssl = SSL_new(context);
        SSL_set_fd(ssl, fd);
        return SSL_accept(ssl) == 1;
    }
    bool fill() {
        char bytes[65536];
        auto n = ssl != nullptr ? SSL_read(ssl, bytes, sizeof bytes) : ::recv(fd, bytes, sizeof bytes, 0);
        if (n <= 0) return false;
        buffer.append(bytes, static_cast<std::size_t>(n));
        return true;
    }
    void say(const std::string& text) {
        for (std::size_t at = 0; at < text.size();) {
            auto size = std::min<std::size_t>(text.size() - at, 16384);
            auto n = ssl != nullptr ? SSL_write(ssl, text.data() + at, static_cast<int>(size))
                                    : ::send(fd, text.data() + at, size, MSG_NOSIGNAL);
            if (n <= 0) return;
            at += static_cast<std::size_t>(n);
        }
    }
    /// One line without its CRLF. false: the client has gone.
    bool line(std::string& out) {
        std::size_t end = 0;
        while ((end = buffer.find("\r\n")) == std::string::npos) {
            if (!fill()) return false;
        }
        out = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        return true;
    }
};

SmtpServer::SmtpServer(Script script, std::string tls_pem_file, bool implicit_tls)
    : script_(std::move(script)), pem_file_(std::move(tls_pem_file)), implicit_tls_(implicit_tls) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL, and clients go when they like
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 128) != 0) {
        throw std::runtime_error("no loopback port");
    }
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_loop(); });
}

SmtpServer::~SmtpServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        std::lock_guard lock(mutex_);
        for (int fd : open_)
            ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_)
        thread.join();
    ::close(listener_);
}

void SmtpServer::accept_loop() {
    while (!stopping_) {
        int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) break;
        ++connections_;
        int yes = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

void SmtpServer::serve(int fd) {
    {
        Connection c;
        c.fd = fd;
        converse(c);
        ::shutdown(fd, SHUT_RDWR);
    }
    std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
}

/// false: the conversation is over.
bool SmtpServer::answer(Connection& c, const std::string& verb, const std::string& normal) {
    Action action{normal};
    {
        std::lock_guard lock(mutex_);
        int count = ++seen_[verb];
        auto at = script_.find(verb);
        if (at != script_.end() && count >= at->second.from && count <= at->second.to) action = at->second;
    }
    if (action.hang) {
        while (c.fill())
            c.buffer.clear();
        return false;
    }
    c.last = action.reply;
    if (!action.reply.empty()) c.say(action.reply + "\r\n");
    return !action.drop;
}

void SmtpServer::converse(Connection& c) {
    if (implicit_tls_ && !c.start_tls(pem_file_)) return;
    if (!answer(c, "CONNECT", "220 test ESMTP")) return;
    std::string line;
    while (c.line(line)) {
        {
            std::lock_guard lock(mutex_);
            commands_.push_back(line);
        }
        std::string verb = line.substr(0, line.find_first_of(" :"));
        std::ranges::transform(verb, verb.begin(),
                               [](unsigned char ch) { return static_cast<char>(std::toupper(ch)); });
        std::string normal = "250 2.0.0 ok";
        if (verb == "EHLO") {
            normal = "250-test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-AUTH PLAIN LOGIN\r\n";
            if (!pem_file_.empty() && c.ssl == nullptr) normal += "250-STARTTLS\r\n";
            normal += "250 SIZE 10000000";
        }
        if (verb == "AUTH") normal = "235 2.7.0 welcome";
        if (verb == "RCPT" && !c.has_sender) normal = "503 5.5.1 MAIL first";
        if (verb == "DATA") normal = c.has_recipient ? "354 go on" : "503 5.5.1 no valid recipients";
        if (verb == "QUIT") normal = "221 bye";
        if (verb == "STARTTLS") normal = "220 ready";
        if (!answer(c, verb, normal) || verb == "QUIT") return;
        if (verb == "STARTTLS" && !pem_file_.empty() && !c.start_tls(pem_file_)) return;
        if (verb == "RCPT") c.has_recipient = c.has_recipient || c.last.starts_with('2');
        if (verb == "MAIL" || verb == "RSET") c.has_recipient = false;
        if (verb == "MAIL") c.has_sender = c.last.starts_with('2');
        if (verb == "DATA" && c.last.starts_with("354") && !read_message(c)) return;
    }
}

bool SmtpServer::read_message(Connection& c) {
    if (c.buffer.empty() && !c.fill()) return false;
    if (!answer(c, "BODY", "")) return false;
    std::size_t end = 0;
    std::size_t dot_only = 0;
    while ((end = c.buffer.find("\r\n.\r\n")) == std::string::npos) {
        if (c.buffer.starts_with(".\r\n")) {
            dot_only = 3;
            break;
        }
        if (!c.fill()) return false;
    }
    {
        std::lock_guard lock(mutex_);
        messages_.push_back(dot_only != 0 ? "" : c.buffer.substr(0, end + 2));
    }
    c.buffer.erase(0, dot_only != 0 ? dot_only : end + 5);
    return answer(c, "DOT", "250 2.0.0 queued as 42");
}

std::string SmtpServer::url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> SmtpServer::messages() const {
    std::lock_guard lock(mutex_);
    return messages_;
}

std::vector<std::string> SmtpServer::commands() const {
    std::lock_guard lock(mutex_);
    return commands_;
}

std::string make_certificate(const std::string& host, const std::string& address) {
    char directory[] = "/tmp/chapar-cert-XXXXXX";
    if (::mkdtemp(directory) == nullptr) throw std::runtime_error("no temporary directory");
    std::string base = directory;
    std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + host +
        " -addext subjectAltName=DNS:" + host + ",IP:" + address + " -keyout " + base + "/key.pem -out " + base +
        "/cert.pem 2>/dev/null && cat " + base + "/cert.pem " + base + "/key.pem > " + base + "/both.pem";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl req failed");
    return base + "/both.pem";
}

}  // namespace chapar::test
