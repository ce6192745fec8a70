#pragma once
// A few threads for what may block a little: reads of the store, previews. Callable from any thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace chapar::ingress {

class Readers {
  public:
    explicit Readers(int threads);
    ~Readers();  // finishes what was given, then joins
    Readers(const Readers&) = delete;
    Readers& operator=(const Readers&) = delete;
    void run(std::function<void()> work);

  private:
    void loop();
    void begin_stop();
    std::mutex mutex_;  // guards work_ and stopping_
    std::condition_variable wake_;
    std::deque<std::function<void()>> work_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace chapar::ingress
