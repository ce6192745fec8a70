#include "sms/text/words.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <utility>

namespace chapar::sms {
namespace {

constexpr std::string_view built_in[] = {"STOP", "UNSUBSCRIBE", "لغو", "11"};
constexpr std::size_t longest = 200;

void append(char32_t value, std::string& out) {
    std::array<std::uint8_t, 4> bytes{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes.data(), size, value);
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

}  // namespace

std::string folded(std::string_view text) {
    std::string out;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 value = 0;
        std::int32_t next = at;
        // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): inside ICU's macro
        U8_NEXT_OR_FFFD(bytes, next, size, value);
        at = next;
        if (value == 0x64A || value == 0x649) value = 0x6CC;  // yeh
        if (value == 0x643) value = 0x6A9;                    // kaf
        if (const auto digit = u_charDigitValue(value); digit >= 0) value = U'0' + digit;
        if (u_isalnum(value)) append(static_cast<char32_t>(u_foldCase(value, U_FOLD_CASE_DEFAULT)), out);
    }
    return out;
}

StopWords::StopWords(const std::vector<std::string>& own) {
    for (const auto word : built_in)
        words_.push_back(folded(word));
    for (const auto& word : own)
        if (auto each = folded(word); !each.empty()) words_.push_back(std::move(each));
}

bool StopWords::contain(std::string_view text) const {
    return text.size() <= longest && std::ranges::find(words_, folded(text)) != words_.end();
}

}  // namespace chapar::sms
