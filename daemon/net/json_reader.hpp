#pragma once
// Untrusted JSON, read strictly: bounded depth and members, no duplicate keys, valid UTF-8, whole surrogate pairs
// (attack S20). Keeps its buffers between texts; one thread. Shows simdjson: for .cpp files.

#include <simdjson.h>

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_problem.hpp"

namespace chapar::net {

class JsonReader {
  public:
    using Element = simdjson::dom::element;

    void set_limits(std::uint32_t max_depth, std::uint32_t max_keys);
    /// `text` needs SIMDJSON_PADDING readable bytes behind it (reserve them). The element is valid until the next call.
    /// The error is a sentence; with `is_short_of_memory` it says nothing about the text.
    std::expected<Element, std::string> read(const std::string& text);
    bool is_short_of_memory() const { return is_short_of_memory_; }

    static constexpr std::size_t padding = simdjson::SIMDJSON_PADDING;

  private:
    std::string problem_in(Element element, std::uint32_t& keys);
    std::string problem_in_object(simdjson::dom::object object, std::uint32_t& keys);
    std::string duplicate();  // in names_

    simdjson::dom::parser parser_;
    std::size_t capacity_ = 0;
    bool is_short_of_memory_ = false;
    std::uint32_t max_depth_ = 32, max_keys_ = 10'000;
    std::vector<std::string_view> names_;  // scratch
};

/// What a text is refused with that `reader` has just failed on: 400, or 503 where only memory was short.
Problem refusal(const JsonReader& reader, std::string sentence);
/// A \uD800-\uDFFF escape that is no half of a pair.
bool has_lone_surrogate(std::string_view json);
/// The text of member `name` of an object that is known to be well-formed; empty: absent.
std::string_view raw_member(std::string_view object, std::string_view name);
/// The texts of the items of an array that is known to be well-formed.
std::vector<std::string_view> raw_items(std::string_view array);
/// What some editors write before a text; it means nothing (RFC 8259, 8.1).
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// Where and why a text that simdjson refuses is not JSON: "line 3, column 7: a comma before a closing bracket".
std::string json_flaw(std::string_view text);
/// Without a byte order mark and the white space around it.
std::string_view trimmed(std::string_view json);

}  // namespace chapar::net
