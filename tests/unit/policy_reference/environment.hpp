#pragma once

#include <cstdint>
#include <cstdlib>

namespace chapar::reference {

inline std::int64_t from_environment(const char* name, std::int64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::strtoll(value, nullptr, 10);
}

}  // namespace chapar::reference
