#pragma once
// What must be right around the daemon before it serves: a state folder that nobody else can write, files that nobody
// else can read, and words for an administrator when the store does not open. At the start only, main thread.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chapar::app {

enum class StateCode { unsafe, unusable };
constexpr std::string_view error_domain(StateCode) { return "state"; }

/// Makes the folder of `database` (0700) when it is not there and refuses it, or `state_dir`, when others can write it.
/// What earlier versions left readable there is taken from others.
Result<void> keep_private(const std::string& database, const std::string& state_dir);

/// The store's error with the file, the system's reason and the cure.
Error explain_store(const std::string& database, const Error& error);

/// Whether a restart would end the same way: the exit status is 78 then, and systemd does not try again.
bool is_permanent(const Error& error);

/// Logs what is allowed and seldom meant: to run as root outside of a unit.
void warn_of_surroundings();

}  // namespace chapar::app
