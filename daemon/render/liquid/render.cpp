// The tree, walked and written.
#include <array>
#include <charconv>

#include "render/liquid/compare.hpp"
#include "render/liquid/context.hpp"
#include "render/liquid/html.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/parser.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
// Bodies within bodies across includes: each costs stack, of which a thread has 8 MiB.
constexpr int deepest_body = 600;

template <class T>
const T& as(const Node& node) {
    return static_cast<const T&>(node);
}
}  // namespace

void Context::render(const Body& body) {
    if (!charge_steps(body.nodes.size + 1)) return;
    if (++depth_ > deepest_body) {
        over_limit("depth", deepest_body);
        --depth_;
        return;
    }
    for (const auto* node : body.nodes) {
        if (node->kind == NodeKind::text) {
            out_->append(as<TextNode>(*node).text);
            check_output();
            if (state_ == State::over) [[unlikely]]
                break;
            continue;
        }
        render_node(*node);
        check_output();
        if (state_ == State::running) [[likely]]
            continue;
        if (failed()) handle_error(*node);
        if (state_ != State::running) break;
    }
    --depth_;
}

void Context::render_node(const Node& node) {
    switch (node.kind) {
        case NodeKind::text:
            return;
        case NodeKind::output: {
            const auto& output = as<OutputNode>(node);
            const auto place = arena().mark();
            const auto value = evaluate(output.pipe);
            if (!failed()) {
                const bool safe = output.pipe.raw && html_;
                write_value(value, safe ? Position::none : placed(node.position));
            }
            arena().release(place);
            return;
        }
        case NodeKind::assign: {
            const auto& assignment = as<AssignNode>(node);
            const auto value = evaluate(assignment.pipe);
            if (!failed() && charge_memory(sizeof(Value))) assign(assignment.name, assignment.hash, value);
            return;
        }
        case NodeKind::capture:
            return render_capture(node);
        case NodeKind::branch:
            return render_branch(node);
        case NodeKind::choice:
            return render_choice(node);
        case NodeKind::loop:
            return render_loop(node);
        case NodeKind::table:
            return render_table(node);
        case NodeKind::cycle:
            return render_cycle(node);
        case NodeKind::increment:
        case NodeKind::decrement:
            return render_counter(node);
        case NodeKind::include:
            return in_position(as<IncludeNode>(node), &Context::render_include);
        case NodeKind::partial:
            return in_position(as<IncludeNode>(node), &Context::render_partial);
        case NodeKind::jump_out:
            return interrupt(true);
        case NodeKind::jump_on:
            return interrupt(false);
        case NodeKind::if_changed:
            return render_changed(node);
        case NodeKind::host:
            return render_host(node);
    }
}

/// The place of an output of a partial: its own, or that of the partial where this asks for more care.
Position Context::placed(Position position) const {
    if (position == Position::none || floor_ <= position) return position;
    return floor_ == Position::unquoted && position == Position::url ? Position::url_bare : floor_;
}

void Context::write_text(std::string_view text, Position position, bool safe) {
    if (position == Position::none || (safe && position == Position::body)) {
        out_->append(text);
    } else {
        append_escaped(*out_, text, position, safe);
    }
}

void Context::write_value(Value value, Position position) {
    switch (value.type()) {
        case Type::nil:
            return;
        case Type::string:
            if (sets_apart_ != nullptr || value.mark() == Mark::apart) [[unlikely]]
                return write_in_line(value.as_string(), position, value.mark());
            return write_text(value.as_string(), position, value.mark() == Mark::safe);
        case Type::integer: {
            if (sets_apart_ != nullptr && value.as_integer() < 0) break;
            std::array<char, 24> digits;
            const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.as_integer()).ptr;
            out_->append(digits.data(), static_cast<std::size_t>(end - digits.data()));
            return;
        }
        case Type::array:
            if (!charge_steps(value.as_array().size)) return;
            for (const auto& item : value.as_array().span()) {
                write_value(item, position);
                check_output();
                if (failed()) return;
            }
            return;
        case Type::big:  // writing it out takes time quadratic in its length
            if (!charge_steps(std::uint64_t{value.as_big().size} * value.as_big().size / 64)) return;
            break;
        case Type::boolean:
        case Type::real:
        case Type::hash:
        case Type::range:
        case Type::object:
        case Type::blank:
        case Type::empty:
            break;
    }
    auto& text = text_buffer();
    append_string_of(text, value);
    write_in_line(text, position, Mark::plain);
}

/// As write_text, for what may run in another direction than the line.
void Context::write_in_line(std::string_view text, Position position, Mark mark) {
    const bool in_line = position == (html_ ? Position::body : Position::none);
    const bool looked_at = mark == Mark::apart || (mark != Mark::safe && sets_apart_ != nullptr);
    if (!in_line || !looked_at) return write_text(text, position, mark == Mark::safe);
    const bool apart = mark == Mark::apart || (mark == Mark::plain && sets_apart_(text) && !ends_in_address(*out_));
    if (html_ && apart) {
        out_->append(isolate::element(options_.right_to_left && has_right_to_left_letter(text)));
        append_isolated_html(*out_, text);
        out_->append("</bdi>");
        return;
    }
    if (html_ && mark == Mark::own) return append_isolated_html(*out_, text);
    if (!apart) return write_text(text, position, false);
    const bool runs_back = options_.right_to_left && has_right_to_left_letter(text);
    out_->append(runs_back ? isolate::right : isolate::first_strong);
    append_isolated_text(*out_, text);
    out_->append(isolate::pop);
}

