#pragma once
// Source text to a tree. One Parser parses one template. Internal to the library.
// Follows the reference step by step where its quirks are visible (line numbers, what lax parsing makes of odd markup).

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "render/liquid/few.hpp"
#include "render/liquid/html.hpp"
#include "render/liquid/lexer.hpp"
#include "render/liquid/liquid.hpp"
#include "render/liquid/syntax.hpp"

namespace chapar::liquid {

struct Program::Impl {
    std::string name, source;
    Mode mode = Mode::lax;
    Escape escape = Escape::none;
    std::shared_ptr<const Environment> environment;
    Arena arena;
    Body root;
    std::vector<std::string> partials;
    std::vector<std::string_view> variables;
    std::vector<Program::FilterUse> filter_uses;
    bool uses_raw = false;
};

const Environment::FilterEntry* standard_filter(std::string_view name);
const Environment::FilterEntry* raw_filter();

/// Cuts a template into text, {{ }} and {% %}, or the inside of {% liquid %} into lines.
class Tokenizer {
  public:
    /// A whole template; `newlines`: where they are in it.
    Tokenizer(std::string_view source, std::span<const std::uint32_t> newlines);
    /// The inside of {% liquid %}.
    Tokenizer(std::string_view lines, int line);
    bool shift(std::string_view& token);
    int line() const { return line_; }
    bool lines() const { return lines_; }

  private:
    std::string_view next_line();
    std::string_view next_tag(std::size_t start);
    std::string_view next_output();
    std::string_view source_;
    std::span<const std::uint32_t> newlines_;
    std::size_t at_ = 0;
    std::size_t newlines_passed_ = 0;
    int line_;
    bool lines_;
};

class Parser {
  public:
    Parser(Program::Impl& program, const ParseOptions& options);
    /// False: problem() tells why.
    bool parse();
    Problem problem() const {
        auto problem = problem_;
        problem.message += context_;
        return problem;
    }

  private:
    using Exprs = Few<const Expr*, 8>;
    using Named = Few<NamedArg, 4>;
    using Conditions = Few<Condition, 4>;
    using Branches = Few<Branch, 4>;
    using Filters = Few<FilterCall, 4>;
    using Parts = Few<std::string_view, 8>;

    /// What ended a body: a tag that is not its own, or the end of the source (empty name).
    struct End {
        std::string_view name, markup;
        bool at_end = false;
    };
    struct Building {
        std::size_t first;              // of its nodes among nodes_, where they are the last ones
        TextNode* last_text = nullptr;  // only when it is the very last thing
        bool blank = true;
    };

    // document and blocks: parser.cpp
    bool parse_until_tag(Building& body, Tokenizer& tokens, End& end);
    bool parse_lines(Building& body, Tokenizer& tokens, End& end);
    bool parse_document(Building& body, Tokenizer& tokens, End& end);
    bool parse_liquid_tag(Building& body, std::string_view markup);
    bool parse_block(Building& body, Tokenizer& tokens, End& end);
    bool parse_simple_block(std::string_view tag, Building& body, Tokenizer& tokens);
    bool check_end(std::string_view tag, const End& end, bool& closed);
    bool unknown_tag(std::string_view tag, std::string_view block, std::string_view delimiter);
    void add_text(Building& body, std::string_view token);
    void trim(Building& body, std::string_view token);
    bool add_output(Building& body, std::string_view token);
    Body finish(Building& body);
    Building begin() const { return {.first = nodes_.size()}; }
    void strip_blank(Body& body);

