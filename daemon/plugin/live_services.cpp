// What a plugin may ask of the daemon. Reached through the table in api.cpp.
#include "plugin/live.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace chapar::plugin {
namespace {

constexpr std::size_t most_series = 64;  // counters of one instance

bool is_metric_name(std::string_view name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

net::Pairs to_pairs(chapar_kvs kvs) {
    net::Pairs pairs;
    pairs.reserve(kvs.size);
    for (std::size_t i = 0; i < kvs.size; ++i)
        pairs.emplace_back(view(kvs.data[i].key), view(kvs.data[i].value));
    return pairs;
}

net::TlsMode tls_mode(std::int32_t number) {
    if (number == CHAPAR_TLS_OPPORTUNISTIC) return net::TlsMode::opportunistic;
    return number == CHAPAR_TLS_NONE ? net::TlsMode::none : net::TlsMode::required;
}

net::Transfer to_transfer(const chapar_transfer& raw) {
    net::Transfer t;
    t.url = view(raw.url);
    t.method = raw.method.size == 0 ? "GET" : std::string(view(raw.method));
    t.headers = to_pairs(raw.headers);
    t.body = view(raw.body);
    t.mail_from = view(raw.mail_from);
    for (std::uint32_t i = 0; i < raw.rcpt_count; ++i)
        t.rcpt_to.emplace_back(view(raw.rcpt_to[i]));
    t.user = view(raw.user);
    t.password = view(raw.password);
    t.ca_file = view(raw.ca_file);
    t.helo = view(raw.helo);
    t.tls = tls_mode(raw.tls);
    t.smtp_utf8 = raw.smtp_utf8 != 0;
    if (raw.connect_timeout_ms != 0) t.connect_timeout = Milliseconds(raw.connect_timeout_ms);
    if (raw.timeout_ms != 0) t.timeout = Milliseconds(raw.timeout_ms);
    t.max_response_bytes = raw.max_response_bytes;
    const std::uint64_t flags = CHAPAR_HAS(chapar_transfer, &raw, flags) ? raw.flags : 0;
    t.urgent = (flags & CHAPAR_URGENT) != 0;
    t.first_decides = (flags & CHAPAR_COPIES) != 0;
    if (CHAPAR_HAS(chapar_transfer, &raw, envelope_id)) t.envelope_id = view(raw.envelope_id);
    return t;
}

}  // namespace

void Live::log(std::int32_t level, std::string_view text) const {
    static constexpr log::Level levels[] = {log::Level::debug, log::Level::info, log::Level::warning,
                                            log::Level::error};
    bool is_known = level >= CHAPAR_LOG_DEBUG && level <= CHAPAR_LOG_ERROR;
    log::event(is_known ? levels[level] : log::Level::info, "plugin.says", "{}: {}", log::Field("route", name_), text);
}

void Live::count_misuse(const char* what) {
    services_->metrics
        .counter("plugin_misuse_total", "Times a plugin broke the rules of the border.",
                 {{"instance", name_}, {"what", what}})
        .add();
    log::warning("plugin.misuse", "{} (plugin {}): {}", log::Field("route", name_), log::Field("plugin", table_.name),
                 what);
}

void Live::metric_add(std::string_view name, double delta, chapar_kvs labels) {
    if (!is_metric_name(name) || !(delta >= 0)) return count_misuse("bad_metric");
    metrics::Labels all{{"instance", name_}};
    std::string key(name);
    for (auto& [label, value] : to_pairs(labels)) {
        if (!is_metric_name(label) || label == "instance") return count_misuse("bad_metric");
        key.append(1, '\0').append(label).append(1, '\0').append(value);
        all.emplace_back(std::move(label), std::move(value));
    }
    metrics::Counter* counter = nullptr;
    {
        std::lock_guard lock(mutex_);
        auto at = counters_.find(key);
        if (at == counters_.end() && counters_.size() >= most_series) return;  // a label with too many values
        if (at == counters_.end()) {
            std::string full = "plugin_" + std::string(table_.name) + "_" + std::string(name) + "_total";
            std::ranges::replace(full, '-', '_');
            std::string help = "Counted by the plugin " + std::string(table_.name) + ".";
            at = counters_.emplace(key, &services_->metrics.counter(full, help, std::move(all))).first;
        }
        counter = at->second;
    }
    counter->add(delta);
}

chapar_status Live::post(void (*fn)(void*), void* arg) {
    bool posted = strand_->post([self = shared_from_this(), fn, arg] {
        if (!self->is_created_) return;  // what `fn` would touch has been destroyed
        std::string thrown = self->call("post", [&] { fn(arg); });
        if (!thrown.empty()) self->count_misuse("exception");
    });
    return posted ? CHAPAR_OK : CHAPAR_UNAVAILABLE;
}

void Live::fail(std::string_view reason) {
    note_failure(reason);
    log::warning("plugin.failed", "{} (plugin {}): {}", log::Field("route", name_), log::Field("plugin", table_.name),
                 log::Field("reason", reason));
}

chapar_status Live::secret(std::string_view name, chapar_str* value) {
    Result<Secret> read = read_secret(name);
    if (!read) {
        fail(read.error().message());
        return CHAPAR_UNAVAILABLE;
    }
    lent_secrets_.push_back(std::move(*read));
    *value = str(lent_secrets_.back().reveal());
    return CHAPAR_OK;
}

std::uint64_t Live::timer_start(std::uint32_t after_ms, void (*fn)(void*), void* arg) {
    std::lock_guard lock(mutex_);
    if (is_ended_) return 0;
    std::uint64_t id = ++last_id_;
    auto timer = std::make_unique<boost::asio::steady_timer>(executor_, std::chrono::milliseconds(after_ms));
    timer->async_wait([self = shared_from_this(), id, fn, arg](const boost::system::error_code& error) {
        if (error) return;
        self->strand_->post([self, id, fn, arg] {
            {
                std::lock_guard inner(self->mutex_);
                if (self->timers_.erase(id) == 0) return;  // cancelled meanwhile
            }
            std::string thrown = self->call("timer", [&] { fn(arg); });
            if (!thrown.empty()) self->count_misuse("exception");
            self->check_drained();
        });
    });
    timers_.emplace(id, std::move(timer));
    return id;
}

void Live::timer_cancel(std::uint64_t timer) {
    std::lock_guard lock(mutex_);
    timers_.erase(timer);
}

std::uint64_t Live::transfer_start(const chapar_transfer& transfer, chapar_transfer_done done, void* arg) {
    std::uint64_t id = 0;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_) return 0;
        id = ++last_id_;
        transfers_.emplace(id, PendingTransfer{0, done, arg});
    }
    auto finished = [self = shared_from_this(), id](net::TransferResult result) {
        self->strand_->post([self, id, r = std::move(result)]() mutable { self->finish_transfer(id, std::move(r)); });
    };
    net::TransferId outer = services_->transfers.start(to_transfer(transfer), std::move(finished));
    bool is_ended = false;
    {
        std::lock_guard lock(mutex_);
        is_ended = is_ended_;
        if (auto at = transfers_.find(id); at != transfers_.end()) at->second.id = outer;
    }
    if (is_ended) services_->transfers.cancel(outer);  // the end came before it had its name
    return id;
}

