#pragma once
// What a person says takes hold before they are answered: whoever said no and hears an answer gets nothing that had not
// left by then. Any thread.

#include <cstdint>
#include <functional>

#include "dispatch/control.hpp"
#include "store/people.hpp"

namespace chapar::dispatch {

/// Writes `saying`; `done` runs once: how many words changed what is in force. With a no among them it runs behind the
/// fence, also where that no was known already: the answer to the first may have been lost. `control` outlives the
/// store.
void hear(store::People& people, Control& control, store::Saying saying,
          std::function<void(Result<std::int64_t>)> done);

}  // namespace chapar::dispatch
