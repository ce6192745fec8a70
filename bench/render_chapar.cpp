// Renders bench/mail/mail.liquid with Chapar's engine: render_chapar TEMPLATE DATA.json SECONDS OUTPUT
#include "support/measure.hpp"

#include "render/liquid/liquid.hpp"

int main(int argc, char** argv) {
    using namespace chapar::liquid;
    if (argc != 5) return 2;
    const auto source = measure::text_of(argv[1]), json = measure::text_of(argv[2]);
    const double seconds = std::atof(argv[3]);
    const ParseOptions options{.escape = Escape::html};
    const auto program = parse(source, options);
    Document document;
    const auto root = document.parse(json);
    if (!program || !root) return 1;
    std::string out;
    const RenderOptions rendering;
    const auto render_cost = measure::cost_of(seconds, [&] {
        out.clear();
        if (!render(**program, *root, rendering, out)) std::abort();
    });
    const auto parse_cost = measure::cost_of(seconds / 4, [&] {
        if (!parse(source, options)) std::abort();
    });
    Document other;
    const auto data_cost = measure::cost_of(seconds / 4, [&] {
        if (!other.parse(json)) std::abort();
    });
    measure::report(render_cost, parse_cost, data_cost, out, argv[4]);
    return 0;
}
