#include "cli/stream_send.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "base/json_parser.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/progress.hpp"

namespace chapar::cli {
namespace {

/// Counted from the answer lines.
struct Tally {
    long accepted = 0, duplicates = 0, refused = 0;
    long answered() const { return accepted + duplicates + refused; }
};

bool is_sent_before(const element& problem) { return text(problem, "type").ends_with("idempotency-conflict"); }

void count_answer(const Context& context, std::string_view line, const StreamOptions& options, Tally& tally) {
    json::Parser parser;
    element answer;
    if (context.json) std::fputs((std::string(line) + '\n').c_str(), stdout);
    if (parser.parse(line, answer) != simdjson::SUCCESS) return;
    const auto named = options.name_next ? options.name_next() : fmt::format("message {}", number(answer, "line"));
    if (number(answer, "status") == 202) {
        ++(flag(answer, "duplicate") ? tally.duplicates : tally.accepted);
        return;
    }
    element problem;
    std::string words = "refused";
    if (answer["problem"].get(problem) == simdjson::SUCCESS) {
        if (options.is_file && is_sent_before(problem)) {
            ++tally.duplicates;
            return;
        }
        words = fmt::format("{}: {}", text(problem, "title"), text(problem, "detail"));
    }
    ++tally.refused;
    if (tally.refused <= 20) std::fputs(fmt::format("\r{}: {}\n", named, words).c_str(), stderr);
    if (tally.refused == 20) std::fputs("further refusals are only counted\n", stderr);
}

}  // namespace

int send_stream(const Context& context, const std::function<bool(std::string&)>& next, const StreamOptions& options) {
    Tally tally;
    std::optional<Response> response;
    double seconds = 0;
    {
        Progress progress("sending", options.total, options.progress);
        response = stream(context, next, [&](std::string_view line) {
            count_answer(context, line, options, tally);
            progress.update(tally.answered(), tally.refused == 0 ? "" : fmt::format("{} refused", tally.refused));
        });
        seconds = progress.seconds();
    }
    if (!response) return Exit::unreachable;
    if (response->status != 200) return print_problem(*response);
    if (!context.json) {
        std::puts(fmt::format("{} accepted, {} known already, {} refused in {:.2f} s", tally.accepted, tally.duplicates,
                              tally.refused, seconds)
                      .c_str());
    }
    return tally.refused == 0 ? Exit::ok : Exit::failed;
}

}  // namespace chapar::cli
