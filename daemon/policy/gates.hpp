#pragma once
// The gates before quiet hours and caps, in their order. nullopt: it passes.

#include "policy/ask.hpp"

namespace chapar::policy {

std::optional<Verdict> check_address(const Ask& ask, int step);
std::optional<Verdict> check_consent(const Ask& ask, int step);
std::optional<Verdict> check_suppression(const Ask& ask, int step);
std::optional<Verdict> check_expiry(const Ask& ask, int step);
std::optional<Verdict> check_dedupe(const Ask& ask, int step);
bool has_content(const Subject& subject);  // that is remembered

/// All of them: what every message is asked for itself, also one that a digest carries.
std::optional<Verdict> check_own(const Ask& ask, int step);

/// Why somebody who would get a copy of this mail is not written to; empty: the copy may go. Asked with the address
/// alone, of consent and suppression.
std::string keeps_back(const Ask& ask, int step, const model::Copy& copy);

/// Where a message with a dedupe key is remembered.
model::Scope dedupe_scope(const Ask& ask, int step);

}  // namespace chapar::policy