void Live::finish_transfer(std::uint64_t id, net::TransferResult result) {
    PendingTransfer pending;
    {
        std::lock_guard lock(mutex_);
        auto node = transfers_.extract(id);
        if (node.empty()) return;  // cancelled by the plugin
        pending = node.mapped();
    }
    const std::vector<chapar_kv> headers = to_kvs(result.headers);
    const std::vector<chapar_kv> refused = to_kvs(result.refused);
    chapar_transfer_result raw{};
    raw.struct_size = sizeof raw;
    raw.phase = static_cast<chapar_phase>(result.phase);
    raw.code = result.code;
    raw.reply = str(result.reply);
    raw.headers = {headers.data(), headers.size()};
    raw.body = str(result.body);
    raw.timed_out = result.timed_out ? 1 : 0;
    raw.error = str(result.error);
    raw.refused = {refused.data(), refused.size()};
    std::string thrown = call("transfer", [&] { pending.done(pending.arg, &raw); });
    if (!thrown.empty()) count_misuse("exception");
    check_drained();
}

void Live::transfer_cancel(std::uint64_t transfer) {
    net::TransferId outer = 0;
    {
        std::lock_guard lock(mutex_);
        auto node = transfers_.extract(transfer);
        if (node.empty()) return;
        outer = node.mapped().id;
    }
    services_->transfers.cancel(outer);
}

}  // namespace chapar::plugin
