#pragma once
// The Liquid template language: parse once, render many times. Specification: Shopify's Liquid 5 (reference
// implementation, newest release); docs/liquid.md lists what is supported and each agreed deviation.
//
//   auto program = liquid::parse(source, {.name = "welcome/email.liquid", .escape = liquid::Escape::html});
//   liquid::Document data;                       // reusable
//   auto root = data.parse(json);                // a Value that lives in `data`
//   std::string out;
//   auto done = liquid::render(**program, *root, options, out);   // appends; errors are values
//
// Threads: a Program and an Environment are immutable and shared freely. A Document, a Budget and a RenderOptions
// belong to one rendering at a time. Rendering takes its scratch memory from the thread: once warm, nothing is
// allocated. Nothing here throws on any template or data.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "render/liquid/value.hpp"

namespace chapar::liquid {

enum class Code {
    syntax,    // the template does not parse
    failed,    // a filter, a lookup or an include failed while rendering
    limit,     // a limit was reached; the message names it
    stopped,   // the template ended its own rendering (a host tag called Context::stop); the message is the reason
    bad_data,  // the JSON text does not parse
};
constexpr std::string_view error_domain(Code) { return "liquid"; }

/// One thing wrong, with its place. Line and column count from 1 (column in bytes); 0 is "not known".
struct Problem {
    Code code = Code::failed;
    std::string name = {};  // of the template, "" for an unnamed one
    int line = 0;
    int column = 0;
    std::string message = {};  // the sentence alone: "divided by 0"
    bool silent = false;       // undefined variable or filter: reported, never printed into the text

    /// As the reference prints it: "Liquid error (NAME line 3): divided by 0" (NAME only for a named template).
    std::string text() const;
    /// For an editor: "NAME:3:14: divided by 0".
    std::string located() const;
    Error error() const { return Error(code, text()); }
};
template <class T>
using Outcome = std::expected<T, Problem>;

// ---------------------------------------------------------------------------------------------- environment

class Context;

/// What a filter got. Named arguments (`filter: a, key: b`) come as a hash after the positional ones.
struct Call {
    Context& context;
    std::span<const Value> args;  // evaluated; without the input
    Value named;                  // nil or a hash
    Value arg(std::size_t i) const { return i < args.size() ? args[i] : Value(); }
};
/// A filter answers a value made in `call.context` or among its arguments; to fail: `return call.context.fail("...")`.
using Filter = Value (*)(Call& call, Value input);
/// A host tag: `{% name EXPRESSION | filters, key: value %}`. `value` is the expression's (nil when there is none).
/// Appends to `context` output by Context::write; stops the rendering by Context::stop.
using Tag = void (*)(Context& context, Value value);

/// The tags and filters beyond the language's own. Built once, then immutable; outlives the programs parsed with it
/// (they share ownership).
class Environment {
  public:
    Environment();
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;
    /// `max_args` and `min_args` count positional arguments without the input. Replaces a standard filter of that name.
    void add_filter(std::string name, int min_args, int max_args, Filter filter);
    void add_tag(std::string name, Tag tag);

    struct FilterEntry {
        Filter filter;
        int min_args, max_args;
        bool takes_named = true;  // false: named arguments come as a hash among the positional ones, and count
    };
    const FilterEntry* find_filter(std::string_view name) const;
    Tag find_tag(std::string_view name) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// -------------------------------------------------------------------------------------------------- parsing

enum class Mode {
    lax,      // the reference's default: what can be understood is
    strict,   // the first syntax error ends parsing
    strict2,  // as strict, for all of every tag
};
enum class Escape {
    none,  // plain Liquid, for text: the output is what the reference prints
    html,  // every output is escaped for where it stands (text, attribute, URL), unless its last filter is `raw`
};

struct ParseOptions {
    std::string name = {};  // how the template is called in messages
    Mode mode = Mode::lax;
    Escape escape = Escape::none;
    std::shared_ptr<const Environment> environment = nullptr;  // nullptr: the language's own tags and filters only
    std::size_t max_source_bytes = 4u << 20;
};

/// A parsed template. Immutable; owns a copy of its source.
class Program {
  public:
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    const std::string& name() const;
    const std::string& source() const;
    Mode mode() const;
    Escape escape() const;
    /// Names given to include/render as literals, in order of first use: what a catalogue should load with it.
    const std::vector<std::string>& partials() const;
    /// Root variables read and never set by the template itself ("user.name" up to the first computed step), in order
    /// of first use: for lint and for declared variables. They live in the program.
    const std::vector<std::string_view>& variables() const;
    /// True when some output's last filter is `raw` (lint reports it).
    bool uses_raw() const;
    /// A place where a filter of the environment's own is used. `literal`: its input, where that is a quoted text.
    struct FilterUse {
        std::string name, literal;
        int line = 0;
    };
    const std::vector<FilterUse>& filter_uses() const;

