// Whole numbers of any size: schoolbook arithmetic, for the rare number beyond 64 bits.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "render/liquid/number.hpp"

namespace chapar::liquid {

namespace {
using Limbs = std::vector<std::uint32_t>;

void multiply_add(Limbs& limbs, std::uint32_t by, std::uint32_t plus) {
    std::uint64_t carry = plus;
    for (auto& limb : limbs) {
        carry += std::uint64_t{limb} * by;
        limb = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    if (carry != 0) limbs.push_back(static_cast<std::uint32_t>(carry));
}

/// Divides in place, answers the remainder.
std::uint32_t divide_small(Limbs& limbs, std::uint32_t by) {
    std::uint64_t rest = 0;
    for (auto i = limbs.size(); i-- > 0;) {
        rest = (rest << 32) | limbs[i];
        limbs[i] = static_cast<std::uint32_t>(rest / by);
        rest %= by;
    }
    while (!limbs.empty() && limbs.back() == 0)
        limbs.pop_back();
    return static_cast<std::uint32_t>(rest);
}

Limbs subtract(const Limbs& a, const Limbs& b) {  // a >= b
    Limbs out(a.size());
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::int64_t d = std::int64_t{a[i]} - borrow - (i < b.size() ? std::int64_t{b[i]} : 0);
        borrow = d < 0 ? 1 : 0;
        if (d < 0) d += std::int64_t{1} << 32;
        out[i] = static_cast<std::uint32_t>(d);
    }
    return out;
}

void shift_in(Limbs& limbs, std::uint32_t bit) {
    std::uint32_t carry = bit;
    for (auto& limb : limbs) {
        const auto out = limb >> 31;
        limb = (limb << 1) | carry;
        carry = out;
    }
    if (carry != 0) limbs.push_back(carry);
}
}  // namespace

Whole::Whole(std::int64_t value) : negative_(value < 0) {
    auto magnitude = negative_ ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    for (; magnitude != 0; magnitude >>= 32)
        limbs_.push_back(static_cast<std::uint32_t>(magnitude));
}

Whole Whole::from_digits(std::string_view digits, bool negative) {
    Whole w;
    for (std::size_t i = 0; i < digits.size();) {
        const auto n = std::min<std::size_t>(9, digits.size() - i);
        std::uint32_t part = 0, scale = 1;
        for (std::size_t k = 0; k < n; ++k, scale *= 10)
            part = part * 10 + static_cast<std::uint32_t>(digits[i + k] - '0');
        multiply_add(w.limbs_, scale, part);
        i += n;
    }
    w.negative_ = negative;
    w.trim();
    return w;
}

Whole Whole::power_of_ten(std::size_t exponent) {
    Whole w(1);
    for (; exponent >= 9; exponent -= 9)
        multiply_add(w.limbs_, 1'000'000'000, 0);
    for (; exponent > 0; --exponent)
        multiply_add(w.limbs_, 10, 0);
    return w;
}

void Whole::trim() {
    while (!limbs_.empty() && limbs_.back() == 0)
        limbs_.pop_back();
    if (limbs_.empty()) negative_ = false;
}

bool Whole::fits() const {
    if (limbs_.size() > 2) return false;
    std::uint64_t m = 0;
    for (auto i = limbs_.size(); i-- > 0;)
        m = (m << 32) | limbs_[i];
    return m <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) + (negative_ ? 1 : 0);
}

std::int64_t Whole::to_int() const {
    std::uint64_t m = 0;
    for (auto i = std::min<std::size_t>(limbs_.size(), 2); i-- > 0;)
        m = (m << 32) | limbs_[i];
    return static_cast<std::int64_t>(negative_ ? 0 - m : m);
}

double Whole::to_double() const {
    const auto digits = text();
    double value = 0;
    if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc::result_out_of_range) {
        return negative_ ? -HUGE_VAL : HUGE_VAL;
    }
    return value;
}

