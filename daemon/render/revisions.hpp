#pragma once
// Revisions that the folder no longer has, kept for the messages that were accepted with them. Bounded by number and by
// bytes of source; the one used longest ago goes first. Callable from any thread.

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "render/template.hpp"

namespace chapar::render {

class Revisions {
  public:
    using Pointer = std::shared_ptr<const LoadedTemplate>;
    Revisions(std::size_t max_count, std::size_t max_bytes) : max_count_(max_count), max_bytes_(max_bytes) {}
    Pointer find(std::string_view revision);
    void insert(Pointer loaded);

  private:
    std::mutex mutex_;           // guards what is below
    std::list<Pointer> by_use_;  // the newest first
    std::map<std::string, std::list<Pointer>::iterator, std::less<>> by_revision_;
    std::size_t bytes_ = 0;
    const std::size_t max_count_, max_bytes_;
};

}  // namespace chapar::render
