#pragma once
// The sessions towards one SMTP peer and the messages that wait for one. Grows while messages wait, up to a limit;
// sessions without work park and are closed when idle. Urgent messages go first, and a few of the sessions that the
// peer grants are theirs alone. Used on the SMTP thread only.

#include "net/asio_quiet.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "net/transfer_smtp_session.hpp"
#include "net/transfers.hpp"

namespace chapar::net {

class SmtpPool : public std::enable_shared_from_this<SmtpPool> {
  public:
    SmtpPool(asio::io_context& loop, SmtpPeer peer, const Transfers::Options& options)
        : loop_(loop), peer_(std::move(peer)), options_(options) {}

    void add(std::unique_ptr<SmtpJob> job);
    /// Starts as many sessions as the waiting messages need.
    void pump();
    /// true: the message was here.
    bool cancel(TransferId id);
    /// Deadlines and idle sessions. Every 100 ms.
    void tick(Monotonic now);
    /// Ends everything; waiting messages get `why`.
    void stop(const std::string& why);
    bool is_empty() const { return members_.empty() && urgent_.empty() && ordinary_.empty(); }

  private:
    struct Member {
        Member(asio::io_context& loop, const SmtpPeer& peer, SmtpSizes& sizes) : session(loop, peer, sizes) {}
        SmtpSession session;
        std::unique_ptr<SmtpJob> job;          // the message under way
        std::move_only_function<void()> wake;  // set while parked
        Monotonic parked_at{};
        Monotonic establish_until{};
        bool is_established = false;
        bool is_lost = false;      // counted out already; its coroutine still has to end
        bool is_ordinary = false;  // counted in busy_ordinary_
    };
    using Place = std::shared_ptr<Member>;
    using Queue = std::deque<std::unique_ptr<SmtpJob>>;

    void open(Milliseconds connect_timeout);
    asio::awaitable<void> run(Place member);
    asio::awaitable<bool> establish(Place member);
    asio::awaitable<void> serve(Place member);
    asio::awaitable<Endpoints> resolve(std::string& problem);
    asio::awaitable<void> park(Place member);
    void failed(const Place& member, TransferResult why);
    void fail_waiting(const TransferResult& why);
    void remove(const Place& member);
    std::size_t room_for_ordinary() const;
    std::size_t startable() const;
    std::unique_ptr<SmtpJob> take_next(Member& member);
    void release(Member& member);
    void end_late(Queue& queue, Monotonic moment);
    Queue& queue_of(const SmtpJob& job) { return job.transfer.urgent ? urgent_ : ordinary_; }
    asio::ssl::context* tls_context(std::string& problem);
    static void finish(std::unique_ptr<SmtpJob> job, TransferResult result);

    asio::io_context& loop_;
    const SmtpPeer peer_;
    SmtpSizes sizes_;
    const Transfers::Options& options_;
    Queue urgent_, ordinary_;        // messages that wait for a session
    std::size_t busy_ordinary_ = 0;  // sessions with a message that is not urgent
    int urgent_in_a_row_ = 0;        // taken while ordinary ones waited
    std::list<Place> members_;
    std::vector<Place> parked_;
    std::size_t connecting_ = 0, established_ = 0;
    Monotonic no_new_before_{};  // the peer refused one connection more
    bool stopping_ = false;
    Endpoints endpoints_;
    Monotonic endpoints_until_{};
    std::unique_ptr<asio::ssl::context> tls_;
};

}  // namespace chapar::net
