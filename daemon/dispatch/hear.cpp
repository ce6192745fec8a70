#include "dispatch/hear.hpp"

#include <algorithm>
#include <utility>

namespace chapar::dispatch {

void hear(store::People& people, Control& control, store::Saying saying,
          std::function<void(Result<std::int64_t>)> done) {
    const bool says_no = std::ranges::any_of(
        saying.words, [](const model::Consent& word) { return word.state == model::ConsentState::unsubscribed; });
    people.say(std::move(saying), [&control, says_no, done = std::move(done)](const Result<std::int64_t>& changed) {
        if (!says_no || !changed.has_value()) return done(changed);
        control.fence([done, changed] { done(changed); });
    });
}

}  // namespace chapar::dispatch
