#include "sms/smpp/link.hpp"

#include <cstring>
#include <utility>

#include "sms/pdu/status.hpp"
#include "sms/smpp/compose.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
using smpp::Command;
constexpr std::size_t first_buffer = 16UL * 1024;
/// A peer that reads nothing while it makes us answer; more is not kept for it.
constexpr std::size_t most_gathered = 4UL * 1024 * 1024;
constexpr auto unbind_wait = 2s;
/// Submits in doubt whose late answers are still recognised.
constexpr std::size_t most_doubted = 10'000;

Command bind_command(Role role) {
    switch (role) {
        case Role::transceiver:
            return Command::bind_transceiver;
        case Role::transmitter:
            return Command::bind_transmitter;
        case Role::receiver:
            return Command::bind_receiver;
    }
    return Command::bind_transceiver;
}

bool answers_submit(Command command) { return command == Command::submit_sm_resp || command == Command::data_sm_resp; }

bool is_response(Command command) { return (static_cast<std::uint32_t>(command) & 0x80000000U) != 0; }

}  // namespace

Link::Link(LinkOwner& owner, const Settings& settings, Role role, MakeStream make, std::uint32_t first_sequence)
    : owner_(owner), settings_(settings), role_(role), make_(std::move(make)), sequence_(first_sequence) {
    buffer_.resize(first_buffer);
}

Link::~Link() {
    if (stream_) stream_->close();
}

void Link::connect(Clock::time_point now) {
    state_ = State::connecting;
    ++session_;
    filled_ = 0;
    gathered_.clear();
    is_writing_ = false;
    control_ = 0;
    control_until_ = now + settings_.connect_timeout;
    heard_ = now;
    stream_ = make_();
    stream_->connect([this](const std::string& error) {
        if (!error.empty()) return end("connecting failed: " + error);
        state_ = State::binding;
        bind();
        read();
    });
}

void Link::bind() {
    control_ = sequence_.take();
    send({{bind_command(role_), 0, control_},
          smpp::Bind{settings_.system_id, settings_.password, settings_.system_type, settings_.version, {}}});
    flush();
}

void Link::read() {
    if (filled_ == buffer_.size()) buffer_.resize(std::min(buffer_.size() * 2, smpp::most_bytes + first_buffer));
    stream_->read_some(buffer_.data() + filled_, buffer_.size() - filled_,
                       [this](const std::string& error, std::size_t size) {
                           if (!error.empty()) return end("the connection ended: " + error);
                           take_bytes(size);
                       });
}

void Link::take_bytes(std::size_t size) {
    filled_ += size;
    heard_ = Clock::now();
    const std::uint64_t session = session_;
    std::size_t used = 0;
    is_reading_ = true;
    while (true) {
        const std::string_view rest(buffer_.data() + used, filled_ - used);
        const auto frame = smpp::frame_size(rest);
        if (!frame) {
            send({{Command::generic_nack, frame.error().status, 0}, smpp::Empty{}});
            write();
            return end(std::string("the peer sent no SMPP: ").append(frame.error().sentence));
        }
        if (*frame == 0 || *frame > rest.size()) break;
        take_frame(rest.substr(0, *frame));
        if (session_ != session || state_ == State::idle) return;  // it ended on the way
        used += *frame;
    }
    std::memmove(buffer_.data(), buffer_.data() + used, filled_ - used);
    filled_ -= used;
    is_reading_ = false;
    flush();
    read();
}

void Link::take_frame(std::string_view frame) {
    const auto pdu = smpp::decode(frame);
    if (!pdu) {
        const auto header = smpp::header_of(frame);
        owner_.strange(*this, pdu.error().sentence);
        // The answer to a submit may be unreadable, what its header says is still an answer.
        if (answers_submit(header.command)) return take_submit_response(header, {});
        if (!is_response(header.command))
            send({{Command::generic_nack, pdu.error().status, header.sequence}, smpp::Empty{}});
        return;
    }
    if (is_response(pdu->header.command)) return take_response(*pdu);
    take_request(*pdu);
}

void Link::take_response(const smpp::Pdu& pdu) {
    const auto& header = pdu.header;
    switch (header.command) {
        case Command::submit_sm_resp:
        case Command::data_sm_resp:
            take_congestion(std::get<smpp::MessageId>(pdu.body).tlvs);
            return take_submit_response(header, std::get<smpp::MessageId>(pdu.body).id);
        case Command::bind_receiver_resp:
        case Command::bind_transmitter_resp:
        case Command::bind_transceiver_resp:
            return take_bind_response(pdu);
        case Command::enquire_link_resp:
            if (header.sequence == control_ && state_ == State::bound) control_ = 0;
            return;
        case Command::unbind_resp:
            if (header.sequence == control_ && state_ == State::unbinding) end("unbound");
            return;
        case Command::generic_nack:
            if (window_.contains(header.sequence)) return take_submit_response(header, {});
            if (header.sequence == control_ && state_ == State::binding)
                return end("the bind was refused: " + smpp::status_name(header.status), header.status);
            return owner_.strange(*this, "a generic_nack for nothing");
        default:
            return owner_.strange(*this, "an answer to what was never asked");
    }
}

void Link::take_bind_response(const smpp::Pdu& pdu) {
    if (state_ != State::binding || pdu.header.sequence != control_)
        return owner_.strange(*this, "a bind response to nothing");
    control_ = 0;
    if (pdu.header.status != smpp::status::ok)
        return end("the bind was refused: " + smpp::status_name(pdu.header.status), pdu.header.status);
    state_ = State::bound;
    owner_.bound(*this);
}

