// Messages: queued, submitted part by part, answered.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "sms/pdu/status.hpp"
#include "sms/smpp/engine.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
using At = Flight::At;
/// How long a message may wait for its turn, or its throttled parts may be tried again; then the host keeps it.
constexpr std::chrono::milliseconds longest_wait = 60s;

/// When what has not left goes back: early enough for an answer to what left just before.
std::chrono::milliseconds wait_of(std::chrono::milliseconds within, std::chrono::milliseconds response_timeout) {
    if (within == 0ms) return longest_wait;
    return std::min(longest_wait, std::max(within / 2, within - response_timeout - 1s));
}

bool is_throttling(std::uint32_t status) {
    return status == smpp::status::throttled || status == smpp::status::queue_full;
}

/// One for each part; "-" where none is known.
std::string ids_of(const Flight& flight) {
    std::string out;
    bool any = false;
    for (const auto& part : flight.parts) {
        if (!out.empty()) out.push_back(' ');
        out += part.id.empty() ? "-" : part.id;
        any = any || !part.id.empty();
    }
    return any ? out : "";
}

std::chrono::milliseconds whole_ms(std::chrono::steady_clock::duration d) {
    return std::chrono::ceil<std::chrono::milliseconds>(d);
}

}  // namespace

void Engine::take(std::vector<Flight> flights) {
    const Time now = Clock::now();
    const auto is_ordinary = [this](std::uint64_t key) {
        const auto found = flights_.find(key);
        return found == flights_.end() || !found->second.urgent;
    };
    for (Flight& flight : flights) {
        flight.give_up = now + wait_of(flight.within, settings_.response_timeout);
        const std::uint64_t key = ++last_key_;
        const bool urgent = flight.urgent;
        flights_.emplace(key, std::move(flight));
        queue_.insert(urgent ? std::ranges::find_if(queue_, is_ordinary) : queue_.end(), key);
    }
    if (draining_) return give_back_queue(Blame::nobody, "the route is ending; nothing was sent", now);
    try_bind_for_a_message(now);
    if (is_hopeless()) return give_back_queue(last_blame_, "no session with the SMSC: " + last_reason_, now);
    pump();
}

void Engine::cancel(BatchId batch) {
    boost::asio::post(io_, [this, batch] {
        std::erase_if(queue_, [&](std::uint64_t key) {
            const auto found = flights_.find(key);
            if (found == flights_.end() || found->second.attempt.batch() != batch) return false;
            found->second.attempt.complete(Outcome::retry(Blame::nobody, "", "cancelled before it was sent"));
            flights_.erase(found);
            return true;
        });
    });
}

/// The session with the most room in its window, or none.
Link* Engine::roomiest() {
    Link* best = nullptr;
    for (auto& slot : slots_) {
        Link* link = slot.link.get();
        if (!link->can_send() || link->unanswered() >= static_cast<std::size_t>(pace_.window())) continue;
        if (begun_[link].empty() && queue_.empty()) continue;
        if (best == nullptr || link->unanswered() < best->unanswered()) best = link;
    }
    return best;
}

void Engine::pump() {
    if (pumping_) return;
    pumping_ = true;
    const Time now = Clock::now();
    while (Link* link = roomiest())
        if (!feed(*link, now)) break;
    for (auto& slot : slots_)
        slot.link->flush();
    pumping_ = false;
}

/// One submit; false: the pace does not allow it now.
bool Engine::feed(Link& link, Time now) {
    if (!pace_.take(now)) {
        pacer_.expires_after(std::min<Clock::duration>(pace_.wait(now), 1s));
        pacer_.async_wait([this](const boost::system::error_code& error) {
            if (!error && !draining_) pump();
        });
        return false;
    }
    auto& begun = begun_[&link];
    if (begun.empty()) {
        begun.push_back(queue_.front());
        queue_.pop_front();
    }
    const std::uint64_t key = begun.front();
    const auto found = flights_.find(key);
    if (found == flights_.end() || !submit_next(link, key, found->second, now)) begun.pop_front();
    return true;
}

