#pragma once
// "{name}" in a text, replaced by values. A value is escaped for the place where it stands, so nothing that a message
// brings can become a part of the request's form. "{{" and "}}" are braces. Pure; any thread.

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::sms::http {

/// Where a value is put. `plain`: the whole result is escaped afterwards.
enum class Place : std::uint8_t { plain, url };

using Values = std::map<std::string, std::string, std::less<>>;

class Pattern {
  public:
    Pattern() = default;
    /// The error: a sentence.
    static std::expected<Pattern, std::string> parse(std::string_view text);

    std::string fill(const Values& values, Place place = Place::plain) const;
    std::vector<std::string> names() const;
    /// One of its names stands for nothing.
    bool lacks(const Values& values) const;
    bool empty() const { return pieces_.empty(); }

  private:
    struct Piece {
        std::string text;  // as it is, or a name
        bool is_name = false;
    };
    std::vector<Piece> pieces_;
};

/// RFC 3986: all but unreserved characters as %XX.
std::string percent_encoded(std::string_view text);
/// application/x-www-form-urlencoded.
std::string form_encoded(std::string_view text);
/// A JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);
/// A number as JSON has it (RFC 8259, 6).
bool is_json_number(std::string_view text);

}  // namespace chapar::sms::http
