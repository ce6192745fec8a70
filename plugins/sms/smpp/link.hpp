#pragma once
// One SMPP session: connect, bind, a window of unanswered submits, enquire_link both ways, unbind. It decides nothing
// about messages: it tells its owner what came, and gives back what it held when it ends. One thread; destroyed or
// closed it calls nobody any more.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sms/pdu/pdu.hpp"
#include "sms/smpp/settings.hpp"
#include "sms/smpp/stream.hpp"

namespace chapar::sms {

enum class Role : std::uint8_t { transceiver, transmitter, receiver };

/// What one submit belongs to; the link only keeps it.
struct Ticket {
    std::uint64_t message = 0;
    std::size_t part = 0;
};

class Link;
class LinkOwner {
  public:
    virtual void bound(Link&) = 0;
    /// The answer to a submit_sm or data_sm; a generic_nack counts as one.
    virtual void answered(Link&, Ticket, std::uint32_t status, std::string_view id) = 0;
    /// No answer in time: in doubt. A late one comes by `answered_late`.
    virtual void doubted(Link&, Ticket) = 0;
    virtual void answered_late(Link&, Ticket, std::uint32_t status, std::string_view id) = 0;
    /// A deliver_sm or data_sm; answer it with Link::acknowledge, now or later.
    virtual void delivered(Link&, const smpp::Pdu&) = 0;
    /// The session is over, for the stated reason; `unanswered` submits are in doubt. `status`: of a refused bind, 0:
    /// none. The link may be connected anew.
    virtual void ended(Link&, const std::string& why, std::uint32_t status, const std::vector<Ticket>& unanswered) = 0;
    /// How busy the SMSC says it is: 0 idle, 80 to 89 as it likes it, 100 congested.
    virtual void congested(Link&, std::uint32_t percent) = 0;
    virtual void strange(Link&, std::string_view what) = 0;

  protected:
    ~LinkOwner() = default;
};

/// Sequence numbers of one session: 1 to 0x7FFFFFFF, then 1 again.
class Sequence {
  public:
    explicit Sequence(std::uint32_t first = smpp::first_sequence) : next_(first) {}
    std::uint32_t take() {
        const std::uint32_t out = next_;
        next_ = next_ == smpp::last_sequence ? smpp::first_sequence : next_ + 1;
        return out;
    }

  private:
    std::uint32_t next_;
};

class Link {
  public:
    using Clock = std::chrono::steady_clock;
    using MakeStream = std::function<std::shared_ptr<Stream>()>;

    Link(LinkOwner& owner, const Settings& settings, Role role, MakeStream make, std::uint32_t first_sequence = 1);
    ~Link();
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    void connect(Clock::time_point now);
    bool is_idle() const { return state_ == State::idle; }
    bool is_bound() const { return state_ == State::bound; }
    bool can_send() const { return is_bound() && role_ != Role::receiver; }
    std::size_t unanswered() const { return window_.size() - doubted_; }
    Role role() const { return role_; }
    /// Sends an encoded submit_sm or data_sm; its sequence is written here.
    void submit(std::string frame, Ticket ticket, Clock::time_point now);
    void acknowledge(std::uint32_t sequence, smpp::Command request, std::uint32_t status);
    /// Writes what has been gathered; what one read led to goes in one write after it.
    void flush();
    /// Timeouts and enquire_link.
    void tick(Clock::time_point now);
    /// Unbinds, then ends; at once when there is no session.
    void unbind(Clock::time_point now);
    std::uint64_t session() const { return session_; }

  private:
    enum class State : std::uint8_t { idle, connecting, binding, bound, unbinding };
    struct Waiting {
        Ticket ticket;
        bool doubted = false;
    };

    void bind();
    void read();
    void take_bytes(std::size_t size);
    void take_frame(std::string_view frame);
    void take_response(const smpp::Pdu& pdu);
    void take_bind_response(const smpp::Pdu& pdu);
    void take_congestion(const smpp::Tlvs& tlvs);
    void take_submit_response(const smpp::Header& header, std::string_view id);
    void take_request(const smpp::Pdu& pdu);
    void send(const smpp::Pdu& pdu);
    void check_submits(Clock::time_point now);
    void write();
    void end(const std::string& why, std::uint32_t status = 0);

    LinkOwner& owner_;
    const Settings& settings_;
    const Role role_;
    const MakeStream make_;
    std::shared_ptr<Stream> stream_;
    State state_ = State::idle;
    Sequence sequence_;
    std::uint64_t session_ = 0;  // counts connections, so that a late acknowledgement misses the next one
    std::uint32_t control_ = 0;  // sequence of the bind, unbind or enquire_link that waits for its answer; 0: none
    Clock::time_point control_until_{}, heard_{};
    std::unordered_map<std::uint32_t, Waiting> window_;
    std::deque<std::pair<Clock::time_point, std::uint32_t>> submitted_;  // oldest first: the same wait for all
    std::size_t doubted_ = 0;                                            // of window_
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    std::string gathered_, leaving_;
    bool is_writing_ = false, is_reading_ = false;
};

}  // namespace chapar::sms
