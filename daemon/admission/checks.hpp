#pragma once
// The parts of `decide` that look at one corner of a submission each. Private to admission. Pure.

#include <vector>

#include "admission/admission.hpp"

namespace chapar::admission {

using Errors = std::vector<net::ProblemDetail>;

void check_person(const Submission& s, Errors& errors);
void check_content(const Submission& s, const std::vector<StepFacts>& steps, Errors& errors);
void check_labels(const Submission& s, Errors& errors);
/// Category, household, keys, windows.
void check_policy_fields(const Submission& s, Errors& errors);
/// At most one main channel and what the class allows behind it.
void check_plan(const Submission& s, const Facts& f, Errors& errors);
void check_sender(const Submission& s, const config::ApplicationSettings& app, Errors& errors);
void check_attachments(const Submission& s, const Facts& f, Errors& errors);
/// cc and bcc; what `accept` has of the plan is theirs to be compared with.
void check_copies(const Submission& s, const Facts& f, Accept& accept, Errors& errors);
void check_opt_out(const Submission& s, const Facts& f, Errors& errors);

}  // namespace chapar::admission
