#pragma once
// Iran's numbering plan: who was given a mobile range, and where an area code is. Constant data; any thread.
// Sources: the national numbering plan of Iran as filed with ITU (T02020000660002, 2015, areas), the assignments of the
// Communications Regulatory Authority (mobile ranges). Since numbers may be taken along to another operator (MNP, since
// 2016), a range names whom it was given to and not who serves the number today.

#include <string_view>

namespace chapar::numbers {

struct MobileRange {
    std::string_view leading;  // of the national number, without 0
    std::string_view provider;
};
/// The longest range that begins the national number; nullptr: none was given away.
const MobileRange* iran_mobile(std::string_view national);

struct Area {
    std::string_view code;  // two digits, without 0
    std::string_view province, city;
};
const Area* iran_area(std::string_view national);

}  // namespace chapar::numbers
