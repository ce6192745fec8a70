#pragma once
// Reads a stored request. The parser's buffers are kept for the thread's next one, unless a large request made them
// large: they take a multiple of its text. Values live until the next request is read on this thread.

#include <simdjson.h>

#include <string>

namespace chapar::dispatch {

class BodyParser {
  public:
    BodyParser() = default;
    BodyParser(const BodyParser&) = delete;
    BodyParser& operator=(const BodyParser&) = delete;
    ~BodyParser() {
        if (parser().capacity() > most_kept) parser() = simdjson::dom::parser();
    }
    simdjson::error_code parse(const std::string& text, simdjson::dom::element& out) {
        return parser().parse(text).get(out);
    }

  private:
    static constexpr std::size_t most_kept = 64 << 10;
    static simdjson::dom::parser& parser() {
        static thread_local simdjson::dom::parser kept;
        return kept;
    }
};

}  // namespace chapar::dispatch