/// Sends the first unsent part; false: none is left behind it.
bool Engine::submit_next(Link& link, std::uint64_t key, Flight& flight, Time now) {
    flight.link = &link;
    const auto next = std::ranges::find(flight.parts, At::unsent, &Flight::Part::at);
    if (next == flight.parts.end()) return false;
    const auto number = static_cast<std::size_t>(next - flight.parts.begin());
    next->at = At::outstanding;
    count("submitted");
    link.submit(flight.composed.frames[number], {key, number}, now);
    return flight.count(At::unsent) != 0;
}

void Engine::answered(Link&, Ticket ticket, std::uint32_t status, std::string_view id) {
    const Time now = Clock::now();
    const auto found = flights_.find(ticket.message);
    if (found == flights_.end()) return;
    Flight& flight = found->second;
    Flight::Part& part = flight.parts[ticket.part];
    part.status = status;
    if (status == smpp::status::ok) {
        part.at = At::accepted;
        part.id = id;
        pace_.accepted(now);
        count("accepted");
        book_.open(ticket.message, flight.name, flight.composed.recipient, flight.parts.size(),
                   flight.composed.references, now);
        learn({ticket.message, ticket.part}, part);
    } else {
        part.at = At::refused;
        count("refused");
        if (is_throttling(status)) {
            count("throttled");
            pace_.throttled(now);
        } else {  // what follows would make a torn message
            for (auto& other : flight.parts)
                if (other.at == At::unsent) other.at = At::skipped;
        }
    }
    settle(ticket.message, now);
    pump();
}

void Engine::doubted(Link&, Ticket ticket) {
    const auto found = flights_.find(ticket.message);
    if (found == flights_.end()) return;
    count("unanswered");
    found->second.parts[ticket.part].at = At::doubted;
    for (auto& other : found->second.parts)
        if (other.at == At::unsent) other.at = At::skipped;
    settle(ticket.message, Clock::now());
}

void Engine::answered_late(Link&, Ticket ticket, std::uint32_t status, std::string_view id) {
    count("answered_late");
    if (status != smpp::status::ok) return;
    // The host knows the attempt as in doubt; its id makes the receipt findable.
    if (book_.entry(ticket.message) != nullptr)
        learn({ticket.message, ticket.part}, {At::accepted, 0, std::string(id)});
}

void Engine::settle(std::uint64_t key, Time now) {
    const auto found = flights_.find(key);
    if (found == flights_.end()) return;
    Flight& flight = found->second;
    if (flight.is_open()) return;
    const bool none_taken = flight.count(At::accepted) == 0 && flight.count(At::doubted) == 0;
    const auto is_throttled = [](const Flight::Part& part) {
        return part.at == At::refused && is_throttling(part.status);
    };
    const bool throttled = std::ranges::any_of(flight.parts, is_throttled);
    const bool hard = std::ranges::any_of(flight.parts, [&](const Flight::Part& part) {
        return part.at == At::doubted || (part.at == At::refused && !is_throttling(part.status));
    });
    if (throttled && none_taken && !hard) return conclude(key, flight, now);
    if (flight.count(At::unsent) != 0) return;  // the rest is under way
    if (throttled && !hard && flight.link != nullptr && flight.link->can_send()) {
        // Others of its parts were accepted: those that certainly were not are tried again, those alone.
        if (now < flight.give_up) {
            for (auto& part : flight.parts)
                if (is_throttled(part)) part.at = At::unsent;
            begun_[flight.link].push_back(key);
            return;
        }
    }
    conclude(key, flight, now);
}

void Engine::conclude(std::uint64_t key, Flight& flight, Time now) {
    const Outcome outcome = outcome_of(flight, now);
    const bool in_doubt = flight.count(At::doubted) != 0;
    if (in_doubt)
        book_.open(key, flight.name, flight.composed.recipient, flight.parts.size(), flight.composed.references, now);
    flight.attempt.complete(outcome);
    flights_.erase(key);
}

