#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace chapar::cli {

std::optional<Parsed> parse_options(std::string_view command, std::span<const std::string_view> args,
                                    std::initializer_list<std::string_view> valued,
                                    std::initializer_list<std::string_view> flags) {
    const auto complain = [&](std::string_view word, std::string_view what) {
        std::fputs(fmt::format("chapar {}: {}: {}; see chapar {} --help\n", command, word, what, command).c_str(),
                   stderr);
    };
    Parsed out;
    for (std::size_t i = 0; i < args.size(); ++i) {
        const std::string_view word = args[i];
        if (!word.starts_with("--") || word == "--") {
            out.rest.emplace_back(word);
            continue;
        }
        const auto equals = word.find('=');
        const std::string_view name = word.substr(2, equals == std::string_view::npos ? equals : equals - 2);
        if (std::find(flags.begin(), flags.end(), name) != flags.end()) {
            out.values[std::string(name)];
            continue;
        }
        if (std::find(valued.begin(), valued.end(), name) == valued.end()) {
            complain(word, "no such option");
            return std::nullopt;
        }
        if (equals != std::string_view::npos) {
            out.values[std::string(name)].emplace_back(word.substr(equals + 1));
        } else if (i + 1 < args.size()) {
            out.values[std::string(name)].emplace_back(args[++i]);
        } else {
            complain(word, "a value is missing");
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace chapar::cli
