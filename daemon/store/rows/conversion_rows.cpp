#include "store/rows/conversion_rows.hpp"

#include "base/varint.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

constexpr std::uint64_t outcomes = 5;

void put_share(std::string& out, const KeptShare& share) {
    put_signed(out, share.message.value);
    put_number(out, static_cast<std::uint64_t>(share.step));
    put_signed(out, share.series);
    put_signed(out, share.parts);
    put_signed(out, share.whole);
    put_signed(out, share.value.micros);
}

std::optional<KeptShare> take_share(std::string_view& in) {
    const auto message = take_signed(in);
    const auto step = message ? take_number(in) : std::nullopt;
    const auto series = step ? take_signed(in) : std::nullopt;
    const auto parts = series ? take_signed(in) : std::nullopt;
    const auto whole = parts ? take_signed(in) : std::nullopt;
    const auto value = whole ? take_signed(in) : std::nullopt;
    if (!value) return std::nullopt;
    return KeptShare{MessageKey{*message}, static_cast<int>(*step), *series, *parts, *whole, Money{*value}};
}

std::optional<Credited> take_credited(std::string_view& in) {
    Credited out;
    const auto size = take_number(in);
    if (!size || *size > in.size()) return std::nullopt;
    out.goal = in.substr(0, *size);
    in.remove_prefix(*size);
    const auto outcome = take_number(in);
    const auto shares = outcome && *outcome < outcomes ? take_number(in) : std::nullopt;
    if (!shares) return std::nullopt;
    out.outcome = static_cast<Credited::Outcome>(*outcome);
    for (std::uint64_t i = 0; i < *shares; ++i) {
        const auto share = take_share(in);
        if (!share) return std::nullopt;
        out.shares.push_back(*share);
    }
    return out;
}

}  // namespace

int step_that_led(const TouchedMessage& message, Timestamp at) {
    Timestamp last{};
    int step = 0;
    for (const auto& hit : message.hits) {
        if (hit.by == model::HitBy::machine || hit.at > at || hit.at < last) continue;
        last = hit.at;
        step = hit.step;
    }
    return step;
}

std::string_view name(Credited::Outcome outcome) {
    switch (outcome) {
        case Credited::Outcome::credited:
            return "credited";
        case Credited::Outcome::unattributed:
            return "unattributed";
        case Credited::Outcome::repeated:
            return "repeated";
        case Credited::Outcome::refund:
            return "refund";
        case Credited::Outcome::orphan:
            break;
    }
    return "orphan";
}

std::string encode_credits(const std::vector<Credited>& credits) {
    std::string out;
    for (const auto& credited : credits) {
        put_number(out, credited.goal.size());
        out.append(credited.goal);
        put_number(out, static_cast<std::uint64_t>(credited.outcome));
        put_number(out, credited.shares.size());
        for (const auto& share : credited.shares)
            put_share(out, share);
    }
    return out;
}

std::optional<std::vector<Credited>> decode_credits(std::string_view bytes) {
    std::vector<Credited> out;
    while (!bytes.empty()) {
        auto credited = take_credited(bytes);
        if (!credited) return std::nullopt;
        out.push_back(std::move(*credited));
    }
    return out;
}

std::int64_t checksum(std::string_view application, std::string_view person, const KeptConversion& conversion,
                      std::string_view credits) {
    return sum_of(application, person, conversion.number, std::string_view(conversion.event),
                  std::string_view(conversion.key), std::string_view(conversion.currency), conversion.value.micros,
                  to_ms(conversion.at), to_ms(conversion.noted_at), credits);
}

TouchedMessage touched(const Touches& touches, const Series* series) {
    TouchedMessage out{touches.key, touches.hits};
    if (series == nullptr) return out;
    out.campaign = series->campaign;
    out.class_name = series->class_name;
    for (const auto& step : series->steps)
        out.steps.push_back({step.channel, step.template_name, step.variant});
    return out;
}

}  // namespace chapar::store