/// SMPP v5.0, 4.8.4.18; some who speak 3.4 send it too.
void Link::take_congestion(const smpp::Tlvs& tlvs) {
    if (tlvs.empty()) return;
    if (const auto state = tlvs.number(smpp::tag::congestion_state)) owner_.congested(*this, *state);
}

void Link::take_submit_response(const smpp::Header& header, std::string_view id) {
    const auto found = window_.find(header.sequence);
    if (found == window_.end()) return owner_.strange(*this, "an answer to an unknown sequence");
    const Waiting waiting = found->second;
    window_.erase(found);
    if (waiting.doubted) --doubted_;
    if (waiting.doubted) return owner_.answered_late(*this, waiting.ticket, header.status, id);
    owner_.answered(*this, waiting.ticket, header.status, id);
}

void Link::take_request(const smpp::Pdu& pdu) {
    const auto sequence = pdu.header.sequence;
    switch (pdu.header.command) {
        case Command::enquire_link:
            return send({{Command::enquire_link_resp, 0, sequence}, smpp::Empty{}});
        case Command::deliver_sm:
        case Command::data_sm:
            if (state_ == State::bound || state_ == State::unbinding) return owner_.delivered(*this, pdu);
            return acknowledge(sequence, pdu.header.command, smpp::status::invalid_bind_status);
        case Command::unbind:
            send({{Command::unbind_resp, 0, sequence}, smpp::Empty{}});
            write();
            return end("the SMSC unbound");
        case Command::alert_notification:
        case Command::outbind:
            return;
        default:
            return send({{Command::generic_nack, smpp::status::invalid_command_id, sequence}, smpp::Empty{}});
    }
}

void Link::acknowledge(std::uint32_t sequence, Command request, std::uint32_t status) {
    const auto response = smpp::response_to(request);
    if (state_ != State::idle && response) send({{*response, status, sequence}, smpp::MessageId{}});
}

void Link::submit(std::string frame, Ticket ticket, Clock::time_point now) {
    std::uint32_t sequence = sequence_.take();
    while (window_.contains(sequence))  // one in doubt from the last time round
        sequence = sequence_.take();
    set_sequence(frame, sequence);
    window_.emplace(sequence, Waiting{ticket, false});
    submitted_.emplace_back(now + settings_.response_timeout, sequence);
    gathered_ += frame;
}

void Link::send(const smpp::Pdu& pdu) {
    if (gathered_.size() < most_gathered) smpp::encode(pdu, gathered_);
}

void Link::flush() {
    if (!is_reading_) write();
}

void Link::write() {
    if (is_writing_ || gathered_.empty() || state_ == State::idle || state_ == State::connecting) return;
    leaving_.swap(gathered_);
    gathered_.clear();
    is_writing_ = true;
    stream_->write(leaving_, [this](const std::string& error) {
        is_writing_ = false;
        if (!error.empty()) return end("the connection ended: " + error);
        flush();
    });
}

void Link::tick(Clock::time_point now) {
    switch (state_) {
        case State::idle:
            return;
        case State::connecting:
        case State::binding:
            if (now >= control_until_)
                end(state_ == State::connecting ? "connecting took too long" : "no answer to the bind");
            return;
        case State::unbinding:
            if (now >= control_until_) end("no answer to the unbind");
            return;
        case State::bound:
            break;
    }
    check_submits(now);
    if (control_ != 0) {
        if (now >= control_until_) end("no answer to enquire_link");
    } else if (now - heard_ >= settings_.enquire_interval) {
        control_ = sequence_.take();
        control_until_ = now + settings_.response_timeout;
        send({{Command::enquire_link, 0, control_}, smpp::Empty{}});
        flush();
    }
}

void Link::check_submits(Clock::time_point now) {
    bool silent = false;
    while (!submitted_.empty() && submitted_.front().first <= now) {
        const auto found = window_.find(submitted_.front().second);
        submitted_.pop_front();
        if (found == window_.end() || found->second.doubted) continue;
        const Ticket ticket = found->second.ticket;
        silent = true;
        if (doubted_ < most_doubted) {
            found->second.doubted = true;
            ++doubted_;
        } else {
            window_.erase(found);
        }
        owner_.doubted(*this, ticket);
    }
    if (silent) heard_ = std::min(heard_, now - settings_.enquire_interval);  // ask whether it is there at all
}

void Link::unbind(Clock::time_point now) {
    if (state_ == State::idle || state_ == State::unbinding) return;
    if (state_ != State::bound) return end("unbound");
    state_ = State::unbinding;
    control_ = sequence_.take();
    control_until_ = now + unbind_wait;
    send({{Command::unbind, 0, control_}, smpp::Empty{}});
    flush();
}

void Link::end(const std::string& why, std::uint32_t status) {
    if (state_ == State::idle) return;
    state_ = State::idle;
    is_reading_ = false;
    stream_->close();
    stream_.reset();
    std::vector<Ticket> unanswered;
    for (const auto& [sequence, waiting] : window_)
        if (!waiting.doubted) unanswered.push_back(waiting.ticket);
    window_.clear();
    doubted_ = 0;
    submitted_.clear();
    owner_.ended(*this, why, status, unanswered);
}

}  // namespace chapar::sms
