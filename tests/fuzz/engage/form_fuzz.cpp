// Content-Type, a line break, and the body of a POST to an unsubscribe address.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engage/one_click.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using chapar::engage::PostedForm;
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const auto line = all.substr(0, all.find('\n'));
    const auto body = all.substr(line.size() < all.size() ? line.size() + 1 : line.size());
    const auto posted = chapar::engage::read_posted_form(line, body);
    // Whoever means to unsubscribe says so: no other bytes do it.
    const bool says_so = body.contains("Click") || body.contains('%');
    if (posted.kind == PostedForm::Kind::one_click && !says_so) __builtin_trap();
    if (posted.fields.size() > chapar::engage::most_fields) __builtin_trap();
    if (posted.kind == PostedForm::Kind::malformed && !posted.fields.empty()) __builtin_trap();
    return 0;
}
