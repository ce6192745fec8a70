// chapar sms count: what a text costs as SMS, and which character makes it dear.

#include <fmt/format.h>
#include <simdjson.h>

#include <cstdio>
#include <iostream>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "sms_text/segments.hpp"
#include "sms_text/smart.hpp"

namespace chapar::cli {
namespace {

/// What was counted, and what `--smart` replaced before.
struct Counted {
    sms::Count count;
    std::vector<sms::SmartReplacement> replaced;
};

Counted counted(std::string_view text, bool smart) {
    if (!smart) return {sms::count(text), {}};
    auto plain = sms::smarten(text);
    return {sms::count(plain.text), std::move(plain.replaced)};
}

std::string as_json(const Counted& all, bool smart) {
    const auto& count = all.count;
    json::Writer out;
    out.begin_object().member("encoding", sms::name(count.encoding));
    out.member("units", count.units).member("segments", count.segments).key("forced_by");
    count.forced_by.empty() ? out.null() : out.value(count.forced_by);
    if (smart) {
        out.key("replaced").begin_array();
        for (const auto& each : all.replaced) {
            out.begin_object().member("from", std::string_view(each.from)).member("to", std::string_view(each.to));
            out.member("times", each.times).end_object();
        }
        out.end_array();
    }
    return out.end_object().take();
}

std::string as_words(const Counted& all) {
    const auto& count = all.count;
    auto words = fmt::format("{} segment{}, {} ({} units)", count.segments, count.segments == 1 ? "" : "s",
                             sms::name(count.encoding), count.units);
    if (!count.forced_by.empty()) {
        words += fmt::format("; \"{}\" at byte {} is not in GSM-7", count.forced_by, count.forced_at);
    }
    for (const auto& each : all.replaced) {
        words += fmt::format("\nreplaced \"{}\" by \"{}\"", each.from, each.to);
        if (each.times > 1) words += fmt::format(", {} times", each.times);
    }
    return words;
}

/// One answer for each line, in order; a bad line is answered with an error and fails alone.
int count_lines(bool smart) {
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
        std::puts(as_json(counted(text, smart), smart).c_str());
    }
    return status;
}

}  // namespace

int run_sms(Context& context, std::span<const std::string_view> args) {
    std::vector<std::string_view> words(args.begin(), args.end());
    const bool smart = std::erase(words, "--smart") != 0;
    if (words.size() == 2 && words[0] == "count" && words[1] == "--jsonl") return count_lines(smart);
    if (words.size() != 2 || words[0] != "count") {
        std::fputs("usage: chapar sms count [--smart] TEXT | chapar sms count [--smart] --jsonl\n", stderr);
        return Exit::usage;
    }
    const auto all = counted(words[1], smart);
    std::puts((context.json ? as_json(all, smart) : as_words(all)).c_str());
    return Exit::ok;
}

}  // namespace chapar::cli
