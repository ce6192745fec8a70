#pragma once
// The state of one rendering. Host filters and tags use the first part; the rest is the engine's own.
// Lives on the stack of render(), belongs to its thread.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "render/liquid/liquid.hpp"

namespace chapar::liquid {

struct Expr;
struct Pipe;
struct Condition;
struct Body;
struct Node;
struct IncludeNode;
struct LoopNode;
struct FilterCall;
struct Step;
enum class Command : std::uint8_t;
enum class Position : std::uint8_t;

/// Something with members of its own. Lives in an arena; no destructor runs.
class Object {
  public:
    /// Sets `found` false for a member it does not have.
    virtual Value member(Context& context, std::string_view key, bool& found) const = 0;
    /// How it prints.
    virtual std::string_view name() const = 0;

  protected:
    ~Object() = default;
};

struct Binding {
    std::string_view name;
    std::uint32_t hash = 0;
    Value value;
};

class Loop;

/// Where a cycle stands: by its name, or by the tag itself.
struct Turning {
    const Node* node = nullptr;
    Value name;
    std::size_t turn = 0;
};

struct Frame;

/// The root variables of a frame as one object: `self`.
class Self final : public Object {
  public:
    explicit Self(Frame& frame) : frame_(&frame) {}
    Value member(Context& context, std::string_view key, bool& found) const override;
    std::string_view name() const override { return "Liquid::SelfDrop"; }

  private:
    Frame* frame_;
};

/// What an isolated part of the rendering sees: the template itself, or one {% render %}.
struct Frame {
    std::span<const Value> scopes;     // the data
    std::size_t first_local = 0;       // locals of the frame begin here
    std::size_t end_local = SIZE_MAX;  // and end here, while an inner frame is at work
    int base = 0, scope_count = 1;     // scopes around this frame, and its own
    std::vector<Binding> assigned;     // assign and capture
    std::vector<std::uint32_t> index;  // over `assigned` once it is long: 1 + position, 0 free
    std::vector<Binding> counters;     // increment and decrement
    std::vector<Binding> offsets;      // where each loop ended, for `offset: continue`
    std::vector<Turning> cycles;
    const Loop* loop = nullptr;  // innermost
    Self self{*this};
    Value changed;          // what ifchanged printed last
    bool isolated = false;  // within {% render %}: no include
    void clear();
};

/// Memory that one rendering borrows from its thread, so that a warm thread allocates nothing.
struct Scratch {
    Arena arena;
    std::string output, text;
    std::vector<Binding> locals;
    std::vector<std::unique_ptr<Frame>> frames;  // the first `frames_used` are taken
    std::size_t frames_used = 0;
    std::vector<std::unique_ptr<std::string>> captures;
    std::size_t captures_used = 0;
    std::vector<bool> interrupts;       // true: break
    std::vector<Value> items, results;  // of the filter at work
};

class Context {
  public:
    Context(const RenderOptions& options, Budget& budget, Scratch& scratch, std::vector<Problem>* problems)
        : options_(options), budget_(budget), scratch_(scratch), problems_(problems), sets_apart_(options.sets_apart) {}

    // ---- for host filters and tags
    const RenderOptions& options() const { return options_; }
    /// Memory until the end of the rendering. What string() and array() take from it counts against the budget; charge
    /// anything else with charge_memory().
    Arena& arena() { return scratch_.arena; }
    /// A copy of `text` as a value.
    Value string(std::string_view text, Mark mark = Mark::plain);
    Value array(std::span<const Value> items);
    /// The filter failed; its answer is ignored. The sentence alone: the place is added.
    Value fail(std::string sentence);
    /// Ends the whole rendering with Code::stopped.
    void stop(std::string reason);
    /// Appends to the output as it is.
    void write(std::string_view text) { out_->append(text); }
    /// How much the output at work holds: within a capture, that of the capture.
    std::size_t written() const { return out_->size(); }
    /// Takes back out what was written since `written()` answered `from`. It no longer counts as output: charge it.
    std::string take_back(std::size_t from) {
        std::string text = out_->substr(from);
        out_->resize(from);
        return text;
    }
    /// Work beyond the ordinary, in units of 64 bytes or one comparison. False: the limit is reached.
    bool charge_steps(std::uint64_t n) {
        if (n <= budget_.steps_) [[likely]] {
            budget_.steps_ -= n;
            return true;
        }
        return over_limit("steps", budget_.limits_.steps);
    }
    bool charge_memory(std::uint64_t bytes) {
        if (bytes <= budget_.assigned_) [[likely]] {
            budget_.assigned_ -= bytes;
            return true;
        }
        return over_limit("assigned bytes", budget_.limits_.assigned_bytes);
    }
    /// Ends the rendering with an error that names the limit. Always false.
    bool over_limit(std::string_view what, std::uint64_t limit);
    bool failed() const { return state_ >= State::error; }
    /// The text of a value: a view of the string itself, or made in the arena.
    std::string_view text_of(Value value);
    /// A root variable, nil when there is none.
    Value find(std::string_view name) { return find_variable(name, key_hash(name)); }
    bool html() const { return html_; }

