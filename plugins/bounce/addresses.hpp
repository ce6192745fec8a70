/// Addresses as they stand in reports: found, not judged. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chapar::bounce {

/// The first address of a text ("<a@b>", "Name <a@b>", "a@b"), without brackets; empty: none.
std::string address_in(std::string_view text);

/// All of them, in order; at most `most`.
std::vector<std::string> addresses_in(std::string_view text, std::size_t most);

/// ASCII letters in either case are the same.
bool is_same_address(std::string_view a, std::string_view b);

/// Nobody's mailbox: MAILER-DAEMON, postmaster and the like.
bool is_of_a_system(std::string_view address);

}  // namespace chapar::bounce
