// `chapar send`: one message, a CSV file, or NDJSON. A broken run resumes: every line has an idempotency key.

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <sstream>

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/mailing.hpp"
#include "cli/options.hpp"
#include "cli/site.hpp"
#include "cli/stream_send.hpp"
#include "cli/submission.hpp"

namespace chapar::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

int no_close(std::FILE*) { return 0; }

File open_input(const std::string& path) {
    if (path == "-") return {stdin, no_close};
    return {std::fopen(path.c_str(), "rb"), std::fclose};
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
    StreamOptions how;
    how.progress = options.has("progress");
    const int code = send_stream(context, next, how);
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
    auto options = parse_options("send", args, {"csv",           "ndjson",         "template",     "class",
                                                "campaign",      "channels",       "tag",          "send-at",
                                                "expires-at",    "from",           "locale",       "to",
                                                "phone",         "recipient",      "timezone",     "key",
                                                "data",          "plan",           "category",     "variant",
                                                "household",     "value",          "collapse-key", "dedupe-key",
                                                "dedupe-window", "fallback-after", "country",      "encoding",
                                                "config",        "folder",         "cc",           "bcc"},
                                 {"progress", "test", "dry-run", "once-per-address", "every-row"});
    if (!options) return Exit::usage;
    if (!options->rest.empty()) {
        std::fputs(fmt::format("chapar send: {}: unexpected word\n", options->rest.front()).c_str(), stderr);
        return Exit::usage;
    }
    const auto site = read_site(*options);
    const auto problem = site ? read_times(*options, *site, {"send-at", "expires-at"}) : site.error();
    if (!problem.empty()) {
        std::fputs(fmt::format("chapar send: {}\n", problem).c_str(), stderr);
        return Exit::usage;
    }
    if ((options->has("csv") || options->has("ndjson")) && (options->has("cc") || options->has("bcc"))) {
        std::fputs(
            "chapar send: --cc and --bcc go with one message; of many, each says its own as cc and bcc of its line in "
            "--ndjson\n",
            stderr);
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
