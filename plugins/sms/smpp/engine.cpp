#include "sms/smpp/engine.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "sms/pdu/status.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds turn = 50ms, count_every = 1s;
constexpr auto shut_down_wait = 2'500ms;
constexpr auto first_after_refusal = 60s, most_after_refusal = 900s;  // of our name or password
constexpr auto least_between_refused_binds = 2s;

}  // namespace

std::size_t Flight::count(At at) const { return static_cast<std::size_t>(std::ranges::count(parts, at, &Part::at)); }

Engine::Engine(Host host, Settings settings)
    : host_(host),
      settings_(std::move(settings)),
      pace_(settings_.rate, settings_.window),
      book_(settings_.receipt_keep),
      inbound_(settings_.stop_words, settings_.default_alphabet) {
    const Endpoint endpoint{settings_.host, settings_.port, settings_.tls, settings_.ca_file};
    const auto make = [this, endpoint] { return make_stream(io_, endpoint); };
    const auto add = [&](Role role) {
        LinkOwner& owner = *this;
        slots_.emplace_back().link = std::make_unique<Link>(owner, settings_, role, make);
    };
    for (int i = 0; i < settings_.binds; ++i) {
        if (settings_.pair) {
            add(Role::transmitter);
            add(Role::receiver);
        } else {
            add(Role::transceiver);
        }
    }
}

void Engine::start() {
    boost::asio::post(io_, [this] { tick(); });
    thread_ = std::thread([this] { io_.run(); });
}

Engine::~Engine() {
    if (thread_.joinable()) {
        boost::asio::post(io_, [this] { shut_down(); });
        thread_.join();
    }
    for (auto& [key, flight] : flights_)
        flight.attempt.complete(outcome_of(flight, Clock::now()));
}

/// Unbinds everywhere; the io_context ends when that is done, or when the wait is over.
void Engine::shut_down() {
    draining_ = true;
    const Time now = Clock::now();
    give_back_queue(Blame::nobody, "the route was ended before the message was sent", now);
    for (auto& slot : slots_)
        slot.link->unbind(now);
    const auto until = now + shut_down_wait;
    pacer_.cancel();
    ticker_.cancel();
    // A loop by timer: unbinding takes a turn of the peer.
    auto check = std::make_shared<std::function<void()>>();
    *check = [this, until, check] {
        const bool idle = std::ranges::all_of(slots_, [](const Slot& slot) { return slot.link->is_idle(); });
        if (idle || Clock::now() >= until) {
            flush_counts(Time::max());
            work_.reset();
            io_.stop();
            *check = nullptr;
            return;
        }
        pacer_.expires_after(5ms);
        pacer_.async_wait([check](const boost::system::error_code&) {
            if (*check) (*check)();
        });
    };
    (*check)();
}

void Engine::send(std::vector<Flight> flights) {
    auto held = std::make_shared<std::vector<Flight>>(std::move(flights));
    boost::asio::post(io_, [this, held] { take(std::move(*held)); });
}

void Engine::drain() {
    boost::asio::post(io_, [this] {
        draining_ = true;
        give_back_queue(Blame::nobody, "the route was ended before the message was sent", Clock::now());
    });
}

std::size_t Engine::index_of(const Link& link) const {
    return static_cast<std::size_t>(
        std::ranges::find_if(slots_, [&](const Slot& slot) { return slot.link.get() == &link; }) - slots_.begin());
}

void Engine::bound(Link& link) {
    Slot& slot = slots_[index_of(link)];
    if (slot.failures > 0) host_.info("bound again to " + settings_.host);
    slot.failures = 0;
    slot.refusals = 0;
    slot.has_failed = false;
    if (std::exchange(bind_refusals_, 0) > 0)
        for (auto& other : slots_)
            other.next_try = {};  // they waited for this one
    count("binds");
    pump();
}

