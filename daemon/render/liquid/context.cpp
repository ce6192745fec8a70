#include "render/liquid/context.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "render/liquid/loop.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/parser.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/syntax.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest_scope = 100;  // as the reference
constexpr std::size_t few = 12;
constexpr std::size_t kept_memory = std::size_t{256} * 1024;

/// Scratch memory of the thread. Renderings within renderings (a host filter that renders) take one each.
class Borrowed {
  public:
    Borrowed() {
        auto& free = pool();
        if (free.empty()) {
            scratch_ = std::make_unique<Scratch>();
        } else {
            scratch_ = std::move(free.back());
            free.pop_back();
        }
    }
    ~Borrowed() {
        scratch_->arena.trim(kept_memory);
        scratch_->locals.clear();
        scratch_->interrupts.clear();
        scratch_->frames_used = scratch_->captures_used = 0;
        if (scratch_->text.capacity() > kept_memory) scratch_->text = {};
        if (scratch_->captures.size() > 16) scratch_->captures.resize(16);
        for (auto& capture : scratch_->captures) {
            if (capture->capacity() > kept_memory) *capture = {};
        }
        if (scratch_->frames.size() > 16) scratch_->frames.resize(16);
        pool().push_back(std::move(scratch_));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Scratch& operator*() { return *scratch_; }

  private:
    static std::vector<std::unique_ptr<Scratch>>& pool() {
        thread_local std::vector<std::unique_ptr<Scratch>> free;
        return free;
    }
    std::unique_ptr<Scratch> scratch_;
};

bool same_name(const Binding& b, std::string_view name, std::uint32_t hash) {
    return b.hash == hash && same_text(b.name, name);
}
}  // namespace

std::string Problem::text() const {
    std::string out = code == Code::syntax ? "Liquid syntax error" : "Liquid error";
    if (line > 0) {
        out += " (";
        if (!name.empty()) out += name + " ";
        out += "line " + std::to_string(line) + ")";
    }
    return out + ": " + message;
}

std::string Problem::located() const {
    std::string out = name.empty() ? std::string("template") : name;
    if (line > 0) out += ":" + std::to_string(line);
    if (line > 0 && column > 0) out += ":" + std::to_string(column);
    return out + ": " + message;
}

void Frame::clear() {
    scopes = {};
    first_local = 0;
    base = 0;
    scope_count = 1;
    assigned.clear();
    index.clear();
    counters.clear();
    offsets.clear();
    cycles.clear();
    loop = nullptr;
    end_local = SIZE_MAX;
    changed = Value();
    isolated = false;
}

Outcome<void> render(const Program& program, std::span<const Value> scopes, const RenderOptions& options,
                     std::string& out, std::vector<Problem>* problems) {
    Borrowed scratch;
    Budget own;
    Context context(options, options.budget != nullptr ? *options.budget : own, *scratch, problems);
    return context.run(program, scopes, out);
}

Outcome<void> Context::run(const Program& program, std::span<const Value> scopes, std::string& out) {
    frame_ = &push_frame();
    frame_->scopes = scopes;
    out_ = &out;
    const auto before = out.size();
    out_limit_ = before + budget_.output_;
    template_name_ = program.name();
    html_ = program.escape() == Escape::html;
    render(program.impl().root);
    budget_.output_ -= std::min<std::uint64_t>(budget_.output_, out.size() - before);
    if (state_ == State::over) return std::unexpected(std::move(pending_));
    return {};
}

Value Context::string(std::string_view text, Mark mark) {
    if (!charge_memory(text.size()) || !charge_steps(text.size() / 64)) return Value();
    return Value::string(arena().copy(text), mark);
}

Value Context::array(std::span<const Value> items) {
    if (!charge_memory(items.size() * sizeof(Value))) return Value();
    auto* copy = arena().make_array<Value>(items.size());
    std::copy(items.begin(), items.end(), copy);
    return Value::array(arena().make<Array>(copy, items.size()));
}

std::string_view Context::text_of(Value value) {
    if (value.is_string()) return value.as_string();
    auto& text = text_buffer();
    append_string_of(text, value);
    const auto copy = string(text);
    return copy.is_nil() ? std::string_view{} : copy.as_string();
}

Value Context::fail(std::string sentence) {
    if (failed()) return Value();
    state_ = State::error;
    pending_ = Problem{};
    pending_.message = std::move(sentence);
    return Value();
}

