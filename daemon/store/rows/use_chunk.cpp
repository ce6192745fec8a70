#include "store/rows/use_chunk.hpp"

#include <algorithm>

#include "base/varint.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

// The first byte of a use: its state, and which of its fields have their usual value and are left out.
constexpr unsigned state_mask = 0x07;
constexpr unsigned has_segments = 0x08;
constexpr unsigned has_cost = 0x10;
constexpr unsigned same_kind = 0x20;  // as the use before it
constexpr unsigned lost_chunk = 0xFF;
constexpr auto last_state = static_cast<unsigned>(model::UseState::undelivered);

/// Keys begin with the millisecond of acceptance, which is near that of the use.
std::int64_t key_of(Timestamp at) { return to_ms(at) << MessageId::order_bits; }

struct Neighbour {
    std::int64_t at;
    model::KindId kind = 0;
};

void put_use(std::string& out, const model::Use& use, Neighbour& before) {
    unsigned head = static_cast<unsigned>(use.state);
    if (use.segments != 1) head |= has_segments;
    if (use.cost != 0) head |= has_cost;
    if (use.kind == before.kind) head |= same_kind;
    out.push_back(static_cast<char>(head));
    put_signed(out, to_ms(use.at) - before.at);
    put_signed(out, key_of(use.at) - use.key.value);
    if (use.kind != before.kind) put_signed(out, use.kind);
    if (use.segments != 1) put_signed(out, use.segments);
    if (use.cost != 0) put_signed(out, use.cost);
    before = {to_ms(use.at), use.kind};
}

bool take_use(std::string_view& in, model::Use& use, Neighbour& before) {
    const auto head = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    if ((head & state_mask) > last_state) return false;
    use.state = static_cast<model::UseState>(head & state_mask);
    const auto later = take_signed(in);
    const auto key = take_signed(in);
    if (!later || !key) return false;
    use.at = from_ms(before.at + *later);
    use.key = MessageKey{key_of(use.at) - *key};
    use.kind = before.kind;
    if ((head & same_kind) == 0) use.kind = static_cast<model::KindId>(take_signed(in).value_or(0));
    if ((head & has_segments) != 0) use.segments = static_cast<std::int32_t>(take_signed(in).value_or(1));
    if ((head & has_cost) != 0) use.cost = take_signed(in).value_or(0);
    before = {to_ms(use.at), use.kind};
    return true;
}

}  // namespace

const Chunk::Sum& sum_up(Chunk& chunk) {
    auto& sum = chunk.sum;
    if (sum.is_made) return sum;
    sum.is_made = true;
    sum.first = chunk.uses.front().at;
    sum.last = chunk.uses.back().at;
    for (const auto& use : chunk.uses)
        sum.has_reserved = sum.has_reserved || use.state == model::UseState::reserved;
    if (sum.has_reserved) return sum;
    for (const auto& use : chunk.uses) {
        auto into = std::find_if(sum.totals.begin(), sum.totals.end(), [&use](const model::Total& total) {
            return total.kind == use.kind && total.state == use.state;
        });
        if (into == sum.totals.end()) into = sum.totals.insert(into, {use.kind, use.state, 0, 0, 0, use.at, use.at});
        ++into->uses;
        into->segments += use.segments;
        into->cost += use.cost;
        into->last = use.at;
    }
    return sum;
}

std::string encode_uses(const Chunk& chunk) {
    std::string out;
    if (chunk.lost_until) {
        out.push_back(static_cast<char>(lost_chunk));
        put_signed(out, to_ms(*chunk.lost_until));
        return out;
    }
    out.reserve(chunk.uses.size() * 12);
    Neighbour before{to_ms(chunk_start(chunk.name))};
    for (const auto& use : chunk.uses)
        put_use(out, use, before);
    return out;
}

bool decode_uses(std::string_view bytes, Chunk& chunk) {
    if (!bytes.empty() && static_cast<unsigned char>(bytes.front()) == lost_chunk) {
        bytes.remove_prefix(1);
        const auto until = take_signed(bytes);
        if (!until) return false;
        chunk.lost_until = from_ms(*until);
        return true;
    }
    chunk.uses.reserve(bytes.size() / 8 + 1);
    Neighbour before{to_ms(chunk_start(chunk.name))};
    while (!bytes.empty()) {
        model::Use use;
        if (!take_use(bytes, use, before)) return false;
        chunk.uses.push_back(use);
    }
    return true;
}

std::int64_t checksum(model::Scope scope, ChunkName name, std::string_view entries) {
    return sum_of(scope, name, entries);
}

}  // namespace chapar::store
