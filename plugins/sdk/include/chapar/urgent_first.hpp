/// A queue for messages that a plugin can't hand on at once: urgent ones first, without starving the others: when both
/// wait, every fourth turn is an ordinary one's. Not synchronised.
#pragma once

#include <deque>
#include <utility>

namespace chapar {

template <class T>
class UrgentFirst {
  public:
    void push(T item, bool is_urgent) { (is_urgent ? urgent_ : ordinary_).push_back(std::move(item)); }
    bool empty() const { return urgent_.empty() && ordinary_.empty(); }
    bool has_urgent() const { return !urgent_.empty(); }
    /// The next one; the queue must not be empty.
    T pop() {
        const bool is_ordinary = urgent_.empty() || (in_a_row_ == most_in_a_row && !ordinary_.empty());
        in_a_row_ = is_ordinary ? 0 : in_a_row_ + (ordinary_.empty() ? 0 : 1);
        return take(is_ordinary ? ordinary_ : urgent_);
    }
    /// The next urgent one; has_urgent() must hold.
    T pop_urgent() { return take(urgent_); }
    template <class Is>
    void erase_if(const Is& is) {
        std::erase_if(urgent_, is);
        std::erase_if(ordinary_, is);
    }
    template <class Do>
    void for_each(const Do& act) {
        for (auto& item : urgent_)
            act(item);
        for (auto& item : ordinary_)
            act(item);
    }

  private:
    static constexpr int most_in_a_row = 3;

    static T take(std::deque<T>& from) {
        T item = std::move(from.front());
        from.pop_front();
        return item;
    }

    std::deque<T> urgent_, ordinary_;
    int in_a_row_ = 0;  // urgent ones served while ordinary ones waited
};

/// Of `all` places, how many only urgent messages may take; none of a few.
constexpr std::size_t places_for_urgent(std::size_t all) {
    if (all < 4) return 0;
    return all < 32 ? 1 : all / 16;
}

}  // namespace chapar
