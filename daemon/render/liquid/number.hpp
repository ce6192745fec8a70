#pragma once
// Numbers as the reference's language has them: whole numbers of any size, decimals that add up exactly, floats printed
// with the fewest digits that read back the same. Internal to the library.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "render/liquid/value.hpp"

namespace chapar::liquid {

/// A whole number beyond 64 bits, in an arena: magnitude in 32-bit limbs, least first.
struct BigNumber {
    const std::uint32_t* limbs = nullptr;
    std::uint32_t size = 0;
    bool negative = false;
};

/// Whole number of any size while computing.
/// Numbers are refused beyond this many limbs (some 9,800 digits), so that no template makes them cost much.
inline constexpr std::size_t max_limbs = 1024;

class Whole {
  public:
    Whole() = default;
    explicit Whole(std::int64_t value);
    explicit Whole(const BigNumber& big) : limbs_(big.limbs, big.limbs + big.size), negative_(big.negative) {}
    /// Digits only.
    static Whole from_digits(std::string_view digits, bool negative);
    static Whole power_of_ten(std::size_t exponent);

    bool is_zero() const { return limbs_.empty(); }
    bool is_negative() const { return negative_; }
    bool is_odd() const { return !limbs_.empty() && (limbs_[0] & 1) != 0; }
    bool fits() const;  // in 64 bits
    std::int64_t to_int() const;
    double to_double() const;
    std::string text() const;
    std::size_t limb_count() const { return limbs_.size(); }
    Whole negated() const;
    Whole absolute() const { return negative_ ? negated() : *this; }

    friend Whole operator+(const Whole& a, const Whole& b);
    friend Whole operator-(const Whole& a, const Whole& b) { return a + b.negated(); }
    friend Whole operator*(const Whole& a, const Whole& b);
    /// Quotient towards minus infinity, and the remainder with the divisor's sign. `b` is not zero.
    static void divide(const Whole& a, const Whole& b, Whole& quotient, Whole& remainder);
    static int compare(const Whole& a, const Whole& b);
    /// As a value: 64 bits when it fits, else in `arena`.
    Value value(Arena& arena) const;

  private:
    static int compare_magnitude(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b);
    void trim();
    std::vector<std::uint32_t> limbs_;
    bool negative_ = false;
};

/// unscaled / 10^scale, exactly.
struct Decimal {
    Whole unscaled;
    std::int32_t scale = 0;  // >= 0
    double to_double() const;
};

/// A number ready for arithmetic: whole, or decimal.
struct Number {
    enum class Kind : std::uint8_t { small, whole, decimal, infinite };
    Kind kind = Kind::small;
    std::int64_t small = 0;
    Whole whole;
    Decimal decimal;
    double real = 0;  // infinite: an infinity or not a number
    bool is_whole() const { return kind == Kind::small || kind == Kind::whole; }
    Whole as_whole() const { return kind == Kind::small ? Whole(small) : whole; }
    Decimal as_decimal() const { return is_whole() ? Decimal{as_whole(), 0} : decimal; }
};

/// What the arithmetic filters take a value for: numbers as they are, strings by their beginning, anything else 0.
Number to_number(Value value);
/// A text like "-12.50" (nothing around it) or the shortest text of a float.
Decimal parse_decimal(std::string_view text);
/// Leading digits as a whole number, as the reference's language reads strings: "12abc" is 12, "abc" 0, "1_000" 1000.
Number leading_integer(std::string_view text);
int compare(const Number& a, const Number& b);

void append_integer(std::string& out, std::int64_t value);
/// Shortest digits that read back the same, in the reference's layout: 1.0, 0.0001, 1.0e-05, 1.0e+15.
void append_real(std::string& out, double value);

}  // namespace chapar::liquid
