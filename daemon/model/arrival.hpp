#pragma once
// What became of one mail, for what is known of its address: mails that don't arrive for long, and those that do.

#include <cstdint>
#include <string>

namespace chapar::model {

struct Arrival {
    enum class What : std::uint8_t {
        soft,     // it did not arrive this time, and the address is to blame
        taken,    // the server took it; it may come back for some days
        arrived,  // somebody has it
    } what = What::soft;
    std::string channel, address;
};

}  // namespace chapar::model
