#pragma once
// A list of plain structs that is usually short: the first N stand in the object itself, more of them on the heap.
// Internal to the library.

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

namespace chapar::liquid {

template <class T, std::size_t N>
class Few {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

  public:
    Few() = default;
    Few(const Few&) = delete;
    Few& operator=(const Few&) = delete;

    void push_back(const T& item) {
        if (size_ < N) {
            std::construct_at(here_.items + size_++, item);
            return;
        }
        if (size_ == N) more_.assign(begin(), end());
        more_.push_back(item);
        ++size_;
    }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const T* begin() const { return size_ <= N ? here_.items : more_.data(); }
    const T* end() const { return begin() + size_; }
    const T& operator[](std::size_t i) const { return begin()[i]; }
    T* begin() { return size_ <= N ? here_.items : more_.data(); }
    T* end() { return begin() + size_; }
    T& operator[](std::size_t i) { return begin()[i]; }
    T& back() { return begin()[size_ - 1]; }

  private:
    union Room {
        Room() {}  // NOLINT(modernize-use-equals-default): the items stay unwritten
        T items[N];
    };
    Room here_;
    std::size_t size_ = 0;
    std::vector<T> more_;
};

}  // namespace chapar::liquid
