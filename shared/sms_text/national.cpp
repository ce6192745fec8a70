#include "sms_text/national.hpp"

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
constexpr CodePlace standard_single[] = {{0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
    {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x65, U'€'}};
// A.2.1
constexpr CodePlace turkish_single[] = {{0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
    {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x47, U'Ğ'}, {0x49, U'İ'}, {0x53, U'Ş'}, {0x63, U'ç'},
    {0x65, U'€'}, {0x67, U'ğ'}, {0x69, U'ı'}, {0x73, U'ş'}};
// A.2.2
constexpr CodePlace spanish_single[] = {{0x09, U'ç'}, {0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'},
    {0x2F, U'\\'}, {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x41, U'Á'}, {0x49, U'Í'}, {0x4F, U'Ó'},
    {0x55, U'Ú'}, {0x61, U'á'}, {0x65, U'€'}, {0x69, U'í'}, {0x6F, U'ó'}, {0x75, U'ú'}};
// A.2.3
constexpr CodePlace portuguese_single[] = {{0x05, U'ê'}, {0x09, U'ç'}, {0x0A, U'\f'}, {0x0B, U'Ô'}, {0x0C, U'ô'},
    {0x0E, U'Á'}, {0x0F, U'á'}, {0x12, U'Φ'}, {0x13, U'Γ'}, {0x14, U'^'}, {0x15, U'Ω'}, {0x16, U'Π'}, {0x17, U'Ψ'},
    {0x18, U'Σ'}, {0x19, U'Θ'}, {0x1F, U'Ê'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'}, {0x3C, U'['}, {0x3D, U'~'},
    {0x3E, U']'}, {0x40, U'|'}, {0x41, U'À'}, {0x49, U'Í'}, {0x4F, U'Ó'}, {0x55, U'Ú'}, {0x5B, U'Ã'}, {0x5C, U'Õ'},
    {0x61, U'Â'}, {0x65, U'€'}, {0x69, U'í'}, {0x6F, U'ó'}, {0x75, U'ú'}, {0x7B, U'ã'}, {0x7C, U'õ'}, {0x7F, U'â'}};
// A.2.13
constexpr CodePlace urdu_single[] = {{0x00, U'@'}, {0x01, U'£'}, {0x02, U'$'}, {0x03, U'¥'}, {0x04, U'¿'}, {0x05, U'"'},
    {0x06, U'¤'}, {0x07, U'%'}, {0x08, U'&'}, {0x09, U'\''}, {0x0A, U'\f'}, {0x0B, U'*'}, {0x0C, U'+'}, {0x0E, U'-'},
    {0x0F, U'/'}, {0x10, U'<'}, {0x11, U'='}, {0x12, U'>'}, {0x13, U'¡'}, {0x14, U'^'}, {0x15, U'¡'}, {0x16, U'_'},
    {0x17, U'#'}, {0x18, U'*'}, {0x19, 0x600}, {0x1A, 0x601}, {0x1C, 0x6F0}, {0x1D, 0x6F1}, {0x1E, 0x6F2},
    {0x1F, 0x6F3}, {0x20, 0x6F4}, {0x21, 0x6F5}, {0x22, 0x6F6}, {0x23, 0x6F7}, {0x24, 0x6F8}, {0x25, 0x6F9},
    {0x26, 0x60C}, {0x27, 0x60D}, {0x28, U'{'}, {0x29, U'}'}, {0x2A, 0x60E}, {0x2B, 0x60F}, {0x2C, 0x610},
    {0x2D, 0x611}, {0x2E, 0x612}, {0x2F, U'\\'}, {0x30, 0x613}, {0x31, 0x614}, {0x32, 0x61B}, {0x33, 0x61F},
    {0x34, 0x640}, {0x35, 0x652}, {0x36, 0x658}, {0x37, 0x66B}, {0x38, 0x66C}, {0x39, 0x672}, {0x3A, 0x673},
    {0x3B, 0x6CD}, {0x3C, U'['}, {0x3D, U'~'}, {0x3E, U']'}, {0x3F, 0x6D4}, {0x40, U'|'}, {0x41, U'A'}, {0x42, U'B'},
    {0x43, U'C'}, {0x44, U'D'}, {0x45, U'E'}, {0x46, U'F'}, {0x47, U'G'}, {0x48, U'H'}, {0x49, U'I'}, {0x4A, U'J'},
    {0x4B, U'K'}, {0x4C, U'L'}, {0x4D, U'M'}, {0x4E, U'N'}, {0x4F, U'O'}, {0x50, U'P'}, {0x51, U'Q'}, {0x52, U'R'},
    {0x53, U'S'}, {0x54, U'T'}, {0x55, U'U'}, {0x56, U'V'}, {0x57, U'W'}, {0x58, U'X'}, {0x59, U'Y'}, {0x5A, U'Z'},
    {0x65, U'€'}};
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

std::span<const CodePlace> single_table(Language language) {
    switch (language) {
        case Language::turkish:
            return turkish_single;
        case Language::spanish:
            return spanish_single;
        case Language::portuguese:
            return portuguese_single;
        case Language::urdu:
            return urdu_single;
        case Language::standard:
            return standard_single;
    }
    return standard_single;
}

}  // namespace chapar::sms
