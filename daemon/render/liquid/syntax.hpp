#pragma once
// The parsed form of a template: plain structs in the program's arena, never changed after parsing.
// Texts are views into the program's source (or its arena). Internal to the library.

#include <cstdint>
#include <string_view>

#include "render/liquid/liquid.hpp"

namespace chapar::liquid {

enum class Command : std::uint8_t { none, size, first, last };

struct Expr;

/// One step of a lookup: `.name`, `[literal]` or `[expression]`.
struct Step {
    std::string_view key;        // for a static name
    const Expr* expr = nullptr;  // computed (or not a string): evaluated first
    std::uint32_t hash = 0;
    Command command = Command::none;
};

enum class ExprKind : std::uint8_t { literal, lookup, range };

struct Expr {
    ExprKind kind = ExprKind::literal;
    Value literal;
    // lookup
    std::string_view name;            // root variable
    const Expr* name_expr = nullptr;  // computed root: ["name"]
    std::uint32_t hash = 0;
    std::uint32_t step_count = 0;
    const Step* steps = nullptr;
    // range
    const Expr* first = nullptr;
    const Expr* last = nullptr;
};

struct NamedArg {
    std::string_view key;
    const Expr* value = nullptr;
};

template <class T>
struct List {
    const T* items = nullptr;
    std::uint32_t size = 0;
    const T* begin() const { return items; }
    const T* end() const { return items + size; }
    const T& operator[](std::size_t i) const { return items[i]; }
};

struct FilterCall {
    std::string_view name;
    const Environment::FilterEntry* entry = nullptr;  // nullptr: undefined filter
    List<const Expr*> args;
    List<NamedArg> named;
};

/// `expression | filter | filter`: what stands in {{ }} and on the right of assign.
struct Pipe {
    const Expr* input = nullptr;
    List<FilterCall> filters;
    bool raw = false;  // html: the last filter is `raw`
};

/// Where an output stands in the HTML around it, known when the template is parsed. Those further down ask for more
/// care.
enum class Position : std::uint8_t {
    none,        // escaping is off
    body,        // between tags, where elements may stand
    text,        // in a quoted attribute, a comment, an element that has only text
    unquoted,    // an attribute value without quotes
    url,         // the beginning of a URL: its scheme is still open
    url_bare,    // the same, without quotes
    scheme,      // all that stands before the colon of a URL
    style_text,  // in <style>
    style,       // in a style attribute
    element,     // the name of a tag
    scripted,    // in <script>, in onclick and its like, in a tag outside values
};

enum class Op : std::uint8_t { none, equal, unequal, less, greater, less_equal, greater_equal, contains, unknown };
enum class Relation : std::uint8_t { last, both, either };

struct Condition {
    const Expr* left = nullptr;
    const Expr* right = nullptr;
    std::string_view op_text;
    Op op = Op::none;
    Relation relation = Relation::last;  // to the condition after it
};

enum class NodeKind : std::uint8_t {
    text,
    output,
    assign,
    capture,
    branch,  // if, unless
    choice,  // case
    loop,    // for
    table,   // tablerow
    cycle,
    increment,
    decrement,
    include,
    partial,  // render
    jump_out,
    jump_on,
    if_changed,
    host,
};

struct Node {
    NodeKind kind = NodeKind::text;
    bool blank = false;  // a tag that can only make white space: its errors are not printed
    Position position = Position::none;
    int line = 0;
    int column = 0;
};

struct Body {
    List<const Node*> nodes;
    bool blank = true;
};

struct TextNode : Node {
    std::string_view text;
};
struct OutputNode : Node {  // {{ }}, echo
    Pipe pipe;
};
struct AssignNode : Node {
    std::string_view name;
    std::uint32_t hash = 0;
    Pipe pipe;
};
struct CaptureNode : Node {
    std::string_view name;
    std::uint32_t hash = 0;
    Body body;
};
struct Branch {
    List<Condition> conditions;  // empty: else
    Body body;
};
struct BranchNode : Node {
    List<Branch> branches;
    bool negated = false;  // unless: the first branch is taken when its condition does not hold
};
struct ChoiceNode : Node {
    List<Branch> branches;
};
struct LoopNode : Node {
    std::string_view variable;
    std::uint32_t hash = 0;
    std::string_view loop_name;  // "item-collection"
    const Expr* collection = nullptr;
    const Expr* limit = nullptr;
    const Expr* offset = nullptr;
    bool from_continue = false;
    bool reversed = false;
    bool has_else = false;
    Body body;
    Body otherwise;
};
struct TableNode : Node {
    std::string_view variable;
    std::uint32_t hash = 0;
    const Expr* collection = nullptr;
    const Expr* cols = nullptr;
    const Expr* limit = nullptr;
    const Expr* offset = nullptr;
    Body body;
};
struct CycleNode : Node {
    const Expr* name = nullptr;  // nullptr: `key`
    std::string_view key;        // of an unnamed cycle; empty: the node itself is the key
    List<const Expr*> values;
};
struct CounterNode : Node {
    std::string_view name;
    std::uint32_t hash = 0;
};
struct IncludeNode : Node {  // include and render
    const Expr* name = nullptr;
    const Expr* variable = nullptr;
    std::string_view alias;
    bool each = false;  // render ... for
    List<NamedArg> attributes;
};
struct BodyNode : Node {  // ifchanged
    Body body;
};
struct HostNode : Node {
    Tag tag = nullptr;
    Pipe pipe;
};

}  // namespace chapar::liquid
