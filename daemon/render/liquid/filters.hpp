#pragma once
// The standard filters. Each is a plain function; filters.cpp has the table of names and argument counts.
// Internal to the library.

#include "render/liquid/context.hpp"

namespace chapar::liquid::filters {

// text.cpp's
Value downcase(Call&, Value);
Value upcase(Call&, Value);
Value capitalize(Call&, Value);
Value append(Call&, Value);
Value prepend(Call&, Value);
Value replace(Call&, Value);
Value replace_first(Call&, Value);
Value replace_last(Call&, Value);
Value remove(Call&, Value);
Value remove_first(Call&, Value);
Value remove_last(Call&, Value);
Value slice(Call&, Value);
Value truncate(Call&, Value);
Value truncatewords(Call&, Value);
Value split(Call&, Value);
Value squish(Call&, Value);
Value strip(Call&, Value);
Value lstrip(Call&, Value);
Value rstrip(Call&, Value);
Value strip_newlines(Call&, Value);
// html and encodings
Value escape(Call&, Value);
Value escape_once(Call&, Value);
Value newline_to_br(Call&, Value);
Value strip_html(Call&, Value);
Value raw(Call&, Value);
Value url_encode(Call&, Value);
Value url_decode(Call&, Value);
Value base64_encode(Call&, Value);
Value base64_decode(Call&, Value);
Value base64_url_safe_encode(Call&, Value);
Value base64_url_safe_decode(Call&, Value);
// arrays
Value size(Call&, Value);
Value first(Call&, Value);
Value last(Call&, Value);
Value join(Call&, Value);
Value concat(Call&, Value);
Value reverse(Call&, Value);
Value sort(Call&, Value);
Value sort_natural(Call&, Value);
Value map(Call&, Value);
Value where(Call&, Value);
Value reject(Call&, Value);
Value has(Call&, Value);
Value find(Call&, Value);
Value find_index(Call&, Value);
Value uniq(Call&, Value);
Value compact(Call&, Value);
Value sum(Call&, Value);
Value default_value(Call&, Value);
/// What sum adds: the items, or their property; arrays among them flattened. False: the filter failed.
bool property_values(Call&, Value input, std::vector<Value>& out);
// numbers
Value abs(Call&, Value);
Value plus(Call&, Value);
Value minus(Call&, Value);
Value times(Call&, Value);
Value divided_by(Call&, Value);
Value modulo(Call&, Value);
Value round(Call&, Value);
Value ceil(Call&, Value);
Value floor(Call&, Value);
Value at_least(Call&, Value);
Value at_most(Call&, Value);
// dates
Value date(Call&, Value);

}  // namespace chapar::liquid::filters