Outcome Engine::outcome_of(const Flight& flight, Time now) const {
    const std::size_t parts = flight.parts.size(), accepted = flight.count(At::accepted);
    if (accepted == parts) return Outcome::accepted("ESME_ROK").id(ids_of(flight));
    const std::string so_far = std::to_string(accepted) + " of " + std::to_string(parts) + " segments were accepted; ";
    const std::size_t doubts = flight.count(At::doubted) + flight.count(At::outstanding);
    if (doubts != 0) {
        std::string detail =
            parts == 1 ? "no answer to the submit_sm" : so_far + std::to_string(doubts) + " got no answer";
        return Outcome::unknown(Blame::provider, "no_answer", std::move(detail)).id(ids_of(flight));
    }
    for (std::size_t i = 0; i < parts; ++i) {
        if (flight.parts[i].at != At::refused) continue;
        Outcome out = refused(flight, flight.parts[i], i + 1, now);
        if (accepted == 0) return out;
        // What was accepted may not go again, so the message can't be tried again as a whole.
        return Outcome::rejected(out.blame, out.code, so_far + out.detail).id(ids_of(flight));
    }
    if (accepted == 0) return Outcome::retry(Blame::provider, "", "the session ended before the message was sent");
    return Outcome::rejected(Blame::provider, "link_lost", so_far + "the session ended before the rest was sent")
        .id(ids_of(flight));
}

Outcome Engine::refused(const Flight& flight, const Flight::Part& part, std::size_t number, Time now) const {
    const auto ruling = rule_submit(part.status, flight.composed.own_source, settings_.statuses);
    std::string code = smpp::status_name(part.status);
    std::string detail = "segment " + std::to_string(number) + ": " + code;
    if (flight.parts.size() == 1) detail = "the SMSC answered " + code;
    if (ruling.blocked) code = CHAPAR_BLOCKED_BY_OPERATOR;
    Outcome out{ruling.verdict, ruling.blame, std::move(code), std::move(detail), {}, {}};
    out.retry_after = ruling.wait;
    if (is_throttling(part.status) && ruling.wait == 0ms) out.retry_after = whole_ms(pace_.pause(now));
    return out;
}

/// The session is over: what has not begun may go by another, the rest of what has may not.
void Engine::release(Link& link) {
    const Time now = Clock::now();
    auto begun = std::exchange(begun_[&link], {});
    for (auto at = begun.rbegin(); at != begun.rend(); ++at) {
        const auto found = flights_.find(*at);
        if (found == flights_.end()) continue;
        Flight& flight = found->second;
        if (flight.count(At::unsent) == flight.parts.size()) {
            flight.link = nullptr;
            queue_.push_front(*at);
            continue;
        }
        for (auto& part : flight.parts)
            if (part.at == At::unsent) part.at = At::skipped;
        settle(*at, now);
    }
}

void Engine::give_back_queue(Blame blame, const std::string& why, Time now) {
    auto after = Clock::duration::max();
    for (const auto& slot : slots_)
        after = std::min(after, std::max<Clock::duration>(slot.next_try - now, Clock::duration::zero()));
    for (const std::uint64_t key : std::exchange(queue_, {})) {
        const auto found = flights_.find(key);
        if (found == flights_.end()) continue;
        found->second.attempt.complete(Outcome::retry(blame, "", why).after(whole_ms(after)));
        flights_.erase(found);
        count("given_back");
    }
}

void Engine::give_back_old(Time now) {
    std::erase_if(queue_, [&](std::uint64_t key) {
        const auto found = flights_.find(key);
        if (found == flights_.end()) return true;
        if (now < found->second.give_up) return false;
        found->second.attempt.complete(
            Outcome::retry(Blame::lane, "", "its turn did not come").after(whole_ms(pace_.pause(now))));
        flights_.erase(found);
        count("given_back");
        return true;
    });
}

}  // namespace chapar::sms