Value Context::fail_silently(std::string sentence) {
    fail(std::move(sentence));
    pending_.silent = true;
    return Value();
}

void Context::stop(std::string reason) {
    if (state_ == State::over) return;
    state_ = State::over;
    pending_ = Problem{};
    pending_.code = Code::stopped;
    pending_.message = std::move(reason);
}

bool Context::over_limit(std::string_view what, std::uint64_t limit) {
    if (state_ == State::over) return false;
    state_ = State::over;
    pending_ = Problem{};
    pending_.code = Code::limit;
    pending_.message = "limit reached: " + std::string(what) + " (" + std::to_string(limit) + ")";
    return false;
}

void Context::output_over() {
    if (limit_is_output_) {
        over_limit("output bytes", budget_.limits_.output_bytes);
    } else {
        over_limit("assigned bytes", budget_.limits_.assigned_bytes);
    }
}

void Context::handle_error(const Node& node) {
    if (pending_.line == 0) {
        pending_.line = node.line;
        pending_.column = node.column;
        if (pending_.name.empty()) pending_.name = template_name_;
    }
    if (state_ == State::over) return;
    if (options_.on_error == OnError::stop) {
        state_ = State::over;
        return;
    }
    if (!pending_.silent && !(node.blank && node.kind != NodeKind::text)) {
        const auto position = placed(std::max(node.position, Position::text));
        const bool in_url = position >= Position::unquoted && position <= Position::scheme;
        write_text(pending_.text(), !html_ ? Position::none : in_url ? Position::unquoted : position, false);
    }
    if (problems_ != nullptr) problems_->push_back(std::move(pending_));
    state_ = scratch_.interrupts.empty() ? State::running : State::interrupted;
    check_output();
}

Frame& Context::push_frame() {
    if (scratch_.frames_used == scratch_.frames.size()) scratch_.frames.push_back(std::make_unique<Frame>());
    auto& frame = *scratch_.frames[scratch_.frames_used++];
    frame.clear();
    frame.first_local = scratch_.locals.size();
    return frame;
}

std::string& Context::push_capture() {
    if (scratch_.captures_used == scratch_.captures.size()) {
        scratch_.captures.push_back(std::make_unique<std::string>());
    }
    auto& capture = *scratch_.captures[scratch_.captures_used++];
    capture.clear();
    return capture;
}

bool Context::enter_scope() {
    if (frame_->base + ++frame_->scope_count <= std::min(deepest_scope, budget_.limits_.depth)) return true;
    fail("Nesting too deep");
    return false;
}

void Context::leave_scope(std::size_t locals) {
    scratch_.locals.resize(locals);
    --frame_->scope_count;
}

void Context::interrupt(bool leaves_loop) {
    scratch_.interrupts.push_back(leaves_loop);
    if (state_ == State::running) state_ = State::interrupted;
}

bool Context::turn_ends_loop() {
    if (failed()) return true;
    if (scratch_.interrupts.empty()) return false;
    const bool leaves = scratch_.interrupts.back();
    scratch_.interrupts.pop_back();
    state_ = scratch_.interrupts.empty() ? State::running : State::interrupted;
    return leaves;
}

const Binding* Context::find_local(std::string_view name, std::uint32_t hash) const {
    for (auto i = std::min(scratch_.locals.size(), frame_->end_local); i-- > frame_->first_local;) {
        if (same_name(scratch_.locals[i], name, hash)) return &scratch_.locals[i];
    }
    return nullptr;
}

const Binding* Context::find_assigned(std::string_view name, std::uint32_t hash) const {
    const auto& assigned = frame_->assigned;
    if (frame_->index.empty()) {
        for (const auto& binding : assigned) {
            if (same_name(binding, name, hash)) return &binding;
        }
        return nullptr;
    }
    const auto mask = frame_->index.size() - 1;
    for (auto slot = hash & mask; frame_->index[slot] != 0; slot = (slot + 1) & mask) {
        const auto& binding = assigned[frame_->index[slot] - 1];
        if (same_name(binding, name, hash)) return &binding;
    }
    return nullptr;
}

