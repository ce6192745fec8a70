// Any bytes as a sealed address: none opens but the one that was made, in whatever case.
#include <cstddef>
#include <cstdint>
#include <string>

#include "seal/return_path.hpp"

namespace {

std::string small(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chapar::seal;
    static const std::string keys[] = {std::string(64, 'f'), std::string(64, 'g')};
    static const auto paths = ReturnPaths::make(keys).value();
    static const std::string attempt = "0192f3c4-5a6b-7c8d-9e0f-a1b2c3d4e5f6.1";
    static const std::string made = paths.sender("b@x.ir", attempt).value();
    static const std::string letters = made.substr(2, ReturnPaths::seal_letters);
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto opened = paths.attempt_of(text);
    if (opened && (*opened != attempt || !small(text).contains(letters))) __builtin_trap();
    if (const auto bytes = from_base32(text); bytes && to_base32(*bytes) != small(text)) __builtin_trap();
    // Changed by what the input says, the good one must not open.
    std::string changed = made;
    for (std::size_t i = 0; i + 1 < size && i < 8; i += 2)
        changed[2 + data[i] % ReturnPaths::seal_letters] = static_cast<char>(data[i + 1]);
    if (paths.attempt_of(changed) && small(changed.substr(2, ReturnPaths::seal_letters)) != letters) __builtin_trap();
    return 0;
}