    // tags: tags.cpp, loops.cpp
    enum class Tagged { parsed, unknown, failed };
    Tagged parse_tag(std::string_view name, std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_raw(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_doc(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_comment(Tokenizer& tokens, Building& body);
    bool parse_inline_comment(std::string_view markup);
    bool parse_assign(std::string_view markup, Building& body);
    bool parse_capture(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_if(std::string_view tag, std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_case(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_when(std::string_view markup, const Expr* left, Conditions& out);
    bool parse_for(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_for_lax(std::string_view markup, LoopNode& node);
    bool parse_for_strict(std::string_view markup, LoopNode& node);
    bool set_loop_attribute(LoopNode& node, std::string_view key, std::string_view value);
    bool parse_table(std::string_view markup, Tokenizer& tokens, Building& body);
    bool parse_table_lax(std::string_view markup, TableNode& node);
    bool parse_table_strict2(std::string_view markup, TableNode& node);
    bool parse_cycle(std::string_view markup, Building& body);
    bool parse_cycle_strict2(std::string_view markup, CycleNode& node, Exprs& values);
    bool parse_cycle_lax(std::string_view markup, CycleNode& node, Exprs& values);
    bool parse_counter(NodeKind kind, std::string_view markup, Building& body);
    bool parse_include(NodeKind kind, std::string_view markup, Building& body);
    bool parse_include_lax(NodeKind kind, std::string_view markup, IncludeNode& node);
    bool parse_include_strict2(NodeKind kind, std::string_view markup, IncludeNode& node);
    bool parse_host_tag(Tag tag, std::string_view markup, Building& body);

    // conditions.cpp
    bool parse_conditions(std::string_view markup, Conditions& out);
    bool parse_conditions_lax(std::string_view markup, Conditions& out);
    bool parse_conditions_strict(std::string_view markup, Conditions& out);
    bool parse_simple_condition(std::string_view markup, Condition& out);
    bool condition_operand(std::string_view markup, const Expr*& out);

    // expressions.cpp
    bool parse_expression(std::string_view markup, const Expr*& out);
    bool parse_range(std::string_view markup, const Expr*& out, bool& is_range);
    bool parse_lookup(std::string_view markup, const Expr*& out);
    bool parse_step(std::string_view part, Step& step);
    bool parse_path(std::string_view markup, std::size_t& at, const Expr*& out);
    void note_lookup(const Expr& expr, const Parts& parts);
    bool parse_literal(std::string_view markup, Value& out);
    const Expr* literal(Value value);
    bool next_expression(const Expr*& out);  // from reader_
    bool parse_pipe(std::string_view markup, Pipe& out);
    bool parse_pipe_lax(std::string_view markup, Pipe& out);
    bool parse_pipe_strict(std::string_view markup, Pipe& out);
    bool parse_filter_strict(Filters& filters);
    bool parse_filter_strict2(Filters& filters);
    bool parse_arguments_lax(std::string_view piece, Exprs& args, Named& named);
    bool start_reader(std::string_view markup) { return reader_.start(markup, mode_ == Mode::strict2) || take_error(); }
    bool take_error() { return fail(reader_.error()); }
    void finish_filter(Filters& filters, std::string_view name, const Exprs& args, const Named& named);

    /// Fails with a syntax error at the tag being parsed.
    bool fail(std::string message);
    /// Notes for a strict error the markup it is in, as the reference does; the outermost counts.
    bool in_context(bool parsed, std::string_view before, std::string_view markup, std::string_view after);
    template <class T>
    T* make(NodeKind kind, bool blank) {
        auto* node = program_.arena.make<T>();
        node->kind = kind;
        node->blank = blank;
        place(*node);
        return node;
    }
    void place(Node& node);
    /// The state after all text so far.
    HtmlState& html_state() {
        if (unread_ != nullptr) feed_html(std::exchange(unread_, nullptr)->text);
        return html_state_;
    }
    void feed_html(std::string_view literal);
    /// Notes the place of something that writes here.
    void take_position(Node& node);
    void push(Building& body, const Node* node, bool blank) {
        nodes_.push_back(node);
        body.last_text = nullptr;
        body.blank = body.blank && blank;
    }
    template <class T>
    List<T> list(const T* items, std::size_t size) {
        if (size == 0) return {};
        auto* copy = program_.arena.make_array<T>(size);
        std::copy_n(items, size, copy);
        return {copy, static_cast<std::uint32_t>(size)};
    }
    template <class T, std::size_t n>
    List<T> list(const Few<T, n>& items) {
        return list(items.begin(), items.size());
    }
    std::string_view keep(std::string_view text) { return program_.arena.copy(text); }
    bool in_source(std::string_view text) const;
    void note_filters(const Pipe& pipe);
    void note_assigned(std::string_view name) { assigned_.push_back(in_source(name) ? name : keep(name)); }
    void collect_variables();

    Program::Impl& program_;
    Mode mode_;
    bool html_;
    std::vector<Token> tokens_;
    TokenReader reader_;
    HtmlState html_state_;        // use html_state()
    TextNode* unread_ = nullptr;  // its text is not in html_state_ yet, since a tag may still trim it
    std::vector<std::pair<int, Node*>> url_outputs_;  // of one attribute value, at the beginning of its URL
    Problem problem_;
    std::string context_;                  // of the problem: ` in "markup"`
    std::vector<const Node*> nodes_;       // of the bodies being built, one after another
    std::vector<std::uint32_t> newlines_;  // where they are in the source
    std::size_t newlines_before_ = 0;      // the place counted last
    std::vector<std::string_view> assigned_, seen_;
    const char* place_ = nullptr;  // of the tag being parsed
    std::unordered_set<std::string> partials_;
    int line_ = 1;
    int depth_ = 0;
    int expression_depth_ = 0;
    bool trim_next_ = false;
};

}  // namespace chapar::liquid