void Engine::ended(Link& link, const std::string& why, std::uint32_t status, const std::vector<Ticket>& unanswered) {
    const Time now = Clock::now();
    Slot& slot = slots_[index_of(link)];
    ++slot.failures;
    slot.has_failed = true;
    slot.next_try = now + backoff(slot.failures);
    slot.refusals = status == 0 ? 0 : slot.refusals + 1;
    last_blame_ = status == 0 ? Blame::provider : rule_bind(status, slot.refusals);
    if (last_blame_ == Blame::credentials) refused_bind(now);
    last_reason_ = why;
    if (!draining_) {
        count("sessions_lost");
        if (slot.failures <= 3 || slot.failures % 20 == 0) host_.warning("session with " + settings_.host + ": " + why);
    }
    for (const Ticket& ticket : unanswered) {
        const auto found = flights_.find(ticket.message);
        if (found != flights_.end()) found->second.parts[ticket.part].at = Flight::At::doubted;
    }
    release(link);
    for (const Ticket& ticket : unanswered)
        settle(ticket.message, now);
    if (is_hopeless()) give_back_queue(last_blame_, "no session with the SMSC: " + why, now);
    pump();
}

void Engine::congested(Link&, std::uint32_t percent) { pace_.congested(percent, Clock::now()); }

void Engine::strange(Link&, std::string_view what) {
    count("strange_pdus");
    host_.debug("from " + settings_.host + ": " + std::string(what));
}

/// Full jitter: all senders of a fallen SMSC would come back at once otherwise.
Engine::Clock::duration Engine::backoff(int failures) {
    const auto first = settings_.reconnect_first.count(), most = settings_.reconnect_max.count();
    const auto limit = std::min(most, first << std::min(failures - 1, 20));
    std::uniform_int_distribution<std::int64_t> any(limit / 2, std::max(limit, std::int64_t{1}));
    return std::chrono::milliseconds(any(random_));
}

/// No session can send, and each one's last try has failed.
bool Engine::is_hopeless() const {
    return std::ranges::all_of(slots_, [](const Slot& slot) {
        return slot.link->role() == Role::receiver || (slot.has_failed && !slot.link->is_bound());
    });
}

/// A minute, then twice as long each time: accounts are locked by less.
void Engine::refused_bind(Time now) {
    const bool is_of_the_same_try = bind_refusals_ > 0 && now < refused_at_ + least_between_refused_binds;
    if (!is_of_the_same_try) ++bind_refusals_;
    refused_at_ = now;
    next_bind_ = now + std::min<Clock::duration>(most_after_refusal,
                                                 first_after_refusal * (1 << std::min(bind_refusals_ - 1, 10)));
}

/// The daemon lets one message try a route whose credentials are refused. It gets an answer of now, not of then.
void Engine::try_bind_for_a_message(Time now) {
    if (bind_refusals_ == 0 || now < refused_at_ + least_between_refused_binds) return;
    next_bind_ = now;
    connect_refused(now);
}

void Engine::connect_refused(Time now) {
    const auto is_trying = [](const Slot& slot) { return !slot.link->is_idle() && !slot.link->is_bound(); };
    if (now < next_bind_ || std::ranges::any_of(slots_, is_trying)) return;
    Slot* next = nullptr;  // one that can send goes first
    for (auto& slot : slots_)
        if (slot.link->is_idle() && (next == nullptr || next->link->role() == Role::receiver)) next = &slot;
    if (next == nullptr) return;
    next->has_failed = false;  // messages wait for what it says
    next->link->connect(now);
}

void Engine::connect_due(Time now) {
    if (draining_) return;
    if (bind_refusals_ > 0) return connect_refused(now);
    for (auto& slot : slots_)
        if (slot.link->is_idle() && now >= slot.next_try) slot.link->connect(now);
}

void Engine::tick() {
    const Time now = Clock::now();
    connect_due(now);
    for (auto& slot : slots_)
        slot.link->tick(now);
    tick_receipts(now);
    give_back_old(now);
    pump();
    if (draining_ && flights_.empty() && emitting_ == 0) {
        for (auto& slot : slots_)
            slot.link->unbind(now);
    }
    flush_counts(now);
    ticker_.expires_after(turn);
    ticker_.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

void Engine::flush_counts(Time now) {
    if (now - counted_ < count_every) return;
    counted_ = now;
    for (const auto& [name, delta] : counts_)
        host_.metric(name, delta);
    counts_.clear();
}

}  // namespace chapar::sms
