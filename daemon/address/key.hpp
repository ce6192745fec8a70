#pragma once
// Who is meant by an address or an id. The one place that says which spellings are the same: everything that asks
// whether two texts name one address compares what is made here. Pure; callable from any thread.

#include <string>
#include <string_view>

namespace chapar::address {

/// The key of an address in the form that admission gives it: an email address with its local part in one case too;
/// a number in E.164 and any other text (a push token) as they are. The key of a key is itself.
std::string key(std::string_view address);

/// What a person's id stands for: the key of the email address or number that it spells, however it is written
/// (numbers as numbers/phone.hpp understands them, national ones of `country`); any other id as it is.
std::string name_of(std::string_view id, std::string_view country);

bool is_email(std::string_view name);
bool is_number(std::string_view name);
/// Of a name or a key: it is an address and not the id of an application.
inline bool is_address(std::string_view name) { return is_email(name) || is_number(name); }

}  // namespace chapar::address
