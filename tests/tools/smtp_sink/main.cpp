// An SMTP server that keeps nothing but a log of what it saw and which verdict it gave: the provider's side of the
// tests and benchmarks. It shares no code with the daemon. See script.hpp for what it can be told to do.

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include "control.hpp"

namespace {

constexpr const char* usage = R"(smtp_sink [options]
  --port N            127.0.0.1:N, 0 (default) takes a free one
  --control-port N    where commands are taken
  --ready FILE        writes "PORT CONTROL_PORT" there when it listens (also the first line on stdout)
  --log FILE          JSON lines: messages with their verdicts, scripted steps, what the peer did next
  --dump DIR          each message as SEQ.eml
  --quiet             only count (benchmarks); the totals are printed at the end
  --rule RULE         repeatable; see script.hpp
  --seed N            for random rules
  --extensions LIST   comma separated, replaces the default; "" offers none
  --account USER:PASSWORD  repeatable; offers AUTH PLAIN LOGIN
  --require-auth, --require-tls, --implicit-tls, --no-ehlo
  --cert FILE --key FILE   offers STARTTLS (or serves TLS at once)
  --greylist SECONDS
)";

struct Arguments {
    sink::Options options;
    std::vector<std::string> rules;
    std::string log, dump, ready, cert, key;
    std::uint64_t seed = 1;
    std::uint16_t port = 0, control_port = 0;
    bool quiet = false;
};

[[noreturn]] void fail(const std::string& why) {
    std::cerr << "smtp_sink: " << why << '\n' << usage;
    std::exit(2);
}

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    std::stringstream stream(text);
    for (std::string word; std::getline(stream, word, ',');)
        out.push_back(word);
    return out;
}

bool take_flag(Arguments& to, const std::string& name) {
    if (name == "--quiet")
        to.quiet = true;
    else if (name == "--require-auth")
        to.options.require_auth = true;
    else if (name == "--require-tls")
        to.options.require_tls = true;
    else if (name == "--implicit-tls")
        to.options.implicit_tls = true;
    else if (name == "--no-ehlo")
        to.options.no_ehlo = true;
    else
        return false;
    return true;
}

void take_value(Arguments& to, const std::string& name, const std::string& value) {
    if (name == "--port")
        to.port = static_cast<std::uint16_t>(std::stoul(value));
    else if (name == "--control-port")
        to.control_port = static_cast<std::uint16_t>(std::stoul(value));
    else if (name == "--ready")
        to.ready = value;
    else if (name == "--log")
        to.log = value;
    else if (name == "--dump")
        to.dump = value;
    else if (name == "--rule")
        to.rules.push_back(value);
    else if (name == "--seed")
        to.seed = std::stoull(value);
    else if (name == "--extensions")
        to.options.extensions = split(value);
    else if (name == "--cert")
        to.cert = value;
    else if (name == "--key")
        to.key = value;
    else if (name == "--greylist")
        to.options.greylist_seconds = std::stod(value);
    else if (name == "--account" && value.find(':') != std::string::npos)
        to.options.accounts[value.substr(0, value.find(':'))] = value.substr(value.find(':') + 1);
    else
        fail("unknown option " + name);
}

Arguments parse(int count, char** words) {
    Arguments out;
    for (int i = 1; i < count; ++i) {
        std::string name = words[i];
        if (take_flag(out, name)) continue;
        if (name == "--help" || i + 1 >= count) fail(name);
        take_value(out, name, words[++i]);
    }
    return out;
}

SSL_CTX* tls_context(const std::string& cert, const std::string& key) {
    auto* context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, cert.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        fail("cannot use certificate " + cert);
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

/// SIGTERM and SIGINT end the loop, so that the totals are printed.
class StopSignal final : public sink::Watcher {
  public:
    explicit StopSignal(sink::Loop& loop) : loop_(loop) {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigprocmask(SIG_BLOCK, &set, nullptr);
        fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
        loop_.add(fd_, 1, *this);
    }
    ~StopSignal() override { close(fd_); }
    void ready(std::uint32_t) override { loop_.stop(); }

  private:
    sink::Loop& loop_;
    int fd_;
};

}  // namespace

int main(int count, char** words) {
    std::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
    auto arguments = parse(count, words);
    if (!arguments.cert.empty()) arguments.options.tls = tls_context(arguments.cert, arguments.key);
    sink::Shared shared{.options = arguments.options,
                        .script = sink::Script(arguments.seed),
                        .journal = sink::Journal(arguments.log, arguments.dump, arguments.quiet),
                        .loop = {},
                        .greylist = {}};
    for (const auto& text : arguments.rules) {
        std::string why;
        auto rule = sink::parse_rule(text, why);
        if (!rule) fail(why);
        shared.script.add(std::move(*rule));
    }
    StopSignal stop(shared.loop);
    sink::Server server(shared, arguments.port, arguments.control_port);
    auto ports = std::to_string(server.port()) + " " + std::to_string(server.control_port());
    std::cout << ports << std::endl;
    if (!arguments.ready.empty()) {
        std::ofstream(arguments.ready + ".new") << ports << '\n';
        std::rename((arguments.ready + ".new").c_str(), arguments.ready.c_str());
    }
    shared.loop.run();
    std::cout << shared.journal.totals_json() << std::endl;
    if (arguments.options.tls) SSL_CTX_free(arguments.options.tls);
    return 0;
}
