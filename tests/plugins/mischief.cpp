// Breaks one rule of the border, chosen by the setting "mode". Written against the C header on purpose: the SDK would
// not let most of this happen.
#include <chapar/plugin.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct Self {
    chapar_host* host;
    const chapar_host_api* api;
    std::string mode;
    std::vector<std::thread> threads;
    chapar_batch* kept = nullptr;
};

chapar_str text(std::string_view s) { return {s.data(), s.size()}; }

void complete(Self& self, chapar_batch* batch, uint32_t index, chapar_verdict verdict = CHAPAR_ACCEPTED) {
    chapar_result result{};
    result.struct_size = sizeof result;
    result.verdict = verdict;
    result.detail = text("by mischief");
    self.api->complete(self.host, batch, index, &result);
}

chapar_status create(chapar_host* host, const chapar_host_api* api, chapar_str config, void** out) {
    std::string settings(config.data, config.size);
    auto at = settings.find("\"mode\":\"");
    std::string mode = at == settings.npos ? "" : settings.substr(at + 8, settings.find('"', at + 8) - at - 8);
    if (mode == "create_throws") throw std::runtime_error("no luck");
    if (mode == "create_fails") {
        api->fail(host, text("the moon is in the wrong place"));
        return CHAPAR_UNAVAILABLE;
    }
    *out = new Self{host, api, mode, {}, nullptr};
    return CHAPAR_OK;
}

/// Is in it for good, in the way a loop of a real plugin would be that waits for something that never comes.
void hang() {
    for (;;)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

void destroy(void* p) {
    auto* self = static_cast<Self*>(p);
    if (self->mode == "hangs_in_destroy") hang();
    for (auto& thread : self->threads)
        thread.join();
    delete self;
}

void never(void*) {}

chapar_status start(void* p) {
    auto& self = *static_cast<Self*>(p);
    if (self.mode == "hangs_in_start") hang();
    if (self.mode == "holds_a_timer") self.api->timer_start(self.host, 3'600'000, never, &self);
    if (self.mode != "start_fails") return CHAPAR_OK;
    self.api->fail(self.host, text("could not start"));
    return CHAPAR_INVALID;
}

void drain(void* p) {
    auto& self = *static_cast<Self*>(p);
    if (self.mode == "hangs_in_drain") hang();
}

chapar_status inbound(void* p, chapar_inquiry* inquiry, const chapar_http_request*) {
    auto& self = *static_cast<Self*>(p);
    if (self.mode == "hangs_in_inbound") hang();
    chapar_http_response answer{};
    answer.struct_size = sizeof answer;
    answer.status = 204;
    self.api->reply(self.host, inquiry, &answer);
    return CHAPAR_OK;
}

void complete_later(void* p) {
    auto& self = *static_cast<Self*>(p);
    complete(self, self.kept, 0);
}

/// Ends the daemon on an address that begins with "poison"; writes down what it was handed first.
void abort_on_poison(const chapar_message* const* messages, uint32_t count) {
    const char* const path = std::getenv("CHAPAR_MISCHIEF_LOG");
    for (uint32_t i = 0; i < count; ++i) {
        const std::string address(messages[i]->address.data, messages[i]->address.size);
        if (path != nullptr) std::ofstream(path, std::ios::app) << address << '\n';
        if (address.starts_with("poison")) std::abort();
    }
}

chapar_status send(void* p, chapar_batch* batch, const chapar_message* const* messages, uint32_t count) {
    auto& self = *static_cast<Self*>(p);
    const std::string& mode = self.mode;
    if (mode == "aborts_on_poison") abort_on_poison(messages, count);
    if (mode == "throws") throw std::runtime_error("boom");
    if (mode == "throws_oddly") throw 42;
    if (mode == "throws_half_way") complete(self, batch, 0), throw std::runtime_error("boom");
    if (mode == "never_completes") return CHAPAR_OK;
    if (mode == "hangs_in_send") hang();
    if (mode == "slow_error") {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return CHAPAR_UNAVAILABLE;
    }
    if (mode == "error") {
        self.api->fail(self.host, text("the provider is closed"));
        return CHAPAR_UNAVAILABLE;
    }
    if (mode == "error_half_way") return complete(self, batch, 0), CHAPAR_UNAVAILABLE;
    if (mode == "wrong_index") complete(self, batch, count);
    if (mode == "bad_verdict") return complete(self, batch, 0, 17), CHAPAR_OK;
    if (mode == "late") {
        self.kept = batch;
        self.api->timer_start(self.host, 150, complete_later, &self);
        return CHAPAR_OK;
    }
    if (mode == "blocks") std::this_thread::sleep_for(std::chrono::milliseconds(30));
    if (mode == "foreign_thread") {
        self.threads.emplace_back([&self, batch, count] {
            for (uint32_t i = count; i-- > 0;)
                complete(self, batch, i);
        });
        return CHAPAR_OK;
    }
    for (uint32_t i = 0; i < count; ++i)
        complete(self, batch, i);
    if (mode == "twice") {
        for (uint32_t i = 0; i < count; ++i)
            complete(self, batch, i, CHAPAR_REJECTED);
    }
    return CHAPAR_OK;
}

const chapar_str channels[] = {{"email", 5}};
constexpr std::string_view schema = R"({"mode": {"type": "string", "default": "good"}})";
const chapar_traits traits{sizeof(chapar_traits),         channels, 1, MISCHIEF_FLAGS, 10, 0, 100,
                           {schema.data(), schema.size()}};
const chapar_plugin table{sizeof(chapar_plugin),
                          CHAPAR_ABI_MAJOR,
                          CHAPAR_ABI_MINOR,
                          MISCHIEF_NAME,
                          "1.0",
                          &traits,
                          create,
                          destroy,
                          start,
                          send,
                          nullptr,
                          inbound,
                          drain};

}  // namespace

extern "C" CHAPAR_EXPORT const chapar_plugin* chapar_plugin_entry(uint16_t, uint16_t) { return &table; }
