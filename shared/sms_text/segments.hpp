#pragma once
// How many segments a text takes as SMS, and where it is cut. Preview, lint, caps, cost and the plugin all ask here, so
// they agree to the last segment. Pure, callable from any thread.
// Source: 3GPP TS 23.038 (alphabets), TS 23.040, 9.2.3.24 (concatenation).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms_text/gsm.hpp"

namespace chapar::sms {

enum class Encoding : unsigned char { gsm7, ucs2, latin1 };
std::string_view name(Encoding encoding);  // "GSM-7", "UCS-2", "Latin-1"

/// Octets that a message has for its header and its text.
inline constexpr int message_octets = 140;
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

/// The same for an alphabet that was chosen already, in parts whose header takes `header` octets (0: none). A character
/// that the alphabet lacks counts as one place.
struct Form {
    Encoding encoding = Encoding::gsm7;
    Tables tables;
    int single_header = 0, part_header = 6;
    int single_places() const { return places(single_header); }
    int part_places() const { return places(part_header); }

  private:
    int places(int header) const;
};
/// Places that `text` takes in this alphabet; nullopt: it lacks a character.
std::optional<int> places_of(std::string_view text, const Form& form);
std::vector<std::string_view> split(std::string_view text, const Form& form);

/// The text of each segment, in UTF-8; together they are `text`. No extended character, surrogate pair or grapheme is
/// cut, unless one grapheme alone is longer than a part.
std::vector<std::string_view> split(std::string_view text);

}  // namespace chapar::sms
