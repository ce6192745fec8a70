// Any bytes as the deliver_sm of an SMSC: see inbound_check.hpp.
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "inbound_check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chapar::sms;
    static Inbound inbound({"stop"});
    static Inbound::Time now{std::chrono::hours(1)};
    now += std::chrono::seconds(1);
    if (!fuzz::check_delivered({reinterpret_cast<const char*>(data), size}, inbound, now).empty()) __builtin_trap();
    return 0;
}
