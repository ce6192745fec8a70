#pragma once
// Short links: what a code leads to is asked of the store, on a thread of its own, so that the listener waits for
// nothing. Bounded; a code's answer is remembered for a while, so that a campaign's link is asked once.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace chapar::web {

struct ShortTarget {
    MessageKey message{};
    std::uint16_t link = 0;
    std::string destination{};
    bool is_tracked = true;  // false: it leads on, and nothing is noted
};

/// May wait for the disk. Nothing: there is no such code.
using FindShort = std::function<Result<std::optional<ShortTarget>>(std::string_view code)>;

class ShortLookup {
  public:
    /// Which of these it is.
    enum class Found : std::uint8_t { yes, no, unavailable };
    using Answer = std::function<void(Found, ShortTarget)>;

    static constexpr std::size_t most_waiting = 4'096, most_remembered = 20'000;
    static constexpr std::chrono::seconds remembered_for{60};

    ShortLookup(const Clock& clock, FindShort find) : clock_(clock), find_(std::move(find)) {}
    ~ShortLookup() { stop(); }
    ShortLookup(const ShortLookup&) = delete;
    ShortLookup& operator=(const ShortLookup&) = delete;

    void start();
    void stop();
    /// Runs `answer` once, on the lookup's thread or at once. False: too many wait already, and it is not run.
    bool ask(std::string code, Answer answer);

  private:
    struct Remembered {
        ShortTarget target;
        Monotonic until;
    };
    void run();
    void answer(const std::string& code, const Answer& answer);

    const Clock& clock_;
    const FindShort find_;
    std::mutex mutex_;  // guards what follows, but the thread
    std::condition_variable changed_;
    std::deque<std::pair<std::string, Answer>> waiting_;
    std::unordered_map<std::string, Remembered> remembered_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace chapar::web
