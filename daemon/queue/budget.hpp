#pragma once
// Bytes that messages may take at once, a part of them for urgent messages alone. What was taken comes back by itself
// when the charge ends. Threads: one strand, or one after the other.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace chapar::queue {

class Budget {
  public:
    explicit Budget(std::size_t limit) : limit_(limit) {}
    void set_limit(std::size_t limit) { limit_ = limit; }
    std::size_t limit() const { return limit_; }
    std::size_t used() const { return ordinary_ + urgent_; }
    /// An eighth, which only urgent messages may take.
    std::size_t reserve() const { return limit_ / 8; }

    /// A message larger than all that its kind may take is charged with just that much: it goes when nothing else of
    /// its kind is there, and so alone.
    bool fits(std::size_t bytes, bool urgent) const {
        bytes = clamped(bytes, urgent);
        return used() + bytes <= limit_ && (urgent || ordinary_ + bytes <= limit_ - reserve());
    }

    /// Bytes that were taken, until it is reset or ends. It keeps its budget alive.
    class Charge {
      public:
        Charge() = default;
        Charge(Charge&& other) noexcept
            : from_(std::move(other.from_)), bytes_(std::exchange(other.bytes_, 0)), urgent_(other.urgent_) {}
        Charge& operator=(Charge&& other) noexcept {
            if (this == &other) return *this;
            reset();
            from_ = std::move(other.from_);
            bytes_ = std::exchange(other.bytes_, 0);
            urgent_ = other.urgent_;
            return *this;
        }
        ~Charge() { reset(); }
        void reset() {
            if (!from_) return;
            (urgent_ ? from_->urgent_ : from_->ordinary_) -= bytes_;
            from_.reset();
            bytes_ = 0;
        }
        std::size_t bytes() const { return bytes_; }
        explicit operator bool() const { return from_ != nullptr; }

      private:
        friend class Budget;
        std::shared_ptr<Budget> from_;
        std::size_t bytes_ = 0;
        bool urgent_ = false;
    };

    /// Takes them whether they fit or not.
    static Charge take(const std::shared_ptr<Budget>& from, std::size_t bytes, bool urgent) {
        Charge charge;
        charge.bytes_ = from->clamped(bytes, urgent);
        charge.urgent_ = urgent;
        (urgent ? from->urgent_ : from->ordinary_) += charge.bytes_;
        charge.from_ = from;
        return charge;
    }

  private:
    std::size_t clamped(std::size_t bytes, bool urgent) const {
        return std::min(bytes, urgent ? reserve() : limit_ - reserve());
    }
    std::size_t limit_;
    std::size_t ordinary_ = 0, urgent_ = 0;
};

}  // namespace chapar::queue
