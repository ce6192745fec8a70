// retry, cancel and release of many messages: counted first, then done a page at a time.

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/bulk.hpp"
#include "cli/client.hpp"
#include "cli/progress.hpp"

namespace chapar::cli {
namespace {

const std::initializer_list<std::string_view> filters = {"state",    "reason", "class",      "recipient",
                                                         "campaign", "tag",    "application"};

std::string body(std::string_view action, const Parsed& options, bool dry_run, const std::string& cursor) {
    json::Writer out;
    out.begin_object().member("action", action);
    for (const auto name : filters) {
        if (options.has(name)) out.member(name, options.get(name));
    }
    if (dry_run) out.member("dry_run", true);
    if (!cursor.empty()) out.member("cursor", cursor);
    return out.end_object().take();
}

/// Goes through all pages; an exit code that is not ok: it was said why.
int go_through(const Context& context, std::string_view action, const Parsed& options, bool dry_run, long total,
               long& count) {
    Progress progress(std::string(action), total, false);
    std::string cursor;
    do {
        const auto response = request(context, "POST", "/v1/bulk", body(action, options, dry_run, cursor));
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element answer;
        if (parser.parse(response->body).get(answer) != simdjson::SUCCESS) return Exit::failed;
        count += static_cast<long>(number(answer, dry_run ? "matched" : "moved"));
        if (!dry_run) progress.update(count);
        cursor = text(answer, "next");
    } while (!cursor.empty());
    return Exit::ok;
}

bool agreed(const std::string& question) {
    if (::isatty(STDIN_FILENO) == 0) {
        std::fputs((question + " Say --yes to do it.\n").c_str(), stderr);
        return false;
    }
    std::fputs((question + " Type yes: ").c_str(), stderr);
    char answer[8] = {};
    return std::fgets(answer, sizeof answer, stdin) != nullptr && std::string_view(answer) == "yes\n";
}

}  // namespace

std::optional<Parsed> parse_bulk(std::string_view command, std::span<const std::string_view> args,
                                 std::initializer_list<std::string_view> flags) {
    return parse_options(command, args, filters, flags);
}

int run_bulk(const Context& context, std::string_view action, const Parsed& options) {
    long matched = 0;
    if (const int failed = go_through(context, action, options, true, 0, matched); failed != Exit::ok) return failed;
    const bool is_over = options.has("dry-run") || matched == 0;
    if (is_over) {
        std::puts(context.json ? fmt::format(R"({{"matched":{}}})", matched).c_str()
                               : fmt::format("{} messages", matched).c_str());
        return Exit::ok;
    }
    if (!options.has("yes") && !agreed(fmt::format("{} {} messages?", action, matched))) return Exit::failed;
    long moved = 0;
    if (const int failed = go_through(context, action, options, false, matched, moved); failed != Exit::ok)
        return failed;
    std::puts(context.json ? fmt::format(R"({{"matched":{},"moved":{}}})", matched, moved).c_str()
                           : fmt::format("{} of {} messages", moved, matched).c_str());
    return Exit::ok;
}

int run_release(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_bulk("release", args, {"dry-run", "yes", "cancel"});
    if (!options || !options->rest.empty()) return Exit::usage;
    return run_bulk(context, options->has("cancel") ? "discard" : "release", *options);
}

}  // namespace chapar::cli
