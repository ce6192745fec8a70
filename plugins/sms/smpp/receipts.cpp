// What the SMSC sends: receipts matched to attempts, messages from people. A deliver_sm is answered when the event it
// led to is durable; when that fails it is refused for now, and the SMSC says it again.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "sms/pdu/status.hpp"
#include "sms/smpp/engine.hpp"

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
constexpr std::size_t most_emitting = 2'000;

std::int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

smpp::Short as_short(const smpp::Data& data) {
    smpp::Short out;
    out.service_type = data.service_type;
    out.source = data.source;
    out.destination = data.destination;
    out.esm_class = data.esm_class;
    out.data_coding = data.data_coding;
    out.tlvs = data.tlvs;
    return out;
}

std::string detail_of(const std::string& state, const std::string& error, const std::string& done) {
    std::string out = state;
    if (!error.empty()) out += " err " + error;
    if (!done.empty()) out += " done " + done;
    return out;
}

std::string e164(std::string_view digits) {
    return digits.size() > 8 ? '+' + std::string(digits) : std::string(digits);
}

/// The operator let the message through to nobody who does not want advertising.
bool is_blocked(const Receipt& receipt, const std::vector<std::string>& errors) {
    return std::ranges::any_of(errors, [&](const std::string& error) {
        return error == receipt.state || (!receipt.error.empty() && normal_id(error) == normal_id(receipt.error));
    });
}

}  // namespace

void Engine::delivered(Link& link, const smpp::Pdu& pdu) {
    const std::size_t index = index_of(link);
    const Ack ack{index, link.session(), pdu.header.sequence, static_cast<std::uint32_t>(pdu.header.command)};
    if (emitting_ >= most_emitting) return acknowledge(ack, smpp::status::queue_full);
    const Time now = Clock::now();
    const auto* data = std::get_if<smpp::Data>(&pdu.body);
    const smpp::Short body = data != nullptr ? as_short(*data) : std::get<smpp::Short>(pdu.body);
    if (auto receipt = read_receipt(body)) {
        count("receipts");
        if (!receipt->is_understood) unreadable(body);
        if (receipt->fate == Fate::failed && is_blocked(*receipt, settings_.blocked_errors))
            receipt->state = CHAPAR_BLOCKED_BY_OPERATOR;
        return take_receipt(*receipt, ack, now);
    }
    if ((body.esm_class & 0x3C) != 0 && (body.esm_class & 0x3C) != 0x08 && (body.esm_class & 0x3C) != 0x10) {
        unreadable(body);
        return acknowledge(ack, smpp::status::ok);
    }
    count("inbound");
    if (const auto mo = inbound_.take(body, ack, now)) take_mo(*mo);
}

/// A receipt that says nothing we know. Few are logged whole, lest an SMSC fills the log; all are counted.
void Engine::unreadable(const smpp::Short& pdu) {
    constexpr std::uint64_t first = 20, then_each = 100;
    count("receipts_unreadable");
    if (++unreadable_ > first && unreadable_ % then_each != 0) return;
    host_.warning("a receipt from " + settings_.host + " can't be read (" + std::to_string(unreadable_) +
                  " so far): esm_class " + std::to_string(pdu.esm_class) + ", data_coding " +
                  std::to_string(pdu.data_coding) + ": " + printable_text(pdu));
}

void Engine::take_receipt(const Receipt& receipt, Ack ack, Time now) {
    if (const auto key = book_.find(receipt, settings_.receipt_id)) return apply_receipt(*key, receipt, ack);
    const bool may_be_early = std::ranges::any_of(flights_, [](const auto& flight) { return flight.second.is_open(); });
    if (may_be_early && book_.park({receipt, ack, now + settings_.receipt_park})) return count("receipts_parked");
    tell_unknown(receipt, ack);
}

void Engine::apply_receipt(PartKey key, const Receipt& receipt, Ack ack) {
    switch (book_.apply(key, receipt)) {
        case Book::Word::station:
            count("receipts_under_way");
            return acknowledge(ack, smpp::status::ok);
        case Book::Word::repeated:
            count("receipts_repeated");
            return acknowledge(ack, smpp::status::ok);
        case Book::Word::contradicted:
            count("receipts_contradicted");
            return acknowledge(ack, smpp::status::ok);
        case Book::Word::news:
            break;
    }
    const auto* page = book_.entry(key.message);
    if (book_.whole(key.message) == Fate::under_way) return tell_part(key, receipt, ack);
    if (page->parts.size() > 1) tell_part(key, receipt, std::nullopt);
    // The host keeps what comes before the outcome that it belongs to.
    tell_whole(key.message, {key}, {ack});
}

void Engine::tell_part(PartKey key, const Receipt& receipt, std::optional<Ack> ack) {
    const auto* page = book_.entry(key.message);
    Event event;
    event.attempt = page->attempt;
    event.provider_id = page->parts[key.part].id;
    event.kind = receipt.fate == Fate::delivered ? "segment_delivered" : "segment_failed";
    event.address = e164(page->recipient);
    event.code = receipt.state;
    event.detail = "segment " + std::to_string(key.part + 1) + " of " + std::to_string(page->parts.size()) + ": " +
                   detail_of(receipt.state, receipt.error, receipt.done);
    event.dedupe_key = page->attempt + "/" + std::to_string(key.part + 1) + "/" + event.kind;
    event.at_ms = now_ms();
    emit(event, ack ? std::vector<Ack>{*ack} : std::vector<Ack>{},
         ack ? std::vector<PartKey>{key} : std::vector<PartKey>{});
}

