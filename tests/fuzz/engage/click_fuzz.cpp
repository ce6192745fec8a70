// Any bytes as a seal's text, and as the fields of a seal that is good; features of a hit, lists of networks, addresses
// of endpoints.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engage/address_guard.hpp"
#include "engage/score.hpp"
#include "engage/webhook_schedule.hpp"
#include "test_seal.hpp"

namespace {

void require(bool holds) {
    if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace chapar;
    using namespace chapar::engage;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const auto clicks = sealer(seal::Kind::click), opens = sealer(seal::Kind::open);
    require(!open_click(bytes, *clicks));
    if (const auto opened = open_click(sealed_text(*clicks, bytes), *clicks)) {
        require(fields_of(*opened) == bytes);
        require(opened->destination.starts_with("http"));
    }
    if (const auto opened = open_pixel(sealed_text(*opens, bytes), *opens)) require(fields_of(*opened) == bytes);
    if (const auto features = decode(bytes)) {
        require(encode(*features) == bytes);
        const auto scored = score(*features);
        require(scored.points >= 0 && !reasons(scored).empty() == (scored.reasons != 0));
    }
    NetworkReader networks;
    const auto flaws = networks.read("fuzz", bytes);
    if (flaws.empty())
        (void)networks.build().of(from_v4(0x01020304));
    else
        require(networks.build().blocks() == 0);
    if (const auto address = parse_address(bytes)) require(parse_address(address->text()) == *address);
    if (!refuse_endpoint(bytes, false)) require(bytes.size() >= 9);
    (void)read_retry_after(bytes, from_ms(1'900'000'000'000));
    return 0;
}
