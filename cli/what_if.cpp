// chapar what-if: what the policy would say of a message at a moment, without effect.

#include <fmt/format.h>

#include <cstdio>

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/site.hpp"
#include "cli/submission.hpp"

namespace chapar::cli {
namespace {

void print_finding(const element& finding) {
    const auto rule = text(finding, "rule");
    std::puts(fmt::format("    {} {}{}{}: {}", flag(finding, "passed") ? "passed " : "stopped", text(finding, "gate"),
                          rule.empty() ? "" : " ", rule, text(finding, "words"))
                  .c_str());
}

void print_answer(const std::string& body) {
    simdjson::dom::parser parser;
    element answer;
    if (parser.parse(body).get(answer) != simdjson::SUCCESS) return;
    std::puts(std::string(text(answer, "words")).c_str());
    for (const element& step : entries(answer, "steps")) {
        std::puts(fmt::format("  {} {} at {}: {}", text(step, "channel"), text(step, "address", "(no address)"),
                              text(step, "at_words"), text(step, "decision"))
                      .c_str());
        for (const element& finding : entries(step, "findings"))
            print_finding(finding);
    }
}

std::string request_of(const Parsed& options) {
    std::vector<std::pair<std::string, std::string>> to;
    for (const auto& [option, member] : {std::pair("to", "email"), std::pair("recipient", "recipient"),
                                         std::pair("phone", "phone"), std::pair("timezone", "timezone")}) {
        if (options.has(option)) to.emplace_back(member, options.get(option));
    }
    return submission_json(common_of(options), to, options.get("data"));
}

}  // namespace

int run_what_if(Context& context, std::span<const std::string_view> args) {
    auto options = parse_options(
        "what-if", args, {"to",       "recipient", "phone",    "country",    "timezone", "locale", "template", "class",
                          "channels", "plan",      "category", "household",  "campaign", "tag",    "from",     "value",
                          "data",     "at",        "send-at",  "expires-at", "config",   "cc",     "bcc"});
    if (!options) return Exit::usage;
    if (!options->rest.empty() || !options->has("template") ||
        (!options->has("to") && !options->has("recipient") && !options->has("phone"))) {
        std::fputs("chapar what-if: needs --template and --recipient, --to or --phone; see chapar what-if --help\n",
                   stderr);
        return Exit::usage;
    }
    const auto site = read_site(*options);
    const auto problem = site ? read_times(*options, *site, {"at", "send-at", "expires-at"}) : site.error();
    if (!problem.empty()) {
        std::fputs(fmt::format("chapar what-if: {}\n", problem).c_str(), stderr);
        return Exit::usage;
    }
    return show(context, "POST", "/v1/what-if", request_of(*options), print_answer);
}

}  // namespace chapar::cli
