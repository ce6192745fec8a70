// Any bytes as a template that includes itself, over data with a value of each kind, within small limits: rendering
// ends, and in html no output brings a tag of its own.
#include "render/liquid/liquid.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {
using namespace chapar::liquid;

constexpr const char* json =
    R"({"a":[3,1,null,"x",[2]],"h":{"k":"v","n":[1,{"z":null}]},"n":5,"f":-1.5,"t":true,"s":"<b>\"text\" & 'more'</b>",
"d":"2020-06-15 14:30:45 +0330","p":[{"k":1,"v":"b"},{"k":2,"v":"a"}],"fa":"سلام دنیا","big":123456789012345678901234567890})";

struct Data {
    Document document;
    Value root;
    Data() : root(*document.parse(json)) {}
};
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Data given;
    if (size == 0) return 0;
    ParseOptions parsing;
    parsing.mode = static_cast<Mode>(data[0] % 3);
    parsing.escape = (data[0] & 4) != 0 ? Escape::html : Escape::none;
    const auto program = parse({reinterpret_cast<const char*>(data + 1), size - 1}, parsing);
    if (!program) return 0;
    const Resolver partials = [&](std::string_view) -> Outcome<std::shared_ptr<const Program>> { return *program; };
    Budget budget(Limits{.steps = 2'000, .output_bytes = 1 << 14, .assigned_bytes = 1 << 16});
    RenderOptions options;
    options.on_error = (data[0] & 8) != 0 ? OnError::print : OnError::stop;
    options.strict_variables = (data[0] & 16) != 0;
    options.budget = &budget;
    options.partials = &partials;
    options.now = 1.7e9;
    std::string out;
    (void)render(**program, given.root, options, out);
    return 0;
}
