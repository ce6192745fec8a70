// chapar suppress: the addresses that are not written to.

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "csv/encoding.hpp"

namespace chapar::cli {
namespace {

int misuse(std::string_view what) {
    std::fputs(fmt::format("chapar suppress: {}; see chapar suppress --help\n", what).c_str(), stderr);
    return Exit::usage;
}

void print_row(const element& row) {
    std::puts(fmt::format("{:<8} {:<32} {:<9} {}  {}{}{}", text(row, "channel"), text(row, "address"),
                          text(row, "reach"), text(row, "at"), text(row, "reason"),
                          text(row, "until").empty() ? "" : ", until ", text(row, "until"))
                  .c_str());
}

int add(const Context& context, const Parsed& options) {
    json::Writer out;
    out.begin_object().member("channel", options.rest[1]).member("address", options.rest[2]);
    for (const auto name : {"reach", "reason", "source", "until"}) {
        if (options.has(name)) out.member(name, options.get(name));
    }
    return show(context, "PUT", "/v1/suppressions", out.end_object().take(), [](const std::string& body) {
        simdjson::dom::parser parser;
        element answer;
        if (parser.parse(body).get(answer) != simdjson::SUCCESS) return;
        if (number(answer, "added") != 0) {
            std::puts("added");
            return;
        }
        const auto already = entries(answer, "already");
        if (already.empty()) std::puts("already there");
        for (const element& known : already)
            std::puts(fmt::format("already there since {}, reach {}{}{}", text(known, "since"), text(known, "reach"),
                                  text(known, "until").empty() ? "" : ", until ", text(known, "until"))
                          .c_str());
    });
}

std::string one(const Parsed& options) {
    return fmt::format("channel={}&address={}", percent_encode(options.rest[1]), percent_encode(options.rest[2]));
}

int list(const Context& context, const Parsed& options) {
    std::string query = options.rest.size() == 3 ? one(options) : "limit=1000";
    long left = options.has("limit") ? std::strtol(options.get("limit").c_str(), nullptr, 10) : -1;
    for (;;) {
        const auto response = request(context, "GET", "/v1/suppressions?" + query);
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element page;
        if (parser.parse(response->body).get(page) != simdjson::SUCCESS) return Exit::failed;
        for (const element& row : entries(page, "suppressions")) {
            if (left-- == 0) return Exit::ok;
            if (context.json)
                std::puts(std::string(simdjson::minify(row)).c_str());
            else
                print_row(row);
        }
        const auto next = text(page, "next");
        if (next.empty()) return Exit::ok;
        query = "limit=1000&cursor=" + percent_encode(next);
    }
}

std::optional<std::string> contents(const std::string& path) {
    const bool from_stdin = path == "-";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(from_stdin ? stdin : std::fopen(path.c_str(), "rb"),
                                                               [](std::FILE* f) { return f == stdin ? 0 : fclose(f); });
    if (!file) return std::nullopt;
    std::string out;
    char buffer[65536];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, file.get()))
        out.append(buffer, got);
    return out;
}

int import(const Context& context, const std::string& path, const std::string& named) {
    const auto encoding = csv::encoding_named(named);
    if (!named.empty() && !encoding)
        return misuse(fmt::format("--encoding: \"{}\" is not known; say {}", named, csv::encoding_names));
    const auto csv = contents(path);
    if (!csv) return misuse(path + " can't be read");
    if (csv->empty()) return misuse(path + " is empty");
    const auto type = encoding ? fmt::format("text/csv; charset={}", csv::name(*encoding)) : std::string("text/csv");
    const auto response = request(context, "PUT", "/v1/suppressions", *csv, type.c_str());
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    simdjson::dom::parser parser;
    element answer;
    if (parser.parse(response->body).get(answer) != simdjson::SUCCESS) return Exit::failed;
    if (context.json) {
        std::puts(response->body.c_str());
    } else {
        for (const element& error : entries(answer, "errors"))
            std::fputs(fmt::format("{}:{}: {}\n", path, number(error, "line"), text(error, "detail")).c_str(), stderr);
        std::fputs(fmt::format("{}: {}\n", path, text(answer, "read_as")).c_str(), stderr);
        std::puts(fmt::format("{} added, {} were there already, {} failed", number(answer, "added"),
                              number(answer, "known"), number(answer, "failed"))
                      .c_str());
    }
    return number(answer, "failed") == 0 ? Exit::ok : Exit::failed;
}

int export_all(const Context& context) {
    const auto response = request(context, "GET", "/v1/suppressions.csv");
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    std::fwrite(response->body.data(), 1, response->body.size(), stdout);
    return Exit::ok;
}

}  // namespace

int run_suppress(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("suppress", args, {"reach", "reason", "source", "until", "limit", "encoding"});
    if (!options) return Exit::usage;
    const auto words = options->rest.size();
    const auto verb = words == 0 ? std::string() : options->rest[0];
    if (verb == "add" && words == 3) return add(context, *options);
    if (verb == "remove" && words == 3)
        return show(context, "DELETE", "/v1/suppressions?" + one(*options), {},
                    [](const std::string&) { std::puts("removed"); });
    if (verb == "list" && (words == 1 || words == 3)) return list(context, *options);
    if (verb == "import" && words == 2) return import(context, options->rest[1], options->get("encoding"));
    if (verb == "export" && words == 1) return export_all(context);
    return misuse("expected add, remove, list, import or export");
}

}  // namespace chapar::cli
