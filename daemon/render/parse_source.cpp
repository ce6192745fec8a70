#include "render/parse_source.hpp"

#include "render/environment.hpp"
#include "render/lint_source.hpp"
#include "render/liquid_spans.hpp"
#include "render/syntax_advice.hpp"

#include <algorithm>

namespace chapar::render {

namespace {

/// Where `place` stands in `source`.
std::size_t offset_of(std::string_view source, Place place) {
    std::size_t at = 0;
    for (unsigned line = 1; line < place.line; ++line) {
        const std::size_t end = source.find('\n', at);
        if (end == std::string_view::npos) return source.size();
        at = end + 1;
    }
    return std::min(at + place.column - 1, source.size());
}

/// The tag or output that begins at `at`, or as much of it as stands on its line.
std::string_view tag_at(std::string_view source, std::size_t at) {
    const std::string_view rest = source.substr(at);
    const std::size_t close = std::min(rest.find("}}"), rest.find("%}"));
    const std::size_t line = std::min(rest.find('\n'), rest.size());
    return rest.substr(0, close == std::string_view::npos ? line : close);
}

/// What is wrong, with the way out; the place is that of the character that is to blame, where there is one.
void advise(Trouble& trouble, std::string_view source) {
    const std::size_t at = offset_of(source, trouble.place);
    const std::string_view tag = tag_at(source, at);
    const bool unclosed = trouble.sentence.find("was not properly terminated") != std::string::npos;
    if (unclosed) {
        trouble.sentence = advice_on(trouble.sentence, tag).substr(2);
    } else if (const auto foreign = foreign_mark(tag)) {
        trouble.place = place_at(source, at + foreign->at);
        trouble.sentence = foreign->advice;
    } else {
        trouble.sentence += advice_on(trouble.sentence, tag);
    }
}

}  // namespace

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
    advise(trouble, source);
    return std::unexpected(std::move(trouble));
}

}  // namespace chapar::render
