#pragma once
// From a request's JSON to a Submission, or to all that is wrong with its shape: unknown members (with the nearest
// known one), wrong types, times that are no times. Pure.

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

#include "admission/checks.hpp"
#include "admission/submission.hpp"

namespace chapar::ingress {

using admission::Errors;

/// `out` must be empty. Its views point into the parser of `root`. `what_if`: `at` is known too.
void read_submission(simdjson::dom::element root, admission::Submission& out, Errors& errors, bool what_if = false);
/// A recipient: addresses, locale, time zones, attributes; of a profile also household and quiet times. `where`: the
/// pointer of the object itself.
void read_person(simdjson::dom::object person, std::string_view where, bool with_recipient, admission::Submission& out,
                 Errors& errors);

}  // namespace chapar::ingress
