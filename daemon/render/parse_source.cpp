#include "render/parse_source.hpp"

#include "render/environment.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"

#include <algorithm>

namespace chapar::render {

std::expected<ProgramPtr, Trouble> parse_source(const std::string& path, std::string_view source,
                                                liquid::Escape escape) {
    liquid::ParseOptions options;
    options.name = path;
    options.mode = liquid::Mode::strict;
    options.escape = escape;
    options.environment = message_environment();
    auto program = liquid::parse(source, options);
    if (program) return std::move(*program);
    const liquid::Problem& problem = program.error();
    Trouble trouble{
        {static_cast<unsigned>(std::max(problem.line, 1)), static_cast<unsigned>(std::max(problem.column, 1))},
        problem.message};
    constexpr std::string_view ending = "' tag was never closed";
    if (problem.message.starts_with('\'') && problem.message.ends_with(ending)) {
        const std::string_view message = problem.message;
        const std::size_t open = unclosed_tag(source, message.substr(1, message.size() - 1 - ending.size()));
        if (open != std::string_view::npos) trouble.place = place_at(source, open);
    }
    return std::unexpected(std::move(trouble));
}

}  // namespace chapar::render
