#include "model/cost.hpp"

#include <charconv>

namespace chapar::model {
namespace {

/// Takes `expected` off the front.
bool skip(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

bool take(std::string_view& text, int& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

std::string estimated_detail(const Cost& cost) {
    return "attempt " + std::to_string(cost.attempt) + ": " + std::to_string(cost.segments) +
           (cost.segments == 1 ? " segment, " : " segments, ") + show_money(cost.amount) + ' ' + cost.currency;
}

std::string show_bill(const Cost& cost) { return show_money(cost.amount) + ' ' + cost.currency; }

std::string billed_detail(const Cost& cost) {
    return "attempt " + std::to_string(cost.attempt) + ": " + show_bill(cost);
}

std::optional<Cost> read_bill(std::string_view text) {
    const auto blank = text.find(' ');
    if (blank == std::string_view::npos || !is_currency(text.substr(blank + 1))) return std::nullopt;
    const auto amount = parse_money(text.substr(0, blank));
    if (!amount) return std::nullopt;
    return Cost{0, 0, *amount, std::string(text.substr(blank + 1))};
}

std::optional<Cost> read_cost(std::string_view detail) {
    int attempt = 0, segments = 0;
    if (!skip(detail, "attempt ") || !take(detail, attempt) || !skip(detail, ": ")) return std::nullopt;
    auto rest = detail;
    if (take(rest, segments) && (skip(rest, " segments, ") || skip(rest, " segment, ")))
        detail = rest;
    else
        segments = 0;
    auto out = read_bill(detail);
    if (!out) return std::nullopt;
    out->attempt = attempt;
    out->segments = segments;
    return out;
}

std::optional<Cost> find_cost(std::string_view trace, Reason reason, int attempt) {
    const auto wanted = ' ' + std::to_string(static_cast<int>(reason)) + " attempt " + std::to_string(attempt) + ": ";
    for (auto at = trace.find(wanted); at != std::string_view::npos; at = trace.find(wanted, at + 1)) {
        const auto line = trace.rfind('\n', at) + 1;  // 0 where there is none
        const auto time = trace.substr(line, at - line);
        if (time.find_first_not_of("-0123456789") != std::string_view::npos) continue;  // inside of other words
        const auto detail = trace.substr(trace.find("attempt", at));
        if (auto cost = read_cost(detail.substr(0, detail.find('\n')))) return cost;
    }
    return std::nullopt;
}

}  // namespace chapar::model
