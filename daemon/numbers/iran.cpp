#include "numbers/iran.hpp"

#include <algorithm>
#include <array>

namespace chapar::numbers {
namespace {

constexpr std::string_view mci = "Hamrah-e Aval (MCI)", irancell = "Irancell", rightel = "RighTel";

// clang-format off
constexpr auto ranges = std::to_array<MobileRange>({
    {"900", irancell}, {"901", irancell}, {"902", irancell}, {"903", irancell}, {"904", irancell}, {"905", irancell},
    {"910", mci}, {"911", mci}, {"912", mci}, {"913", mci}, {"914", mci},
    {"915", mci}, {"916", mci}, {"917", mci}, {"918", mci}, {"919", mci},
    {"920", rightel}, {"921", rightel}, {"922", rightel}, {"923", rightel},
    {"930", irancell}, {"931", "Spadan (MTCE)"}, {"932", "Taliya"}, {"933", irancell}, {"934", "TeleKish (TKC)"},
    {"935", irancell}, {"936", irancell}, {"937", irancell}, {"938", irancell}, {"939", irancell},
    {"990", mci}, {"991", mci}, {"992", mci}, {"993", mci}, {"994", mci}, {"995", mci}, {"996", mci},
    {"998", "Shatel Mobile"}, {"999", "a virtual operator (MVNO)"},
});

constexpr auto areas = std::to_array<Area>({
    {"11", "Mazandaran", "Sari"}, {"13", "Gilan", "Rasht"}, {"17", "Golestan", "Gorgan"}, {"21", "Tehran", "Tehran"},
    {"23", "Semnan", "Semnan"}, {"24", "Zanjan", "Zanjan"}, {"25", "Qom", "Qom"}, {"26", "Alborz", "Karaj"},
    {"28", "Qazvin", "Qazvin"}, {"31", "Isfahan", "Isfahan"}, {"34", "Kerman", "Kerman"}, {"35", "Yazd", "Yazd"},
    {"38", "Chaharmahal and Bakhtiari", "Shahrekord"}, {"41", "East Azarbaijan", "Tabriz"},
    {"44", "West Azarbaijan", "Urmia"}, {"45", "Ardabil", "Ardabil"}, {"51", "Razavi Khorasan", "Mashhad"},
    {"54", "Sistan and Baluchestan", "Zahedan"}, {"56", "South Khorasan", "Birjand"},
    {"58", "North Khorasan", "Bojnord"}, {"61", "Khuzestan", "Ahvaz"}, {"66", "Lorestan", "Khorramabad"},
    {"71", "Fars", "Shiraz"}, {"74", "Kohgiluyeh and Boyer-Ahmad", "Yasuj"}, {"76", "Hormozgan", "Bandar Abbas"},
    {"77", "Bushehr", "Bushehr"}, {"81", "Hamadan", "Hamadan"}, {"83", "Kermanshah", "Kermanshah"},
    {"84", "Ilam", "Ilam"}, {"86", "Markazi", "Arak"}, {"87", "Kurdistan", "Sanandaj"},
});
// clang-format on

}  // namespace

const MobileRange* iran_mobile(std::string_view national) {
    const auto* found =
        std::ranges::find_if(ranges, [&](const auto& each) { return national.starts_with(each.leading); });
    return found == ranges.end() ? nullptr : found;
}

const Area* iran_area(std::string_view national) {
    const auto* found = std::ranges::find(areas, national.substr(0, 2), &Area::code);
    return found == areas.end() ? nullptr : found;
}

}  // namespace chapar::numbers
