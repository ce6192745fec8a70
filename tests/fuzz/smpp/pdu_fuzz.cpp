// Any bytes as a stream of PDUs: see check.hpp.
#include <cstddef>
#include <cstdint>

#include "check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (!chapar::smpp::fuzz::check_any({reinterpret_cast<const char*>(data), size}).empty()) __builtin_trap();
    return 0;
}
