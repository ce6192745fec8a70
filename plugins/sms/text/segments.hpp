#pragma once
// How many segments a text takes as SMS, and where it is cut. Preview, lint, caps, cost and the plugin all ask here, so
// they agree to the last segment. Pure, callable from any thread.
// Source: 3GPP TS 23.038 (alphabets), TS 23.040, 9.2.3.24 (concatenation).

#include <string>
#include <string_view>
#include <vector>

namespace chapar::sms {

enum class Encoding : unsigned char { gsm7, ucs2 };
std::string_view name(Encoding encoding);  // "GSM-7", "UCS-2"

/// Places in one message of 140 bytes, and in each part of several once the header (six bytes) is taken off.
inline constexpr int gsm7_single = 160, gsm7_part = 153;
inline constexpr int ucs2_single = 70, ucs2_part = 67;
/// The header counts parts in one byte.
inline constexpr int most_segments = 255;

struct Count {
    Encoding encoding = Encoding::gsm7;
    int units = 0;              // septets (an extended character takes two), or UTF-16 code units
    int segments = 1;           // an empty text is one empty message
    std::string forced_by;      // UTF-8: the first character that GSM-7 does not have; empty for GSM-7
    std::size_t forced_at = 0;  // its byte offset
};

/// `text` is UTF-8; what is not is counted as U+FFFD.
Count count(std::string_view text);

/// The text of each segment, in UTF-8; together they are `text`. No extended character, surrogate pair or grapheme is
/// cut, unless one grapheme alone is longer than a part.
std::vector<std::string_view> split(std::string_view text);

}  // namespace chapar::sms