void Engine::tell_whole(std::uint64_t message, const std::vector<PartKey>& parts, const std::vector<Ack>& acks) {
    auto* page = book_.entry(message);
    const Fate fate = book_.whole(message);
    if (page == nullptr || page->told || fate == Fate::under_way) {
        for (const Ack& ack : acks)
            acknowledge(ack, smpp::status::ok);
        return;
    }
    page->told = true;
    Event event;
    event.attempt = page->attempt;
    event.kind = fate == Fate::delivered ? "delivered" : "failed";
    event.address = e164(page->recipient);
    for (std::size_t i = 0; i < page->parts.size(); ++i) {
        const auto& part = page->parts[i];
        event.provider_id += (i == 0 ? "" : " ") + part.id;
        const bool is_block = part.state == CHAPAR_BLOCKED_BY_OPERATOR;  // says more than what else went wrong
        const bool is_known = !event.code.empty() && (event.code == CHAPAR_BLOCKED_BY_OPERATOR || !is_block);
        if (fate != part.fate || is_known) continue;
        event.code = part.state;
        event.detail = detail_of(part.state, part.error, {});
        if (page->parts.size() > 1 && fate == Fate::failed)
            event.detail =
                "segment " + std::to_string(i + 1) + " of " + std::to_string(page->parts.size()) + ": " + event.detail;
    }
    event.dedupe_key = page->attempt + "/" + event.kind;
    event.at_ms = now_ms();
    count(fate == Fate::delivered ? "delivered" : "failed");
    emit(event, acks, parts);
}

/// A receipt for what this instance does not know: sent before a restart, or not by us.
void Engine::tell_unknown(const Receipt& receipt, Ack ack) {
    count("receipts_unknown");
    if (receipt.fate == Fate::under_way) return acknowledge(ack, smpp::status::ok);
    Event event;
    event.provider_id = receipt.id;
    event.kind = receipt.fate == Fate::delivered ? "delivered" : "failed";
    event.address = e164(receipt.recipient);
    event.code = receipt.state;
    event.detail = detail_of(receipt.state, receipt.error, receipt.done);
    event.dedupe_key = normal_id(receipt.id) + "/" + event.kind;
    event.at_ms = now_ms();
    emit(event, {ack}, {});
}

void Engine::learn(PartKey key, const Flight::Part& part) {
    for (auto& parked : book_.learn(key, part.id, settings_.receipt_id))
        apply_receipt(key, parked.receipt, parked.ack);
}

void Engine::take_mo(const Mo& mo) {
    Event event;
    event.address = e164(mo.from);
    event.detail = mo.text;
    event.code = mo.to;
    event.at_ms = now_ms();
    event.kind = event_kind(inbound_.hear(mo.text));
    if (!mo.reference.empty()) event.dedupe_key = mo.reference;
    if (!mo.complete) count("inbound_incomplete");
    if (event.kind == "unsubscribed") count("unsubscribed");
    emit(event, mo.acks, {});
}

void Engine::emit(const Event& event, const std::vector<Ack>& acks, const std::vector<PartKey>& undo) {
    ++emitting_;
    const bool taken = host_.emit(event, [this, acks = acks, undo = undo](bool durable) mutable {
        stored({std::move(acks), std::move(undo), durable});
    });
    if (taken) return;
    --emitting_;
    for (const PartKey& key : undo)
        book_.reopen(key);
    for (const Ack& ack : acks)
        acknowledge(ack, smpp::status::temporary_app_error);
}

/// The host's thread. A commit makes many events durable: they are answered in one turn and one write.
void Engine::stored(Stored event) {
    bool first = false;
    {
        const std::lock_guard lock(stored_mutex_);
        first = stored_.empty();
        stored_.push_back(std::move(event));
    }
    if (first) boost::asio::post(io_, [this] { take_stored(); });
}

void Engine::take_stored() {
    std::vector<Stored> events;
    {
        const std::lock_guard lock(stored_mutex_);
        events.swap(stored_);
    }
    for (const Stored& event : events) {
        --emitting_;
        for (const PartKey& key : event.undo)
            if (!event.durable) book_.reopen(key);
        for (const Ack& ack : event.acks)
            acknowledge(ack, event.durable ? smpp::status::ok : smpp::status::temporary_app_error, Write::later);
    }
    for (auto& slot : slots_)
        slot.link->flush();
}

void Engine::acknowledge(const Ack& ack, std::uint32_t status, Write when) {
    Link& link = *slots_[ack.link].link;
    if (link.session() != ack.session) return;  // the SMSC will send it again on the new session
    link.acknowledge(ack.sequence, static_cast<smpp::Command>(ack.command), status);
    if (when == Write::now) link.flush();
}

void Engine::tick_receipts(Time now) {
    for (auto& parked : book_.overdue(now))
        tell_unknown(parked.receipt, parked.ack);
    for (const auto& ack : inbound_.due_acks(now))
        acknowledge(ack, smpp::status::ok);
    for (const auto& mo : inbound_.overdue(now))
        take_mo(mo);
    if (now - swept_ < 1s) return;
    swept_ = now;
    for (const auto& page : book_.expire(now)) {
        const auto missing = std::ranges::count(page.parts, Fate::under_way, &Book::Part::fate);
        if (missing != 0 && settings_.receipts == Receipts::all)
            count("receipts_missing", static_cast<double>(missing));
    }
}

}  // namespace chapar::sms
