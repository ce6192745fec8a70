#pragma once
// What ICU makes slowly and uses fast, kept per thread by the words that it was made from. Bounded: a thread that meets
// more kinds than that begins anew. Not synchronised; an instance is thread_local.

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::render {

template <class T>
class Kept {
  public:
    /// What `make()` made for `key`. Valid until the next call.
    template <class Make>
    T& get(std::string_view key, Make make) {
        constexpr std::size_t most = 128;
        if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
        if (kept_.size() >= most) kept_.clear();
        return kept_.emplace(std::string(key), make()).first->second;
    }

  private:
    std::map<std::string, T, std::less<>> kept_;
};

}  // namespace chapar::render
