#pragma once
// The answer to an opt-out by SMS: a message of its own, from the application that wrote to the person last.
//
// Threads: `answer` from any, at once; the rest runs on `upkeep`, since it reads the store.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "config/settings.hpp"
#include "store/acceptance.hpp"
#include "store/messages.hpp"

namespace boost::asio {
class any_io_executor;
}

namespace chapar::track {

class StopAnswers {
  public:
    struct Deps {
        const Clock& clock;
        store::Messages& messages;
        store::Acceptance& acceptance;
        IdGenerator& ids;
        const boost::asio::any_io_executor& upkeep;
        std::function<std::shared_ptr<const config::Settings>()> settings;
        /// The answer is on disk and waits to be sent. On the store's thread.
        std::function<void(store::AcceptedBatch)> on_accepted;
    };
    explicit StopAnswers(Deps deps) : deps_(std::move(deps)) {}

    /// `latest` is what was sent to the number last. Without a text for it in the settings nothing is answered.
    void answer(std::string number, MessageId latest);

  private:
    std::optional<store::NewMessage> make(const std::string& number, MessageId latest);

    const Deps deps_;
};

}  // namespace chapar::track
