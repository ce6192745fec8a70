#pragma once
// Reads JSON that this program wrote or checked before, such as a stored request. The parser's buffers are kept for
// the thread's next text, unless a large one made them large: they take a multiple of it. Values live until the next
// text is read on this thread. Shows simdjson: for .cpp files.

#include <simdjson.h>

#include <string>
#include <string_view>

namespace chapar::json {

class Parser {
  public:
    Parser() = default;
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() {
        if (parser().capacity() > most_kept) parser() = simdjson::dom::parser();
    }
    simdjson::error_code parse(const std::string& text, simdjson::dom::element& out) {
        return parser().parse(text).get(out);  // without a copy where it has room behind it
    }
    simdjson::error_code parse(std::string_view text, simdjson::dom::element& out) {
        return parser().parse(text.data(), text.size()).get(out);
    }

  private:
    static constexpr std::size_t most_kept = 64 << 10;
    static simdjson::dom::parser& parser() {
        static thread_local simdjson::dom::parser kept;
        return kept;
    }
};

}  // namespace chapar::json
