/// Groups of header-like fields, as delivery-status and feedback-report parts have them (RFC 3464 section 2.1).
/// Lenient: whatever is no field is passed over. Pure functions, any thread; views are of what was given.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::bounce {

/// One group: names in small letters, values unfolded and trimmed.
class FieldGroup {
  public:
    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    void go_on(std::string_view line);
    /// The first of that name, or empty.
    std::string_view operator[](std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;
    bool has(std::string_view name) const;
    bool empty() const { return fields_.empty(); }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

/// The groups of a text, which empty lines part; at most `most`.
std::vector<FieldGroup> field_groups(std::string_view text, std::size_t most);

/// The text without RFC 822 comments ("(...)"), which may nest; quoted strings keep theirs.
std::string without_comments(std::string_view value);

/// The address of "type; address" (RFC 3464 section 2.1.2) or of a bare one; `utf-8` ones are decoded (RFC 6533).
/// Empty: there is none.
std::string typed_address(std::string_view value);

/// The text of "type; text".
std::string_view typed_text(std::string_view value);

}  // namespace chapar::bounce
