#pragma once
// How many bytes of requests and of unread answers are in memory, of all connections of one server together. Callable
// from any thread. From half of `most` on, who has something under way is not read further; at `most`, requests are
// refused until some of them end.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace chapar::net {

/// How much room there is for more.
enum class Room : std::uint8_t { enough, scarce, none };

class RequestMemory {
  public:
    void set_most(std::size_t most) { most_ = most; }
    Room room() const {
        const std::size_t held = held_, most = most_;
        if (held >= most) return Room::none;
        return held >= most / 2 ? Room::scarce : Room::enough;
    }
    std::size_t held() const { return held_; }

  private:
    friend class HeldBytes;
    std::atomic<std::size_t> held_{0}, most_{SIZE_MAX};
};

/// The part of one owner, given back with it. Set by one thread at a time.
class HeldBytes {
  public:
    explicit HeldBytes(std::shared_ptr<RequestMemory> memory) : memory_(std::move(memory)) {}
    ~HeldBytes() { set(0); }
    HeldBytes(const HeldBytes&) = delete;
    HeldBytes& operator=(const HeldBytes&) = delete;
    void set(std::size_t bytes) {
        if (bytes > mine_) memory_->held_ += bytes - mine_;
        if (bytes < mine_) memory_->held_ -= mine_ - bytes;
        mine_ = bytes;
    }
    Room room() const { return memory_->room(); }

  private:
    std::shared_ptr<RequestMemory> memory_;
    std::size_t mine_ = 0;
};

}  // namespace chapar::net
