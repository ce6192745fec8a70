#pragma once
// Uses as a backend may store them: a chunk of neighbours in time as one short text of bytes. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ledger.hpp"

namespace chapar::store {

inline constexpr std::size_t chunk_limit = 64;  // more only of uses within one millisecond

/// A chunk's name within its scope: the millisecond of its first use, and a number where several begin in one. A
/// lower bound: the first uses may be gone already.
using ChunkName = std::int64_t;
inline constexpr int chunk_number_bits = 5;  // the name stays below 2^47, which SQLite stores in six bytes
inline ChunkName chunk_name(Timestamp at) { return to_ms(at) * (1 << chunk_number_bits); }
inline Timestamp chunk_start(ChunkName name) { return from_ms(name >> chunk_number_bits); }

struct Chunk {
    ChunkName name = 0;
    std::vector<model::Use> uses;  // by time
    /// Present: the stored row was damaged. Uses that nobody knows lie between the chunk's start and this.
    std::optional<Timestamp> lost_until;
    bool is_stored = false;
    bool is_changed = false;
    bool is_out = false;  // `uses` are in the table only; `sum` says what they are
    /// Made when it is asked for, gone when the uses change.
    struct Sum {
        Timestamp first{}, last{};
        bool is_made = false, has_reserved = false;
        std::vector<model::Total> totals;  // empty where one is reserved
    } sum;

    void changed() {
        is_changed = true;
        sum = {};
    }
};

/// Of a chunk with uses.
const Chunk::Sum& sum_up(Chunk& chunk);

std::string encode_uses(const Chunk& chunk);
/// Into `uses` and `lost_until`. False: these are not the bytes of a chunk.
bool decode_uses(std::string_view bytes, Chunk& chunk);
std::int64_t checksum(model::Scope scope, ChunkName name, std::string_view entries);

}  // namespace chapar::store
