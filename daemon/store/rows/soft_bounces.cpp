#include "store/rows/soft_bounces.hpp"

#include <string_view>

#include "store/rows/sum.hpp"

namespace chapar::store {

std::int64_t checksum(const SoftBounces& row) {
    return sum_of(std::string_view(row.channel), std::string_view(row.address), std::int64_t{row.count},
                  to_ms(row.first), to_ms(row.last), std::int64_t{row.times}, to_ms(row.rests_until), row.taken.value,
                  to_ms(row.taken_at));
}

}  // namespace chapar::store
