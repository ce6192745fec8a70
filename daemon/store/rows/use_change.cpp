#include "store/rows/use_change.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/varint.hpp"

namespace chapar::store {
namespace {

using model::Scope;
using What = UseChange::What;

// The first byte of a change: what it is, the state, and which fields of an added use are there.
constexpr unsigned what_shift = 3;
constexpr unsigned change_state_mask = 0x07;
constexpr unsigned has_own_segments = 0x20;
constexpr unsigned has_own_cost = 0x40;
constexpr unsigned has_own_kind = 0x80;  // not that of the one added before it
constexpr auto last_use_state = static_cast<unsigned>(model::UseState::undelivered);

static_assert(std::endian::native == std::endian::little, "scopes are written as they lie in memory");

void put_scope_bytes(std::string& out, Scope scope) { out.append(reinterpret_cast<const char*>(&scope), sizeof scope); }

std::optional<Scope> take_scope_bytes(std::string_view& in) {
    Scope scope = 0;
    if (in.size() < sizeof scope) return std::nullopt;
    std::memcpy(&scope, in.data(), sizeof scope);
    in.remove_prefix(sizeof scope);
    return scope;
}

bool is_added(What what) { return what == What::add || what == What::add_again; }

/// Keys begin with the millisecond of acceptance, which is near that of the use.
std::int64_t near_key(std::int64_t at) { return at << MessageId::order_bits; }

/// What the change before it had.
struct Before {
    std::int64_t at = 0;
    model::KindId kind = 0;
};

void put_change(std::string& out, const UseChange& change, Before& before) {
    const auto& use = change.use;
    const auto at = to_ms(use.at);
    unsigned head = static_cast<unsigned>(change.what) << what_shift | static_cast<unsigned>(use.state);
    const bool adds = is_added(change.what);
    if (adds && use.segments != 1) head |= has_own_segments;
    if (adds && use.cost != 0) head |= has_own_cost;
    if (adds && use.kind != before.kind) head |= has_own_kind;
    out.push_back(static_cast<char>(head));
    put_signed(out, at - before.at);
    put_signed(out, near_key(at) - use.key.value);
    if ((head & has_own_kind) != 0) put_signed(out, use.kind);
    if ((head & has_own_segments) != 0) put_signed(out, use.segments);
    if ((head & has_own_cost) != 0) put_signed(out, use.cost);
    before.at = at;
    if (adds) before.kind = use.kind;
}

bool take_change(std::string_view& in, UseChange& change, Before& before) {
    if (in.empty()) return false;
    const auto head = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if ((head & change_state_mask) > last_use_state) return false;
    change.what = static_cast<What>(head >> what_shift & 3U);
    auto& use = change.use;
    use = {};
    use.state = static_cast<model::UseState>(head & change_state_mask);
    const auto later = take_signed(in);
    const auto key = take_signed(in);
    if (!later || !key) return false;
    before.at += *later;
    use.at = from_ms(before.at);
    use.key = MessageKey{near_key(before.at) - *key};
    if (!is_added(change.what)) return true;
    if ((head & has_own_kind) != 0) before.kind = static_cast<model::KindId>(take_signed(in).value_or(0));
    use.kind = before.kind;
    if ((head & has_own_segments) != 0) use.segments = static_cast<std::int32_t>(take_signed(in).value_or(1));
    if ((head & has_own_cost) != 0) use.cost = take_signed(in).value_or(0);
    return true;
}

}  // namespace

UseChanges encode_changes(std::vector<UseChange> changes) {
    std::ranges::stable_sort(changes, {}, &UseChange::scope);
    UseChanges out;
    out.entries.reserve(changes.size() * 24);
    Before before;
    for (auto first = changes.begin(); first != changes.end();) {
        const auto end =
            std::find_if(first, changes.end(), [first](const UseChange& each) { return each.scope != first->scope; });
        put_scope_bytes(out.scopes, first->scope);
        put_scope_bytes(out.entries, first->scope);
        put_number(out.entries, static_cast<std::uint64_t>(end - first));
        for (; first != end; ++first)
            put_change(out.entries, *first, before);
    }
    return out;
}

bool decode_changes(std::string_view entries, const std::function<void(const UseChange&)>& visit) {
    Before before;
    UseChange change;
    while (!entries.empty()) {
        const auto scope = take_scope_bytes(entries);
        const auto count = scope ? take_number(entries) : std::nullopt;
        if (!count) return false;
        change.scope = *scope;
        for (std::uint64_t i = 0; i < *count; ++i) {
            if (!take_change(entries, change, before)) return false;
            visit(change);
        }
    }
    return true;
}

std::optional<std::vector<Scope>> decode_scopes(std::string_view scopes) {
    if (scopes.size() % sizeof(Scope) != 0) return std::nullopt;
    std::vector<Scope> out;
    out.reserve(scopes.size() / sizeof(Scope));
    while (const auto scope = take_scope_bytes(scopes))
        out.push_back(*scope);
    return out;
}

}  // namespace chapar::store