std::string Whole::text() const {
    if (limbs_.empty()) return "0";
    auto rest = limbs_;
    std::string reversed;
    while (!rest.empty()) {
        auto part = divide_small(rest, 1'000'000'000);
        for (int i = 0; i < 9 && (part != 0 || !rest.empty()); ++i, part /= 10) {
            reversed += static_cast<char>('0' + part % 10);
        }
    }
    if (negative_) reversed += '-';
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
}

Whole Whole::negated() const {
    Whole w = *this;
    w.negative_ = !negative_ && !limbs_.empty();
    return w;
}

int Whole::compare_magnitude(const Limbs& a, const Limbs& b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (auto i = a.size(); i-- > 0;) {
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}

int Whole::compare(const Whole& a, const Whole& b) {
    if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
    const int order = compare_magnitude(a.limbs_, b.limbs_);
    return a.negative_ ? -order : order;
}

Whole operator+(const Whole& a, const Whole& b) {
    Whole out;
    if (a.negative_ != b.negative_) {
        const bool a_wins = Whole::compare_magnitude(a.limbs_, b.limbs_) >= 0;
        out.limbs_ = a_wins ? subtract(a.limbs_, b.limbs_) : subtract(b.limbs_, a.limbs_);
        out.negative_ = a_wins ? a.negative_ : b.negative_;
    } else {
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < std::max(a.limbs_.size(), b.limbs_.size()); ++i) {
            carry += (i < a.limbs_.size() ? std::uint64_t{a.limbs_[i]} : 0) + (i < b.limbs_.size() ? b.limbs_[i] : 0);
            out.limbs_.push_back(static_cast<std::uint32_t>(carry));
            carry >>= 32;
        }
        if (carry != 0) out.limbs_.push_back(static_cast<std::uint32_t>(carry));
        out.negative_ = a.negative_;
    }
    out.trim();
    return out;
}

Whole operator*(const Whole& a, const Whole& b) {
    Whole out;
    out.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
    for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
        std::uint64_t carry = 0;
        for (std::size_t k = 0; k < b.limbs_.size() || carry != 0; ++k) {
            carry += out.limbs_[i + k] + (k < b.limbs_.size() ? std::uint64_t{a.limbs_[i]} * b.limbs_[k] : 0);
            out.limbs_[i + k] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    out.negative_ = a.negative_ != b.negative_;
    out.trim();
    return out;
}

void Whole::divide(const Whole& a, const Whole& b, Whole& quotient, Whole& remainder) {
    Limbs rest, result;
    if (b.limbs_.size() == 1) {
        result = a.limbs_;
        const auto r = divide_small(result, b.limbs_[0]);
        if (r != 0) rest.push_back(r);
    } else {
        result.assign(a.limbs_.size(), 0);
        for (auto i = a.limbs_.size() * 32; i-- > 0;) {
            shift_in(rest, (a.limbs_[i / 32] >> (i % 32)) & 1);
            if (compare_magnitude(rest, b.limbs_) < 0) continue;
            rest = subtract(rest, b.limbs_);
            while (!rest.empty() && rest.back() == 0)
                rest.pop_back();
            result[i / 32] |= std::uint32_t{1} << (i % 32);
        }
    }
    Whole q, r;
    q.limbs_ = std::move(result);
    q.negative_ = a.negative_ != b.negative_;
    q.trim();
    r.limbs_ = std::move(rest);
    r.negative_ = a.negative_;
    r.trim();
    if (!r.is_zero() && a.negative_ != b.negative_) {  // towards minus infinity
        q = q - Whole(1);
        r = r + b;
    }
    quotient = std::move(q);
    remainder = std::move(r);
}

Value Whole::value(Arena& arena) const {
    if (fits()) return Value::integer(to_int());
    auto* limbs = arena.make_array<std::uint32_t>(limbs_.size());
    std::copy(limbs_.begin(), limbs_.end(), limbs);
    return Value::big(arena.make<BigNumber>(limbs, static_cast<std::uint32_t>(limbs_.size()), negative_));
}

}  // namespace chapar::liquid
