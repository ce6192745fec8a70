// Short links in memory.

#include "store/memory/tables.hpp"

namespace chapar::store::memory {

std::vector<model::ShortLink> MemoryLinks::of(MessageKey key) {
    std::vector<model::ShortLink> out;
    for (const auto& [code, row] : data_.links)
        if (row.message == key) out.push_back(row.link);
    return out;
}

std::int64_t MemoryLinks::drop_where(const std::function<bool(const LinkRow&)>& is_meant, int limit) {
    std::vector<std::string> codes;
    for (const auto& [code, row] : data_.links) {
        if (static_cast<int>(codes.size()) >= limit) break;
        if (is_meant(row)) codes.push_back(code);
    }
    for (const auto& code : codes)
        undo_.drop(data_.links, code);
    return static_cast<std::int64_t>(codes.size());
}

void MemoryLinks::drop(MessageKey key) {
    drop_where([key](const LinkRow& row) { return row.message == key; });
}

void MemoryLinks::drop_owner(std::int64_t owner) {
    drop_where([owner](const LinkRow& row) { return row.owner == owner; });
}

std::int64_t MemoryLinks::prune(Timestamp now, int limit) {
    return drop_where([now](const LinkRow& row) { return row.expires < now; }, limit);
}

}  // namespace chapar::store::memory
