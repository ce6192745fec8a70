// What a count of costs says, in words and as JSON.

#include <fmt/format.h>

#include <cstdio>

#include "base/json.hpp"
#include "cli/cost_count.hpp"

namespace chapar::cli {
namespace {

std::string place(const std::string& file, const Place& at) {
    return fmt::format("{}:{}:{}", file, at.line, at.column);
}

std::string grouped(std::int64_t number) { return fmt::format("{}", number); }

void print_worst(const std::string& file, const Totals& all) {
    if (!all.worst) return;
    const auto& worst = *all.worst;
    auto line = fmt::format("worst case: {}, {} segment{}, {} ({} units)", place(file, worst.at), worst.segments,
                            worst.segments == 1 ? "" : "s", worst.encoding, worst.units);
    if (!worst.forced_by.empty()) line += fmt::format("; \"{}\" is not in GSM-7", worst.forced_by);
    std::puts(line.c_str());
}

void write_counts(json::Writer& out, std::string_view name, const auto& counts) {
    out.key(name).begin_object();
    for (const auto& [key, messages] : counts)
        out.member(fmt::format("{}", key), messages);
    out.end_object();
}

}  // namespace

void print_totals(const std::string& file, const Totals& all) {
    std::puts(fmt::format("{} messages, {} segments", grouped(all.messages), grouped(all.segments)).c_str());
    for (const auto& [segments, messages] : all.by_segments)
        std::puts(fmt::format("  {:>9} of {} segment{}", messages, segments, segments == 1 ? "" : "s").c_str());
    for (const auto& [encoding, messages] : all.by_encoding)
        std::puts(fmt::format("  {:>9} in {}", messages, encoding).c_str());
    for (const auto& [character, messages] : all.forced_by)
        std::puts(fmt::format("  {:>9} because of \"{}\"", messages, character).c_str());
    for (const auto& [route, sum] : all.by_route) {
        std::puts(fmt::format("route {}: {} messages, {} segments, {}", route.first, sum.messages, sum.segments,
                              route.second.empty() ? "no price known" : show_money(sum.amount) + ' ' + route.second)
                      .c_str());
    }
    if (all.unrouted > 0) std::puts(fmt::format("{} messages have no route that takes them", all.unrouted).c_str());
    print_worst(file, all);
    for (const auto& bad : all.bad)
        std::puts(fmt::format("{}: {}", place(file, bad.at), bad.what).c_str());
    if (all.failed > static_cast<std::int64_t>(all.bad.size()))
        std::puts(fmt::format("and {} more rows", all.failed - static_cast<std::int64_t>(all.bad.size())).c_str());
}

void write_totals(json::Writer& out, const Totals& all) {
    out.member("messages", all.messages).member("segments", all.segments);
    write_counts(out, "by_segments", all.by_segments);
    write_counts(out, "by_encoding", all.by_encoding);
    write_counts(out, "forced_by", all.forced_by);
    out.key("routes").begin_array();
    for (const auto& [route, sum] : all.by_route) {
        out.begin_object().member("route", route.first).member("messages", sum.messages);
        out.member("segments", sum.segments).member("amount", show_money(sum.amount)).member("currency", route.second);
        out.end_object();
    }
    out.end_array().member("unrouted", all.unrouted).key("worst");
    if (all.worst) {
        out.begin_object().member("line", all.worst->at.line).member("segments", all.worst->segments);
        out.member("encoding", all.worst->encoding).member("units", all.worst->units);
        out.member("forced_by", all.worst->forced_by).end_object();
    } else {
        out.null();
    }
    out.member("failed", all.failed).key("bad").begin_array();
    for (const auto& bad : all.bad) {
        out.begin_object().member("line", bad.at.line).member("column", bad.at.column).member("error", bad.what);
        out.end_object();
    }
    out.end_array();
}

}  // namespace chapar::cli
