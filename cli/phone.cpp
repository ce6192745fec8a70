// chapar phone: what a number is, as the daemon would keep it. No daemon is asked.

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "config/settings.hpp"
#include "numbers/phone.hpp"

namespace chapar::cli {
namespace {

std::string as_json(const std::expected<std::string, std::string>& made) {
    json::Writer out;
    out.begin_object();
    if (!made) return out.member("error", made.error()).end_object().take();
    const auto all = numbers::describe(*made);
    out.member("e164", all.e164).member("national", all.national).member("country", all.country);
    out.member("type", numbers::name(all.type));
    for (const auto& [name, value] : {std::pair("operator", all.provider), std::pair("area", all.area),
                                      std::pair("city", all.city), std::pair("note", all.note)}) {
        if (!value.empty()) out.member(name, value);
    }
    return out.end_object().take();
}

void print_words(const std::string& e164) {
    const auto all = numbers::describe(e164);
    const auto line = [](std::string_view name, std::string_view value) {
        if (!value.empty()) std::puts(fmt::format("{:<10}{}", name, value).c_str());
    };
    line("E.164", all.e164);
    line("national", all.national);
    line("country", all.country);
    line("type", numbers::name(all.type));
    if (!all.provider.empty())
        line("operator", fmt::format("{} (the range's; the number may have been taken elsewhere)", all.provider));
    if (!all.area.empty()) line("area", fmt::format("{}, {}", all.area, all.city));
    line("note", all.note);
}

int describe_lines(std::string_view country) {
    std::ios::sync_with_stdio(false);
    simdjson::dom::parser parser;
    std::string line;
    int status = Exit::ok;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        element root;
        std::string_view phone;
        if (parser.parse(line).get(root) != simdjson::SUCCESS || root["phone"].get(phone) != simdjson::SUCCESS) {
            std::cout << R"({"error":"expected a JSON object with \"phone\", a string"})" << '\n';
            status = Exit::failed;
            continue;
        }
        const auto made = numbers::to_e164(phone, text(root, "country", country));
        if (!made) status = Exit::failed;
        std::cout << as_json(made) << '\n';
    }
    return std::cout.flush() ? status : Exit::failed;
}

}  // namespace

int run_phone(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("phone", args, {"country"}, {"jsonl"});
    if (!options) return Exit::usage;
    const auto country = options->get("country", config::DaemonSettings{}.country);
    if (options->rest.size() != (options->has("jsonl") ? 0U : 1U)) {
        std::fputs("usage: chapar phone NUMBER [--country IR] | chapar phone --jsonl [--country IR]\n", stderr);
        return Exit::usage;
    }
    if (!numbers::is_country(country)) {
        std::fputs(
            fmt::format("chapar phone: --country {}: expected two capital letters (ISO 3166) such as IR\n", country)
                .c_str(),
            stderr);
        return Exit::usage;
    }
    if (options->has("jsonl")) return describe_lines(country);
    const auto made = numbers::to_e164(options->rest[0], country);
    if (context.json) {
        std::puts(as_json(made).c_str());
    } else if (made) {
        print_words(*made);
    } else {
        std::fputs(fmt::format("chapar phone: {}\n", made.error()).c_str(), stderr);
    }
    return made ? Exit::ok : Exit::failed;
}

}  // namespace chapar::cli