    // ---- the engine's own
    Outcome<void> run(const Program& program, std::span<const Value> scopes, std::string& out);
    Value find_variable(std::string_view name, std::uint32_t hash);
    bool is_defined(std::string_view name, std::uint32_t hash) const;
    /// A whole number in the reference's way: "12" and " 0x1f" are, 1.5 and "" are not. False: the error is set.
    bool to_integer(Value value, std::int64_t& out);
    const Object* self() const { return &frame_->self; }
    /// As find_variable, among what `frame` sees.
    Value find_in(Frame& frame, std::string_view name, bool& found);
    /// The items an array filter works on: the array flattened; a range's members; anything else alone; nil nothing.
    /// A view of the value itself or of memory valid until the next call.
    std::span<const Value> items_of(Value input);
    /// An empty list of the thread's, valid until the next call; not the one items_of() uses.
    std::vector<Value>& item_buffer() {
        scratch_.results.clear();
        return scratch_.results;
    }
    std::uint64_t memory_left() const { return budget_.assigned_; }
    /// An empty buffer of the thread's, valid until the next call.
    std::string& text_buffer() {
        scratch_.text.clear();
        return scratch_.text;
    }

  private:
    /// Ordered: from `error` on, rendering goes back to the node that handles it; `over` goes all the way.
    enum class State : std::uint8_t { running, interrupted, error, over };

    // context.cpp
    Value fail_silently(std::string sentence);
    void handle_error(const Node& node);
    const Binding* find_local(std::string_view name, std::uint32_t hash) const;
    const Binding* find_assigned(std::string_view name, std::uint32_t hash) const;
    void assign(std::string_view name, std::uint32_t hash, Value value);
    Frame& push_frame();
    bool enter_scope();
    void leave_scope(std::size_t locals);
    void interrupt(bool leaves_loop);
    bool turn_ends_loop();
    std::string& push_capture();
    void pop_capture() { --scratch_.captures_used; }

    // evaluate.cpp
    Value evaluate(const Expr* expr);
    Value evaluate(const Pipe& pipe);
    Value lookup(const Expr& expr);
    Value step_into(Value from, const Step& step);
    Value step_by(Value from, Value key);
    Value command(Value from, Command command, bool& found);
    Value range(const Expr& expr);
    Value invoke(const FilterCall& filter, Value input);
    bool evaluate_conditions(const Condition* conditions, std::uint32_t size);
    bool compare(const Condition& condition);
    std::int64_t range_end(Value value);

    // render.cpp
    void render(const Body& body);
    void render_node(const Node& node);
    void write_value(Value value, Position position);
    void write_text(std::string_view text, Position position, bool safe);
    Position placed(Position position) const;
    void write_in_line(std::string_view text, Position position, Mark mark);
    void render_branch(const Node& node);
    void render_choice(const Node& node);
    void render_capture(const Node& node);
    void render_changed(const Node& node);
    void render_counter(const Node& node);
    void render_cycle(const Node& node);
    void render_host(const Node& node);
    void check_output() {
        if (out_->size() > out_limit_) [[unlikely]]
            output_over();
    }
    void output_over();

    // render_loops.cpp, render_partials.cpp
    void render_loop(const Node& node);
    bool loop_start(const LoopNode& node, std::int64_t& from);
    void render_table(const Node& node);
    bool table_integer(const Expr* expr, std::int64_t& out);
    void render_include(const IncludeNode& node);
    void render_partial(const IncludeNode& node);
    void render_isolated(const Program& program, const IncludeNode& node, Value variable, const Object* loop);
    void in_position(const IncludeNode& node, void (Context::*render_it)(const IncludeNode&));
    const Program* load(std::string_view name);
    /// How messages call a program: its own name, else the one it was found under.
    std::string_view loaded_name(const Program& program) const;
    void push_local(std::string_view name, std::uint32_t hash, Value value) {
        scratch_.locals.push_back({name, hash, value});
    }
    void run_program(const Program& program);

    const RenderOptions& options_;
    Budget& budget_;
    Scratch& scratch_;
    std::vector<Problem>* problems_;
    SetsApart sets_apart_;  // nullptr within captures and attributes
    Position floor_{};      // within a partial: where the partial itself stands, unless that is the body of a page
    std::string* out_ = nullptr;
    std::size_t out_limit_ = 0;
    Frame* frame_ = nullptr;
    std::string_view template_name_;
    std::vector<std::pair<std::string_view, std::shared_ptr<const Program>>> loaded_;  // names in the arena
    Problem pending_;
    State state_ = State::running;
    bool html_ = false;
    bool limit_is_output_ = true;
    int depth_ = 0;
};

}  // namespace chapar::liquid
