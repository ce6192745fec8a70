#include "store/rows/tally_rows.hpp"

#include "base/varint.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store {
namespace {

constexpr int kinds_of_names = 4;

void put_text(std::string& out, std::string_view text) {
    put_number(out, text.size());
    out.append(text);
}

std::optional<std::string> take_text(std::string_view& in) {
    const auto size = take_number(in);
    if (!size || *size > in.size()) return std::nullopt;
    std::string out(in.substr(0, *size));
    in.remove_prefix(*size);
    return out;
}

void put_tally(std::string& out, const model::Tally& tally) {
    std::uint64_t used = 0;
    for (const auto count : tally.by)
        used += count != 0 ? 1 : 0;
    put_number(out, used);
    for (std::size_t i = 0; i < tally.by.size(); ++i) {
        if (tally.by[i] == 0) continue;
        put_number(out, i);
        put_signed(out, tally.by[i]);
    }
    put_number(out, tally.named.size());
    for (const auto& [what, count] : tally.named) {
        put_number(out, static_cast<std::uint64_t>(what.first));
        put_text(out, what.second);
        put_signed(out, count);
    }
}

bool take_named(std::string_view& in, model::Tally& tally) {
    const auto kind = take_number(in);
    if (!kind || *kind >= kinds_of_names) return false;
    const auto of = take_text(in);
    const auto count = of ? take_signed(in) : std::nullopt;
    if (count) tally.add(static_cast<model::Named>(*kind), *of, *count);
    return count.has_value();
}

bool take_tally(std::string_view& in, model::Tally& tally) {
    const auto used = take_number(in);
    for (std::uint64_t i = 0; used && i < *used; ++i) {
        const auto which = take_number(in);
        const auto count = which ? take_signed(in) : std::nullopt;
        if (!count || *which >= tally.by.size()) return false;
        tally.by[*which] = *count;
    }
    const auto named = used ? take_number(in) : std::nullopt;
    for (std::uint64_t i = 0; named && i < *named; ++i)
        if (!take_named(in, tally)) return false;
    return named.has_value();
}

/// Up to the next `end`, which is taken too.
std::string_view take_until(std::string_view& text, char end) {
    const auto at = text.find(end);
    const auto out = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return out;
}

}  // namespace

std::string encode_steps(const std::vector<SeriesStep>& steps) {
    std::string out;
    for (const auto& step : steps)
        out.append(step.channel).append("\t").append(step.template_name).append("\t").append(step.variant).append("\n");
    return out;
}

std::vector<SeriesStep> decode_steps(std::string_view text) {
    std::vector<SeriesStep> out;
    while (!text.empty()) {
        auto line = take_until(text, '\n');
        SeriesStep step;
        step.channel = take_until(line, '\t');
        step.template_name = take_until(line, '\t');
        step.variant = line;
        out.push_back(std::move(step));
    }
    return out;
}

std::string encode_tallies(const StepTallies& tallies) {
    std::string out;
    for (const auto& [step, tally] : tallies) {
        if (tally.is_zero()) continue;
        put_number(out, static_cast<std::uint64_t>(step));
        put_tally(out, tally);
    }
    return out;
}

std::optional<StepTallies> decode_tallies(std::string_view bytes) {
    StepTallies out;
    while (!bytes.empty()) {
        const auto step = take_number(bytes);
        if (!step || !take_tally(bytes, out[static_cast<int>(*step)])) return std::nullopt;
    }
    return out;
}

std::int64_t tally_sum(std::int32_t day, SeriesId series, std::string_view bytes) {
    return sum_of(std::int64_t{day}, series.value, bytes);
}

std::string encode_hits(const std::vector<model::CountedHit>& hits) {
    std::string out;
    for (const auto& hit : hits) {
        put_number(out, static_cast<std::uint64_t>(hit.kind) | static_cast<std::uint64_t>(hit.by) << 1);
        put_number(out, static_cast<std::uint64_t>(hit.step));
        put_signed(out, to_ms(hit.at));
    }
    return out;
}

std::optional<std::vector<model::CountedHit>> decode_hits(std::string_view bytes) {
    std::vector<model::CountedHit> out;
    while (!bytes.empty()) {
        const auto what = take_number(bytes);
        const auto step = what ? take_number(bytes) : std::nullopt;
        const auto at = step ? take_signed(bytes) : std::nullopt;
        if (!at || (*what >> 1) > static_cast<std::uint64_t>(model::HitBy::machine)) return std::nullopt;
        out.push_back({static_cast<model::Engaged>(*what & 1), static_cast<model::HitBy>(*what >> 1), from_ms(*at),
                       static_cast<int>(*step)});
    }
    return out;
}

std::int64_t checksum(const Touches& touches, std::string_view hits) {
    return sum_of(touches.key.value, touches.application, touches.person, touches.series.value, hits);
}

}  // namespace chapar::store
