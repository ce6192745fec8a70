// chapar sms count: what a text costs as SMS, and which character makes it dear.

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <iostream>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "sms/text/segments.hpp"

namespace chapar::cli {
namespace {

std::string as_json(const sms::Count& count) {
    json::Writer out;
    out.begin_object().member("encoding", sms::name(count.encoding));
    out.member("units", count.units).member("segments", count.segments).key("forced_by");
    count.forced_by.empty() ? out.null() : out.value(count.forced_by);
    return out.end_object().take();
}

std::string as_words(const sms::Count& count) {
    auto words = fmt::format("{} segment{}, {} ({} units)", count.segments, count.segments == 1 ? "" : "s",
                             sms::name(count.encoding), count.units);
    if (!count.forced_by.empty()) {
        words += fmt::format("; \"{}\" at byte {} is not in GSM-7", count.forced_by, count.forced_at);
    }
    return words;
}

/// One answer for each line, in order; a bad line is answered with an error and fails alone.
int count_lines() {
    simdjson::dom::parser parser;
    std::string line;
    int status = Exit::ok;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        std::string_view text;
        if (parser.parse(line)["text"].get(text) != simdjson::SUCCESS) {
            std::puts(R"({"error":"expected a JSON object with \"text\", a string"})");
            status = Exit::failed;
            continue;
        }
        std::puts(as_json(sms::count(text)).c_str());
    }
    return status;
}

}  // namespace

int run_sms(Context& context, std::span<const std::string_view> args) {
    if (args.size() == 2 && args[0] == "count" && args[1] == "--jsonl") return count_lines();
    if (args.size() != 2 || args[0] != "count") {
        std::fputs("usage: chapar sms count TEXT | chapar sms count --jsonl\n", stderr);
        return Exit::usage;
    }
    const auto count = sms::count(args[1]);
    std::puts((context.json ? as_json(count) : as_words(count)).c_str());
    return Exit::ok;
}

}  // namespace chapar::cli
