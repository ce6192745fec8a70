#include "render/liquid/value.hpp"

#include <algorithm>
#include <bit>
#include <random>
#include <utility>

namespace chapar::liquid {

namespace {
constexpr std::size_t first_block = std::size_t{16} * 1024;
constexpr std::uint32_t few = 8;  // members up to which a row is searched without an index

// Unknown to whoever chooses the keys, so that keys can't be chosen to collide.
const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}() | 1;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

template <class T>
T load(const char* from) {
    T word;
    std::memcpy(&word, from, sizeof word);
    return word;
}
}  // namespace

std::uint32_t key_hash(std::string_view key) {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15ULL;
    std::uint64_t h = seed ^ (key.size() * odd);
    const char* p = key.data();
    const auto n = key.size();
    const auto word = [p](std::size_t at) { return load<std::uint64_t>(p + at); };
    if (n >= 8) {  // the last word overlaps the one before it
        for (std::size_t at = 0; at + 8 < n; at += 8)
            h = mix(h ^ word(at), odd);
        h = mix(h ^ word(n - 8), odd);
    } else if (n >= 4) {
        h = mix(h ^ (std::uint64_t{load<std::uint32_t>(p)} << 32 | load<std::uint32_t>(p + n - 4)), odd);
    } else if (n > 0) {
        const auto byte = [p](std::size_t at) { return std::uint64_t{static_cast<unsigned char>(p[at])}; };
        h = mix(h ^ (byte(0) << 16 | byte(n / 2) << 8 | byte(n - 1)), odd);
    }
    h = mix(h, seed);
    return static_cast<std::uint32_t>(h ^ (h >> 32));
}

const Value* Hash::find(std::string_view key, std::uint32_t hash) const {
    const auto same = [&](const Member& m) { return m.hash == hash && same_text(m.key, key); };
    if (mask == 0) {
        for (std::uint32_t i = 0; i < size; ++i) {
            if (same(members[i])) return &members[i].value;
        }
        return nullptr;
    }
    for (auto slot = hash & mask; index[slot] != 0; slot = (slot + 1) & mask) {
        const auto& m = members[index[slot] - 1];
        if (same(m)) return &m.value;
    }
    return nullptr;
}

Arena::Arena(Arena&& other) noexcept
    : next_(std::exchange(other.next_, 0)),
      end_(std::exchange(other.end_, 0)),
      current_(std::exchange(other.current_, 0)),
      blocks_(std::exchange(other.blocks_, {})) {}

Arena& Arena::operator=(Arena&& other) noexcept {
    std::swap(next_, other.next_);
    std::swap(end_, other.end_);
    std::swap(current_, other.current_);
    std::swap(blocks_, other.blocks_);
    return *this;
}

Arena::~Arena() {
    for (auto& block : blocks_)
        ::operator delete(block.data);
}

void Arena::enter(std::size_t block) {
    current_ = block;
    next_ = reinterpret_cast<std::uintptr_t>(blocks_[block].data);
    end_ = next_ + blocks_[block].size;
}

void* Arena::grow(std::size_t bytes, std::size_t alignment) {
    const auto need = bytes + alignment;
    auto next = blocks_.empty() ? 0 : current_ + 1;
    while (next < blocks_.size() && blocks_[next].size < need)
        ++next;
    if (next == blocks_.size()) {
        const auto doubled = blocks_.empty() ? first_block : std::min<std::size_t>(blocks_.back().size * 2, 1 << 20);
        const auto size = std::max(doubled, need);
        blocks_.push_back({static_cast<char*>(::operator new(size)), size});
    }
    enter(next);
    return allocate(bytes, alignment);
}

void Arena::go_back_to(Place place) {
    if (blocks_.empty()) return;
    enter(place.block);
    if (place.next != 0) next_ = place.next;
}

void Arena::reset() {
    if (!blocks_.empty()) enter(0);
}

void Arena::trim(std::size_t keep) {
    std::size_t total = 0;
    for (auto& block : blocks_)
        total += block.size;
    while (total > keep && blocks_.size() > 1) {
        total -= blocks_.back().size;
        ::operator delete(blocks_.back().data);
        blocks_.pop_back();
    }
    reset();
}

HashBuilder::HashBuilder(Arena& arena, std::size_t expected)
    : arena_(arena),
      members_(arena.make_array<Member>(std::max<std::size_t>(expected, 1))),
      capacity_(std::max<std::size_t>(expected, 1)) {}

void HashBuilder::set(std::string_view key, Value value) {
    const Hash now{members_, static_cast<std::uint32_t>(size_), mask_, index_};
    const auto hash = key_hash(key);
    if (const auto* found = now.find(key, hash)) {
        *const_cast<Value*>(found) = value;  // the members are this builder's own until finish()
        return;
    }
    if (size_ == capacity_) {
        capacity_ *= 2;
        auto* wider = arena_.make_array<Member>(capacity_);
        std::copy_n(members_, size_, wider);
        members_ = wider;
    }
    members_[size_++] = Member{key, value, hash};
    if (mask_ == 0 ? size_ > few : size_ * 2 > mask_) return reindex();
    if (mask_ == 0) return;
    auto slot = hash & mask_;
    while (index_[slot] != 0)
        slot = (slot + 1) & mask_;
    index_[slot] = static_cast<std::uint32_t>(size_);
}

void HashBuilder::reindex() {
    const auto slots = std::bit_ceil(std::max(capacity_, size_) * 2 + 2);
    index_ = arena_.make_array<std::uint32_t>(slots);
    std::fill_n(index_, slots, 0u);
    mask_ = static_cast<std::uint32_t>(slots - 1);
    for (std::size_t i = 0; i < size_; ++i) {
        auto slot = members_[i].hash & mask_;
        while (index_[slot] != 0)
            slot = (slot + 1) & mask_;
        index_[slot] = static_cast<std::uint32_t>(i + 1);
    }
}

Value HashBuilder::finish() {
    return Value::hash(arena_.make<Hash>(members_, static_cast<std::uint32_t>(size_), mask_, index_));
}

}  // namespace chapar::liquid
