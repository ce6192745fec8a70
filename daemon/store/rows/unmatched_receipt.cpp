#include "store/rows/unmatched_receipt.hpp"

#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

std::int64_t key_of(const model::Report& report) { return report.attempt ? report.attempt->message.key().value : 0; }
std::int64_t number_of(const model::Report& report) { return report.attempt ? report.attempt->number : 0; }

}  // namespace

std::int64_t provider_id_scope(std::string_view route, std::string_view normal_id) { return sum_of(route, normal_id); }

std::uint64_t content_of(const model::Report& report) {
    return static_cast<std::uint64_t>(sum_of(
        key_of(report), number_of(report), static_cast<std::int64_t>(report.word), std::string_view(report.route),
        std::string_view(model::normal_provider_id(report.provider_id)), std::string_view(report.kind)));
}

std::int64_t checksum(const model::Report& report, std::int64_t noted_at) {
    Sum sum;
    sum.add(key_of(report));
    sum.add(report.attempt ? static_cast<std::int64_t>(report.attempt->message.tail()) : 0);
    sum.add(number_of(report)).add(static_cast<std::int64_t>(report.word));
    sum.add(to_ms(report.at)).add(noted_at);
    for (const std::string* text : {&report.route, &report.channel, &report.provider_id, &report.kind, &report.address,
                                    &report.code, &report.detail})
        sum.add(std::string_view(*text));
    if (report.bill) sum.add(std::string_view(model::show_bill(*report.bill)));  // older rows have none
    return sum.value();
}

}  // namespace chapar::store
