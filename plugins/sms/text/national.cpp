#include "sms/text/national.hpp"

namespace chapar::sms {
namespace {

// clang-format off
// A.3.1
constexpr char32_t turkish[128] = {
    U'@', U'£', U'$', U'¥', U'€', U'é', U'ù', U'ı', U'ò', U'Ç', U'\n', U'Ğ', U'ğ', U'\r', U'Å', U'å',
    U'Δ', U'_', U'Φ', U'Γ', U'Λ', U'Ω', U'Π', U'Ψ', U'Σ', U'Θ', U'Ξ', 0, U'Ş', U'ş', U'ß', U'É',
    U' ', U'!', U'"', U'#', U'¤', U'%', U'&', U'\'', U'(', U')', U'*', U'+', U',', U'-', U'.', U'/',
    U'0', U'1', U'2', U'3', U'4', U'5', U'6', U'7', U'8', U'9', U':', U';', U'<', U'=', U'>', U'?',
    U'İ', U'A', U'B', U'C', U'D', U'E', U'F', U'G', U'H', U'I', U'J', U'K', U'L', U'M', U'N', U'O',
    U'P', U'Q', U'R', U'S', U'T', U'U', U'V', U'W', U'X', U'Y', U'Z', U'Ä', U'Ö', U'Ñ', U'Ü', U'§',
    U'ç', U'a', U'b', U'c', U'd', U'e', U'f', U'g', U'h', U'i', U'j', U'k', U'l', U'm', U'n', U'o',
    U'p', U'q', U'r', U's', U't', U'u', U'v', U'w', U'x', U'y', U'z', U'ä', U'ö', U'ñ', U'ü', U'à',
};
// A.3.3
constexpr char32_t portuguese[128] = {
    U'@', U'£', U'$', U'¥', U'ê', U'é', U'ú', U'í', U'ó', U'ç', U'\n', U'Ô', U'ô', U'\r', U'Á', U'á',
    U'Δ', U'_', U'ª', U'Ç', U'À', U'∞', U'^', U'\\', U'€', U'Ó', U'|', 0, U'Â', U'â', U'Ê', U'É',
    U' ', U'!', U'"', U'#', U'º', U'%', U'&', U'\'', U'(', U')', U'*', U'+', U',', U'-', U'.', U'/',
    U'0', U'1', U'2', U'3', U'4', U'5', U'6', U'7', U'8', U'9', U':', U';', U'<', U'=', U'>', U'?',
    U'Í', U'A', U'B', U'C', U'D', U'E', U'F', U'G', U'H', U'I', U'J', U'K', U'L', U'M', U'N', U'O',
    U'P', U'Q', U'R', U'S', U'T', U'U', U'V', U'W', U'X', U'Y', U'Z', U'Ã', U'Õ', U'Ú', U'Ü', U'§',
    U'~', U'a', U'b', U'c', U'd', U'e', U'f', U'g', U'h', U'i', U'j', U'k', U'l', U'm', U'n', U'o',
    U'p', U'q', U'r', U's', U't', U'u', U'v', U'w', U'x', U'y', U'z', U'ã', U'õ', U'`', U'ü', U'à',
};
// A.3.13
constexpr char32_t urdu[128] = {
    0x627, 0x622, 0x628, 0x67B, 0x680, 0x67E, 0x6A6, 0x62A, 0x6C2, 0x67F, U'\n', 0x679, 0x67D, U'\r', 0x67A, 0x67C,
    0x62B, 0x62C, 0x681, 0x684, 0x683, 0x685, 0x686, 0x687, 0x62D, 0x62E, 0x62F, 0, 0x68C, 0x688, 0x689, 0x68A,
    U' ', U'!', 0x68F, 0x68D, 0x630, 0x631, 0x691, 0x693, U')', U'(', 0x699, 0x632, U',', 0x696, U'.', 0x698,
    U'0', U'1', U'2', U'3', U'4', U'5', U'6', U'7', U'8', U'9', U':', U';', 0x69A, 0x633, 0x634, U'?',
    0x635, 0x636, 0x637, 0x638, 0x639, 0x641, 0x642, 0x6A9, 0x6AA, 0x6AB, 0x6AF, 0x6B3, 0x6B1, 0x644, 0x645, 0x646,
    0x6BA, 0x6BB, 0x6BC, 0x648, 0x6C4, 0x6D5, 0x6C1, 0x6BE, 0x621, 0x6CC, 0x6D0, 0x6D2, 0x64D, 0x650, 0x64F, 0x657,
    0x654, U'a', U'b', U'c', U'd', U'e', U'f', U'g', U'h', U'i', U'j', U'k', U'l', U'm', U'n', U'o',
    U'p', U'q', U'r', U's', U't', U'u', U'v', U'w', U'x', U'y', U'z', 0x655, 0x651, 0x653, 0x656, 0x670,
};

// 6.2.1.1
constexpr Place standard_single[] = {{0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
    {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x65, U'€'}};
// A.2.1
constexpr Place turkish_single[] = {{0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
    {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x47, U'Ğ'}, {0x49, U'İ'}, {0x53, U'Ş'}, {0x63, U'ç'},
    {0x65, U'€'}, {0x67, U'ğ'}, {0x69, U'ı'}, {0x73, U'ş'}};
// A.2.2
constexpr Place spanish_single[] = {{0x09, U'ç'}, {0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'},
    {0x2F, U'\\'}, {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x41, U'Á'}, {0x49, U'Í'}, {0x4F, U'Ó'},
    {0x55, U'Ú'}, {0x61, U'á'}, {0x65, U'€'}, {0x69, U'í'}, {0x6F, U'ó'}, {0x75, U'ú'}};
// A.2.3
constexpr Place portuguese_single[] = {{0x05, U'ê'}, {0x09, U'ç'}, {0x0A, U'\f'}, {0x0B, U'Ô'}, {0x0C, U'ô'},
    {0x0E, U'Á'}, {0x0F, U'á'}, {0x12, U'Φ'}, {0x13, U'Γ'}, {0x14, U'^'}, {0x15, U'Ω'}, {0x16, U'Π'}, {0x17, U'Ψ'},
    {0x18, U'Σ'}, {0x19, U'Θ'}, {0x1F, U'Ê'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'}, {0x3C, U'['}, {0x3D, U'~'},
    {0x3E, U']'}, {0x40, U'|'}, {0x41, U'À'}, {0x49, U'Í'}, {0x4F, U'Ó'}, {0x55, U'Ú'}, {0x5B, U'Ã'}, {0x5C, U'Õ'},
    {0x61, U'Â'}, {0x65, U'€'}, {0x69, U'í'}, {0x6F, U'ó'}, {0x75, U'ú'}, {0x7B, U'ã'}, {0x7C, U'õ'}, {0x7F, U'â'}};
// clang-format on

}  // namespace

std::span<const char32_t> locking_table(Language language) {
    switch (language) {
        case Language::turkish:
            return turkish;
        case Language::portuguese:
            return portuguese;
        case Language::urdu:
            return urdu;
        case Language::standard:
        case Language::spanish:
            return {};
    }
    return {};
}

std::span<const Place> single_table(Language language) {
    switch (language) {
        case Language::turkish:
            return turkish_single;
        case Language::spanish:
            return spanish_single;
        case Language::portuguese:
            return portuguese_single;
        case Language::standard:
        case Language::urdu:
            return standard_single;
    }
    return standard_single;
}

}  // namespace chapar::sms
