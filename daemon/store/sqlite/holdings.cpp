#include "store/sqlite/holdings.hpp"

#include <algorithm>

#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
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

void take_slots(std::string_view& in, Holdings& out) {
    out.at = from_ms(take_signed(in).value_or(0));
    const auto count = std::min<std::uint64_t>(take_number(in).value_or(0), in.size() / 8);
    for (std::uint64_t i = 0; i < count; ++i)
        out.slots.push_back(take_scope(in));
}

void take_group(std::string_view& in, Holdings& out) {
    const auto scope = take_scope(in);
    out.group = {scope, take_signed(in).value_or(0)};
}

}  // namespace

std::string encode(const Holdings& holdings) {
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

Holdings decode_holdings(std::string_view bytes) {
    Holdings out;
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

Holder::Holder(Connection& connection, Usage& usage)
    : usage_(usage),
      join_(connection, "INSERT OR REPLACE INTO group_member (scope, rank, key, sum) VALUES (?1, ?2, ?3, ?4)"),
      leave_(connection, "DELETE FROM group_member WHERE scope = ?1 AND rank = ?2 AND key = ?3"),
      find_collapse_(connection, "SELECT key, sum FROM collapse WHERE scope = ?1"),
      put_collapse_(connection, "INSERT OR REPLACE INTO collapse (scope, key, sum) VALUES (?1, ?2, ?3)"),
      drop_collapse_(connection, "DELETE FROM collapse WHERE scope = ?1 AND key = ?2"),
      collect_(connection, "INSERT OR REPLACE INTO collected (leader, key, sum) VALUES (?1, ?2, ?3)"),
      put_down_(connection, "DELETE FROM collected WHERE leader = ?1 AND key = ?2"),
      drop_collected_(connection, "DELETE FROM collected WHERE leader = ?1") {}

/// What was known as not sent is counted anew; what may have been sent stays counted where it was.
void Holder::reserve(MessageKey key, Holdings& holdings, Timestamp at, const std::vector<model::Ruling::Slot>& slots) {
    give_back(key, holdings);
    holdings.slots.clear();
    holdings.at = at;
    for (const auto& slot : slots) {
        if (std::find(holdings.slots.begin(), holdings.slots.end(), slot.scope) != holdings.slots.end()) continue;
        model::Use use = slot.use;
        use.at = at;
        use.key = key;
        use.state = model::UseState::reserved;
        usage_.add(slot.scope, use);
        holdings.slots.push_back(slot.scope);
    }
}

void Holder::give_back(MessageKey key, Holdings& holdings) {
    std::erase_if(holdings.slots, [&](model::Scope scope) { return usage_.give_back(scope, holdings.at, key); });
}

void Holder::restate(MessageKey key, const Holdings& holdings, model::UseState state) {
    for (const auto scope : holdings.slots)
        usage_.restate(scope, holdings.at, key, state);
}

void Holder::join(MessageKey key, Holdings& holdings, const model::Member& member) {
    leave(key, holdings);
    holdings.group = {member.scope, member.rank};
    join_.run(member.scope, member.rank, key.value, sum_of(member.scope, member.rank, key.value));
}

void Holder::leave(MessageKey key, Holdings& holdings) {
    if (!holdings.group) return;
    leave_.run(holdings.group->scope, holdings.group->rank, key.value);
    holdings.group.reset();
}

/// A damaged row names nobody: it is as if there had been no earlier message.
std::optional<MessageKey> Holder::holder_of(model::Scope scope) {
    auto rows = find_collapse_.query(scope);
    if (!rows.next() || sum_of(scope, rows.integer(0)) != rows.integer(1)) return std::nullopt;
    return MessageKey{rows.integer(0)};
}

std::optional<MessageKey> Holder::take_collapse(model::Scope scope, MessageKey key) {
    const auto before = holder_of(scope);
    put_collapse_.run(scope, key.value, sum_of(scope, key.value));
    return before;
}

std::optional<MessageKey> Holder::successor(MessageKey key, const Holdings& holdings) {
    if (holdings.collapse == 0) return std::nullopt;
    const auto holder = holder_of(holdings.collapse);
    if (!holder || *holder == key) return std::nullopt;
    return holder;
}

void Holder::collect(MessageKey leader, Holdings& holdings, MessageKey key) {
    holdings.carries = true;
    collect_.run(leader.value, key.value, sum_of(leader.value, key.value));
}

void Holder::put_down(MessageKey leader, MessageKey key) { put_down_.run(leader.value, key.value); }

void Holder::drop(MessageKey key, const Holdings& holdings) {
    if (holdings.collapse != 0) drop_collapse_.run(holdings.collapse, key.value);
    if (holdings.carries) drop_collected_.run(key.value);
}

}  // namespace chapar::store::sqlite
