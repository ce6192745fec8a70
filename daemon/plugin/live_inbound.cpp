// Requests of providers and the events they bring. A reply waits until its events are durable.
#include "plugin/live.hpp"

#include <utility>

namespace chapar::plugin {
namespace {

/// Only what the plugin says: what it means is not this layer's to know.
model::Report to_report(const chapar_event& raw) {
    model::Report event;
    event.attempt = AttemptId::parse(view(raw.attempt));
    event.provider_id = view(raw.provider_id);
    event.kind = view(raw.kind);
    event.address = view(raw.address);
    event.code = view(raw.code);
    event.detail = view(raw.detail);
    event.dedupe_key = view(raw.dedupe_key);
    event.at = from_ms(raw.at_ms);
    if (CHAPAR_HAS(chapar_event, &raw, cost)) event.bill = model::read_bill(view(raw.cost));
    event.is_soft = CHAPAR_HAS(chapar_event, &raw, blame) && raw.blame == CHAPAR_RECIPIENT && event.kind == "bounced";
    if (CHAPAR_HAS(chapar_event, &raw, blame) && raw.blame == CHAPAR_GONE) {
        event.suppress.emplace();  // of which address, the track says
        event.suppress->reason = "hard_bounce";
    }
    return event;
}

}  // namespace

void Live::inbound(HttpRequest request, std::function<void(HttpReply)> reply) {
    if (table_.inbound == nullptr) return reply({501, {}, {}});
    const HttpReply ended{503, {{"Retry-After", "5"}}, {}};
    HandleId id = 0;
    {
        std::lock_guard lock(mutex_);
        if (!is_ended_) {
            id = ++last_id_;
            inquiries_.emplace(id, Inquiry{reply, {}, 0, false});
        }
    }
    if (id == 0) return reply(ended);
    if (strand_->post([self = shared_from_this(), id, r = std::move(request)] { self->run_inbound(id, r); })) return;
    bool is_ours = false;  // not, when the end has answered it meanwhile
    {
        std::lock_guard lock(mutex_);
        is_ours = inquiries_.erase(id) != 0;
    }
    if (is_ours) reply(ended);
}

void Live::run_inbound(HandleId id, const HttpRequest& request) {
    if (!is_created_) return;  // `end` has answered it
    std::vector<chapar_kv> headers = to_kvs(request.headers);
    chapar_http_request raw{};
    raw.struct_size = sizeof raw;
    raw.method = str(request.method);
    raw.path = str(request.path);
    raw.query = str(request.query);
    raw.headers = {headers.data(), headers.size()};
    raw.body = str(request.body);
    chapar_status status = CHAPAR_OK;
    auto* handle = reinterpret_cast<chapar_inquiry*>(id);
    std::string thrown = call("inbound", [&] { status = table_.inbound(self_, handle, &raw); });
    if (!thrown.empty()) count_misuse("exception");
    if (thrown.empty() && status == CHAPAR_OK) return;
    chapar_http_response failed{};
    failed.struct_size = sizeof failed;
    failed.status = 500;
    this->reply(id, failed);
}

chapar_status Live::emit(HandleId inquiry, const chapar_event& event) {
    if (!services_->events) return CHAPAR_UNAVAILABLE;
    if (!CHAPAR_HAS(chapar_event, &event, dedupe_key)) return CHAPAR_INVALID;
    if (inquiry != 0) {
        std::lock_guard lock(mutex_);
        auto at = inquiries_.find(inquiry);
        if (at == inquiries_.end() || at->second.answer) return CHAPAR_INVALID;
        ++at->second.waiting_events;
    }
    services_->events(name_, to_report(event), [self = shared_from_this(), inquiry](bool is_durable) {
        if (inquiry == 0) return;
        {
            std::lock_guard lock(self->mutex_);
            auto at = self->inquiries_.find(inquiry);
            if (at == self->inquiries_.end()) return;
            --at->second.waiting_events;
            at->second.has_failed_event = at->second.has_failed_event || !is_durable;
        }
        self->settle_inquiry(inquiry);
    });
    return CHAPAR_OK;
}

chapar_status Live::emit_then(const chapar_event& event, void (*done)(void*, std::int32_t), void* arg) {
    if (!services_->events) return CHAPAR_UNAVAILABLE;
    if (!CHAPAR_HAS(chapar_event, &event, dedupe_key)) return CHAPAR_INVALID;
    services_->events(name_, to_report(event), [self = shared_from_this(), done, arg](bool is_durable) {
        self->strand_->post([self, done, arg, is_durable] {
            if (!self->is_created_) return;  // what `done` would touch has been destroyed
            const std::string thrown = self->call("emit", [&] { done(arg, is_durable ? 1 : 0); });
            if (!thrown.empty()) self->count_misuse("exception");
        });
    });
    return CHAPAR_OK;
}

void Live::reply(HandleId inquiry, const chapar_http_response& response) {
    HttpReply answer{response.status, {}, std::string(view(response.body))};
    for (std::size_t i = 0; i < response.headers.size; ++i) {
        answer.headers.emplace_back(view(response.headers.data[i].key), view(response.headers.data[i].value));
    }
    bool is_first = false;
    {
        std::lock_guard lock(mutex_);
        auto at = inquiries_.find(inquiry);
        is_first = at != inquiries_.end() && !at->second.answer;
        if (is_first) at->second.answer = std::move(answer);
    }
    if (!is_first) return count_misuse("double_reply");
    settle_inquiry(inquiry);
}

void Live::settle_inquiry(HandleId id) {
    Inquiry settled;
    {
        std::lock_guard lock(mutex_);
        auto at = inquiries_.find(id);
        if (at == inquiries_.end() || !at->second.answer || at->second.waiting_events != 0) return;
        settled = std::move(at->second);
        inquiries_.erase(at);
    }
    // The provider repeats what we could not keep.
    settled.reply(settled.has_failed_event ? HttpReply{503, {{"Retry-After", "30"}}, {}} : std::move(*settled.answer));
    check_drained();
}

}  // namespace chapar::plugin
