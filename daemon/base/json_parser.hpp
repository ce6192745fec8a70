#pragma once
// Reads JSON that this program wrote or checked before, such as a stored request. The parser's buffers are kept for
// the thread's next text, unless a large one made them large: they take a multiple of it. Values live as long as the
// Parser, and until its next text. Shows simdjson: for .cpp files.

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::json {

/// Where a text begins, for simdjson, which copies it: never a null pointer, whatever an empty text has.
inline const char* begin_of(std::string_view text) { return text.empty() ? "" : text.data(); }

class Parser {
  public:
    Parser() : parser_(lend()) {}
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() {
        if (own_) return;
        if (parser_.capacity() > most_kept) parser_ = simdjson::dom::parser();
        kept().is_lent = false;
    }
    simdjson::error_code parse(const std::string& text, simdjson::dom::element& out) {
        return parser_.parse(text).get(out);  // without a copy where it has room behind it
    }
    simdjson::error_code parse(std::string_view text, simdjson::dom::element& out) {
        return parser_.parse(begin_of(text), text.size()).get(out);
    }

  private:
    static constexpr std::size_t most_kept = 64 << 10;
    struct Kept {
        simdjson::dom::parser parser;
        bool is_lent = false;
    };
    static Kept& kept() {
        static thread_local Kept of_thread;
        return of_thread;
    }
    /// The thread's, unless a caller further up has it: that one's values must stay.
    simdjson::dom::parser& lend() {
        if (!std::exchange(kept().is_lent, true)) return kept().parser;
        own_ = std::make_unique<simdjson::dom::parser>();
        return *own_;
    }

    std::unique_ptr<simdjson::dom::parser> own_;
    simdjson::dom::parser& parser_;
};

}  // namespace chapar::json
