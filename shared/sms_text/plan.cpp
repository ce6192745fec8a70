#include "sms_text/plan.hpp"

#include <unicode/utf8.h>

#include <array>
#include <utility>

#include "sms_text/smart.hpp"

namespace chapar::sms {
namespace {

/// Octets of the header that a part carries: its length, the concatenation element and the shift elements.
int header_octets(Tables tables, int concatenation) {
    const int shifts = (tables.single != Language::standard ? 3 : 0) + (tables.locking != Language::standard ? 3 : 0);
    return shifts + concatenation == 0 ? 0 : 1 + shifts + concatenation;
}

Form form_of(Encoding encoding, Tables tables, Concatenation how) {
    // Where the SMSC cuts (sar, payload) it writes the header with one octet for the reference itself.
    const int element = how == Concatenation::udh16 ? 6 : 5;
    return {encoding, tables, header_octets(tables, 0), header_octets(tables, element)};
}

char32_t read(std::string_view text, std::size_t& at) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    auto offset = static_cast<std::int32_t>(at);
    UChar32 value = 0;
    // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): inside ICU's macro
    U8_NEXT_OR_FFFD(bytes, offset, static_cast<std::int32_t>(text.size()), value);
    at = static_cast<std::size_t>(offset);
    return static_cast<char32_t>(value);
}

void append_utf8(char32_t value, std::string& out) {
    std::array<std::uint8_t, 4> bytes{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes.data(), size, value);
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

void append_utf16(char32_t value, std::string& out) {
    const auto unit = [&](char32_t u) {
        out.push_back(static_cast<char>(u >> 8));
        out.push_back(static_cast<char>(u & 0xFF));
    };
    if (value <= 0xFFFF) return unit(value);
    unit(0xD800 + ((value - 0x10000) >> 10));
    unit(0xDC00 + ((value - 0x10000) & 0x3FF));
}

std::string from_utf16(std::string_view octets) {
    std::string out;
    const auto unit = [&](std::size_t at) {
        return static_cast<char32_t>(static_cast<std::uint8_t>(octets[at]) << 8 |
                                     static_cast<std::uint8_t>(octets[at + 1]));
    };
    for (std::size_t at = 0; at + 1 < octets.size(); at += 2) {
        char32_t value = unit(at);
        if (value >= 0xD800 && value < 0xDC00 && at + 3 < octets.size()) {
            if (const char32_t low = unit(at + 2); low >= 0xDC00 && low < 0xE000) {
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        append_utf8(value >= 0xD800 && value < 0xE000 ? 0xFFFD : value, out);
    }
    return out;
}

std::string from_septets(std::string_view octets, Tables tables) {
    std::string out;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        GsmCode code{static_cast<std::uint8_t>(octets[at]), false};
        if (code.septet == gsm_escape) {
            if (++at == octets.size()) break;
            code = {static_cast<std::uint8_t>(octets[at]), true};
        }
        auto character = gsm_character(code, tables);
        // 6.2.1.1: what the extension table lacks is shown as the character of the table before it.
        if (!character && code.extended) character = gsm_character({code.septet, false}, tables);
        append_utf8(character.value_or(U'\uFFFD'), out);
    }
    return out;
}

/// The first alphabet that has all of `text`, in the order of the options.
Form form_for(std::string_view text, const TextOptions& options) {
    std::vector<Form> candidates{form_of(Encoding::gsm7, {}, options.concatenation)};
    for (const auto& tables : options.national)
        candidates.push_back(form_of(Encoding::gsm7, tables, options.concatenation));
    if (options.latin1) candidates.push_back(form_of(Encoding::latin1, {}, options.concatenation));
    for (const auto& candidate : candidates)
        if (places_of(text, candidate)) return candidate;
    return form_of(Encoding::ucs2, {}, options.concatenation);
}

}  // namespace

std::optional<Tables> parse_tables(std::string_view name) {
    static constexpr std::pair<std::string_view, Tables> known[] = {
        {"turkish", {Language::standard, Language::turkish}},
        {"spanish", {Language::standard, Language::spanish}},
        {"portuguese", {Language::standard, Language::portuguese}},
        {"turkish-locking", {Language::turkish, Language::turkish}},
        {"portuguese-locking", {Language::portuguese, Language::portuguese}},
        {"urdu", {Language::urdu, Language::urdu}},
        {"urdu-locking", {Language::urdu, Language::urdu}}};
    for (const auto& [known_name, tables] : known) {
        if (known_name == name) return tables;
    }
    return std::nullopt;
}

Plan plan(std::string_view text, const TextOptions& options) {
    Plan out;
    out.text = options.smart ? smarten(text).text : std::string(text);
    const Form form = form_for(out.text, options);
    out.encoding = form.encoding;
    out.tables = form.tables;
    for (const auto part : split(out.text, form))
        out.parts.emplace_back(part);
    return out;
}

Count count(std::string_view text, const TextOptions& options) {
    if (options == TextOptions{}) return count(text);
    const std::string sent = options.smart ? smarten(text).text : std::string(text);
    const Form form = form_for(sent, options);
    Count out = count(sent);
    if (form.encoding == Encoding::gsm7) out.forced_by.clear();
    out.encoding = form.encoding;
    out.units = places_of(sent, form).value_or(out.units);
    out.segments = out.units <= form.single_places() ? 1 : static_cast<int>(split(sent, form).size());
    return out;
}

std::string octets(std::string_view part, Encoding encoding, Tables tables) {
    std::string out;
    for (std::size_t at = 0; at < part.size();) {
        const char32_t value = read(part, at);
        if (encoding == Encoding::ucs2) {
            append_utf16(value, out);
        } else if (encoding == Encoding::latin1) {
            out.push_back(value < 0x100 ? static_cast<char>(value) : '?');
        } else if (const auto code = gsm_code(value, tables)) {
            if (code->extended) out.push_back(static_cast<char>(gsm_escape));
            out.push_back(static_cast<char>(code->septet));
        } else {
            out.push_back('?');
        }
    }
    return out;
}

std::string pack(std::string_view septets, std::size_t header) {
    std::string out;
    unsigned fill = static_cast<unsigned>((7 - header * 8 % 7) % 7);  // the text begins at a septet's boundary
    unsigned bits = fill, held = 0;
    for (const char each : septets) {
        held |= static_cast<unsigned>(static_cast<std::uint8_t>(each) & 0x7F) << bits;
        bits += 7;
        while (bits >= 8) {
            out.push_back(static_cast<char>(held & 0xFF));
            held >>= 8;
            bits -= 8;
        }
    }
    if (bits > 0 && !septets.empty()) out.push_back(static_cast<char>(held & 0xFF));
    return out;
}

std::string shift_elements(Tables tables) {
    std::string out;
    // TS 23.040, 9.2.3.24.15 and .16
    if (tables.single != Language::standard) out.append({0x24, 1, static_cast<char>(tables.single)});
    if (tables.locking != Language::standard) out.append({0x25, 1, static_cast<char>(tables.locking)});
    return out;
}

std::string text_of(std::string_view octets, Encoding encoding, Tables tables) {
    if (encoding == Encoding::ucs2) return from_utf16(octets);
    if (encoding == Encoding::gsm7) return from_septets(octets, tables);
    std::string out;
    for (const char each : octets)
        append_utf8(static_cast<std::uint8_t>(each), out);
    return out;
}

}  // namespace chapar::sms
