#pragma once
// The data a template sees: a cheap tagged value (16 bytes, copied freely) over memory that an Arena or a Document
// owns. Values never own anything: they live as long as the arena they came from. Read-only, so shareable between
// threads.

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chapar::liquid {

class Object;
struct Hash;
struct Array;
struct Range;
struct BigNumber;

enum class Type : std::uint8_t {
    nil,
    boolean,
    integer,
    real,
    string,
    array,
    hash,
    range,
    big,     // an integer beyond 64 bits
    object,  // something of the engine's or the host's with members of its own: forloop and the like
    blank,   // the literals `blank` and `empty` in a condition
    empty,
};

/// What the bytes of a string already are; only the writing of outputs looks at it.
enum class Mark : std::uint8_t {
    plain,
    safe,   // HTML text already: escaped, or vouched for by the author with `raw`
    own,    // of the template's own words: never set apart from the line
    apart,  // always set apart
};

class Value {
  public:
    constexpr Value() : type_(Type::nil), integer_(0) {}
    static constexpr Value boolean(bool b) { return Value(Type::boolean, std::int64_t{b ? 1 : 0}); }
    static constexpr Value integer(std::int64_t i) { return Value(Type::integer, i); }
    static constexpr Value real(double d) {
        Value v;
        v.type_ = Type::real;
        v.real_ = d;
        return v;
    }
    /// The bytes are not copied: they must outlive the value. At most 4 GiB.
    static constexpr Value string(std::string_view s, Mark mark = Mark::plain) {
        Value v;
        v.type_ = Type::string;
        v.mark_ = mark;
        v.size_ = static_cast<std::uint32_t>(s.size());
        v.text_ = s.data();
        return v;
    }
    static constexpr Value array(const Array* a) { return Value(Type::array, a); }
    static constexpr Value hash(const Hash* h) { return Value(Type::hash, h); }
    static constexpr Value range(const Range* r) { return Value(Type::range, r); }
    static constexpr Value big(const BigNumber* b) { return Value(Type::big, b); }
    static constexpr Value object(const Object* o) { return Value(Type::object, o); }
    static constexpr Value blank() { return Value(Type::blank, std::int64_t{0}); }
    static constexpr Value empty() { return Value(Type::empty, std::int64_t{0}); }

    Type type() const { return type_; }
    Mark mark() const { return mark_; }
    bool is_nil() const { return type_ == Type::nil; }
    bool is_string() const { return type_ == Type::string; }
    bool is_array() const { return type_ == Type::array; }
    bool is_hash() const { return type_ == Type::hash; }
    /// Liquid's rule: everything but nil and false.
    bool truthy() const { return type_ != Type::nil && !(type_ == Type::boolean && integer_ == 0); }

    // Each asks for what type() says; nothing is converted.
    bool as_boolean() const { return integer_ != 0; }
    std::int64_t as_integer() const { return integer_; }
    double as_real() const { return real_; }
    std::string_view as_string() const { return {text_, size_}; }
    const Array& as_array() const { return *static_cast<const Array*>(pointer_); }
    const Hash& as_hash() const { return *static_cast<const Hash*>(pointer_); }
    const Range& as_range() const { return *static_cast<const Range*>(pointer_); }
    const BigNumber& as_big() const { return *static_cast<const BigNumber*>(pointer_); }
    const Object& as_object() const { return *static_cast<const Object*>(pointer_); }

  private:
    constexpr Value(Type type, std::int64_t i) : type_(type), integer_(i) {}
    constexpr Value(Type type, const void* p) : type_(type), pointer_(p) {}

    Type type_;
    Mark mark_ = Mark::plain;
    std::uint32_t size_ = 0;
    union {
        std::int64_t integer_;
        double real_;
        const char* text_;
        const void* pointer_;
    };
};
static_assert(sizeof(Value) == 16);

struct Array {
    const Value* items = nullptr;
    std::size_t size = 0;
    std::span<const Value> span() const { return {items, size}; }
};

struct Range {
    std::int64_t first = 0, last = 0;  // both ends belong to it
    /// All of 64 bits counts as one less.
    std::uint64_t size() const {
        if (last < first) return 0;
        const auto between = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
        return between == UINT64_MAX ? between : between + 1;
    }
};

/// Hash of a member's name; templates carry it precomputed.
std::uint32_t key_hash(std::string_view key);

/// a == b, without a call for names of usual length.
inline bool same_text(std::string_view a, std::string_view b) {
    const auto n = a.size();
    if (n != b.size()) return false;
    const auto word = [](std::string_view s, std::size_t at, auto kind) {
        std::memcpy(&kind, s.data() + at, sizeof kind);
        return kind;
    };
    if (n > 16) return std::memcmp(a.data(), b.data(), n) == 0;
    if (n >= 8) {
        return word(a, 0, std::uint64_t{}) == word(b, 0, std::uint64_t{}) &&
               word(a, n - 8, std::uint64_t{}) == word(b, n - 8, std::uint64_t{});
    }
    if (n >= 4) {
        return word(a, 0, std::uint32_t{}) == word(b, 0, std::uint32_t{}) &&
               word(a, n - 4, std::uint32_t{}) == word(b, n - 4, std::uint32_t{});
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

struct Member {
    std::string_view key;
    Value value;
    std::uint32_t hash = 0;
};

/// Members in the order they were written; few are searched in a row, many through `index`.
struct Hash {
    const Member* members = nullptr;
    std::uint32_t size = 0;
    std::uint32_t mask = 0;                // slots - 1; 0: no index
    const std::uint32_t* index = nullptr;  // 1 + position, 0: free; linear probing
    std::span<const Member> span() const { return {members, size}; }
    /// nullptr: no such member.
    const Value* find(std::string_view key, std::uint32_t hash) const;
    const Value* find(std::string_view key) const { return find(key, key_hash(key)); }
};

/// Bump allocator. Everything is freed at once by reset() (which keeps the blocks) or the destructor.
/// Not synchronised. Memory only: no destructor of what lives in it runs.
class Arena {
  public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    Arena(Arena&& other) noexcept;
    Arena& operator=(Arena&& other) noexcept;
    ~Arena();

    void* allocate(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
        auto at = (next_ + (alignment - 1)) & ~(alignment - 1);
        if (at + bytes <= end_ && at + bytes >= at) [[likely]] {
            next_ = at + bytes;
            return reinterpret_cast<void*>(at);  // NOLINT(performance-no-int-to-ptr): an arena counts in addresses
        }
        return grow(bytes, alignment);
    }
    template <class T>
    T* make_array(std::size_t n) {
        return static_cast<T*>(
            allocate(n * sizeof(T), alignof(T)));  // NOLINT(bugprone-sizeof-expression): T may be a pointer
    }
    std::string_view copy(std::string_view s) {
        if (s.empty()) return {};
        auto* p = static_cast<char*>(allocate(s.size(), 1));
        std::memcpy(p, s.data(), s.size());
        return {p, s.size()};
    }
    template <class T, class... Args>
    T* make(Args&&... args) {
        static_assert(std::is_trivially_destructible_v<T>);
        return ::new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
    }

    struct Place {
        std::size_t block = 0;
        std::uintptr_t next = 0;
    };
    Place mark() const { return {current_, next_}; }
    /// Frees what was allocated since `place` was marked.
    void release(Place place) {
        if (next_ != place.next) go_back_to(place);
    }
    void reset();
    /// Gives memory beyond `keep` bytes back to the system.
    void trim(std::size_t keep);

  private:
    struct Block {
        char* data;
        std::size_t size;
    };
    void* grow(std::size_t bytes, std::size_t alignment);
    void enter(std::size_t block);
    void go_back_to(Place place);

    std::uintptr_t next_ = 0, end_ = 0;
    std::size_t current_ = 0;  // valid when blocks_ is not empty
    std::vector<Block> blocks_;
};

/// Builds a hash in an arena, member by member; a repeated key replaces the earlier value in place.
class HashBuilder {
  public:
    HashBuilder(Arena& arena, std::size_t expected);
    void set(std::string_view key, Value value);  // `key` must outlive the arena's use; see Arena::copy
    Value finish();

  private:
    Arena& arena_;
    Member* members_;
    std::size_t size_ = 0, capacity_;
    std::uint32_t* index_ = nullptr;
    std::uint32_t mask_ = 0;
    void reindex();
};

/// A tree of values with its memory, usually from JSON text.
class Document {
  public:
    Document() = default;
    /// RFC 8259; members keep their order, a repeated one takes its last value; whole numbers stay whole. Fails with
    /// Code::bad_data and where the text is broken. Reusable: a second parse frees what the first made.
    Result<Value> parse(std::string_view json);
    Arena& arena() { return arena_; }
    Value root() const { return root_; }

  private:
    Arena arena_;
    Value root_;
};

}  // namespace chapar::liquid
