#pragma once
// Who is meant: everything that one person is known by to an application. Blocks on reads; any thread.

#include "store/store.hpp"

namespace chapar::store {

/// Before an address that a person is joined by: it stands for what was sent there without naming somebody else.
inline constexpr char joined_mark = '\n';
/// The names of a person for ListFilter::names. The first is what was asked about; all that was sent to that address
/// is meant, whomever it names.
std::vector<std::string> marked_names(const Person& person);

/// The copy by which these names get a message that is not theirs; nullptr: it is theirs.
const model::Copy* copy_alone(const model::Message& message, const std::vector<std::string>& marked);
/// Whether a message is for one of these names: by the id, or by the address of a step that is nobody else's.
bool is_for(std::string_view recipient, const std::vector<model::PlanStep>& plan,
            const std::vector<std::string>& marked);
/// The copy that goes to one of them; nullptr: none.
const model::Copy* copy_for(const std::vector<model::PlanStep>& plan, const std::vector<std::string>& marked);

/// `name`: an id, or an address as address::name_of makes it. An address is joined by the ids whose profile holds it,
/// an id by the addresses of its profile. Of an id without a profile the messages say where it is written to, of an
/// address which ids without a profile it has. Reads the messages that name this person, through the index.
Result<Person> person_of(Store& store, std::string_view application, std::string_view name);

}  // namespace chapar::store
