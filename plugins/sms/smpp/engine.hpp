#pragma once
// One SMPP route at work: its sessions, the messages on their way, the receipts they wait for. It runs an io_context on
// a thread of its own; everything but the four functions marked "any thread" happens there. What it holds when it is
// destroyed is answered: what has not left as RETRY, what is in doubt as UNKNOWN.

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "chapar/plugin.hpp"
#include "sms/smpp/book.hpp"
#include "sms/smpp/compose.hpp"
#include "sms/smpp/inbound.hpp"
#include "sms/smpp/link.hpp"
#include "sms/smpp/pace.hpp"
#include "sms/smpp/settings.hpp"

namespace chapar::sms {

/// A message on its way, and how far each of its parts came.
struct Flight {
    enum class At : std::uint8_t { unsent, outstanding, accepted, refused, doubted, skipped };
    struct Part {
        At at = At::unsent;
        std::uint32_t status = 0;
        std::string id;
    };

    Attempt attempt;
    Composed composed;
    std::string name;  // the attempt's, which outlives `attempt`
    std::vector<Part> parts;
    Link* link = nullptr;                             // all parts go by the same
    std::chrono::milliseconds within{};               // the host closes the attempt after that; zero: it did not say
    std::chrono::steady_clock::time_point give_up{};  // what has not left by then goes back
    bool urgent = false;                              // queued before what is not

    std::size_t count(At at) const;
    bool is_open() const { return count(At::outstanding) != 0; }
};

class Engine final : private LinkOwner {
  public:
    Engine(Host host, Settings settings);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Any thread.
    void start();
    void send(std::vector<Flight> flights);
    void cancel(BatchId batch);
    void drain();

  private:
    using Clock = Link::Clock;
    using Time = Clock::time_point;
    /// What to do when an event is durable, or could not be stored.
    struct Stored {
        std::vector<Ack> acks;
        std::vector<PartKey> undo;
        bool durable = false;
    };
    /// One place for a session, and when to try it again.
    struct Slot {
        std::unique_ptr<Link> link;
        int failures = 0;
        int refusals = 0;  // binds that were refused, in a row
        Time next_try{};
        bool has_failed = false;
    };

    // engine.cpp: sessions and time
    void bound(Link& link) override;
    void ended(Link& link, const std::string& why, std::uint32_t status,
               const std::vector<Ticket>& unanswered) override;
    void congested(Link&, std::uint32_t percent) override;
    void strange(Link& link, std::string_view what) override;
    void tick();
    void connect_due(Time now);
    /// The SMSC refused our name or password: one bind tries them, seldom; a message that comes asks for it sooner.
    void connect_refused(Time now);
    void refused_bind(Time now);
    void try_bind_for_a_message(Time now);
    Clock::duration backoff(int failures);
    std::size_t index_of(const Link& link) const;
    bool is_hopeless() const;
    void shut_down();
    void count(const char* name, double delta = 1) { counts_[name] += delta; }
    void flush_counts(Time now);

    // flights.cpp: messages
    void answered(Link& link, Ticket ticket, std::uint32_t status, std::string_view id) override;
    void doubted(Link& link, Ticket ticket) override;
    void answered_late(Link& link, Ticket ticket, std::uint32_t status, std::string_view id) override;
    void take(std::vector<Flight> flights);
    void pump();
    Link* roomiest();
    bool feed(Link& link, Time now);
    bool submit_next(Link& link, std::uint64_t key, Flight& flight, Time now);
    void settle(std::uint64_t key, Time now);
    void conclude(std::uint64_t key, Flight& flight, Time now);
    Outcome outcome_of(const Flight& flight, Time now) const;
    Outcome refused(const Flight& flight, const Flight::Part& part, std::size_t number, Time now) const;
    void give_back_queue(Blame blame, const std::string& why, Time now);
    void give_back_old(Time now);
    void release(Link& link);

    // receipts.cpp: what the SMSC sends
    void delivered(Link& link, const smpp::Pdu& pdu) override;
    void unreadable(const smpp::Short& pdu);
    void take_receipt(const Receipt& receipt, Ack ack, Time now);
    void apply_receipt(PartKey key, const Receipt& receipt, Ack ack);
    void tell_part(PartKey key, const Receipt& receipt, std::optional<Ack> ack);
    void tell_whole(std::uint64_t message, const std::vector<PartKey>& parts, const std::vector<Ack>& acks);
    void tell_unknown(const Receipt& receipt, Ack ack);
    void learn(PartKey key, const Flight::Part& part);
    void take_mo(const Mo& mo);
    void emit(const Event& event, const std::vector<Ack>& acks, const std::vector<PartKey>& undo);
    enum class Write : std::uint8_t { now, later };
    void acknowledge(const Ack& ack, std::uint32_t status, Write when = Write::now);
    void stored(Stored event);
    void take_stored();
    void tick_receipts(Time now);

    const Host host_;
    const Settings settings_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    boost::asio::steady_timer ticker_{io_}, pacer_{io_};
    std::thread thread_;

    std::vector<Slot> slots_;
    int bind_refusals_ = 0;  ///< in a row, of our name or password
    Time refused_at_{}, next_bind_{};
    Pace pace_;
    Book book_;
    Inbound inbound_;
    std::uint64_t unreadable_ = 0;  // receipts
    std::unordered_map<std::uint64_t, Flight> flights_;
    std::deque<std::uint64_t> queue_;                             // nothing of them has left; urgent ones first
    std::unordered_map<Link*, std::deque<std::uint64_t>> begun_;  // parts are left to send
    std::uint64_t last_key_ = 0;
    std::size_t emitting_ = 0;
    Blame last_blame_ = Blame::provider;
    std::string last_reason_;
    bool draining_ = false, pumping_ = false;
    std::unordered_map<const char*, double> counts_;  // by the address of the name: a name may stand here twice
    std::mutex stored_mutex_;                         // guards stored_, which the host's thread fills
    std::vector<Stored> stored_;
    Time counted_{}, swept_{};
    std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace chapar::sms
