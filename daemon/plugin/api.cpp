// chapar_host_api: from C calls to a Live. Nothing here throws: an allocation that fails ends the process, as
// everywhere.
#include "plugin/live.hpp"

namespace chapar::plugin {
namespace {

HandleId id_of(const void* handle) { return reinterpret_cast<HandleId>(handle); }

void log(chapar_host* h, std::int32_t level, chapar_str text) noexcept { Live::of(h).log(level, view(text)); }
void metric_add(chapar_host* h, chapar_str name, double delta, chapar_kvs labels) noexcept {
    Live::of(h).metric_add(view(name), delta, labels);
}
chapar_status post(chapar_host* h, void (*fn)(void*), void* arg) noexcept { return Live::of(h).post(fn, arg); }
void complete(chapar_host* h, chapar_batch* batch, std::uint32_t index, const chapar_result* result) noexcept {
    Live::of(h).complete(id_of(batch), index, result);
}
chapar_status emit(chapar_host* h, chapar_inquiry* inquiry, const chapar_event* event) noexcept {
    return event == nullptr ? CHAPAR_INVALID : Live::of(h).emit(id_of(inquiry), *event);
}
chapar_status emit_then(chapar_host* h, const chapar_event* event, void (*done)(void*, std::int32_t),
                        void* arg) noexcept {
    return event == nullptr || done == nullptr ? CHAPAR_INVALID : Live::of(h).emit_then(*event, done, arg);
}
void reply(chapar_host* h, chapar_inquiry* inquiry, const chapar_http_response* response) noexcept {
    if (response != nullptr) Live::of(h).reply(id_of(inquiry), *response);
}
void fail(chapar_host* h, chapar_str reason) noexcept { Live::of(h).fail(view(reason)); }
chapar_status secret(chapar_host* h, chapar_str name, chapar_str* value) noexcept {
    return value == nullptr ? CHAPAR_INVALID : Live::of(h).secret(view(name), value);
}
std::uint64_t timer_start(chapar_host* h, std::uint32_t after_ms, void (*fn)(void*), void* arg) noexcept {
    return fn == nullptr ? 0 : Live::of(h).timer_start(after_ms, fn, arg);
}
void timer_cancel(chapar_host* h, std::uint64_t timer) noexcept { Live::of(h).timer_cancel(timer); }
std::uint64_t transfer_start(chapar_host* h, const chapar_transfer* transfer, chapar_transfer_done done,
                             void* arg) noexcept {
    bool is_whole = transfer != nullptr && done != nullptr && CHAPAR_HAS(chapar_transfer, transfer, max_response_bytes);
    return is_whole ? Live::of(h).transfer_start(*transfer, done, arg) : 0;
}
void transfer_cancel(chapar_host* h, std::uint64_t transfer) noexcept { Live::of(h).transfer_cancel(transfer); }

constexpr chapar_host_api functions{.struct_size = sizeof(chapar_host_api),
                                    .abi_major = CHAPAR_ABI_MAJOR,
                                    .abi_minor = CHAPAR_ABI_MINOR,
                                    .log = log,
                                    .metric_add = metric_add,
                                    .post = post,
                                    .complete = complete,
                                    .emit = emit,
                                    .reply = reply,
                                    .fail = fail,
                                    .secret = secret,
                                    .timer_start = timer_start,
                                    .timer_cancel = timer_cancel,
                                    .transfer_start = transfer_start,
                                    .transfer_cancel = transfer_cancel,
                                    .emit_then = emit_then};

}  // namespace

const chapar_host_api& Live::api() { return functions; }

}  // namespace chapar::plugin
