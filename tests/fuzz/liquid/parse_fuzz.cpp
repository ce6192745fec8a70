// Any bytes as a template, in every mode: parsing ends, and answers a program or a problem.
#include "render/liquid/liquid.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chapar::liquid;
    if (size == 0) return 0;
    ParseOptions options;
    options.mode = static_cast<Mode>(data[0] % 3);
    options.escape = (data[0] & 4) != 0 ? Escape::html : Escape::none;
    const auto program = parse({reinterpret_cast<const char*>(data + 1), size - 1}, options);
    if (!program && program.error().message.empty()) __builtin_trap();
    return 0;
}