void Context::assign(std::string_view name, std::uint32_t hash, Value value) {
    if (const auto* known = find_assigned(name, hash)) {
        const_cast<Binding*>(known)->value = value;  // frame_ is ours
        return;
    }
    auto& frame = *frame_;
    frame.assigned.push_back({name, hash, value});
    if (frame.assigned.size() <= few) return;
    if (frame.assigned.size() * 2 > frame.index.size()) {
        frame.index.assign(std::max<std::size_t>(64, frame.index.size() * 2), 0);
        for (std::size_t i = 0; i < frame.assigned.size(); ++i) {
            auto slot = frame.assigned[i].hash & (frame.index.size() - 1);
            while (frame.index[slot] != 0)
                slot = (slot + 1) & (frame.index.size() - 1);
            frame.index[slot] = static_cast<std::uint32_t>(i + 1);
        }
        return;
    }
    auto slot = hash & (frame.index.size() - 1);
    while (frame.index[slot] != 0)
        slot = (slot + 1) & (frame.index.size() - 1);
    frame.index[slot] = static_cast<std::uint32_t>(frame.assigned.size());
}

bool Context::is_defined(std::string_view name, std::uint32_t hash) const {
    if (find_local(name, hash) != nullptr || find_assigned(name, hash) != nullptr) return true;
    for (const auto& counter : frame_->counters) {
        if (same_name(counter, name, hash)) return true;
    }
    return std::any_of(frame_->scopes.begin(), frame_->scopes.end(),
                       [&](Value scope) { return scope.is_hash() && scope.as_hash().find(name, hash) != nullptr; });
}

Value Context::find_variable(std::string_view name, std::uint32_t hash) {
    if (const auto* local = find_local(name, hash)) return local->value;
    if (const auto* assigned = find_assigned(name, hash)) return assigned->value;
    for (const auto& counter : frame_->counters) {
        if (same_name(counter, name, hash)) return counter.value;
    }
    bool known = false;
    for (const auto& scope : frame_->scopes) {
        if (!scope.is_hash()) continue;
        if (const auto* value = scope.as_hash().find(name, hash)) {
            if (!value->is_nil()) return *value;
            known = true;
        }
    }
    if (name == "self") return Value::object(&frame_->self);
    if (!known && options_.strict_variables) return fail_silently("undefined variable " + std::string(name));
    return Value();
}

Value Context::find_in(Frame& frame, std::string_view name, bool& found) {
    auto* const outer = std::exchange(frame_, &frame);
    const auto hash = key_hash(name);
    found = is_defined(name, hash);
    const auto value = found ? find_variable(name, hash) : Value();
    frame_ = outer;
    return value;
}

bool Context::to_integer(Value value, std::int64_t& out) {
    if (value.type() == Type::integer) {
        out = value.as_integer();
        return true;
    }
    if (value.type() == Type::big) {
        out = value.as_big().negative ? std::numeric_limits<std::int64_t>::min()
                                      : std::numeric_limits<std::int64_t>::max();
        return true;
    }
    auto digits = text_of(value);
    while (!digits.empty() && scan::is_space(digits.front()))
        digits.remove_prefix(1);
    while (!digits.empty() && scan::is_space(digits.back()))
        digits.remove_suffix(1);
    // The reference's language stops at a NUL, but only on its slow path: with underscores, or beyond 64 bits.
    if (const auto before = digits.substr(0, digits.find('\0')); before.size() < digits.size()) {
        std::uint64_t fast = 0;
        const auto error = std::from_chars(before.data(), before.data() + before.size(), fast).ec;
        if (error == std::errc::result_out_of_range || before.find('_') != std::string_view::npos) digits = before;
        while (!digits.empty() && scan::is_space(digits.back()))
            digits.remove_suffix(1);
    }
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0') {
        const char kind = static_cast<char>(digits[1] | 0x20);
        base = kind == 'x' ? 16 : kind == 'b' ? 2 : kind == 'd' ? 10 : 8;
        digits.remove_prefix(scan::is_alpha(digits[1]) ? 2 : 1);
    }
    std::string clean;
    bool good = !digits.empty() && digits.back() != '_' && (digits.front() != '_' || base == 8);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (digits[i] != '_') {
            clean += digits[i];
        } else if (i + 1 < digits.size() && digits[i + 1] == '_') {
            good = false;
        }
    }
    std::uint64_t magnitude = 0;
    const auto [end, error] = std::from_chars(clean.data(), clean.data() + clean.size(), magnitude, base);
    if (!good || clean.empty() || error == std::errc::invalid_argument || end != clean.data() + clean.size()) {
        fail("invalid integer");
        return false;
    }
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (error == std::errc::result_out_of_range || magnitude > most) magnitude = most;
    out = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
    return true;
}

}  // namespace chapar::liquid