void Context::render_branch(const Node& node) {
    const auto& branching = as<BranchNode>(node);
    bool negated = branching.negated;
    for (const auto& branch : branching.branches) {
        const bool holds = evaluate_conditions(branch.conditions.items, branch.conditions.size);
        if (failed()) return;
        if (holds != negated) return render(branch.body);
        negated = false;
    }
}

void Context::render_choice(const Node& node) {
    bool chosen = false;  // every branch that fits is taken, as in the reference
    for (const auto& branch : as<ChoiceNode>(node).branches) {
        const bool fits = branch.conditions.size == 0
                              ? !chosen
                              : evaluate_conditions(branch.conditions.items, branch.conditions.size);
        if (failed()) return;
        if (!fits) continue;
        if (branch.conditions.size != 0) chosen = true;
        render(branch.body);
        if (failed()) return;
    }
}

void Context::render_capture(const Node& node) {
    const auto& capturing = as<CaptureNode>(node);
    auto& text = push_capture();
    auto* const outside = std::exchange(out_, &text);
    const auto limit = std::exchange(out_limit_, budget_.assigned_);
    const bool of_output = std::exchange(limit_is_output_, false);
    auto* const sets_apart = std::exchange(sets_apart_, nullptr);
    const auto place = std::exchange(floor_, Position::none);
    render(capturing.body);
    sets_apart_ = sets_apart;
    floor_ = place;
    out_ = outside;
    out_limit_ = limit;
    limit_is_output_ = of_output;
    if (!failed()) assign(capturing.name, capturing.hash, string(text, html_ ? Mark::safe : Mark::own));
    pop_capture();
}

void Context::render_changed(const Node& node) {
    auto& text = push_capture();
    auto* const outside = std::exchange(out_, &text);
    const auto limit = std::exchange(out_limit_, budget_.assigned_);
    const bool of_output = std::exchange(limit_is_output_, false);
    render(as<BodyNode>(node).body);
    out_ = outside;
    out_limit_ = limit;
    limit_is_output_ = of_output;
    if (!charge_steps(text.size() / 64)) return pop_capture();
    if (!failed() && (frame_->changed.is_nil() || frame_->changed.as_string() != text)) {
        frame_->changed = string(text);
        if (frame_->changed.is_nil()) frame_->changed = Value::string("");
        out_->append(text);
    }
    pop_capture();
}

void Context::render_counter(const Node& node) {
    const auto& counting = as<CounterNode>(node);
    Binding* counter = nullptr;
    if (!charge_steps(frame_->counters.size() / 8)) return;
    for (auto& known : frame_->counters) {
        if (known.hash == counting.hash && known.name == counting.name) counter = &known;
    }
    if (counter == nullptr) {
        Value start;
        if (!frame_->scopes.empty() && frame_->scopes[0].is_hash()) {
            if (const auto* found = frame_->scopes[0].as_hash().find(counting.name, counting.hash)) start = *found;
        }
        if (!start.truthy()) start = Value::integer(0);
        if (!charge_memory(sizeof(Binding))) return;
        frame_->counters.push_back({counting.name, counting.hash, start});
        counter = &frame_->counters.back();
    }
    const int by = node.kind == NodeKind::increment ? 1 : -1;
    Value next;
    if (counter->value.type() == Type::real) {
        next = Value::real(counter->value.as_real() + by);
    } else if (counter->value.type() == Type::integer || counter->value.type() == Type::big) {
        next = (to_number(counter->value).as_whole() + Whole(by)).value(arena());
    } else {
        fail("internal");
        return;
    }
    write_value(by > 0 ? counter->value : next, Position::none);
    counter->value = next;
}

void Context::render_cycle(const Node& node) {
    const auto& cycle = as<CycleNode>(node);
    const bool by_tag = cycle.name == nullptr && cycle.key.empty();
    const auto name = cycle.name != nullptr ? evaluate(cycle.name) : Value::string(cycle.key);
    if (failed()) return;
    std::size_t* turn = nullptr;
    if (!charge_steps(frame_->cycles.size() / 8)) return;
    for (auto& known : frame_->cycles) {
        if (by_tag ? known.node == &node : known.node == nullptr && same(known.name, name)) turn = &known.turn;
    }
    if (turn == nullptr) {
        if (!charge_memory(sizeof(Turning))) return;
        turn = &frame_->cycles.emplace_back(by_tag ? &node : nullptr, name, 0).turn;
    }
    const auto at = *turn;
    const auto value = at < cycle.values.size ? evaluate(cycle.values[at]) : Value();
    if (failed()) return;
    write_value(value, placed(node.position));
    *turn = at + 1 >= cycle.values.size ? 0 : at + 1;
}

void Context::render_host(const Node& node) {
    const auto& host = as<HostNode>(node);
    const auto value = evaluate(host.pipe);
    if (!failed()) host.tag(*this, value);
}

}  // namespace chapar::liquid
