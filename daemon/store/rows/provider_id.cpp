#include "store/rows/provider_id.hpp"

#include "address/key.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

constexpr std::int64_t contradicted_bit = 4;

}  // namespace

std::int64_t packed_fate(const ProviderId& id) {
    return static_cast<std::int64_t>(id.fate) | (id.contradicted ? contradicted_bit : 0);
}

void unpack_fate(std::int64_t packed, ProviderId& id) {
    id.contradicted = (packed & contradicted_bit) != 0;
    id.fate = static_cast<ProviderId::Fate>(packed & 3);
}

std::int64_t checksum(const ProviderId& id) {
    return sum_of(std::string_view(id.route), std::string_view(id.id), id.key.value, std::int64_t{id.number},
                  std::int64_t{id.part}, std::int64_t{id.parts}, packed_fate(id), to_ms(id.at),
                  std::string_view(id.code));
}

model::PartReceipt to_receipt(const ProviderId& id) {
    model::PartReceipt out;
    out.id = id.id;
    out.part = id.part;
    out.parts = id.parts;
    if (id.fate != ProviderId::Fate::open) out.delivered = id.fate == ProviderId::Fate::delivered;
    out.contradicted = id.contradicted;
    out.code = id.code;
    out.at = id.at;
    return out;
}

std::int64_t last_sent_scope(std::string_view route, std::string_view address) {
    const auto key = address::key(address);
    return sum_of(route, std::string_view(key));
}

std::int64_t last_sent_sum(std::int64_t scope, std::int64_t key) { return sum_of(scope, key); }

}  // namespace chapar::store
