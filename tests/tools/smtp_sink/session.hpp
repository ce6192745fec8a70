#pragma once
// One SMTP conversation: plain server behaviour, bent by the script. One thread; dies when the server is told `ended`.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "channel.hpp"
#include "journal.hpp"
#include "loop.hpp"
#include "script.hpp"

namespace sink {

struct Options {
    std::vector<std::string> extensions{"PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 52428800", "ENHANCEDSTATUSCODES"};
    std::map<std::string, std::string> accounts;  // user -> password; empty: no AUTH
    bool require_auth = false, require_tls = false, implicit_tls = false, no_ehlo = false;
    double greylist_seconds = 0;
    SSL_CTX* tls = nullptr;
};

/// What all conversations share.
struct Shared {
    Options options;
    Script script;
    Journal journal;
    Loop loop;
    std::uint64_t next_seq = 1, next_connection = 1;
    std::map<std::string, double> greylist;  // recipient -> first attempt
};

class Session final : public Watcher {
  public:
    Session(Shared& shared, int fd, std::function<void(Session*)> ended);
    ~Session() override;
    void ready(std::uint32_t events) override;

  private:
    enum class State { command, auth_user, auth_password, auth_plain, data };
    void begin();
    void read_input();
    void process();
    void command(std::string_view line);
    void ehlo(bool extended);
    void starttls();
    void auth(std::string_view argument);
    void auth_done(const std::string& user, const std::string& password);
    void auth_line(std::string_view line);
    void mail(std::string_view argument);
    void rcpt(std::string_view argument);
    void data();
    bool take_body();
    void body_fault();
    void end_of_body(std::string_view raw);
    void answer_dot(const Action& action, const std::string& reply);
    std::string greylisted(const std::string& address);
    /// Gives the scripted or the normal answer; true when it is positive (2xx, 3xx) and will be sent.
    bool say(Verb verb, std::string_view normal, std::string_view address = {});
    bool say_oddly(const Action& action, Verb verb, std::string_view normal);
    void put(std::string_view text);
    void put_lines(std::string_view text);
    void flush();
    void peer_went_on(std::string_view how);
    void finish(std::string_view how, bool reset = false);

    Shared& shared_;
    std::function<void(Session*)> ended_;
    Channel channel_;
    std::uint64_t id_;
    State state_ = State::command;
    std::string in_, out_;
    std::size_t scanned_ = 0;
    bool blocked_ = false;  // a delayed answer, a hang, or the end
    bool closing_ = false, dead_ = false, wants_write_ = false, greeted_ = false;
    std::uint64_t timer_ = 0;
    std::unique_ptr<Received> message_;
    bool has_sender_ = false;
    std::string user_, auth_user_;
    std::uint64_t answered_seq_ = 0;  // the last message whose verdict the peer may have read
    std::uint64_t body_fault_at_ = 0;
    std::unique_ptr<Action> body_fault_;
    std::string delayed_;
};

}  // namespace sink
