#include "store/rows/slot_holdings.hpp"

#include <algorithm>

#include "base/varint.hpp"

namespace chapar::store {
namespace {

// One byte says what follows.
constexpr char has_slots = 1;
constexpr char has_group = 2;
constexpr char has_collapse = 3;
constexpr char has_carrier = 4;
constexpr char carries_others = 5;

/// Hashes: all eight bytes.
void put_scope(std::string& out, model::Scope scope) {
    for (unsigned shift = 0; shift < 64; shift += 8)
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(scope) >> shift));
}

model::Scope take_scope(std::string_view& in) {
    std::uint64_t value = 0;
    if (in.size() < 8) in = {};
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 8) {
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in.front())) << shift;
        in.remove_prefix(1);
    }
    return static_cast<model::Scope>(value);
}

void take_slots(std::string_view& in, SlotHoldings& out) {
    out.at = from_ms(take_signed(in).value_or(0));
    const auto count = std::min<std::uint64_t>(take_number(in).value_or(0), in.size() / 8);
    for (std::uint64_t i = 0; i < count; ++i)
        out.slots.push_back(take_scope(in));
}

void take_group(std::string_view& in, SlotHoldings& out) {
    const auto scope = take_scope(in);
    out.group = {scope, take_signed(in).value_or(0)};
}

}  // namespace

std::string encode(const SlotHoldings& holdings) {
    std::string out;
    if (!holdings.slots.empty()) {
        out.push_back(has_slots);
        put_signed(out, to_ms(holdings.at));
        put_number(out, holdings.slots.size());
        for (const auto scope : holdings.slots)
            put_scope(out, scope);
    }
    if (holdings.group) {
        out.push_back(has_group);
        put_scope(out, holdings.group->scope);
        put_signed(out, holdings.group->rank);
    }
    if (holdings.collapse != 0) {
        out.push_back(has_collapse);
        put_scope(out, holdings.collapse);
    }
    if (holdings.carrier) {
        out.push_back(has_carrier);
        put_signed(out, holdings.carrier->value);
    }
    if (holdings.carries) out.push_back(carries_others);
    return out;
}

SlotHoldings decode_holdings(std::string_view bytes) {
    SlotHoldings out;
    while (!bytes.empty()) {
        const char what = bytes.front();
        bytes.remove_prefix(1);
        if (what == has_slots) {
            take_slots(bytes, out);
        } else if (what == has_group) {
            take_group(bytes, out);
        } else if (what == has_collapse) {
            out.collapse = take_scope(bytes);
        } else if (what == has_carrier) {
            out.carrier = MessageKey{take_signed(bytes).value_or(0)};
        } else if (what == carries_others) {
            out.carries = true;
        } else {
            break;
        }
    }
    return out;
}

}  // namespace chapar::store