    struct Impl;
    explicit Program(std::unique_ptr<Impl> impl);
    const Impl& impl() const { return *impl_; }

  private:
    std::unique_ptr<Impl> impl_;
};

Outcome<std::shared_ptr<const Program>> parse(std::string_view source, const ParseOptions& options = {});

// ------------------------------------------------------------------------------------------------ rendering

/// A message's parts share one Budget, so that a limit holds over subject, text and html together.
struct Limits {
    std::uint64_t steps = 1'000'000;           // nodes, loop turns, and the work of filters in small units
    std::uint64_t output_bytes = 8u << 20;     // written to the result
    std::uint64_t assigned_bytes = 16u << 20;  // strings and arrays made while rendering, captures among them
    int depth = 100;                           // blocks, includes and renders within each other, as the reference
};

class Budget {
  public:
    explicit Budget(const Limits& limits = {})
        : limits_(limits), steps_(limits.steps), output_(limits.output_bytes), assigned_(limits.assigned_bytes) {}
    const Limits& limits() const { return limits_; }
    std::uint64_t steps_used() const { return limits_.steps - steps_; }

  private:
    friend class Context;
    Limits limits_;
    std::uint64_t steps_, output_, assigned_;  // left
};

/// Finds the program of `include`/`render`. The name comes from the template as it stands (perhaps computed): answer
/// nullptr for what you don't know. Within html, only programs parsed for html are taken. A partial that does not parse
/// may answer its Problem.
using Resolver = std::function<Outcome<std::shared_ptr<const Program>>(std::string_view name)>;

enum class OnError {
    print,  // an error's text stands in the output where it happened, and rendering goes on (the reference's `render`)
    stop,   // the first error ends rendering and is answered (the reference's `render!`)
};

/// Does `text`, inserted into a line, have to be set apart from it because it runs the other way?
using SetsApart = bool (*)(std::string_view text);

struct RenderOptions {
    OnError on_error = OnError::stop;
    bool strict_variables = false;  // an undefined variable is an error
    bool strict_filters = false;    // an undefined filter is an error
    Budget* budget = nullptr;       // nullptr: one with the default limits for this call
    const Resolver* partials = nullptr;
    /// Unix time that "now" and "today" mean; negative: the system's clock.
    double now = -1;
    /// IANA name of the zone in which `date` shows what names no zone; empty: UTC.
    std::string_view timezone;
    /// BCP 47, for the host's filters.
    std::string_view locale;
    /// Asked for the text of every output between tags (html) or anywhere (plain), but not within a capture and not
    /// within an address ("https://x/{{ code }}"). What is to be set apart stands within <bdi> or FSI and PDI.
    SetsApart sets_apart = nullptr;
    /// The line into which outputs are inserted: there a value with letters from right to left is set apart as such.
    bool right_to_left = false;
    /// Texts are read as people write them: numbers in Persian and Arabic digits with separators, dates of the Iranian
    /// calendar. Off: as the reference reads them.
    bool reads_written = false;
    /// For the host's filters and tags; not looked at here.
    const void* host = nullptr;
};

/// Renders into `out` (appended; on failure what was written so far stays). `scopes` are hashes searched in order for a
/// root variable. `problems`, when given, receives every error that was printed or silent.
Outcome<void> render(const Program& program, std::span<const Value> scopes, const RenderOptions& options,
                     std::string& out, std::vector<Problem>* problems = nullptr);
inline Outcome<void> render(const Program& program, Value root, const RenderOptions& options, std::string& out,
                            std::vector<Problem>* problems = nullptr) {
    return render(program, std::span<const Value>(&root, 1), options, out, problems);
}

/// `text` as HTML text: & < > " ' escaped.
void escape_html(std::string_view text, std::string& out);

/// The text of a value as an output prints it (arrays joined, hashes as the reference shows them).
void append_text(std::string& out, Value value);

}  // namespace chapar::liquid
