// chapar link: what a link of the site is.

#include <fmt/format.h>

#include <cstdio>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

void print_link(const std::string& body) {
    simdjson::dom::parser parser;
    element link;
    if (parser.parse(body).get(link) != simdjson::SUCCESS) return;
    const auto line = [](std::string_view name, std::string_view value) {
        if (!value.empty()) std::puts(fmt::format("{:<12} {}", name, value).c_str());
    };
    line("kind", text(link, "kind"));
    line("message", text(link, "message", "gone: it was removed, and its links stay"));
    for (const std::string_view name :
         {"application", "class", "destination", "person", "channel", "topic", "issued", "expires"})
        line(name, text(link, name));
    if (text(link, "kind") == "short" && !flag(link, "tracked")) line("tracked", "no: who follows it is not noted");
}

}  // namespace

int run_link(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("link", args, {});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) {
        std::fputs("usage: chapar link SEAL|CODE|ADDRESS\n", stderr);
        return Exit::usage;
    }
    json::Writer body;
    body.begin_object().member("link", options->rest[0]).end_object();
    return show(context, "POST", "/v1/links/resolve", body.text(), print_link);
}

}  // namespace chapar::cli
