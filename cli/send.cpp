// `chapar send`: one message, a CSV file, or NDJSON. A broken run resumes: every line has an idempotency key.

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/csv.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/submission.hpp"

namespace chapar::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

int no_close(std::FILE*) { return 0; }

File open_input(const std::string& path) {
    if (path == "-") return {stdin, no_close};
    return {std::fopen(path.c_str(), "rb"), std::fclose};
}

/// What came of a streamed file, counted from the answer lines.
struct Tally {
    long accepted = 0, duplicates = 0, refused = 0;
    long answered() const { return accepted + duplicates + refused; }
};

void count_answer(const Context& context, std::string_view line, Tally& tally) {
    static thread_local simdjson::dom::parser parser;
    element answer;
    if (context.json) std::fputs((std::string(line) + '\n').c_str(), stdout);
    if (parser.parse(line.data(), line.size()).get(answer) != simdjson::SUCCESS) return;
    if (number(answer, "status") == 202) {
        ++(flag(answer, "duplicate") ? tally.duplicates : tally.accepted);
        return;
    }
    ++tally.refused;
    element problem;
    std::string words = "refused";
    if (answer["problem"].get(problem) == simdjson::SUCCESS) {
        words = fmt::format("{}: {}", text(problem, "title"), text(problem, "detail"));
    }
    if (tally.refused <= 20) {
        std::fputs(fmt::format("\rmessage {}: {}\n", number(answer, "line"), words).c_str(), stderr);
    }
    if (tally.refused == 20) std::fputs("further refusals are only counted\n", stderr);
}

int send_stream(const Context& context, long total, bool always, const std::function<bool(std::string&)>& next) {
    Tally tally;
    std::optional<Response> response;
    double seconds = 0;
    {
        Progress progress("sending", total, always);
        response = stream(context, next, [&](std::string_view line) {
            count_answer(context, line, tally);
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

long count_rows(const std::string& path) {
    const File file = open_input(path);
    if (path == "-" || !file) return 0;
    CsvReader reader(file.get());
    std::vector<std::string> row;
    long rows = 0;
    while (reader.next(row))
        ++rows;
    return reader.error().empty() ? rows : 0;
}

int send_csv(const Context& context, const Parsed& options) {
    const std::string path = options.get("csv");
    const File file = open_input(path);
    if (!file) {
        std::fputs(fmt::format("chapar send: {} can't be opened\n", path).c_str(), stderr);
        return Exit::failed;
    }
    const Common common = common_of(options);
    CsvReader reader(file.get());
    std::vector<std::string> fields;
    std::vector<std::pair<std::string, std::string>> row;
    const auto next = [&](std::string& line) {
        if (!reader.next(fields)) return false;
        row.clear();
        bool has_key = false;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            has_key = has_key || (reader.columns()[i] == "idempotency_key" && !fields[i].empty());
            row.emplace_back(reader.columns()[i], fields[i]);
        }
        line = submission_json(common, row);
        if (!has_key) {
            row.emplace_back("idempotency_key", derived_key(common, line));
            line = submission_json(common, row);
        }
        return true;
    };
    const int code = send_stream(context, count_rows(path), options.has("progress"), next);
    if (reader.error().empty()) return code;
    std::fputs(fmt::format("chapar send: {}: {}; nothing after it was sent\n", path, reader.error()).c_str(), stderr);
    return Exit::failed;
}

int send_ndjson(const Context& context, const Parsed& options) {
    const std::string path = options.get("ndjson");
    const File file = open_input(path);
    if (!file) {
        std::fputs(fmt::format("chapar send: {} can't be opened\n", path).c_str(), stderr);
        return Exit::failed;
    }
    char* raw = nullptr;
    std::size_t capacity = 0;
    const auto next = [&](std::string& line) {
        const auto length = ::getline(&raw, &capacity, file.get());
        if (length < 0) return false;
        std::string_view text(raw, static_cast<std::size_t>(length));
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
            text.remove_suffix(1);
        line = with_key(text);
        return true;
    };
    const int code = send_stream(context, 0, options.has("progress"), next);
    std::free(raw);
    return code;
}

int send_one(const Context& context, const Parsed& options) {
    std::vector<std::pair<std::string, std::string>> row;
    for (const auto& [option, column] : {std::pair{"to", "email"},
                                         {"phone", "phone"},
                                         {"recipient", "recipient"},
                                         {"timezone", "timezone"},
                                         {"key", "idempotency_key"}}) {
        if (options.has(option)) row.emplace_back(column, options.get(option));
    }
    const std::string body = submission_json(common_of(options), row, options.get("data", "{}"));
    return show(context, "POST", "/v1/messages", body, [](const std::string& answer) {
        simdjson::dom::parser parser;
        element document;
        if (parser.parse(answer).get(document) != simdjson::SUCCESS) return;
        std::puts(fmt::format("{}{}", text(document, "id"),
                              flag(document, "duplicate") ? "  (known already: this key was sent before)" : "")
                      .c_str());
    });
}

}  // namespace

int run_send(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options(
        "send", args,
        {"csv",          "ndjson",     "template",      "class",          "campaign", "channels",  "tag",
         "send-at",      "expires-at", "from",          "locale",         "to",       "phone",     "recipient",
         "timezone",     "key",        "data",          "plan",           "category", "household", "value",
         "collapse-key", "dedupe-key", "dedupe-window", "fallback-after", "country"},
        {"progress", "test"});
    if (!options) return Exit::usage;
    if (!options->rest.empty()) {
        std::fputs(fmt::format("chapar send: {}: unexpected word\n", options->rest.front()).c_str(), stderr);
        return Exit::usage;
    }
    if (options->has("csv")) return send_csv(context, *options);
    if (options->has("ndjson")) return send_ndjson(context, *options);
    if (options->has("to") || options->has("phone") || options->has("recipient")) return send_one(context, *options);
    std::fputs("chapar send: to whom? --to ADDRESS, --recipient ID, --phone NUMBER, --csv FILE or --ndjson FILE\n",
               stderr);
    return Exit::usage;
}

}  // namespace chapar::cli
